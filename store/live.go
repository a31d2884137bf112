package store

import (
	"maps"
	"slices"
	"sync"

	"example.jp/kairan/deliver"
)

// liveSet names the issues that the scheduler must look at, so that a tick does
// not open every issue there ever was.
type liveSet struct {
	mu sync.Mutex
	m  map[deliver.IssueName]bool
}

func (l *liveSet) note(i *deliver.Issue, concluded bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.m == nil {
		l.m = map[deliver.IssueName]bool{}
	}
	switch i.State {
	case deliver.Scheduled, deliver.Running, deliver.Paused, deliver.Cancelled, deliver.Finished:
		l.m[i.Name] = true
	}
	if concluded || i.State == deliver.Draft || i.State == deliver.Held {
		delete(l.m, i.Name)
	}
}

// names are sorted.
func (l *liveSet) names() []deliver.IssueName {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.SortedFunc(maps.Keys(l.m), deliver.IssueName.Compare)
}
