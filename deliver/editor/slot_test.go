package editor

import (
	"context"
	"sync"
	"testing"
	"time"

	"example.jp/kairan/deliver"
	"example.jp/kairan/subscribe"
)

// rivals is a store in which who looks for a free slot has seen it before another takes it.
type rivals struct {
	*office
	mu sync.Mutex
}

func (r *rivals) Live() ([]*deliver.Issue, error) {
	r.mu.Lock()
	all, err := r.office.Live()
	r.mu.Unlock()
	time.Sleep(50 * time.Millisecond)
	return all, err
}

func (r *rivals) Issue(name deliver.IssueName) (*deliver.Issue, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.office.Issue(name)
}

func (r *rivals) ChangeIssue(ctx context.Context, name deliver.IssueName, change func(*deliver.Issue, time.Time) error) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.office.ChangeIssue(ctx, name, change)
}

// TestSlotIsTakenOnce: two who ask for the next slot at once get two.
func TestSlotIsTakenOnce(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.Store, o.Compiler = &rivals{office: o}, newCompiler(t)
	all := ^uint64(0) >> 1
	o.list.Slots.Of = []subscribe.Slot{{Minutes: 1, Hours: 1 << 9, Days: all, Months: all, Weekdays: all}}
	names := []string{o.has("autumn", deliver.Draft, nil), o.has("winter", deliver.Draft, nil)}
	due := make([]time.Time, len(names))
	var both sync.WaitGroup
	for n, name := range names {
		both.Go(func() {
			s, err := o.Schedule(t.Context(), who, name, When{Slot: true})
			if err != nil {
				t.Error(err)
				return
			}
			due[n] = s.Issue.Due
		})
	}
	both.Wait()
	if due[0].Equal(due[1]) {
		t.Errorf("both are due %s", due[0])
	}
}
