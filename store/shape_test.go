package store

import (
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"

	"example.jp/kairan/store/layout"
	"example.jp/kairan/subscribe"
)

// TestFileCutShortWhileOpen: what the disk takes away under a running service is
// an error of what needs it, not the end of everything.
func TestFileCutShortWhileOpen(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s, err := Open(Options{Dir: dir, Keys: newKeys()})
	if err != nil {
		t.Fatal(err)
	}
	ids := seedReaders(t, s, "news", 20000)
	if err := os.Truncate(s.file.Path(), 3*int64(os.Getpagesize())); err != nil {
		t.Skip("a file that is open cannot be cut short here")
	}
	var damage *Damage
	for range 3 {
		if _, err := s.Count("news"); !errors.As(err, &damage) {
			t.Errorf("a look at what is gone: %v", err)
		}
		if err := leaves(t, s, "news", ids[5]); !errors.As(err, &damage) {
			t.Errorf("a change of what is gone: %v", err)
		}
	}
	done := make(chan error, 1)
	go func() { done <- s.Close() }()
	select {
	case <-done:
	case <-time.After(20 * time.Second):
		t.Error("it does not close")
	}
}

// leaves ends an entry as its reader's link does.
func leaves(t testing.TB, s *Store, list string, id subscribe.ID) error {
	t.Helper()
	return s.Update(t.Context(), func(tx subscribe.Tx) error {
		e, err := tx.ByID(list, id)
		if err != nil || e == nil || e.State == subscribe.Ended {
			return err
		}
		a := e.Address
		tx.SetMark(list, a, e.End(subscribe.MarkLeft, tx.Now()))
		tx.Put(e)
		return nil
	})
}

// TestCounterBelowWhatItCounts: what is new would be written over somebody's entry.
func TestCounterBelowWhatItCounts(t *testing.T) {
	t.Parallel()
	dir, ring := t.TempDir(), newKeys()
	s, err := Open(Options{Dir: dir, Keys: ring})
	if err != nil {
		t.Fatal(err)
	}
	seedReaders(t, s, "news", 600)
	err = s.file.Update(func(b *bolt.Tx) error { return layout.List(b, "news", layout.Entries).SetSequence(599) })
	if err := errors.Join(err, s.Close()); err != nil {
		t.Fatal(err)
	}
	var damage *Damage
	if _, err := Open(Options{Dir: dir, Keys: ring}); !errors.As(err, &damage) || !strings.Contains(err.Error(), "counts up to 599, and 600 is in it") {
		t.Error(err)
	}
}

// TestListsOfAnyName: a list that is called as a bucket is has nothing of it.
func TestListsOfAnyName(t *testing.T) {
	t.Parallel()
	dir, ring := t.TempDir(), newKeys()
	for _, name := range []string{"entries", "runs", "intake", "outbox", "progress", "lists"} {
		s, err := Open(Options{Dir: dir, Keys: ring})
		if err != nil {
			t.Fatal(err)
		}
		seedReaders(t, s, name, 3)
		startIssue(t, s, named(name, "entries"))
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	open(t, Options{Dir: dir, Keys: ring})
}
