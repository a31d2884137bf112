package store

import (
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"time"

	bolt "go.etcd.io/bbolt"

	"example.jp/kairan/deliver"
	"example.jp/kairan/store/boltfile"
	"example.jp/kairan/store/disk"
	"example.jp/kairan/store/journal"
	"example.jp/kairan/store/layout"
	"example.jp/kairan/subscribe"
)

// checkGone refuses to make a database where one was in use and is gone.
func (s *Store) checkGone() error {
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

// holdUnlessInUse finds out whether the database is the one in use. If it is not, it is
// held from its first commit on, and that commit ends whoever the journal says has left.
func (s *Store) holdUnlessInUse() error {
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
	var anew, other bool // it is made anew; it is another one than the database has seen
	err = s.file.View(func(b *bolt.Tx) (err error) {
		db = standingOf(b)
		of, _ := journalSeenBy(b)
		anew, other = s.lacksSeen(b), of != at.ID && !at.Missing
		hold, err = holdOf(b)
		return err
	})
	if err != nil {
		return err
	}
	doubt := doubtOf(db, hold, known)
	if db.ID == [16]byte{} {
		db.ID = subscribe.NewID()
		if doubt == journal.NoDoubt {
			s.journal.Report(s.journal.WriteGeneration(journal.Generation{Heir: db.ID}))
		}
	}
	if doubt == journal.NoDoubt {
		db.Commits++ // so that a copy that was made before this opening is older
	}
	if hold, err = s.firstCommit(db, hold, doubt, other); err != nil {
		return fmt.Errorf("the database %s could not be made ready: %w", s.file.Path(), boltfile.WrapFull(err))
	}
	s.standing.Store(&db)
	if hold == nil {
		close(s.released)
	} else {
		s.held.Store(hold)
	}
	switch {
	case anew:
		err = s.mendJournal(hold)
	case other:
		err = s.completeJournal()
	}
	if err != nil {
		return err
	}
	return s.dropEnded()
}

// firstCommit holds the database, lets it stay held, or takes it for the one in use.
func (s *Store) firstCommit(db journal.Standing, hold *Hold, doubt journal.Doubt, other bool) (*Hold, error) {
	err := s.file.Update(func(b *bolt.Tx) error {
		after, err := s.mend(b)
		if err := errors.Join(err, putStanding(b, db)); err != nil {
			return err
		}
		switch {
		case doubt == journal.NoDoubt:
			hold = nil
			return errors.Join(b.Bucket(layout.Meta).Delete(layout.Hold), s.applyJournal(b, nil, after))
		case hold != nil && !db.Copy:
			return s.goOnHolding(b, hold, after, other)
		}
		hold = &Hold{Doubt: doubt, Since: s.opt.Now(), count: db.Commits, Verdicts: map[deliver.IssueName]deliver.Verdict{}}
		return s.beginHold(b, hold)
	})
	return hold, err
}

// mend makes good what is not as it was written, as far as it is said elsewhere: indexes by
// the entries, marks by suspended entries and by the journal, of which all lines are applied again. It returns the
// line after which the journal is new to the database.
func (s *Store) mend(b *bolt.Tx) (after uint64, err error) {
	whole := s.people.MarksAreWhole(b, "")
	for _, id := range s.listIDs(b) {
		if !s.people.IndexesAreWhole(b, id) {
			err = errors.Join(err, s.people.MendIndexes(b, id))
		}
		if !s.people.MarksAreWhole(b, id) {
			whole, err = false, errors.Join(err, s.people.MendMarks(b, id))
		}
	}
	if err != nil || !whole {
		return 0, err
	}
	return s.journalSeen(b), nil
}

// doubtOf says why the database is not taken for the one in use. One that is held
// already is judged as it was found.
func doubtOf(db journal.Standing, hold *Hold, known *journal.Generation) journal.Doubt {
	switch {
	case hold == nil || db.Copy:
		return db.Doubt(known)
	case hold.Doubt == journal.DoubtCopy:
		return journal.DoubtCopy
	}
	return journal.Standing{ID: db.ID, Commits: hold.count}.Doubt(known) // the journal's folder may have been missing then, and be back
}

// goOnHolding is the first commit after another opening of a database that was held then.
// Another copy may have been in use since, or the journal that was missing then be there now.
func (s *Store) goOnHolding(b *bolt.Tx, h *Hold, after uint64, other bool) error {
	at, last := s.journal.State(), lastCommit(b)
	h.goesOn, h.LastLine = true, at.Written
	switch {
	case s.lacksSeen(b):
		h.Unknown = journal.Hull(h.Unknown, [2]time.Time{last, s.opt.Now()})
	case other:
		h.Unknown = unknownSince(h.CopyOf, at.Gap)
	default:
		h.Unknown = journal.Hull(h.Unknown, unknownSince(last, at.Gap))
	}
	return errors.Join(s.applyJournal(b, h, after), h.put(b))
}

// lacksSeen says whether the journal is gone, or lacks lines that the database has seen.
func (s *Store) lacksSeen(b *bolt.Tx) bool {
	at := s.journal.State()
	id, last := journalSeenBy(b)
	return at.Missing || id == at.ID && last > at.Last
}

// unknownSince is the part of a gap in the journal that lies behind the last commit of a copy.
func unknownSince(copied time.Time, gap [2]time.Time) [2]time.Time {
	if !gap[1].After(copied) {
		return [2]time.Time{}
	}
	if copied.After(gap[0]) {
		gap[0] = copied
	}
	return gap
}

// beginHold is the first commit of a hold.
func (s *Store) beginHold(b *bolt.Tx, h *Hold) error {
	at := s.journal.State()
	h.CopyOf, h.LastLine = lastCommit(b), at.Written
	if s.lacksSeen(b) {
		h.Unknown = [2]time.Time{h.CopyOf, h.Since}
	} else {
		h.Unknown = unknownSince(h.CopyOf, at.Gap)
	}
	if err := b.Bucket(layout.Meta).Delete(layout.IsCopy); err != nil { // the hold says it from now on
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
	found := deliver.Deed{At: h.Since, By: deliver.ByItself, What: "restore hold", Result: deliver.WasDone}
	return errors.Join(s.addDeed(b, found), h.put(b))
}

// remarkPutBack writes into each issue that had not ended in the copy that it was put
// back.
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
