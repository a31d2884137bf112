package store

import (
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	bolt "go.etcd.io/bbolt"

	"example.jp/kairan/deliver"
	"example.jp/kairan/store/apart"
	"example.jp/kairan/store/boltfile"
	"example.jp/kairan/store/disk"
	"example.jp/kairan/store/layout"
	"example.jp/kairan/store/ledger"
	"example.jp/kairan/store/people"
)

// Contents is what was found in a copy that was put in place.
type Contents struct {
	Octets  int64
	Lists   int
	Entries int // active and ended
	Issues  int
	Last    time.Time // commit
	// Unreadable is how many records cannot be read, and books do not balance; the
	// service sets them apart.
	Unreadable int
	Audit      AuditHead // the end of its audit trail
}

// verifying is the name of the folders in which copies are looked at, for os.MkdirTemp.
const verifying = ".verifying-*.tmp"

// Verify reads a copy from end to end as [Restore] does, in a folder of its own in temp,
// and puts it nowhere. Of o it needs the keys; the store may be open.
func Verify(o Options, src io.Reader, temp string) (found Contents, err error) {
	dir, err := os.MkdirTemp(temp, verifying)
	if err != nil {
		return found, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	aside := filepath.Join(dir, restoring)
	s := newExaminer(o.withDefaults())
	if found.Octets, err = copyIn(&sparing{src: src, dir: dir, least: spaceForStarting * s.margin()}, aside); err != nil {
		return found, fmt.Errorf("the copy could not be read: %w", boltfile.WrapFull(err))
	}
	if err = s.examine(aside, &found); err == nil && found.Unreadable > 0 {
		err = disk.Refuse("%d of its records cannot be read, or of its books do not balance; this is no good backup", found.Unreadable)
	}
	return found, err
}

// sparing reads for as long as so much space is left for the database beside it.
type sparing struct {
	src   io.Reader
	dir   string
	least int64
	read  int64 // since the last look
}

func (s *sparing) Read(b []byte) (int, error) {
	if s.read <= 0 {
		if room, ok := disk.Room(s.dir); ok && room < s.least {
			return 0, ErrFull
		}
		s.read = 1 << 20
	}
	n, err := s.src.Read(b)
	s.read -= int64(n)
	return n, err
}

// newExaminer is a store that looks at a copy.
func newExaminer(o Options) *Store {
	s := &Store{keys: o.Keys, opt: o}
	s.people, s.ledger = people.New(o.Keys, &s.apart), ledger.New(o.Keys)
	return s
}

// Restore puts the copy that src gives in the place of a database that is not there. The
// copy is read from end to end first: each record must open with this key file,
// and all books balance. It is marked as a copy, so that the next opening holds
// it. Killed at any moment it leaves no database, or the whole one; what is
// half-done is cleared by the next Restore. Nothing is ever overwritten. A copy of
// which single records cannot be read is refused unless damaged says that there is
// no better one.
func Restore(o Options, src io.Reader, damaged bool) (found Contents, err error) {
	o = o.withDefaults()
	if err := ownDir(o.Dir); err != nil {
		return found, err
	}
	release, alone, err := disk.Alone(o.Dir)
	if err != nil {
		return found, err
	}
	if !alone {
		return found, disk.Refuse("another `kairan restore` puts a copy into %s at this moment; wait until it is done, and then look at what it says", o.Dir)
	}
	defer release()
	s := newExaminer(o)
	place, aside := filepath.Join(o.Dir, fileName), filepath.Join(o.Dir, restoring)
	if err := checkVacant(place); err != nil {
		return found, err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(aside)
		}
	}()
	if found.Octets, err = copyIn(src, aside); err != nil {
		return found, fmt.Errorf("the copy could not be brought in: %w; nothing was left behind", boltfile.WrapFull(err))
	}
	if err := s.examine(aside, &found); err != nil {
		return found, err
	}
	if found.Unreadable > 0 && !damaged {
		return found, disk.Refuse("%d of its records cannot be read, or of its books do not balance; take another copy, or, if there is no better one, add --damaged: what cannot be read is set apart then", found.Unreadable)
	}
	if err := boltfile.Edit(aside, markCopy); err != nil {
		return found, fmt.Errorf("the copy could not be brought in: %w; nothing was left behind", boltfile.WrapFull(err))
	}
	if err := disk.Place(aside, place); err != nil {
		return found, fmt.Errorf("the copy could not be put in place: %w; nothing was left behind", cmp.Or(checkVacant(place), err))
	}
	return found, nil
}

// checkVacant refuses a place where something lies.
func checkVacant(place string) error {
	_, err := os.Lstat(place)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return disk.Refuse("there is a database already, %s, and nothing is ever overwritten; stop the server and move it aside, for example: mv %s %s.before", place, place, place)
}

// copyIn copies to a new file, and has it on disk.
func copyIn(src io.Reader, to string) (n int64, err error) {
	if err := os.Remove(to); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return 0, err
	}
	dst, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if err != nil {
		return 0, err
	}
	n, err = io.Copy(dst, src)
	if err == nil {
		err = dst.Sync()
	}
	return n, errors.Join(err, dst.Close())
}

// examine opens the copy that was brought in, takes it to this program's schema,
// and reads all of it.
func (s *Store) examine(file string, found *Contents) (err error) {
	s.file, err = boltfile.Open(file, boltfile.Options{MaxSize: s.opt.MaxSize, Shape: layout.Shape()})
	if damage := (*Damage)(nil); errors.As(err, &damage) {
		err = damage.Err // its own words are about the database in use
	}
	if err != nil {
		return fmt.Errorf("this is not a whole copy of a database: %w; take another one", err)
	}
	defer func() { err = errors.Join(err, s.file.Close()) }()
	schema, err := s.schema()
	if err != nil {
		return err
	}
	if err := s.Check(); err != nil {
		return fmt.Errorf("this copy is damaged: %w; take another one", err)
	}
	if err := s.migrateFrom(schema, "the copy itself"); err != nil {
		return err
	}
	unreadable, err := s.Examine(context.Background())
	found.Unreadable = unreadable.Sum()
	if err == nil {
		err = s.file.View(func(b *bolt.Tx) error { return errors.Join(s.check(b), s.count(b, found)) })
	}
	if damage := (*Damage)(nil); errors.As(err, &damage) {
		err = damage.Err
	}
	if err == nil {
		if found.Audit, err = s.AuditHead(); err != nil {
			found.Unreadable, err = found.Unreadable+1, nil
		}
	}
	if err != nil {
		return fmt.Errorf("this copy is damaged: %w; take another one", err)
	}
	return nil
}

// schema returns the schema of a database. It refuses one of another key file, or of a
// newer program.
func (s *Store) schema() (schema uint32, err error) {
	err = s.file.View(func(b *bolt.Tx) error {
		meta := b.Bucket(layout.Meta)
		if meta == nil || len(meta.Get(layout.Schema)) != 4 || binary.BigEndian.Uint32(meta.Get(layout.Schema)) == 0 {
			return disk.Refuse("this is not a Kairan database")
		}
		schema = binary.BigEndian.Uint32(meta.Get(layout.Schema))
		if want := uint32(len(s.opt.migrations) + 1); schema > want {
			return disk.Refuse("this copy was written by a newer Kairan (schema %d; this program knows %d); install that version", schema, want)
		}
		if string(meta.Get(layout.KeyCheck)) != string(s.checkValues()) {
			return disk.Refuse("this copy was made with another key file; put that one in place (without it no reader can be read)")
		}
		if !s.hasDataKey(meta) {
			return disk.Refuse("this copy is sealed under a data key that is not in the key file: it was made before `kairan keys rotate`, which destroys the old key, and nobody can read it any more; take a copy from after that")
		}
		return nil
	})
	return schema, err
}

// count counts what there is, and the books that do not balance.
func (s *Store) count(b *bolt.Tx, c *Contents) error {
	c.Last = lastCommit(b)
	return b.Bucket(layout.Lists).ForEachBucket(func(id []byte) error {
		c.Lists++
		c.Entries += layout.List(b, string(id), layout.Entries).Stats().KeyN
		return layout.List(b, string(id), layout.Issues).ForEach(func(k, _ []byte) error {
			c.Issues++
			books, err := s.ledger.Balance(b, deliver.IssueName{List: string(id), Slug: string(k)})
			if apart.Is(err) || err == nil && !books.Balances() {
				c.Unreadable++
			}
			return apart.Skip(err)
		})
	})
}
