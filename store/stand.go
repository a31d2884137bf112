package store

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"time"

	bolt "go.etcd.io/bbolt"

	"example.jp/kairan/deliver"
	"example.jp/kairan/store/boltfile"
	"example.jp/kairan/store/disk"
	"example.jp/kairan/store/journal"
	"example.jp/kairan/store/layout"
	"example.jp/kairan/store/record"
	"example.jp/kairan/store/seal"
	"example.jp/kairan/subscribe"
)

// missing refuses to make a database where one was in use and is gone.
func (s *Store) missing() error {
	if err := journal.Make(s.opt.Journal); err != nil {
		return err
	}
	known, err := journal.ReadGeneration(s.opt.Journal, s.keys)
	if err != nil {
		return err
	}
	if known != nil && known.ID != [16]byte{} {
		file := filepath.Join(s.opt.Dir, fileName)
		if _, err := os.Stat(file); errors.Is(err, os.ErrNotExist) {
			return disk.Refuse("there is no %s, and the journal in %s says that there was one; put it back (a backup with `kairan restore FILE`), or, to begin anew without any reader, move that folder aside", file, s.opt.Journal)
		}
	}
	return nil
}

// stand finds out whether the database is the one in use. If it is not, it is held
// from this commit on, and what the journal knows is done first of all.
func (s *Store) stand() error {
	known, err := journal.ReadGeneration(s.opt.Journal, s.keys)
	if err != nil {
		return err
	}
	if s.journal, err = journal.Open(s.opt.Journal, s.keys, s.opt.JournalFault); err != nil {
		return err
	}
	at := s.journal.State()
	if _, err := os.Stat(filepath.Join(s.opt.Journal, journal.GenerationName)); at.Spoilt && known == nil && err == nil {
		return disk.Refuse("the journal's folder %s was written with another key file; give each installation one of its own", s.opt.Journal)
	}
	var db journal.Standing
	var hold *Hold
	var of [16]byte
	var seen uint64
	err = s.view(func(b *bolt.Tx) (err error) {
		db = standingOf(b)
		of, seen = journalSeenBy(b)
		hold, err = holdOf(b)
		return err
	})
	if err != nil {
		return err
	}
	doubt := doubtOf(db, hold, known)
	anew := at.Missing || of == at.ID && seen > at.Last || doubt == journal.NoDoubt && of != at.ID
	if db.ID == [16]byte{} {
		db.ID = subscribe.NewID()
		if doubt == journal.NoDoubt {
			s.journal.Report(s.journal.WriteGeneration(journal.Generation{Heir: db.ID}))
		}
	}
	if doubt == journal.NoDoubt {
		db.Commits++ // so that a copy that was made before this opening is older
	}
	if hold, err = s.take(db, hold, doubt); err != nil {
		return fmt.Errorf("the database %s could not be made ready: %w", s.file.Path(), boltfile.WrapFull(err))
	}
	s.standing.Store(&db)
	if hold == nil {
		close(s.released)
	} else {
		s.held.Store(hold)
	}
	if anew {
		s.journal.Report(s.mendJournal(hold))
	}
	return s.dropEnded()
}

// take is the first commit: it holds the database, lets it stay held, or takes it
// for the one in use.
func (s *Store) take(db journal.Standing, hold *Hold, doubt journal.Doubt) (*Hold, error) {
	err := s.change(func(b *bolt.Tx) error {
		if err := putStanding(b, db); err != nil {
			return err
		}
		switch {
		case doubt == journal.NoDoubt:
			hold = nil
			return errors.Join(b.Bucket(layout.Meta).Delete(layout.Hold), s.applyJournal(b, nil, s.journalSeen(b)))
		case hold != nil && !db.Copy:
			return s.applyJournal(b, nil, s.journalSeen(b))
		}
		hold = &Hold{Doubt: doubt, Since: s.opt.Now(), count: db.Commits, Verdicts: map[deliver.IssueName]deliver.Verdict{}}
		return s.beginHold(b, hold)
	})
	return hold, err
}

// doubtOf judges a database again that may be held already.
func doubtOf(db journal.Standing, hold *Hold, known *journal.Generation) journal.Doubt {
	switch {
	case hold == nil || db.Copy:
		return db.Doubt(known)
	case hold.Doubt == journal.DoubtCopy:
		return journal.DoubtCopy
	}
	return journal.Standing{ID: db.ID, Commits: hold.count}.Doubt(known) // or it was the journal's folder that was amiss, and is back
}

// beginHold is the first commit of a hold.
func (s *Store) beginHold(b *bolt.Tx, h *Hold) error {
	at := s.journal.State()
	h.CopyOf, h.LastLine = lastCommit(b), at.Written
	id, last := journalSeenBy(b)
	switch gap := at.Gap; {
	case at.Missing, id == at.ID && last > at.Last:
		h.Unknown = [2]time.Time{h.CopyOf, h.Since}
	case gap[1].After(h.CopyOf):
		h.Unknown = [2]time.Time{latest(gap[0], h.CopyOf), gap[1]}
	}
	if err := b.Bucket(layout.Meta).Delete(layout.IsCopy); err != nil { // it is said by the hold from now on
		return err
	}
	h.notices = b.Bucket(layout.Outbox).Sequence()
	requests := keysUpTo(b.Bucket(layout.Intake), math.MaxUint64)
	h.Requests = len(requests)
	if err := layout.DeleteAll(b.Bucket(layout.Intake), requests); err != nil {
		return err
	}
	if err := s.applyJournal(b, h, 0); err != nil {
		return err
	}
	if err := s.remarkPutBack(b, h); err != nil {
		return err
	}
	return h.put(b)
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// remarkPutBack tells the editors of what has not ended in the copy.
func (s *Store) remarkPutBack(b *bolt.Tx, h *Hold) error {
	return b.Bucket(layout.Lists).ForEachBucket(func(id []byte) error {
		var change []*deliver.Issue
		err := layout.List(b, string(id), layout.Issues).ForEach(func(k, _ []byte) error {
			i, err := s.issue(b, deliver.IssueName{List: string(id), Slug: string(k)})
			if err == nil && i.State != deliver.Finished && i.State != deliver.Cancelled {
				i.PutBack(h.CopyOf, time.Local, h.Since)
				change = append(change, i)
			}
			return nil // one that is damaged goes out to nobody
		})
		for _, i := range change {
			err = errors.Join(err, s.putIssue(b, i))
		}
		return err
	})
}

// journalSeenBy is up to which line of which journal the database has seen.
func journalSeenBy(b *bolt.Tx) (id [16]byte, last uint64) {
	if v := b.Bucket(layout.Meta).Get(layout.JournalSeen); len(v) == 24 {
		return [16]byte(v[:16]), binary.BigEndian.Uint64(v[16:])
	}
	return id, 0
}

// journalSeen is the same for the journal that is open.
func (s *Store) journalSeen(b *bolt.Tx) uint64 {
	if id, last := journalSeenBy(b); id == s.journal.State().ID {
		return last
	}
	return 0
}

func (s *Store) noteJournal(b *bolt.Tx, last uint64) error {
	id := s.journal.State().ID
	return b.Bucket(layout.Meta).Put(layout.JournalSeen, binary.BigEndian.AppendUint64(id[:], last))
}

// mendJournal makes the journal anew from the marks of the database, where it is
// missing, lacks what the database has seen, or is another one's.
func (s *Store) mendJournal(h *Hold) error {
	var all []journal.Line
	err := s.view(func(b *bolt.Tx) (err error) {
		all, err = s.marks(b)
		return err
	})
	if err != nil {
		return err
	}
	gap := s.journal.State().Gap
	if h != nil {
		gap = h.Unknown
	}
	if err := s.journal.Rebuild(all, gap); err != nil {
		return err
	}
	return s.change(func(b *bolt.Tx) error { return s.noteJournal(b, s.journal.State().Last) })
}

// marks is everything that the database itself knows of leavings, as lines.
func (s *Store) marks(b *bolt.Tx) (all []journal.Line, err error) {
	of := func(listID string, marks *bolt.Bucket) error {
		if marks == nil {
			return nil
		}
		return marks.ForEach(func(k, v []byte) error {
			m, err := record.DecodeMark(v)
			if err != nil || len(k) != 16 {
				return nil //nolint:nilerr // it is damaged, and keeps nobody else from leaving
			}
			if l, ok := journal.LineOf(s.keys, listID, [16]byte(k), *m); ok {
				all = append(all, l)
			}
			return nil
		})
	}
	err = of("", b.Bucket(layout.Blocks))
	for _, id := range s.listIDs(b) {
		err = errors.Join(err, of(id, layout.List(b, id, layout.Marks)))
	}
	slices.SortStableFunc(all, func(a, b journal.Line) int { return a.At.Compare(b.At) })
	return all, err
}

// dropEnded takes the lists that have ended out of the journal. What is left to do
// stands in the database until it is done.
func (s *Store) dropEnded() error {
	lists := map[[16]byte]bool{}
	var noted []byte
	err := s.view(func(b *bolt.Tx) error {
		noted = bytes.Clone(b.Bucket(layout.Meta).Get(layout.EndedLists))
		for h := range slices.Chunk(noted, 16) {
			lists[[16]byte(h)] = true
		}
		return nil
	})
	if err != nil || len(lists) == 0 {
		return err
	}
	if err := s.journal.Drop(lists); err != nil {
		s.journal.Report(err)
		return nil // at the next opening
	}
	done := func(b *bolt.Tx) error { return b.Bucket(layout.Meta).Delete(layout.EndedLists) }
	if s.committer != nil {
		return s.update(context.Background(), func(t *txn) error { t.Stage(done); return nil })
	}
	return s.change(done)
}

// noteEnded remembers that a list must leave the journal.
func noteEnded(b *bolt.Tx, keys *seal.Keyring, listID string) error {
	h := journal.ListHash(keys, listID)
	return b.Bucket(layout.Meta).Put(layout.EndedLists, append(bytes.Clone(b.Bucket(layout.Meta).Get(layout.EndedLists)), h[:]...))
}
