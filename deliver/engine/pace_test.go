package engine

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"example.jp/kairan/deliver"
	"example.jp/kairan/subscribe"
)

// TestBucket: the rate begins without a burst and saves nothing up; a notice may
// go before its token has dropped in, but a second one may not.
func TestBucket(t *testing.T) {
	t.Parallel()
	b := bucket{perMinute: 60}
	start := time.Now()
	for _, step := range []struct {
		after time.Duration
		want  []grant
	}{
		{0, []grant{grantNotice, grantNothing}},
		{900 * time.Millisecond, []grant{grantNothing}},
		{time.Second, []grant{grantNotice, grantNothing}},
		{2 * time.Second, []grant{grantNotice}},
		{4 * time.Second, []grant{grantAny, grantNotice, grantNothing}},
		{time.Hour, []grant{grantAny, grantNotice, grantNothing}},
	} {
		for n, want := range step.want {
			if got := b.take(start.Add(step.after)); got != want {
				t.Errorf("after %s, take %d: got %d, want %d", step.after, n+1, got, want)
			}
		}
	}
}

// TestBucketIsCut halves what is given at most once a second, not below the least,
// and gives more again, as much as before in the end.
func TestBucketIsCut(t *testing.T) {
	t.Parallel()
	b := bucket{perMinute: 600}
	now := time.Now()
	for range 10 * 10 { // ten a second for ten seconds
		now = now.Add(100 * time.Millisecond)
		b.take(now)
	}
	if rate, cut := b.cut(now, 2, leastRate); !cut || rate < 280 || rate > 320 {
		t.Errorf("cut to %d (%v)", rate, cut)
	}
	if _, cut := b.cut(now.Add(900*time.Millisecond), 2, leastRate); cut {
		t.Error("cut twice in a second")
	}
	for range 10 {
		now = now.Add(time.Second)
		b.cut(now, 2, leastRate)
	}
	if rate := b.slowedTo(now); rate < leastRate || rate > leastRate+2 {
		t.Errorf("after ten more cuts: %d", rate)
	}
	low := b.slowedTo(now.Add(10 * time.Second))
	if low <= leastRate || low > 20 {
		t.Errorf("after ten seconds: %d", low)
	}
	for range 30 {
		now = now.Add(10 * time.Second)
		b.take(now)
	}
	if rate := b.slowedTo(now); rate != 0 {
		t.Errorf("five minutes later it still is at %d", rate)
	}
}

// The rate is kept.
func TestRate(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 4)
		w.e.Relays[0].PerMinute = 600
		w.add("a/1", 1000)
		stop := w.run()
		time.Sleep(30 * time.Second)
		if sent := countSent(w); sent < 280 || sent > 300 {
			t.Errorf("%d copies in half a minute at 600 a minute", sent)
		}
		stop()
	})
}

// A list's hours, and its slow start, keep its run back and nobody else's.
func TestTerms(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 2)
		began := time.Now()
		w.terms = func(run deliver.IssueName) deliver.Terms {
			switch run {
			case named("slow/1"):
				return deliver.Terms{Pace: deliver.Pace{Slow: 20, SlowFor: 15 * time.Minute}}
			case named("day/1"):
				return deliver.Terms{Pace: deliver.Pace{Hours: subscribe.Hours{From: 2 * 60, To: 23 * 60}}}
			}
			return deliver.Terms{}
		}
		w.add("slow/1", 50)
		w.add("day/1", 5)
		w.add("other/1", 30)
		stop := w.run()
		want := func(after time.Duration, slow, day int) {
			t.Helper()
			time.Sleep(time.Until(began.Add(after)))
			if s, d, o := countSent(w, "slow/1"), countSent(w, "day/1"), countSent(w, "other/1"); s != slow || d != day || o != 30 {
				t.Errorf("after %s: %d of the slow one, %d of the day's, %d of the other", after, s, d, o)
			}
		}
		want(time.Minute, 20, 0)
		want(14*time.Minute, 20, 0)
		want(16*time.Minute, 50, 0)
		want(time.Hour+59*time.Minute, 50, 0)
		want(2*time.Hour+time.Minute, 50, 5)
		stop()
		if !strings.Contains(strings.Join(w.told(), "\n"), "slow/1: the first 20 copies go out") {
			t.Errorf("remarks: %v", w.told())
		}
	})
}

// countSent counts the copies that went out, of all runs or of one.
func countSent(w *world, run ...string) (n int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, line := range w.trace {
		if strings.HasPrefix(line, "send ") && (len(run) == 0 || strings.HasPrefix(line, "send "+run[0]+"#")) {
			n++
		}
	}
	return n
}

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
