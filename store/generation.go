package store

import (
	"encoding/binary"
	"time"

	bolt "go.etcd.io/bbolt"

	"example.jp/kairan/store/journal"
	"example.jp/kairan/store/layout"
)

// standingOf returns the name of the database, how many commits it has made, and whether
// it is a copy.
func standingOf(b *bolt.Tx) (db journal.Standing) {
	meta := b.Bucket(layout.Meta)
	if v := meta.Get(layout.Generation); len(v) == 24 {
		db.ID, db.Commits = [16]byte(v[:16]), binary.BigEndian.Uint64(v[16:])
	}
	db.Copy = meta.Get(layout.IsCopy) != nil
	return db
}

func putStanding(b *bolt.Tx, db journal.Standing) error {
	return b.Bucket(layout.Meta).Put(layout.Generation, binary.BigEndian.AppendUint64(db.ID[:], db.Commits))
}

// lastCommit is the instant of the last commit; zero: there was none.
func lastCommit(b *bolt.Tx) (at time.Time) {
	if v := b.Bucket(layout.Meta).Get(layout.LastCommit); len(v) == 8 {
		at = time.UnixMilli(int64(binary.BigEndian.Uint64(v)))
	}
	return at
}

// noteCommit counts the commit, and writes its time. That time never goes back, so that
// it shows when the clock did.
func noteCommit(b *bolt.Tx, now time.Time) (journal.Standing, error) {
	db := standingOf(b)
	db.Commits++
	if err := putStanding(b, db); err != nil {
		return db, err
	}
	if !lastCommit(b).Before(now) {
		return db, nil
	}
	return db, b.Bucket(layout.Meta).Put(layout.LastCommit, layout.Key8(uint64(now.UnixMilli())))
}

// journalSeenBy returns the last line that the database has seen, and of which journal.
func journalSeenBy(b *bolt.Tx) (id [16]byte, last uint64) {
	if v := b.Bucket(layout.Meta).Get(layout.JournalSeen); len(v) >= 24 {
		return [16]byte(v[:16]), binary.BigEndian.Uint64(v[16:])
	}
	return id, 0
}

// journalGapOf is the gap of the journal when the database last saw it, for the day on which
// that is lost; zero: there was none.
func journalGapOf(b *bolt.Tx) (gap [2]time.Time) {
	if v := b.Bucket(layout.Meta).Get(layout.JournalSeen); len(v) == 40 {
		for n := range gap {
			gap[n] = time.UnixMilli(int64(binary.BigEndian.Uint64(v[24+8*n:])))
		}
	}
	return gap
}

// journalSeen returns the last line of the open journal that the database has seen; 0:
// none.
func (s *Store) journalSeen(b *bolt.Tx) uint64 {
	if id, last := journalSeenBy(b); id == s.journal.State().ID {
		return last
	}
	return 0
}

// noteJournal notes that the database has seen the journal up to this line.
func (s *Store) noteJournal(b *bolt.Tx, last uint64) error {
	at := s.journal.State()
	v := binary.BigEndian.AppendUint64(at.ID[:], last)
	if !at.Gap[1].IsZero() {
		for _, t := range at.Gap {
			v = binary.BigEndian.AppendUint64(v, uint64(t.UnixMilli()))
		}
	}
	return b.Bucket(layout.Meta).Put(layout.JournalSeen, v)
}

// noteEvery is how often the generation file follows the commits.
const noteEvery = time.Second

// noteLoop writes the generation file, a little behind the commits, and the lines that
// the journal could not take at once.
func (s *Store) noteLoop() {
	defer close(s.noted)
	for {
		select {
		case <-s.committer.Done():
			return
		case <-s.toNote:
		}
		s.note()
		select {
		case <-s.committer.Done():
			return
		case <-time.After(noteEvery):
		}
	}
}

// note writes the generation file as of now. While the database is held it is not
// the one in use, and the file is left alone.
func (s *Store) note() {
	s.journal.Note(func() *journal.Generation {
		now := s.standing.Load()
		if s.held.Load() != nil {
			return nil
		}
		return &journal.Generation{ID: now.ID, Commits: now.Commits}
	})
}

// JournalFault is why the journal cannot be written at present; nil if it can.
func (s *Store) JournalFault() error { return s.journal.Fault() }
