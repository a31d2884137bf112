package store

import (
	"slices"
	"sync"

	"example.jp/kairan/deliver"
)

// liveSet names the issues that the scheduler must look at, so that a tick does
// not open every issue there ever was.
type liveSet struct{ names, held sync.Map }

// note takes an issue in or out. concluded says that its books are final, and that no
// strikes of it are pending.
func (l *liveSet) note(i *deliver.Issue, concluded bool) {
	l.held.Delete(i.Name)
	if i.State == deliver.Held && !concluded {
		l.held.Store(i.Name, nil)
	}
	switch {
	case concluded, i.State == deliver.Draft, i.State == deliver.Held:
		l.names.Delete(i.Name)
	default:
		l.names.Store(i.Name, nil)
	}
}

// sorted are the names in order.
func (l *liveSet) sorted() []deliver.IssueName { return sortedNames(&l.names) }

// heldBack are those of the issues that were due and did not start, in order.
func (l *liveSet) heldBack() []deliver.IssueName { return sortedNames(&l.held) }

func sortedNames(of *sync.Map) (names []deliver.IssueName) {
	of.Range(func(name, _ any) bool { names = append(names, name.(deliver.IssueName)); return true })
	slices.SortFunc(names, deliver.IssueName.Compare)
	return names
}
