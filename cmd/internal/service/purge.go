package service

import (
	"context"
	"errors"
	"time"

	"example.jp/kairan/cmd/internal/exit"
	"example.jp/kairan/deliver"
	"example.jp/kairan/store"
	"example.jp/kairan/subscribe"
)

// Purge forgets what is due, as the night does; Certificates are those of a list's erasures.
var (
	Purge = verb("purge", (*Service).purge, func(in Purging) []deliver.Deed {
		if in.DryRun {
			return nil
		}
		return []deliver.Deed{{Reason: in.Reason}}
	})
	Certificates = verb("purge/certificates", (*Service).certificates, reads)
)

// What the verbs of forgetting take and give.
type (
	// Purging is how a purge is asked for.
	Purging struct {
		DryRun bool   `json:"dry_run"` // only say what would be forgotten
		Reason string `json:"reason,omitempty"`
	}
	// Purged is what a purge has forgotten.
	Purged struct {
		DryRun  bool            `json:"dry_run"`
		Kinds   []PurgedKind    `json:"kinds"`
		Lists   []string        `json:"lists"`          // that were erased, or would be
		Until   time.Time       `json:"readable_until"` // in free pages of the database, and in backups of ours
		Periods PurgedRemainder `json:"remains"`
	}
	// PurgedKind is one kind of what is forgotten.
	PurgedKind struct {
		Kind string `json:"kind"`
		What string `json:"what"`
		Keep int    `json:"keep_days"` // after it has done its work; 0: no longer than that
		N    int    `json:"forgotten"`
	}
	// PurgedRemainder is where it may be read still, and for how many days.
	PurgedRemainder struct {
		FreePages int `json:"free_pages_days"`
		Backups   int `json:"backups_days"`
	}
)

// purgeChore is the purge by night.
const purgeChore = "purge"

// purgeEvery is every night, but not while nobody knows whether the database is the one
// in use, or what day it is.
func (s *Service) purgeEvery() subscribe.Days {
	if wrong, _ := s.clock(); wrong || s.Store.Held() != nil {
		return 0
	}
	return 1
}

// clock says whether the clock is not to be believed: one that is ahead would forget
// everything.
func (s *Service) clock() (wrong bool, why string) {
	if s.scheduler == nil {
		return false, ""
	}
	return s.scheduler.Clock()
}

func (s *Service) purgeByNight(ctx context.Context) error {
	_, err := s.Store.Purge(ctx, s.Config.Retention, false)
	return err
}

func (s *Service) purge(ctx context.Context, in Purging) (out Purged, err error) {
	r := s.Config.Retention
	out = Purged{DryRun: in.DryRun, Lists: []string{}, Until: r.Unreadable().After(s.now()), Periods: PurgedRemainder{int(r.FreePages), int(r.Backups)}}
	if wrong, why := s.clock(); wrong && !in.DryRun {
		return out, exit.Refusedf("nothing is forgotten while the clock is wrong: %s", why)
	}
	if s.Store.Held() != nil && !in.DryRun {
		return out, errHeldPurge
	}
	due := s.eraseable()
	if len(due) > 0 && !in.DryRun { // without a server nobody has asked yet
		broken, err := s.Promises()
		if err = errors.Join(err, Refusal(broken)); err != nil {
			return out, err
		}
	}
	for _, l := range due {
		out.Lists = append(out.Lists, l.ID)
		if !in.DryRun {
			if err := s.erase(ctx, l); err != nil {
				return out, s.sayErasure(l, err)
			}
		}
	}
	all, err := s.Store.Purge(ctx, r, in.DryRun)
	switch {
	case errors.Is(err, store.ErrHeld):
		return out, errHeldPurge
	case errors.Is(err, store.ErrPurging):
		return out, exit.Refusedf("a purge is under way; try again when it is done")
	case err != nil:
		return out, err
	}
	for _, f := range all {
		out.Kinds = append(out.Kinds, PurgedKind{f.Kind, f.What, int(f.After), f.N})
	}
	if !in.DryRun {
		err = s.Store.NoteDone(ctx, purgeChore, s.now())
	}
	return out, err
}

var errHeldPurge = exit.Refusedf("the database is a copy that was put back; nothing is forgotten before it is released: see kairan restore")

// eraseable are the lists whose day of erasure has begun, and that are not erased yet. An
// erasure that has begun comes to its end, whatever the day is now: nobody is on the list
// any more.
func (s *Service) eraseable() (due []*subscribe.List) {
	for _, id := range s.Config.Order {
		l := s.Config.Lists[id]
		if begun, err := s.Store.IsErasing(id); err == nil && begun {
			due = append(due, l)
			continue
		}
		if !l.EraseDue(s.now()) {
			continue
		}
		if done, err := s.Store.IsErased(id, l.EraseDay()); err != nil || !done {
			due = append(due, l)
		}
	}
	return due
}

// eraseOnTime erases each list as soon as its day begins, or some seconds after the start
// if that was missed: a clock that is wrong then may have been set right, or is known for it.
func (s *Service) eraseOnTime(ctx context.Context) {
	if wrong, _ := s.clock(); wrong || s.Store.Held() != nil {
		return
	}
	for _, l := range s.eraseable() {
		switch err := s.erase(ctx, l); {
		case err == nil:
			s.log.Info("ListErased", "list", l.ID, "hint", "kairan purge --certificate "+l.ID+" prints the certificate")
		case errors.Is(err, store.ErrPurging): // it is at it already
		case ctx.Err() == nil:
			s.log.Error("EraseFault", "list", l.ID, "err", err, "hint", "it is tried again in some seconds")
		}
	}
}

// sendingFor is how long an erasure waits for copies that are in flight.
const sendingFor = 30 * time.Second

// erase erases a list whose day has begun. Copies that are in flight come to their end first.
func (s *Service) erase(ctx context.Context, l *subscribe.List) error {
	r := s.Config.Retention
	e := store.Erasure{
		List: l.ID, ListID: l.ListID, Name: l.Name, Office: l.Office.Name, Due: l.EraseDay(), Version: version(),
		Readable: r.Unreadable().After(s.now()), Relay: s.Config.Relay.Operator, Host: s.Config.Operator,
	}
	deed := deliver.Deed{By: byItself, What: "list erase", List: l.ID, Result: deliver.WasDone}
	issues, err := s.Store.Issues(l.ID)
	if err != nil {
		return err
	}
	for waited := time.Duration(0); ; waited += time.Second {
		err = s.Store.Erase(ctx, e, deed)
		for _, i := range issues {
			s.engine.Remove(i.Name)
		}
		if !errors.Is(err, store.ErrSending) || waited >= sendingFor {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(time.Second):
		}
	}
}

func (s *Service) sayErasure(l *subscribe.List, err error) error {
	switch {
	case errors.Is(err, store.ErrSending):
		return exit.Refusedf("the list %s is being erased, and copies of its last issue are on their way; try again in a minute", l.ID)
	case errors.Is(err, store.ErrPurging):
		return exit.Refusedf("a purge is under way; try again when it is done")
	}
	return err
}

// certificates answers with those of a list, oldest first.
func (s *Service) certificates(_ context.Context, in OfList) ([]Certificate, error) {
	all, err := s.Store.Erasures(in.List)
	if err != nil {
		return nil, err
	}
	if len(all) == 0 {
		return nil, exit.Usagef("no list %q was erased by its `erase_by`; `kairan list ls` shows the lists", in.List)
	}
	var out []Certificate
	for _, e := range all {
		zone := time.Local
		if l := s.Config.Lists[e.List]; l != nil {
			zone = l.Zone
		}
		c, err := certificateOf(e, zone)
		if err != nil {
			return nil, err
		}
		out = append(out, c)
	}
	return out, nil
}
