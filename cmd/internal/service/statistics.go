package service

import (
	"context"
	"slices"
	"time"

	"example.jp/kairan/cmd/internal/exit"
	"example.jp/kairan/deliver"
	"example.jp/kairan/store"
	"example.jp/kairan/subscribe"
	"example.jp/kairan/subscribe/figures"
)

// Stats makes statistics that may be given out, and remembers what stands behind them.
var Stats = verb("stats", (*Service).stats, func(in OfList) []deliver.Deed { return []deliver.Deed{{List: in.List}} })

type (
	// Statistics are what may be given out. A number is null where it is fewer than ten.
	Statistics struct {
		Made  time.Time        `json:"made"`
		Lists []ListStatistics `json:"lists"`
		Pages []PageStatistics `json:"pages"` // of the whole installation, if all lists are asked for
	}
	// ListStatistics are those of a list.
	ListStatistics struct {
		List string `json:"list"`
		figures.Published
	}
	// PageStatistics are how often pages of one kind were asked for in a month.
	PageStatistics struct {
		Month    string         `json:"month"`
		Page     string         `json:"page"`
		Requests figures.Number `json:"requests"`
	}
)

// mostMonths is how many months statistics go back.
const mostMonths = 24

func (s *Service) stats(ctx context.Context, in OfList) (Statistics, error) {
	out := Statistics{Made: s.now(), Lists: []ListStatistics{}, Pages: []PageStatistics{}}
	for _, id := range s.Config.Order {
		if in.List != "" && in.List != id {
			continue
		}
		p, err := s.publish(ctx, s.Config.Lists[id])
		if err != nil {
			return out, err
		}
		out.Lists = append(out.Lists, ListStatistics{id, p})
	}
	if len(out.Lists) == 0 {
		return out, exit.Usagef("there is no list %q; `kairan list ls` shows the lists", in.List)
	}
	if in.List != "" {
		return out, nil
	}
	requests, err := s.Store.Counts("")
	for _, month := range completeMonths(requests, s.now().Local()) {
		for _, page := range sortedKeys(requests[month]) {
			out.Pages = append(out.Pages, PageStatistics{month, page, figures.Round(requests[month][page])})
		}
	}
	return out, err
}

func (s *Service) publish(ctx context.Context, l *subscribe.List) (figures.Published, error) {
	held, err := s.figuresOf(ctx, l)
	if err != nil {
		return figures.Published{}, err
	}
	last, err := s.Store.Edition(l.ID)
	if err != nil {
		return figures.Published{}, err
	}
	now := s.now()
	p, behind := held.Publish(now, last.At, last.Behind)
	made := now
	if last.Behind != nil && now.Sub(last.At) < figures.Lasts {
		made = last.At
	}
	return p, s.Store.PutEdition(ctx, subscribe.Edition{List: l.ID, At: made, Behind: behind})
}

// figuresOf counts what there is of a list. It reads entries by pages, and keeps none.
func (s *Service) figuresOf(ctx context.Context, l *subscribe.List) (h figures.Held, err error) {
	if h.Readers, err = s.Store.Count(l.ID); err != nil {
		return h, err
	}
	if h.Months, err = s.monthsOf(l, h.Readers); err != nil {
		return h, err
	}
	chosen := map[string]map[string]int{}
	for _, f := range l.Fields {
		if f.Countable() {
			chosen[f.ID] = map[string]int{}
		}
	}
	for from := subscribe.Seq(1); from > 0 && len(chosen) > 0; {
		if err := ctx.Err(); err != nil {
			return h, err
		}
		var page []*subscribe.Subscriber
		if page, from, err = s.Store.Page(l.ID, from, exportPage); err != nil {
			return h, err
		}
		for _, e := range page {
			for id, of := range chosen {
				if e.State == subscribe.Active {
					of[e.Fields[id]]++
				}
			}
		}
	}
	for _, f := range l.Fields {
		if !f.Countable() {
			continue
		}
		c := figures.Choices{Field: f.ID}
		for _, o := range f.Options() {
			c.Cells = append(c.Cells, figures.Cell{Choice: o.ID, Count: chosen[f.ID][o.ID]})
		}
		if n := chosen[f.ID][""]; !f.Required {
			c.Cells = append(c.Cells, figures.Cell{Count: n}) // who chose nothing
		}
		h.Choices = append(h.Choices, c)
	}
	return h, nil
}

// monthsOf are the complete months of a list, in its zone, since something was counted.
func (s *Service) monthsOf(l *subscribe.List, readers int) ([]figures.Month, error) {
	counts, err := s.Store.Counts(l.ID)
	if err != nil {
		return nil, err
	}
	issues, err := s.Store.Issues(l.ID)
	if err != nil {
		return nil, err
	}
	now := s.now().In(l.Zone)
	sent := map[string]figures.Month{}
	for _, i := range issues {
		if i.State != deliver.Finished {
			continue
		}
		books, err := s.Store.Balance(i.Name)
		if err != nil {
			return nil, err
		}
		month := i.Ended.In(l.Zone).Format(store.Month)
		m := sent[month]
		m.Issues, m.Accepted, m.Refused = m.Issues+1, m.Accepted+books.Accepted, m.Refused+books.Refused
		sent[month] = m
		if counts[month] == nil {
			counts[month] = map[string]int{}
		}
	}
	at := readers // at the end of the month that is looked at
	this := now.Format(store.Month)
	at -= counts[this][store.Joined] - counts[this][store.Left]
	var all []figures.Month
	for _, month := range slices.Backward(completeMonths(counts, now)) {
		m := sent[month]
		m.Month, m.Readers, m.Joined, m.Left = month, max(at, 0), counts[month][store.Joined], counts[month][store.Left]
		at -= m.Joined - m.Left
		all = append(all, m)
	}
	slices.Reverse(all)
	return all, nil
}

// completeMonths are the months from the first that something was counted in to the last
// one, oldest first.
func completeMonths(counts map[string]map[string]int, now time.Time) (all []string) {
	if len(counts) == 0 {
		return nil
	}
	first := sortedKeys(counts)[0]
	for m := time.Date(now.Year(), now.Month(), 1, 0, 0, 0, 0, time.UTC).AddDate(0, -1, 0); len(all) < mostMonths && m.Format(store.Month) >= first; m = m.AddDate(0, -1, 0) {
		all = append(all, m.Format(store.Month))
	}
	slices.Reverse(all)
	return all
}
