package engine

import (
	"context"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"example.jp/kairan/deliver"
)

// TestSlowStartWaitsOnce: a leaver just before the threshold, whose successor was
// reserved already and is given back, makes no second wait.
func TestSlowStartWaitsOnce(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := newStreaming(t, 1)
		s.terms = func(deliver.IssueName) deliver.Terms {
			return deliver.Terms{Pace: deliver.Pace{Slow: 20, SlowFor: 15 * time.Minute}}
		}
		l := newLedger(s.world, "a/1", 50)
		l.left[19] = true
		s.e.Add(l, never())
		stop := s.run()
		time.Sleep(14 * time.Minute)
		if n := s.count("send a/1"); n < 18 || n > 19 {
			t.Errorf("%d copies before the wait", n)
		}
		time.Sleep(2 * time.Minute)
		stop()
		if n := s.count("send a/1"); n != 49 || len(s.told()) != 1 {
			t.Errorf("%d copies after it; %q", n, s.told())
		}
	})
}

// TestSlowStartGoesOn where it stood before a pause or a restart.
func TestSlowStartGoesOn(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		sent  int
		ago   time.Duration // that the run began
		first int           // copies in the first minute
	}{
		"before the threshold": {15, time.Minute, 5},
		"in the wait":          {20, 14 * time.Minute, 0},
		"after it":             {20, 16 * time.Minute, 30},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				w := newWorld(t, 2)
				began := time.Now().Add(-c.ago)
				w.terms = func(deliver.IssueName) deliver.Terms {
					return deliver.Terms{Pace: deliver.Pace{Slow: 20, SlowFor: 15 * time.Minute}, Sent: c.sent, Began: began}
				}
				w.add("a/1", 30)
				stop := w.run()
				time.Sleep(50 * time.Second)
				if n := w.count("send a/1"); n != c.first {
					t.Errorf("%d copies at first", n)
				}
				time.Sleep(16 * time.Minute)
				if n := w.count("send a/1"); n != 30 {
					t.Errorf("%d copies in the end", n)
				}
				stop()
			})
		})
	}
}

// TestLookAtTheRefusals: a slow start that went badly is not gone on with, at
// shares that would not yet stop a run in full swing.
func TestLookAtTheRefusals(t *testing.T) {
	t.Parallel()
	for bad, goesOn := range map[int]bool{1: true, 2: false} {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t, 2)
			tripped := ""
			w.paused = func(_ deliver.IssueName, why string, _ bool) { w.mu.Lock(); defer w.mu.Unlock(); tripped = why }
			w.terms = func(deliver.IssueName) deliver.Terms {
				return deliver.Terms{Pace: deliver.Pace{Slow: 20, SlowFor: 15 * time.Minute}}
			}
			left := bad
			w.send = func(context.Context, *conn, string) deliver.Result {
				w.mu.Lock()
				defer w.mu.Unlock()
				if left--; left >= 0 {
					return nobody
				}
				return accepted
			}
			w.add("a/1", 50)
			w.runFor(16 * time.Minute)
			if n := w.count("send a/1"); (n == 50) != goesOn || !goesOn && (n != 20 || !strings.Contains(tripped, "2 of 20 addresses")) {
				t.Errorf("%d refused of 20: %d copies, %q", bad, n, tripped)
			}
		})
	}
}

// TestUncertainInARowOnARelay: three runs that take turns meet them together.
func TestUncertainInARowOnARelay(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, 1)
		tripped := map[deliver.IssueName]string{}
		w.paused = func(run deliver.IssueName, why string, _ bool) { w.mu.Lock(); defer w.mu.Unlock(); tripped[run] = why }
		w.send = func(context.Context, *conn, string) deliver.Result { return as(accepted, deliver.Uncertain) }
		for _, name := range []string{"a/1", "b/1", "c/1"} {
			w.add(name, 10)
		}
		w.runFor(time.Minute)
		if len(tripped) != 3 || w.count("send") != 5 {
			t.Errorf("%d copies; %v", w.count("send"), tripped)
		}
	})
}

// as is the result with another outcome, and a connection that stays.
func as(r deliver.Result, o deliver.Outcome) deliver.Result { r.Outcome = o; return r }

// TestARelayThatFlaps fills no timeline: the waits grow over its good moments too.
func TestARelayThatFlaps(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, 1)
		n := 0
		w.send = func(context.Context, *conn, string) deliver.Result {
			if n++; n%2 == 0 {
				return ours
			}
			return accepted
		}
		w.add("a/1", 10_000)
		w.runFor(time.Hour)
		if len(w.told()) > 50 {
			t.Errorf("%d lines in an hour's timeline", len(w.told()))
		}
	})
}

// TestPauseAndResume: after a pause each connection sends at most what it had
// claimed, and after the resume everybody gets a copy, once.
func TestPauseAndResume(t *testing.T) {
	t.Parallel()
	for name, make := range map[string]func(*testing.T) *world{
		"in lockstep": func(t *testing.T) *world { return newWorld(t, 4) },
		"streaming":   func(t *testing.T) *world { return newStreaming(t, 4).world },
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				w := make(t)
				w.e.Relays[0].PerMinute = 6000
				l := newLedger(w, "a/1", 400)
				pause := func(on bool) { l.mu.Lock(); defer l.mu.Unlock(); l.paused = on }
				w.e.Add(l, never())
				stop := w.run()
				time.Sleep(2 * time.Second)
				pause(true)
				before := w.count("send a/1")
				w.e.Remove(named("a/1")) // as the next tick does
				time.Sleep(time.Minute)
				if after := w.count("send a/1"); before < 50 || after > before+4 || !w.e.Quiet(named("a/1")) {
					t.Errorf("%d copies before the pause, %d after it", before, after)
				}
				pause(false)
				w.e.Add(l, never())
				time.Sleep(time.Minute)
				stop()
				l.wantAll(400, deliver.Accepted, 1)
				if l.out != 0 {
					t.Errorf("%d are still handed out", l.out)
				}
			})
		})
	}
}

// TestWhatTripsARunOnce: what was in flight at the trip, and ends after the run
// was resumed, does not pause it again.
func TestWhatTripsARunOnce(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, 4)
		trips := 0
		w.paused = func(deliver.IssueName, string, bool) { w.mu.Lock(); defer w.mu.Unlock(); trips++ }
		n := 0
		w.send = func(context.Context, *conn, string) deliver.Result {
			w.mu.Lock()
			n++
			mine := n
			w.mu.Unlock()
			if mine == 1 {
				time.Sleep(time.Minute)
			}
			if mine <= 12 {
				return nobody
			}
			return accepted
		}
		l := w.add("a/1", 300)
		stop := w.run()
		time.Sleep(30 * time.Second)
		w.e.Add(l, never()) // resumed
		time.Sleep(time.Hour)
		stop()
		if trips != 1 || w.count("send a/1") != 300 {
			t.Errorf("%d trips, %d copies", trips, w.count("send a/1"))
		}
	})
}

// TestEachSlowStartIsLookedAt, also when two end at the same moment.
func TestEachSlowStartIsLookedAt(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, 2)
		tripped := map[deliver.IssueName]string{}
		w.paused = func(run deliver.IssueName, why string, _ bool) { w.mu.Lock(); defer w.mu.Unlock(); tripped[run] = why }
		w.terms = func(deliver.IssueName) deliver.Terms {
			return deliver.Terms{Pace: deliver.Pace{Slow: 20, SlowFor: 15 * time.Minute}}
		}
		w.send = func(_ context.Context, _ *conn, what string) deliver.Result {
			if strings.HasSuffix(what, "1") || strings.HasSuffix(what, "2") {
				return nobody
			}
			return accepted
		}
		w.add("a/1", 50)
		w.add("b/1", 50)
		w.runFor(20 * time.Minute)
		if len(tripped) != 2 || w.count("send") != 40 {
			t.Errorf("%d copies; %v", w.count("send"), tripped)
		}
	})
}

// TestNoDialInVain: while the store takes no claims, the relay is left in peace.
func TestNoDialInVain(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := newStreaming(t, 4)
		var full atomic.Bool
		full.Store(true)
		s.commit = func() error {
			if full.Load() {
				return errFull
			}
			return nil
		}
		s.e.Add(newLedger(s.world, "a/1", 50), never())
		stop := s.run()
		time.Sleep(10 * time.Minute)
		if n := s.count("dial"); n > 4*60+4 {
			t.Errorf("%d dials in ten minutes", n)
		}
		full.Store(false)
		time.Sleep(time.Minute)
		stop()
		if n := s.count("send a/1"); n != 50 {
			t.Errorf("%d copies when there is room again", n)
		}
	})
}

// TestNoticesDoNotWaitForGreylisting: only copies do.
func TestNoticesDoNotWaitForGreylisting(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, 1)
		w.send = func(_ context.Context, _ *conn, what string) deliver.Result {
			if strings.HasPrefix(what, "notice") {
				return accepted
			}
			return deliver.Judge(deliver.StageRcpt, 450, "4.7.1", "later")
		}
		w.add("a/1", 100)
		stop := w.run()
		time.Sleep(10 * time.Minute)
		w.ReturnNotice(queued(1))
		w.e.Wake()
		time.Sleep(time.Second)
		if w.count("settle notice") != 1 {
			t.Error("the notice waits")
		}
		stop()
	})
}

// TestTheRowBeginsAnew when an operator lets a run go on.
func TestTheRowBeginsAnew(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, 1)
		trips, n := 0, 0
		w.paused = func(deliver.IssueName, string, bool) { w.mu.Lock(); defer w.mu.Unlock(); trips++ }
		w.send = func(context.Context, *conn, string) deliver.Result {
			if n++; n <= 4 {
				return as(accepted, deliver.Uncertain)
			}
			return accepted
		}
		l := w.add("a/1", 20)
		stop := w.run()
		time.Sleep(time.Minute)
		w.e.Add(l, never())
		time.Sleep(time.Minute)
		stop()
		if trips != 1 || w.count("send") != 20 {
			t.Errorf("%d trips, %d copies", trips, w.count("send"))
		}
	})
}
