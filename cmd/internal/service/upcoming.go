package service

import (
	"cmp"
	"context"
	"slices"
	"time"

	"example.jp/kairan/cmd/internal/exit"
	"example.jp/kairan/deliver"
	"example.jp/kairan/subscribe"
)

// IssueUpcoming tells what goes out within a week, and which slots are free.
var IssueUpcoming = verb("issue/upcoming", (*Service).issueUpcoming, reads)

// Upcoming is an issue that will go out, or a slot that is free.
type Upcoming struct {
	At      time.Time `json:"at"` // zero: it is held, or paused
	Zone    string    `json:"zone"`
	List    string    `json:"list"`
	Readers int       `json:"readers"` // of the list now
	Issue   string    `json:"issue,omitempty"`
	Subject string    `json:"subject,omitempty"`
	State   string    `json:"state"` // of the issue; "free": a slot for which none is scheduled
	// Unapproved says that the list asks for another account's approval, which is missing.
	Unapproved bool `json:"unapproved,omitempty"`
	Fed        bool `json:"fed,omitempty"` // of a slot that is free: the list's feed fills it
}

// FreeSlot is the state of a slot for which no issue is scheduled.
const FreeSlot = "free"

const (
	upcomingFor = 7 * 24 * time.Hour
	mostSlots   = 50 // of a list, that are looked at
)

func (s *Service) issueUpcoming(ctx context.Context, in OfList) ([]Upcoming, error) {
	if in.List != "" && s.Config.Lists[in.List] == nil {
		return nil, exit.Usagef("there is no list %q; `kairan list ls` shows the lists", in.List)
	}
	live, err := s.Store.Live()
	if err != nil {
		return nil, err
	}
	held, err := s.Store.HeldIssues()
	if err != nil {
		return nil, err
	}
	out := []Upcoming{}
	for _, id := range s.Config.Order {
		if in.List != "" && in.List != id || !s.takesPart(ctx, id) {
			continue
		}
		l := s.Config.Lists[id]
		readers, err := s.Store.Count(id)
		if err != nil {
			return nil, err
		}
		of := slices.DeleteFunc(slices.Concat(live, held), func(i *deliver.Issue) bool { return i.Name.List != id })
		all := s.week(l, of)
		for n := range all {
			if all[n].Readers = readers; all[n].State == deliver.Scheduled.String() && l.Approvals >= 2 {
				now, err := s.editor.Status(ctx, all[n].Issue)
				if err != nil {
					return nil, err
				}
				all[n].Unapproved = now.NeedsApproval && now.Approval.By == ""
			}
		}
		out = append(out, all...)
	}
	slices.SortStableFunc(out, func(a, b Upcoming) int { return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.List, b.List)) })
	return out, nil
}

// week are the issues of a list that go out within the week or have not ended, and its slots
// that are free.
func (s *Service) week(l *subscribe.List, issues []*deliver.Issue) (all []Upcoming) {
	now := s.now()
	end, taken := now.Add(upcomingFor), map[int64]bool{}
	for _, i := range issues {
		x := Upcoming{At: i.Due.In(l.Zone), Zone: l.Zone.String(), List: l.ID, Issue: i.Name.String(), Subject: i.Subject, State: i.State.String()}
		switch i.State {
		case deliver.Scheduled:
			if taken[i.Due.Unix()] = true; i.Due.After(end) {
				continue
			}
		case deliver.Running, deliver.Paused, deliver.Held:
		default:
			continue
		}
		all = append(all, x)
	}
	for _, at := range l.Slots.Upcoming(now, l.Zone, mostSlots) {
		if at.After(end) {
			break
		}
		if !taken[at.Unix()] {
			all = append(all, Upcoming{At: at.In(l.Zone), Zone: l.Zone.String(), List: l.ID, State: FreeSlot, Fed: l.Feed != nil})
		}
	}
	return all
}
