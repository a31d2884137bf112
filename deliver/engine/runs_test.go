package engine

import (
	"sync/atomic"
	"testing"
	"time"

	"example.jp/kairan/deliver"
)

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

// TestPausedAtItsEnd: when the books pause a run, nobody is tried between that and the
// next tick, by which it may have been resumed: whatever a relay that is still wrong says
// would be held against the run that goes on.
func TestPausedAtItsEnd(t *testing.T) {
	bubble(t, func(t *testing.T) {
		c := newCalendar(t, 5)
		c.w.e.Policy.Breaker = deliver.BreakerPolicy{} // it has seen nothing, as after a restart
		c.issue.State, c.issue.Expires, c.refused = deliver.Running, time.Now().Add(time.Hour), true
		stop := c.w.run()
		for c.s.Tick(t.Context()); c.issue.State == deliver.Running; c.s.Tick(t.Context()) {
			time.Sleep(time.Second)
		}
		if n := len(c.w.e.runs); n != 0 {
			t.Errorf("%d runs are still sent", n)
		}
		stop()
	})
}
