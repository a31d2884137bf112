package engine

import (
	"testing"
	"time"
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
