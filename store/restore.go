package store

import (
	"cmp"
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
	"example.jp/kairan/store/boltfile"
	"example.jp/kairan/store/disk"
	"example.jp/kairan/store/layout"
	"example.jp/kairan/store/ledger"
	"example.jp/kairan/store/seal"
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
}

// restoring is the name under which a copy is brought in and looked at.
const restoring = fileName + ".restoring"

// Restore puts the copy that src gives in the place of a database that is not there. The
// copy is read from end to end first: each record must open with this key file,
// and all books balance. It is marked as a copy, so that the next opening holds
// it. Killed at any moment it leaves no database, or the whole one; what is
// half-done is cleared by the next Restore. Nothing is ever overwritten. A copy of
// which single records cannot be read is refused unless damaged says that there is
// no better one.
func Restore(o Options, src io.Reader, damaged bool) (found Contents, err error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.migrations == nil {
		o.migrations = migrations
	}
	if err := ownDir(o.Dir); err != nil {
		return found, err
	}
	s := &Store{keys: o.Keys, opt: o}
	place, aside := filepath.Join(o.Dir, fileName), filepath.Join(o.Dir, restoring)
	if err := vacant(place); err != nil {
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
	if err := markCopy(aside); err != nil {
		return found, fmt.Errorf("the copy could not be brought in: %w; nothing was left behind", boltfile.WrapFull(err))
	}
	if err := disk.Place(aside, place); err != nil {
		return found, fmt.Errorf("the copy could not be put in place: %w; nothing was left behind", cmp.Or(vacant(place), err))
	}
	return found, nil
}

func vacant(place string) error {
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
	err = s.view(func(b *bolt.Tx) error {
		if v := b.Bucket(layout.Meta).Get(layout.LastCommit); len(v) == 8 {
			found.Last = time.UnixMilli(int64(binary.BigEndian.Uint64(v)))
		}
		return s.readAll(b, found)
	})
	if err != nil {
		return fmt.Errorf("this copy is damaged: %w; take another one", err)
	}
	return nil
}

// schema is that of a database of this key file, and of this program or an older one.
func (s *Store) schema() (schema uint32, err error) {
	err = s.view(func(b *bolt.Tx) error {
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
		return nil
	})
	return schema, err
}

// readAll opens every record, and holds every book against its balance.
func (s *Store) readAll(b *bolt.Tx, found *Contents) error {
	err := b.Bucket(layout.Lists).ForEachBucket(func(id []byte) error {
		found.Lists++
		return s.readList(b, string(id), found)
	})
	if err != nil {
		return err
	}
	err = b.Bucket(layout.Outbox).ForEach(func(k, _ []byte) error {
		_, err := s.owed(b, binary.BigEndian.Uint64(k))
		return found.apart(err)
	})
	if err != nil {
		return err
	}
	return b.Bucket(layout.Intake).ForEach(func(k, v []byte) error {
		_, err := s.keys.Open(seal.Data, layout.RequestLabel, v, k)
		return found.apart(err)
	})
}

// apart counts what is the fault of one record only.
func (c *Contents) apart(err error) error {
	if unreadable(err) {
		c.Unreadable++
		return nil
	}
	return err
}

func (s *Store) readList(b *bolt.Tx, id string, found *Contents) error {
	var plain, at []byte
	err := layout.List(b, id, layout.Entries).ForEach(func(k, v []byte) (err error) {
		found.Entries++
		at = append(append(append(at[:0], id...), 0), k...)
		plain, err = s.openEntry(plain[:0], v, id, at)
		return found.apart(err)
	})
	if err != nil {
		return err
	}
	return layout.List(b, id, layout.Issues).ForEach(func(k, _ []byte) error {
		found.Issues++
		name := deliver.IssueName{List: id, Slug: string(k)}
		if _, err := s.issue(b, name); err != nil {
			return found.apart(err)
		}
		books, err := ledger.Balance(b, name)
		if err != nil {
			return found.apart(err)
		}
		if !books.Balances() {
			found.Unreadable++
		}
		return nil
	})
}
