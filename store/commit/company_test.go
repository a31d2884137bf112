package commit

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"
)

// TestCompany: a group is waited for while it comes in time; one that does not is waited
// for again when it was there three times in a row. If none comes in time, nine in ten of
// all are waited for.
func TestCompany(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		o := begin(t)
		o.owner.Committed = func(*view) []int { return []int{2, 2} }
		for n, s := range []struct {
			groups string // who asks, one after the other
			waits  time.Duration
		}{
			{"0", 0}, // nobody is expected yet
			{"0011", 0},
			{"00", time.Millisecond}, // in vain for 1
			{"00", 0},
			{"1100", 0},
			{"1010", 0},
			{"00", 0}, // 1 was in time twice, and not a third time
			{"1100", 0},
			{"1100", 0},
			{"1100", 0},
			{"00", time.Millisecond}, // 1 is waited for again
			{"01", time.Millisecond}, // from now on 0 is late, too
			{"011", time.Millisecond},
			{"0110", 0},
		} {
			began := time.Now()
			var all []*Operation[*view]
			for _, group := range s.groups {
				op := &Operation[*view]{Group: int(group - '0'), Patient: func(v *view) (bool, error, error) {
					v.open = append(v.open, fmt.Sprint(n))
					return true, nil, nil
				}}
				if err := o.Put(op); err != nil {
					t.Fatal(err)
				}
				synctest.Wait()
				all = append(all, op)
			}
			before := o.Commits()
			for _, op := range all {
				if err := op.Wait(); err != nil {
					t.Fatal(err)
				}
			}
			if waited := time.Since(began); waited != s.waits || s.waits > 0 && o.Commits() != before+1 {
				t.Errorf("%d: %s waited %v, want %v, for %d commits", n, s.groups, waited, s.waits, o.Commits()-before)
			}
		}
	})
}
