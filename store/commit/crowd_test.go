package commit

import (
	"testing"
	"testing/synctest"
	"time"
)

// TestCrowd: those who were answered together are waited for, for half as long as their
// commit took and a millisecond at the most; who comes later, or alone, waits for nobody.
func TestCrowd(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		o := begin(t)
		slow := doing(func(*view) error { time.Sleep(time.Second); return nil })
		quick := func() (*Operation[*view], *time.Time) {
			var begun time.Time
			return doing(func(v *view) error { begun = time.Now(); v.put("a"); return nil }), &begun
		}
		ask := func(op *Operation[*view]) {
			if err := o.Put(op); err != nil {
				t.Fatal(err)
			}
			synctest.Wait()
		}
		for _, s := range []struct {
			name    string
			crowd   int
			asks    int
			pause   time.Duration
			waits   time.Duration // the first of them
			commits uint64
		}{
			{"one alone", 1, 1, 0, 0, 1},
			{"all come back", 3, 3, 0, 0, 1},
			{"one comes back", 3, 1, 0, time.Millisecond, 1},
			{"long after", 3, 2, time.Second, 0, 2},
		} {
			together := []*Operation[*view]{slow}
			for range s.crowd - 1 {
				op, _ := quick()
				together = append(together, op)
			}
			for _, err := range o.together(together...)[:s.crowd] {
				if err != nil {
					t.Fatal(err)
				}
			}
			time.Sleep(s.pause)
			before, now := o.Commits(), time.Now()
			first, begun := quick()
			ask(first)
			if s.asks > 1 && s.waits == 0 && s.commits == 1 && !begun.IsZero() {
				t.Errorf("%s: the first did not wait for the others", s.name)
			}
			for range s.asks - 1 {
				op, _ := quick()
				ask(op)
			}
			if err := first.Wait(); err != nil || begun.Sub(now) != s.waits {
				t.Errorf("%s: it waited %v, want %v (%v)", s.name, begun.Sub(now), s.waits, err)
			}
			synctest.Wait()
			if n := o.Commits() - before; n != s.commits {
				t.Errorf("%s: %d commits, want %d", s.name, n, s.commits)
			}
			time.Sleep(time.Second) // the next crowd is another one
		}
	})
}
