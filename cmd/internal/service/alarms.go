package service

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"
)

// Alarm is something that is wrong and that a person must see to. Nothing of it is about
// a reader.
type Alarm struct {
	Name  string    `json:"name"`         // of its row in the table; it does not change
	Of    string    `json:"of,omitempty"` // which issue, list, relay or page; "": the installation
	Why   string    `json:"why"`          // what is wrong, in words
	Hint  string    `json:"hint"`         // what to do
	Since time.Time `json:"since"`        // when it was first seen
	// Kinds are those of several things that are wrong together. Another that comes to them is
	// told like an alarm that begins.
	Kinds []string `json:"kinds,omitempty"`
}

// news is what becomes of an alarm.
type news string

const (
	begins news = "begins"
	lasts  news = "lasts"
	over   news = "over"
)

// told is an alarm that is told, and what became of it.
type told struct {
	Alarm
	news
}

const (
	// lookEvery is how often the table is looked at.
	lookEvery = 5 * time.Second
	// hintOver is what is to be done of an alarm that is over.
	hintOver = "nothing is left to be done"
	// tellAfter is how long an alarm must last before it is told: a relay that is started
	// again, and a service that is, are nobody's night.
	tellAfter = time.Minute
	// tellAgain is how often one is told that lasts.
	tellAgain = 24 * time.Hour
	// tellRetry is when one is told again of which nobody could be told.
	tellRetry = 10 * time.Minute
)

// board is where the alarms hang: what was found at the last look, and what was told of it.
// The zero board has none.
type board struct {
	mu   sync.Mutex
	hang map[[2]string]*hanging // by name and what it is of
	over []told                 // to be told
}

type hanging struct {
	Alarm
	begun bool      // somebody was told
	told  []string  // of these kinds
	grew  time.Time // since when it has others; zero: it has none
	next  time.Time // when it is told
}

// note takes what a look has found. Of the rows that could not be looked at, blind, what
// was found before stays.
func (b *board) note(found []Alarm, blind []string, now time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	before := b.hang
	b.hang = map[[2]string]*hanging{}
	for _, a := range found {
		key := [2]string{a.Name, a.Of}
		h := before[key]
		if h == nil || now.Before(h.Since) { // the clock was set back
			h = &hanging{next: now.Add(tellAfter)}
			a.Since = now
		} else {
			a.Since = h.Since
		}
		h.Alarm, b.hang[key] = a, h
		h.grow(now)
	}
	for key, h := range before {
		switch {
		case b.hang[key] != nil:
		case slices.Contains(blind, h.Name):
			b.hang[key] = h
		case h.begun:
			ended := h.Alarm
			ended.Hint = hintOver // what was to be done is done
			b.over = append(b.over, told{ended, over})
		}
	}
}

// grow notes since when an alarm has kinds of which nobody was told.
func (h *hanging) grow(now time.Time) {
	isTold := func(k string) bool { return slices.Contains(h.told, k) }
	switch untold := slices.ContainsFunc(h.Kinds, func(k string) bool { return !isTold(k) }); {
	case !h.begun || !untold:
		h.grew = time.Time{}
	case h.grew.IsZero() || now.Before(h.grew):
		h.grew = now
	}
}

// all are the alarms, in the order of the table.
func (b *board) all() []Alarm {
	b.mu.Lock()
	defer b.mu.Unlock()
	all := []Alarm{}
	for _, h := range b.hang {
		all = append(all, h.Alarm)
	}
	slices.SortFunc(all, func(a, c Alarm) int {
		return cmp.Or(rowOf(a.Name)-rowOf(c.Name), cmp.Compare(a.Of, c.Of))
	})
	return all
}

// toTell takes what is to be told at now: what has lasted for a while, once, and again
// each day; and once that it is over.
func (b *board) toTell(now time.Time) []told {
	b.mu.Lock()
	defer b.mu.Unlock()
	all := b.over
	b.over = nil
	for _, h := range b.hang {
		more := !h.grew.IsZero() && now.Sub(h.grew) >= tellAfter
		if wait := h.next.Sub(now); !more && wait > 0 && wait <= tellAgain { // or the clock was set back
			continue
		}
		x := told{h.Alarm, begins}
		if h.begun && !more {
			x.news = lasts
		}
		all = append(all, x)
		h.begun, h.told, h.grew, h.next = true, append(h.told, h.Kinds...), time.Time{}, now.Add(tellAgain)
	}
	slices.SortFunc(all, func(a, c told) int {
		return cmp.Or(rowOf(a.Name)-rowOf(c.Name), cmp.Compare(a.Of, c.Of), cmp.Compare(a.news, c.news))
	})
	return all
}

// untold notes that nobody could be told of an alarm.
func (b *board) untold(x told, now time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if h := b.hang[[2]string{x.Name, x.Of}]; h != nil && x.news != over {
		h.begun, h.next = x.news == lasts, now.Add(tellRetry)
	}
}

// Alarms are what is wrong at present, the gravest first.
func (s *Service) Alarms() []Alarm { return s.board.all() }

// lookOut looks at everything in the table.
func (s *Service) lookOut() {
	s.looking.Lock()
	defer s.looking.Unlock()
	now := s.now()
	var found []Alarm
	var blind []string
	for _, row := range alarmRows {
		err := row.look(s, now, func(of, why string, kinds ...string) {
			found = append(found, Alarm{Name: row.name, Of: of, Why: why, Hint: row.hint, Kinds: kinds})
		})
		if err != nil {
			blind = append(blind, row.name)
			s.blind(err)
		}
	}
	s.board.note(found, blind, now)
}

// tellAlarms tells what is to be told.
func (s *Service) tellAlarms(ctx context.Context) {
	for _, x := range s.board.toTell(s.now()) {
		if x.news == over {
			s.log.Info("AlarmOver", "alarm", x.Name, "of", x.Of, "why", x.Why, "since", x.Since)
		} else {
			s.log.Error("Alarm", "alarm", x.Name, "of", x.Of, "why", x.Why, "since", x.Since, "hint", x.Hint)
			if err := s.reportAlarm(ctx, x.Alarm); err != nil && ctx.Err() == nil {
				s.log.Error("ReportFault", "alarm", x.Name, "err", err)
			}
		}
		if command := s.Config.Alarms.Command; len(command) > 0 {
			if err := runAlarm(ctx, command, x, alarmPatience); err != nil && ctx.Err() == nil {
				hint := "it is run again in 10 minutes"
				if x.news == over {
					hint = "that it is over is not told again; kairan status shows it"
				}
				s.log.Error("AlarmCommandFault", "alarm", x.Name, "err", err, "hint", hint)
				s.board.untold(x, s.now())
			}
		}
	}
}
