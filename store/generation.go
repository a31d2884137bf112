package store

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	bolt "go.etcd.io/bbolt"

	"example.jp/kairan/store/boltfile"
	"example.jp/kairan/store/disk"
	"example.jp/kairan/store/layout"
	"example.jp/kairan/store/seal"
	"example.jp/kairan/subscribe"
)

// The generation file stands in the journal's folder and says which database is
// the one in use, and how many commits it has made at the least. It is written
// after a commit and never before one, so it is never ahead of its database: a
// file that has made fewer commits, or bears another name, is a copy from another
// time or place.

const generationName = "generation"

// standing is what a database says of itself.
type standing struct {
	id    [16]byte // zero: it is from before databases had one, or new
	count uint64   // commits
	copy  bool     // it was written as a backup
}

func standingOf(b *bolt.Tx) (s standing) {
	meta := b.Bucket(layout.Meta)
	if v := meta.Get(layout.Generation); len(v) == 24 {
		s.id, s.count = [16]byte(v[:16]), binary.BigEndian.Uint64(v[16:])
	}
	s.copy = meta.Get(layout.IsCopy) != nil
	return s
}

func (s standing) put(b *bolt.Tx) error {
	return b.Bucket(layout.Meta).Put(layout.Generation, binary.BigEndian.AppendUint64(s.id[:], s.count))
}

// generation is what the file says.
type generation struct {
	id    [16]byte // zero: of none yet
	bound uint64
	heir  [16]byte // the name that the database is about to take; zero: none
}

// Doubt is why a database is not taken for the one in use.
type Doubt uint8

// The doubts.
const (
	NoDoubt         Doubt = iota
	DoubtCopy             // it was written by `kairan backup`
	DoubtOlder            // it has made fewer commits than the one in use
	DoubtOther            // the one in use bears another name
	DoubtNowhere          // no generation file speaks of it
	DoubtUnnumbered       // it is from before databases had a name, and the one in use has one
)

// String says it to people.
func (d Doubt) String() string {
	return [...]string{
		"it is the one in use",
		"it is a backup",
		"it is older than the one that was in use here",
		"it is another one than was in use here",
		"the journal's folder does not know it",
		"it is from before the last upgrade",
	}[min(int(d), 5)]
}

// judge compares a database with the generation file; known is nil if there is none.
func judge(db standing, known *generation) Doubt {
	none := [16]byte{}
	switch {
	case db.copy:
		return DoubtCopy
	case db.id == none && (known == nil || known.id == none):
		return NoDoubt // new, or from before this version, and not seen yet
	case db.id == none:
		return DoubtUnnumbered
	case known == nil:
		return DoubtNowhere
	case known.heir != none && db.id == known.heir:
		return NoDoubt // it was taking that name when the process ended
	case known.id == none:
		return DoubtNowhere
	case db.id != known.id:
		return DoubtOther
	case db.count < known.bound:
		return DoubtOlder
	}
	return NoDoubt
}

func generationFile(dir string) string { return filepath.Join(dir, generationName) }

// readGeneration returns nil if there is no such file, or none that this key file
// has written.
func readGeneration(dir string, keys *seal.Keyring) (*generation, error) {
	if err := ordinary(generationFile(dir)); err != nil {
		return nil, err
	}
	text, err := os.ReadFile(generationFile(dir))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("the journal's folder cannot be read: %w; it must belong to the account that runs Kairan", err)
	}
	if g, ok := parseGeneration(string(text)); ok && bytes.Equal(text, g.text(keys)) {
		return &g, nil
	}
	return nil, nil
}

func parseGeneration(text string) (g generation, ok bool) {
	var id, heir, check string
	if _, err := fmt.Sscanf(text, "kairan-generation 1\nid %s\ncommits %d\nheir %s\ncheck %s\n", &id, &g.bound, &heir, &check); err != nil || len(id) != 32 || len(heir) != 32 {
		return g, false
	}
	_, err := hex.Decode(g.id[:], []byte(id))
	_, fault := hex.Decode(g.heir[:], []byte(heir))
	return g, err == nil && fault == nil
}

func (g generation) text(keys *seal.Keyring) []byte {
	body := fmt.Sprintf("kairan-generation 1\nid %x\ncommits %d\nheir %x\n", g.id, g.bound, g.heir)
	return fmt.Appendf([]byte(body), "check %x\n", keys.Hash(seal.Mark, "generation v1", body))
}

func (s *Store) writeGeneration(g generation) error {
	return disk.Replace(generationFile(s.opt.Journal), g.text(s.keys))
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

// note writes the file as of now. While the database is held it is not the one in
// use, and the file is left alone.
func (s *Store) note() {
	s.noting.Lock()
	defer s.noting.Unlock()
	err := s.journal.flush()
	if now := s.standing.Load(); s.held.Load() == nil {
		err = errors.Join(err, s.writeGeneration(generation{id: now.id, bound: now.count}))
	}
	s.trouble(err)
}

// trouble notes that the journal's folder cannot be written, or can again, and
// says so when that changes.
func (s *Store) trouble(err error) {
	if err != nil {
		err = fmt.Errorf("the journal's folder %s cannot be written: %w; what ends meanwhile is in the database alone, and a backup put back would undo it: make room, or give the folder to the account that runs Kairan", s.opt.Journal, err)
	}
	s.faultMu.Lock()
	changed := (s.fault == nil) != (err == nil)
	s.fault = err
	s.faultMu.Unlock()
	if changed && s.opt.JournalFault != nil {
		s.opt.JournalFault(err)
	}
}

// JournalFault is why the journal cannot be written at present; nil if it can.
func (s *Store) JournalFault() error {
	s.faultMu.Lock()
	defer s.faultMu.Unlock()
	return s.fault
}

// newName draws the name of a database.
func newName() [16]byte { return subscribe.NewID() }

// markCopy notes in a copy of the database that it is one, so that it is known
// as such wherever and whenever it is put back.
func markCopy(file string) error {
	return boltfile.Edit(file, func(b *bolt.Tx) error { return b.Bucket(layout.Meta).Put(layout.IsCopy, []byte{1}) })
}
