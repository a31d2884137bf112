package service

import (
	"context"
	"time"

	"example.jp/kairan/cmd/internal/control"
	"example.jp/kairan/cmd/internal/exit"
	"example.jp/kairan/deliver"
	"example.jp/kairan/subscribe"
)

// The verbs about lists.
var (
	ListLs     = verb("list/ls", (*Service).listLs, reads)
	ListClose  = verb("list/close", (*Service).listClose, ofSource)
	ListReopen = verb("list/reopen", (*Service).listReopen, func(in OfList) []deliver.Deed { return []deliver.Deed{{List: in.List}} })
)

// List is a list as an operator may see it: its declaration, and counts.
type List struct {
	List      string   `json:"list"`
	ListID    string   `json:"list_id"`
	Office    string   `json:"office"`
	Name      string   `json:"name"`
	Purpose   string   `json:"purpose"`
	Zone      string   `json:"zone"`
	Fields    []string `json:"fields"`
	Readers   int      `json:"readers"`
	Suspended int      `json:"suspended"` // after refusals; they get nothing until they sign up again
	Issues    int      `json:"issues"`

	Closes  string    `json:"closes,omitempty"`   // the last day on which sign-ups are taken
	EraseBy string    `json:"erase_by,omitempty"` // the day on which everything of it is erased
	Closed  time.Time `json:"closed,omitzero"`    // since when sign-ups are not taken
	Ended   string    `json:"ended,omitempty"`    // the issue with which an editor ended it

	Slots []string    `json:"slots,omitempty"`      // when its issues go out by habit, in words
	Next  []time.Time `json:"next_slots,omitempty"` // the next five of these

	Damaged string `json:"damaged,omitempty"` // what cannot be read of it, as far as it was met
}

func (s *Service) listLs(ctx context.Context, in OfList) ([]List, error) {
	out := []List{}
	for _, id := range s.Config.Order {
		if in.List != "" && in.List != id || !s.takesPart(ctx, id) {
			continue
		}
		l := s.Config.Lists[id]
		readers, err := s.Store.Count(id)
		if err != nil {
			return nil, err
		}
		suspended, err := s.Store.Suspended(id)
		if err != nil {
			return nil, err
		}
		issues, err := s.Store.Issues(id)
		if err != nil {
			return nil, err
		}
		o := List{
			List: id, ListID: l.ListID, Office: l.Office.Name.In(l.Language), Name: l.Name.In(l.Language),
			Purpose: l.Purpose.In(l.Language), Zone: l.Zone.String(), Fields: []string{"email"},
			Readers: readers, Suspended: suspended, Issues: len(issues),
		}
		if _, last, err := s.Store.ListEnding(id); err != nil {
			return nil, err
		} else if last != "" {
			o.Ended = id + "/" + last
		}
		o.Closes, o.EraseBy = dayOf(l.Closes), dayOf(l.EraseBy)
		if since := subscribe.Endings(s.endedSince).Closed(l, s.now()); !since.IsZero() {
			o.Closed = since.In(l.Zone)
		}
		for _, x := range l.Slots.Of {
			o.Slots = append(o.Slots, x.Words())
		}
		o.Next = l.Slots.Upcoming(s.now(), l.Zone, shownSlots)
		if u := s.Store.UnreadableOf(id); u.Sum() > 0 {
			o.Damaged = u.String()
		}
		for _, f := range l.Fields {
			o.Fields = append(o.Fields, f.ID)
		}
		out = append(out, o)
	}
	if len(out) == 0 && in.List != "" {
		return nil, exit.Usagef("there is no list %q; `kairan list ls` shows the lists", in.List)
	}
	return out, nil
}

// shownSlots is how many of the next slots are shown: enough to see that what was declared
// is what was meant.
const shownSlots = 5

// dayOf is a day of the configuration; "" for none.
func dayOf(day time.Time) string {
	if day.IsZero() {
		return ""
	}
	return day.Format(time.DateOnly)
}

// endedSince is since when an editor has ended a list. Where that cannot be read, the
// declaration alone holds.
func (s *Service) endedSince(list string) time.Time {
	since, _, _ := s.Store.ListEnding(list)
	return since
}

// listClose ends a list with its last issue.
func (s *Service) listClose(ctx context.Context, in Source) (Issue, error) {
	return issueAnswer(s.editor.Farewell(ctx, control.Actor(ctx), in.Issue, deliver.Manuscript{Source: in.Source, Files: in.Files}))
}

// listReopen lets a list go on that was ended.
func (s *Service) listReopen(ctx context.Context, in OfList) (Done, error) {
	if s.Config.Lists[in.List] == nil {
		return Done{}, exit.Usagef("there is no list %q; `kairan list ls` shows the lists", in.List)
	}
	return Done{}, s.Store.ReopenList(ctx, in.List)
}
