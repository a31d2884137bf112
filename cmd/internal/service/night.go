package service

import (
	"context"
	"errors"
	"fmt"
	"time"

	"example.jp/kairan/deliver"
	"example.jp/kairan/store"
	"example.jp/kairan/subscribe"
)

// chore is something that is done by night.
type chore struct {
	name  string // under which the store notes when it was last done
	every func(*Service) subscribe.Days
	alone bool // never while an issue goes out
	do    func(*Service, context.Context) error
}

// chores are done one after the other, in this order: what is erased tonight is in no
// page of the file when tonight's backup is made.
var chores = []chore{
	{name: purgeChore, every: (*Service).purgeEvery, do: (*Service).purgeByNight},
	{name: store.CompactChore, every: (*Service).compactEvery, alone: true, do: (*Service).compactByNight},
	{name: backupChore, every: (*Service).backupEvery, alone: true, do: (*Service).backupByNight},
}

// overdue is how much later than its time a chore is done by day too: on a machine that
// is off at night.
const overdue = 24 * time.Hour

const halfADay = 12 * time.Hour

// night does the chores that are due.
func (s *Service) night(ctx context.Context) {
	for _, c := range chores {
		if ctx.Err() != nil {
			return
		}
		last, err := s.Store.LastDone(c.name)
		since, fault := s.Store.LastDone(serving)
		if err = errors.Join(err, fault); err == nil && s.isDue(c, last, since) {
			if err = c.do(s, ctx); err == nil {
				err = s.note(ctx, deliver.Deed{By: byItself, What: c.name, Result: deliver.WasDone})
			}
			if err == nil { // last, or a kill could leave it without a trace
				err = s.Store.NoteDone(ctx, c.name, s.now())
			}
		}
		if err != nil && ctx.Err() == nil {
			s.choreFault(c.name, err)
		}
	}
}

// isDue says whether a chore that was last done then, in an installation that serves since
// then, is to be done now. Half a day is allowed for, so that one that is done each night is
// not missed because it was a minute later the night before.
func (s *Service) isDue(c chore, last, since time.Time) bool {
	now := s.now()
	every := c.every(s)
	if every == 0 { // it is not wanted here
		return false
	}
	due := last.Add(every.Duration() - halfADay)
	if now.Before(due) && !now.Before(last) || c.alone && s.engine.Busy() {
		return false
	}
	if last.IsZero() {
		last = since
	}
	return s.Config.QuietHours.Include(now.Local()) || !last.IsZero() && now.After(every.After(last).Add(overdue))
}

// lateAfter is how much later than its time a chore of forgetting is missed.
const lateAfter = 2 * overdue

// lateChores says what was not done in time of what the promise to forget rests on.
func (s *Service) lateChores() (late []string, err error) {
	since, err := s.Store.LastDone(serving)
	for _, c := range chores[:2] {
		last, fault := s.Store.LastDone(c.name)
		err = errors.Join(err, fault)
		every := c.every(s)
		if last.Before(since) {
			last = since
		}
		if every == 0 || last.IsZero() || !s.now().After(every.After(last).Add(lateAfter)) {
			continue
		}
		late = append(late, fmt.Sprintf("%s is not done since %s, and is to be done every %s: what is to be forgotten can be read for longer than is published (kairan %[1]s)", c.name, last.In(time.Local).Format(time.DateOnly), every))
	}
	return late, err
}

// lastDone is when one of these was last done; zero: never.
func (s *Service) lastDone(names ...string) (last time.Time, err error) {
	for _, name := range names {
		at, fault := s.Store.LastDone(name)
		if err = errors.Join(err, fault); at.After(last) {
			last = at
		}
	}
	return last, err
}

// choreFault logs why a chore was not done; it is tried again at the next tick.
func (s *Service) choreFault(name string, err error) {
	s.log.Error("ChoreFault", "chore", name, "err", err, "hint", "it is tried again in some minutes")
}
