package service

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"time"

	"example.jp/kairan/cmd/internal/exit"
	"example.jp/kairan/deliver"
	"example.jp/kairan/store"
	"example.jp/kairan/subscribe"
	"example.jp/kairan/subscribe/figures"
)

// Stats makes statistics that may be given out, and remembers what stands behind them.
var Stats = verb("stats", (*Service).stats, func(in OfStatistics) []deliver.Deed { return []deliver.Deed{{List: in.List}} })

type (
	// OfStatistics asks for those of a list, of an office, or of all.
	OfStatistics struct {
		List   string `json:"list,omitempty"`
		Office string `json:"office,omitempty"`
	}
	// Statistics are what may be given out. A number is null where it may not.
	Statistics struct {
		Made  time.Time        `json:"made"`
		Lists []ListStatistics `json:"lists"`
		Pages []PageStatistics `json:"pages"` // of the whole installation, if all lists are asked for
	}
	// ListStatistics are those of a list.
	ListStatistics struct {
		List string    `json:"list"`
		AsOf time.Time `json:"as_of"` // when what stands here was counted
		figures.Published
	}
	// PageStatistics are how often pages of one kind were asked for in a month.
	PageStatistics struct {
		Month    string         `json:"month"`
		Page     string         `json:"page"`
		Requests figures.Number `json:"requests"`
	}
)

// mostMonths is how many months are given out. All are counted, since each follows those
// before.
const mostMonths = 24

func (s *Service) stats(ctx context.Context, in OfStatistics) (Statistics, error) {
	out := Statistics{Made: s.now(), Lists: []ListStatistics{}, Pages: []PageStatistics{}}
	for _, id := range s.Config.Order {
		l := s.Config.Lists[id]
		if in.List != "" && in.List != id || in.Office != "" && in.Office != l.Office.ID || !s.takesPart(ctx, id) {
			continue
		}
		x, err := s.publish(ctx, l)
		if err != nil {
			return out, err
		}
		out.Lists = append(out.Lists, x)
	}
	if len(out.Lists) == 0 {
		return out, exit.Usagef("there is no list %q; `kairan list ls` shows the lists and their offices", cmp.Or(in.List, in.Office))
	}
	if in.List != "" || in.Office != "" || !s.takesPart(ctx, "") {
		return out, nil
	}
	requests, err := s.Store.Counts("")
	months := completeMonths(requests, s.now().Local())
	for _, month := range months[max(0, len(months)-mostMonths):] {
		for _, page := range sortedKeys(requests[month]) {
			out.Pages = append(out.Pages, PageStatistics{month, page, figures.Round(requests[month][page])})
		}
	}
	return out, err
}

// publish gives out the last edition of a list as long as it stands, and else a new one.
func (s *Service) publish(ctx context.Context, l *subscribe.List) (out ListStatistics, err error) {
	last, err := s.Store.Edition(l.ID)
	if err != nil {
		return out, err
	}
	counts, err := s.Store.Counts(l.ID)
	if err != nil {
		return out, err
	}
	now, changes := s.now(), 0
	for _, of := range counts {
		changes += of[store.Joined] + of[store.Left]
	}
	out = ListStatistics{List: l.ID, AsOf: last.At}
	if last.Published != nil && !figures.Renew(now, last.At, changes-last.Changes) {
		return out, json.Unmarshal(last.Published, &out.Published)
	}
	held, err := s.figuresOf(ctx, l)
	if err != nil {
		return out, err
	}
	out.AsOf, out.Published = now, held.Publish(mostMonths)
	text, err := json.Marshal(out.Published)
	if err != nil {
		return out, err
	}
	return out, s.Store.PutEdition(ctx, subscribe.Edition{List: l.ID, At: now, Changes: changes, Published: text})
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

// monthsOf are the complete months of a list, in its zone, since its readers are counted by
// months: of those before nobody knows how many they ended with.
func (s *Service) monthsOf(l *subscribe.List, readers int) ([]figures.Month, error) {
	counts, err := s.Store.Counts(l.ID)
	if err != nil {
		return nil, err
	}
	sent, err := s.sentBy(l)
	if err != nil {
		return nil, err
	}
	now := s.now().In(l.Zone)
	this := now.Format(store.Month)
	at := readers - counts[this][store.Joined] + counts[this][store.Left] // at the end of the month that is looked at
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

// sentBy are the issues of a list by the months in which they ended first. The mean of the copies
// is over those whose books can be read.
func (s *Service) sentBy(l *subscribe.List) (map[string]figures.Month, error) {
	issues, err := s.Store.Issues(l.ID)
	if err != nil {
		return nil, err
	}
	sent, copies, read := map[string]figures.Month{}, map[string]int{}, map[string]int{}
	for _, i := range issues {
		if i.SentBy().IsZero() {
			continue
		}
		month := i.SentBy().In(l.Zone).Format(store.Month)
		m := sent[month]
		m.Issues++
		if books, err := s.Store.Balance(i.Name); err == nil && books.Audience > 0 {
			copies[month], read[month] = copies[month]+books.Accepted, read[month]+1
			m.Copies = (copies[month] + read[month]/2) / read[month]
		}
		sent[month] = m
	}
	return sent, nil
}

// completeMonths are the months from the first that something was counted in to the last
// one, oldest first.
func completeMonths(counts map[string]map[string]int, now time.Time) (all []string) {
	if len(counts) == 0 {
		return nil
	}
	first := sortedKeys(counts)[0]
	for m := time.Date(now.Year(), now.Month(), 1, 0, 0, 0, 0, time.UTC).AddDate(0, -1, 0); m.Format(store.Month) >= first; m = m.AddDate(0, -1, 0) {
		all = append(all, m.Format(store.Month))
	}
	slices.Reverse(all)
	return all
}
