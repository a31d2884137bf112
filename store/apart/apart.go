// Package apart sets records apart that cannot be read: each stays where it is, is
// counted, and whatever goes through many records goes on behind it. Leaving works on,
// above all.
package apart

import (
	"errors"
	"fmt"
	"strings"
	"sync"

	"example.jp/kairan/store/record"
	"example.jp/kairan/store/seal"
)

// Is says whether an error is the fault of one record only.
func Is(err error) bool { return errors.Is(err, seal.ErrOpen) || errors.Is(err, record.ErrDamaged) }

// Skip is nil for the fault of one record, which has been noted.
func Skip(err error) error {
	if Is(err) {
		return nil
	}
	return err
}

// Kind is a kind of records that may be set apart.
type Kind int

// The kinds.
const (
	Entry Kind = iota
	Issue
	Notice
	Request
	Copy
	Mark
	Index
	kinds
)

// Unreadable counts the records that have been met since the opening and could not
// be read. Nothing else is known of them.
type Unreadable struct {
	Entries, Issues, Notices, Requests, Copies int
	Marks, Indexes                             int // not as they were written
}

// Sum is how many there are of all kinds.
func (u Unreadable) Sum() int {
	return u.Entries + u.Issues + u.Notices + u.Requests + u.Copies + u.Marks + u.Indexes
}

// String is "2 entries, 1 issue".
func (u Unreadable) String() string {
	var parts []string
	for _, p := range []struct {
		n         int
		one, many string
	}{
		{u.Entries, "entry", "entries"}, {u.Issues, "issue", "issues"}, {u.Notices, "notice", "notices"},
		{u.Requests, "request", "requests"}, {u.Copies, "note of a copy", "notes of copies"},
		{u.Marks, "mark", "marks"}, {u.Indexes, "line of an index", "lines of an index"},
	} {
		switch {
		case p.n == 1:
			parts = append(parts, "1 "+p.one)
		case p.n > 1:
			parts = append(parts, fmt.Sprintf("%d %s", p.n, p.many))
		}
	}
	if parts == nil {
		return "none"
	}
	return strings.Join(parts, ", ")
}

// Set remembers which records were met, so that each counts once.
type Set struct {
	// Tell is told at the first record of each kind, with all that have been met by
	// then; nil: nobody is.
	Tell func(Unreadable)

	mu  sync.Mutex
	met [kinds]map[string]bool
}

// Note sets a record apart.
func (a *Set) Note(k Kind, key string) {
	a.mu.Lock()
	first := len(a.met[k]) == 0
	if a.met[k] == nil {
		a.met[k] = map[string]bool{}
	}
	a.met[k][key] = true
	a.mu.Unlock()
	if first && a.Tell != nil {
		a.Tell(a.Count(""))
	}
}

// Forget is for one that has been written anew.
func (a *Set) Forget(k Kind, key string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.met[k], key)
}

// Count counts those whose key begins with prefix.
func (a *Set) Count(prefix string) Unreadable {
	a.mu.Lock()
	defer a.mu.Unlock()
	var n [kinds]int
	for k, met := range a.met {
		for key := range met {
			if strings.HasPrefix(key, prefix) {
				n[k]++
			}
		}
	}
	return Unreadable{n[Entry], n[Issue], n[Notice], n[Request], n[Copy], n[Mark], n[Index]}
}
