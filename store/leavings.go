package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	bolt "go.etcd.io/bbolt"

	"example.jp/kairan/store/boltfile"
	"example.jp/kairan/store/journal"
	"example.jp/kairan/store/layout"
	"example.jp/kairan/store/record"
	"example.jp/kairan/store/seal"
	"example.jp/kairan/subscribe"
)

// mendJournal makes the journal anew from the marks of the database, where it is missing, or
// lacks what the database has seen. What was missing in it before, as far as either knows
// that, is so still. What it returns befell the database.
func (s *Store) mendJournal(h *Hold) error {
	var gap [2]time.Time
	all, err := view(s, func(b *bolt.Tx) ([]journal.Line, error) {
		gap = journal.Hull(s.journal.State().Gap, journalGapOf(b))
		return s.marks(b)
	})
	if err != nil {
		return err
	}
	if h != nil {
		gap = journal.Hull(gap, h.Unknown)
	}
	fault := s.journal.Rebuild(all, gap)
	return s.noteMended(s.journal.State().Last, fault)
}

// noteMended notes in the database what the journal has by now; its fault is an alarm, until
// the next opening, and what befalls the database is returned.
func (s *Store) noteMended(last uint64, fault error) error {
	s.journal.Report(fault)
	if fault != nil {
		return nil //nolint:nilerr // it is reported
	}
	if err := s.file.Update(func(b *bolt.Tx) error { return s.noteJournal(b, last) }); err != nil {
		return fmt.Errorf("what the journal has could not be noted in the database %s: %w", s.file.Path(), boltfile.WrapFull(err))
	}
	return nil
}

// completeJournal adds to the journal what the database alone knows, where it is another one
// than that has seen: what ended while it was missing. What it returns befell the database.
func (s *Store) completeJournal() error {
	all, err := view(s, s.marks)
	if err != nil {
		return err
	}
	type said struct {
		kind       journal.Kind
		at         int64
		list, mark [16]byte
	}
	by, has := func(l journal.Line) said { return said{l.Kind, l.At.UnixMilli(), l.List, l.Mark} }, map[said]bool{}
	for _, l := range all {
		has[by(l)] = false
	}
	_, fault := s.journal.Each(0, func(l journal.Line) error {
		if _, is := has[by(l)]; is {
			has[by(l)] = true
		}
		return nil
	})
	all = slices.DeleteFunc(all, func(l journal.Line) bool { return has[by(l)] })
	if fault != nil || len(all) == 0 {
		s.journal.Report(fault)
		return nil
	}
	last, wait := s.journal.Add(all)
	return s.noteMended(last, wait())
}

// marks returns what the database knows of leavings, as lines of the journal.
func (s *Store) marks(b *bolt.Tx) (all []journal.Line, err error) {
	for _, id := range append([]string{""}, s.listIDs(b)...) {
		err = errors.Join(err, s.people.EachMark(b, id, func(h [16]byte, m subscribe.Mark) {
			if m.Kind == subscribe.MarkSuspended { // in the place of one from before, of who has left
				m.Kind = subscribe.MarkMoved
			}
			if id == "" && m.Kind != subscribe.MarkBlocked { // and of a block that was lifted
				all = append(all, journal.Line{Kind: journal.BoxBlocked, At: m.At.Add(-time.Millisecond), Mark: h})
			}
			if l, ok := journal.LineOf(s.keys, id, h, m); ok {
				all = append(all, l)
			}
		}))
	}
	fed, fault := s.fedLines(b)
	all, err = append(all, fed...), errors.Join(err, fault)
	slices.SortStableFunc(all, func(a, b journal.Line) int { return a.At.Compare(b.At) })
	return all, err
}

// listIDs are the lists that the database holds or was last used under.
func (s *Store) listIDs(b *bolt.Tx) []string {
	ids := map[string]bool{}
	_ = b.Bucket(layout.Lists).ForEachBucket(func(id []byte) error { ids[string(id)] = true; return nil })
	declared, _ := record.DecodeDeclarations(b.Bucket(layout.Meta).Get(layout.Declared)) // the opening has read them
	for _, d := range declared {
		ids[d.List] = true
	}
	return slices.Sorted(maps.Keys(ids))
}

// noteEnded notes that the lines of a list must go from the journal.
func noteEnded(b *bolt.Tx, keys *seal.Keyring, listID string) error {
	h := journal.ListHash(keys, listID)
	return b.Bucket(layout.Meta).Put(layout.EndedLists, append(bytes.Clone(b.Bucket(layout.Meta).Get(layout.EndedLists)), h[:]...))
}

// dropEnded drops the lines of those lists. The note stays in the database until that is
// done.
func (s *Store) dropEnded() error {
	lists := map[[16]byte]bool{}
	var noted []byte
	err := s.file.View(func(b *bolt.Tx) error {
		noted = bytes.Clone(b.Bucket(layout.Meta).Get(layout.EndedLists))
		for h := range slices.Chunk(noted, 16) {
			lists[[16]byte(h)] = true
		}
		return nil
	})
	if err != nil || len(lists) == 0 {
		return err
	}
	if err := s.journal.Drop(lists, true); err != nil {
		s.journal.Report(err)
		return nil // at the next opening
	}
	done := func(b *bolt.Tx) error {
		return errors.Join(b.Bucket(layout.Meta).Delete(layout.EndedLists), s.noteJournal(b, s.journalSeen(b)))
	}
	if s.committer != nil {
		return s.write(context.Background(), done)
	}
	return s.file.Update(done)
}
