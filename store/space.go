package store

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"

	bolt "go.etcd.io/bbolt"

	"example.jp/kairan/store/boltfile"
	"example.jp/kairan/store/disk"
	"example.jp/kairan/store/layout"
)

// How many margins of space must be left for each kind of thing. Issues stop first:
// no new one starts, and then those that run claim nobody. Sign-ups stop next. Leaving,
// and booking what became of a copy, ask for none and stop last.
const (
	spaceToBeSaid    = 6 // nothing stops yet
	spaceForStarting = 3
	spaceForClaiming = 2
	spaceForJoining  = 1
)

// margin is the unit, in octets: a sixteenth of max_size, 1 to 16 MiB.
func (s *Store) margin() int64 {
	const most = 16 << 20
	if s.opt.MaxSize == 0 {
		return most
	}
	return min(max(s.opt.MaxSize/16, 1<<20), most)
}

// lacks says whether less than so many margins are left.
func (s *Store) lacks(margins int64) bool { return s.file.Space() < margins*s.margin() }

// lacks says it of this commit: it is asked once, since what one commit writes is far below
// a margin.
func (t *txn) lacks(margins int64) bool {
	if !t.measured {
		t.measured, t.space = true, t.s.file.Space()
	}
	return t.space < margins*t.s.margin()
}

// RoomToStart says whether there is room to start an issue; [ErrFull] if not.
func (s *Store) RoomToStart() error {
	if s.lacks(spaceForStarting) {
		return ErrFull
	}
	return nil
}

// spaceForCopy is about what the books have at most of a copy that is not plainly accepted,
// in octets, with its key and its share of a page that is half full.
const spaceForCopy = 128

// RoomToRun says whether the books of a run to so many readers have room, whatever becomes
// of its copies.
func (s *Store) RoomToRun(readers int) error {
	left, books := s.file.Space(), int64(readers)*spaceForCopy
	if left >= books+spaceForClaiming*s.margin() {
		return nil
	}
	return fmt.Errorf("%d MB are left for the database, of which %d MB are kept for leaving, and the books of a run to so many readers may take %d MB",
		left>>20, spaceForClaiming*s.margin()>>20, (books+1<<20-1)>>20)
}

// spaceForLeaving is about what one leaving writes, in octets.
const spaceForLeaving = 64 << 10

// Scarce says how space is short, and what that stops; "": it is not.
func (s *Store) Scarce() string {
	left := s.file.Space()
	stops := ""
	switch m := s.margin(); {
	case left < spaceForJoining*m:
		stops = "no issue goes out, and nobody can sign up"
	case left < spaceForClaiming*m:
		stops = "no issue starts, and those that run have stopped"
	case left < spaceForStarting*m:
		stops = "no issue starts"
	case left < spaceToBeSaid*m:
		stops = fmt.Sprintf("below %d MB no issue starts", spaceForStarting*m>>20)
	}
	if stops != "" {
		return fmt.Sprintf("%d MB are left for the database: %s", left>>20, stops)
	}
	if room, ok := disk.Room(s.opt.Dir); ok && room < s.file.Live()+spaceForStarting*s.margin() {
		return fmt.Sprintf("%d MB are left on the disk, too little for a copy of the database beside it: nothing is compacted, and what was erased stays in its free pages", room>>20)
	}
	return ""
}

// Broken is closed when the disk has not taken what was brought to it. From then on nothing
// is written, and [Store.LeavingFault] says why.
func (s *Store) Broken() <-chan struct{} { return s.committer.Broken() }

// LeavingFault is why nobody can leave at present; nil if they can, as far as is known.
func (s *Store) LeavingFault() error {
	if fault := s.committer.Fault(); fault != nil && !errors.Is(fault, ErrFull) && !errors.Is(fault, boltfile.ErrPanic) {
		return fault
	}
	if s.file.Space() < spaceForLeaving {
		return ErrFull
	}
	return nil
}

// Size is how large a store is.
type Size struct {
	Octets int64  // of the file
	Room   int64  // that it may still take: free pages, and what disk and MaxSize allow
	Schema uint32 // of what is in it
}

// Size measures the store.
func (s *Store) Size() (z Size, err error) {
	info, err := os.Stat(s.file.Path())
	if err != nil {
		return z, err
	}
	z.Octets, z.Room = info.Size(), s.file.Space()
	z.Schema, err = view(s, func(b *bolt.Tx) (uint32, error) {
		return binary.BigEndian.Uint32(b.Bucket(layout.Meta).Get(layout.Schema)), nil
	})
	return z, err
}
