package store

import (
	"testing"

	"example.jp/kairan/deliver"
)

// TestLiveSet: what goes on or will is looked at, and what is held is found, each as long
// as it is so.
func TestLiveSet(t *testing.T) {
	t.Parallel()
	var l liveSet
	i := &deliver.Issue{Name: named("japanifornia", "autumn")}
	for n, x := range []struct {
		state      deliver.State
		over       bool
		live, held int
	}{
		{deliver.Draft, false, 0, 0}, {deliver.Scheduled, false, 1, 0}, {deliver.Held, false, 0, 1}, {deliver.Scheduled, false, 1, 0},
		{deliver.Held, false, 0, 1}, {deliver.Draft, false, 0, 0}, {deliver.Held, false, 0, 1}, {deliver.Draft, true, 0, 0},
		{deliver.Running, false, 1, 0}, {deliver.Paused, false, 1, 0}, {deliver.Finished, true, 0, 0},
	} {
		i.State = x.state
		l.note(i, x.over)
		if live, held := len(l.sorted()), len(l.heldBack()); live != x.live || held != x.held {
			t.Errorf("%d, %s: %d live, %d held", n, x.state, live, held)
		}
	}
}
