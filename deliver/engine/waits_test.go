package engine

import (
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"example.jp/kairan/deliver"
	"example.jp/kairan/subscribe"
)

// TestWaits tells, for each thing that a run can wait for, what it is and when it
// goes on, and says nothing of a run that goes out.
func TestWaits(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, 1)
		var down atomic.Bool
		w.dial = func(int) error {
			if down.Load() {
				return &deliver.Refusal{Result: deliver.Judge(deliver.StageAuth, 535, "5.7.8", "")}
			}
			return nil
		}
		w.terms = func(run deliver.IssueName) deliver.Terms {
			switch run {
			case named("slow/1"):
				return deliver.Terms{Pace: deliver.Pace{Slow: 3, SlowFor: 15 * time.Minute}}
			case named("shut/1"):
				return deliver.Terms{Pace: deliver.Pace{Hours: subscribe.Hours{From: 2, To: 60}}}
			}
			return deliver.Terms{}
		}
		wants := func(run, why string, in time.Duration) {
			t.Helper()
			synctest.Wait()
			x := w.e.Waits(named(run))
			if x.Why != why && (why == "" || !strings.Contains(x.Why, why)) || in != 0 && time.Until(x.Next) != in || in == 0 && !x.Next.IsZero() {
				t.Errorf("%s: got %q in %s, want %q in %s", run, x.Why, time.Until(x.Next), why, in)
			}
		}
		for _, run := range []string{"free/1", "slow/1", "shut/1"} {
			w.add(run, 10)
		}
		stop := w.run()
		time.Sleep(time.Minute)
		wants("free/1", "", 0)
		wants("nobody/1", "", 0)
		wants("slow/1", "start_slow", 14*time.Minute)
		wants("shut/1", "outside the hours", 0)
		down.Store(true)
		time.Sleep(time.Minute + 500*time.Millisecond) // the hours have begun
		synctest.Wait()
		if x := w.e.Waits(named("shut/1")); !strings.Contains(x.Why, "no mail goes out: the relay cannot be used: AUTH: reply 535") || x.Next.IsZero() {
			t.Errorf("relay: %+v", x)
		}
		stop()
	})
}
