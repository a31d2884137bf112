package engine

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"example.jp/kairan/deliver"
	"example.jp/kairan/subscribe"
)

// Scheduler starts issues when they are due, and ends runs in which nothing is
// left to do.
type Scheduler struct {
	Calendar deliver.Calendar
	Runs     func(name deliver.IssueName) (deliver.Run, error)
	Engine   *Engine
	Lists    subscribe.Lists
	// Compile makes, once, what a run sends; it is stored and never made again.
	Compile func(ctx context.Context, i *deliver.Issue, now time.Time) (deliver.Form, error)
	Now     func() time.Time
	Log     *slog.Logger
	// LastCommit is when something was last committed; nil: nobody knows.
	LastCommit func() (time.Time, error)
	// Mono is a clock that nobody sets, since any instant; nil: the system's.
	Mono func() time.Duration
	// Settles is how long a clock that has jumped must run evenly before it is
	// believed; 0: 5 seconds.
	Settles time.Duration

	mu    sync.Mutex
	clock clock
	wrong string                     // what is wrong with the clock; "": nothing
	told  map[deliver.IssueName]bool // issues whose timeline says so
	began time.Time
}

// Clock says whether the clock is wrong at the moment, and why: also if it has jumped since
// the last tick. While it is, no issue starts; what runs goes on.
func (s *Scheduler) Clock() (wrong bool, why string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if why = s.wrong; why == "" && s.clock.seen {
		_, why = s.clock.tick(s.sightLocked(s.clock.last.commit), s.settles())
	}
	return why != "", why
}

func (s *Scheduler) settles() time.Duration {
	if s.Settles <= 0 {
		return clockSettles
	}
	return s.Settles
}

func (s *Scheduler) sightLocked(commit time.Time) sight {
	return sight{s.Now().Round(0), s.mono(), commit} // or Sub would ask the clock that nobody sets
}

// watch judges the clock. It alarms once when it goes wrong.
func (s *Scheduler) watch() {
	var commit time.Time
	if s.LastCommit != nil {
		var err error
		if commit, err = s.LastCommit(); err != nil {
			s.Log.Error("CalendarFault", "err", err)
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	was := s.wrong
	s.clock, s.wrong = s.clock.tick(s.sightLocked(commit), s.settles())
	switch {
	case was == "" && s.wrong != "":
		s.Log.Error("ClockWrong", "why", s.wrong)
		s.told = map[deliver.IssueName]bool{}
	case was != "" && s.wrong == "":
		s.Log.Info("ClockRight")
	}
}

func (s *Scheduler) mono() time.Duration {
	if s.Mono != nil {
		return s.Mono()
	}
	if s.began.IsZero() {
		s.began = time.Now()
	}
	return time.Since(s.began)
}

// Tick looks once at the clock, and at each issue that needs it.
func (s *Scheduler) Tick(ctx context.Context) {
	s.watch()
	live, err := s.Calendar.Live()
	if err != nil {
		s.Log.Error("CalendarFault", "err", err)
		return
	}
	for _, i := range live {
		if err := s.look(ctx, i); err != nil && ctx.Err() == nil {
			s.Log.Error("ScheduleFault", "issue", i.Name, "err", err)
		}
	}
}

func (s *Scheduler) look(ctx context.Context, i *deliver.Issue) error {
	l := s.Lists[i.Name.List]
	if l == nil {
		return fmt.Errorf("its list is not declared")
	}
	if wrong, why := s.Clock(); wrong && i.State == deliver.Scheduled {
		return s.holdBack(ctx, i, why)
	}
	if i.State == deliver.Scheduled {
		switch start, hold := i.Ready(s.Now(), l.LateWithin); {
		case hold:
			return s.hold(ctx, i, fmt.Sprintf("it was due %s ago, and the list sends up to %s late; schedule it again to send it",
				deliver.FormatDuration((s.Now().Sub(i.Due)+time.Minute-1).Truncate(time.Minute)), deliver.FormatDuration(l.LateWithin)))
		case start:
			return s.start(ctx, i)
		}
		return nil
	}
	return s.carryOn(ctx, i)
}

func (s *Scheduler) start(ctx context.Context, i *deliver.Issue) error {
	form, err := s.Compile(ctx, i, s.Now())
	if err != nil && ctx.Err() != nil {
		return err // the service stops; after its next start the issue is still due
	}
	if errors.As(err, new(*deliver.UnapprovedError)) {
		return s.hold(ctx, i, err.Error()+", and schedule it again")
	}
	if err != nil {
		return s.hold(ctx, i, "it cannot be composed: "+err.Error())
	}
	err = s.Calendar.StartIssue(ctx, i.Name, form, func(stored *deliver.Issue, audience int, now time.Time) error {
		if start, _ := stored.Ready(now, s.Lists[i.Name.List].LateWithin); !start || !stored.SameText(i) {
			return stored.Refuse("started", "it has just been changed; nothing was sent")
		}
		if form.Unarchived != "" {
			stored.Remark("it goes out, and stands in no archive: "+form.Unarchived, now)
		}
		stored.Sent = form.Sent
		stored.Start(audience, form.Expiry, now)
		return nil
	})
	if errors.As(err, new(*deliver.StateError)) {
		return nil // the next tick sees what it is now
	}
	if err != nil && ctx.Err() != nil {
		return err // the service stops; after its next start the issue is still due
	}
	if err != nil {
		return s.hold(ctx, i, err.Error())
	}
	s.Log.Info("IssueStarted", "issue", i.Name)
	fresh := *i
	fresh.State, fresh.Expires = deliver.Running, s.Now().Add(form.Expiry)
	return s.carryOn(ctx, &fresh)
}

// holdBack leaves an issue scheduled while the clock is wrong, and says so, once,
// in the timeline of one that would start if it were right.
func (s *Scheduler) holdBack(ctx context.Context, i *deliver.Issue, why string) error {
	s.mu.Lock()
	now := s.clock.last.wall
	if s.clock.last.commit.After(now) {
		now = s.clock.last.commit
	}
	told := s.told[i.Name]
	s.mu.Unlock()
	if told || now.Before(i.Due) {
		return nil
	}
	err := s.Calendar.ChangeIssue(ctx, i.Name, func(stored *deliver.Issue, now time.Time) error {
		if stored.State == deliver.Scheduled {
			stored.Remark("not started while the clock is wrong: "+why, now)
		}
		return nil
	})
	if err == nil {
		s.mu.Lock()
		s.told[i.Name] = true
		s.mu.Unlock()
	}
	return err
}

func (s *Scheduler) hold(ctx context.Context, i *deliver.Issue, reason string) error {
	s.Log.Warn("IssueHeld", "issue", i.Name, "why", reason)
	return s.Calendar.ChangeIssue(ctx, i.Name, func(stored *deliver.Issue, now time.Time) error {
		if stored.State == deliver.Scheduled {
			stored.Hold(reason, now)
		}
		return nil
	})
}

// carryOn hands a running issue to the engine, also after a restart, and ends it
// when nothing is left to do.
func (s *Scheduler) carryOn(ctx context.Context, i *deliver.Issue) error {
	if i.State == deliver.Running {
		run, err := s.Runs(i.Name)
		if err != nil {
			return err
		}
		s.Engine.Add(run, i.Expires)
	} else {
		s.Engine.Remove(i.Name) // or each copy of a stopped run would be claimed in vain
	}
	if !s.Engine.Quiet(i.Name) || s.Engine.PauseIfRefused(i.Name) {
		return nil
	}
	paused := false
	ended, err := s.Calendar.Conclude(ctx, i.Name, func(stored *deliver.Issue, b deliver.Balance, excused bool, now time.Time) {
		stored.End(b, excused, now)
		paused = stored.State == deliver.Paused
	})
	if paused && err == nil {
		s.Engine.Remove(i.Name) // now: what a relay that is wrong says until the next tick would count when it goes on
	}
	if err != nil || !ended {
		return err
	}
	s.Engine.Remove(i.Name)
	s.Log.Info("IssueEnded", "issue", i.Name)
	return nil
}
