package store

import (
	"encoding/binary"
	"time"

	bolt "go.etcd.io/bbolt"

	"example.jp/kairan/store/journal"
	"example.jp/kairan/store/layout"
)

// standingOf is what the database says of itself.
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

// noteEvery is how often the generation file follows the commits.
const noteEvery = time.Second

// noteLoop keeps the generation file behind the database, but not far behind, and
// writes what the journal could not take at once.
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

// noteCommit counts the commit, and writes when it was. That never goes back, so
// that a clock that was set back shows.
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
