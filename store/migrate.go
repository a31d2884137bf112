package store

import (
	"context"
	"errors"
	"fmt"
	"os"

	bolt "go.etcd.io/bbolt"

	"example.jp/kairan/store/boltfile"
	"example.jp/kairan/store/disk"
	"example.jp/kairan/store/layout"
	"example.jp/kairan/store/ledger"
	"example.jp/kairan/store/record"
	"example.jp/kairan/subscribe"
)

// migration brings the file from one schema to the next. It runs in the commit
// that writes the new number, so it happens whole or not at all.
type migration struct {
	name string
	run  func(*Store, *bolt.Tx) error
}

// migrations are all there have been: the schema is one more than their number.
// Append only.
var migrations = []migration{
	{"the progress of all runs into one bucket", func(_ *Store, b *bolt.Tx) error { return ledger.GatherBitmaps(b) }},
	{"an index of the entries of each mailbox", func(s *Store, b *bolt.Tx) error { return s.people.IndexMailboxes(b) }},
	// Nothing is moved: a program that does not know them must not send issues without their files.
	{"files of issues", func(*Store, *bolt.Tx) error { return nil }},
	{"a tag behind what stands in the clear and decides who gets mail", (*Store).guard},
	{"the day of erasure in the declarations", func(_ *Store, b *bolt.Tx) error { return forgetDays(b) }},
}

// forgetDays is the migration to schema 6: whether the lists had a day of erasure was not noted.
func forgetDays(b *bolt.Tx) error {
	meta := b.Bucket(layout.Meta)
	all, err := record.DecodeDeclarations(meta.Get(layout.Declared))
	if err != nil || len(all) == 0 {
		return err
	}
	for n := range all {
		all[n].EraseBy = subscribe.DayNotKnown
	}
	return meta.Put(layout.Declared, record.EncodeDeclarations(all))
}

// guard is the migration to schema 5.
func (s *Store) guard(b *bolt.Tx) error {
	return errors.Join(s.people.Guard(b), s.ledger.Guard(b), s.putAuditEnd(b, AuditHead{}))
}

// migrate copies the file aside, then takes it step by step to this program's
// schema. A newer schema is refused and nothing is touched.
func (s *Store) migrate(have uint32) error {
	want := uint32(len(s.opt.migrations) + 1)
	switch {
	case have == want:
		return nil
	case have > want:
		return disk.Refuse("%s was written by a newer Kairan (schema %d; this program knows %d); install that version, or go back to a backup from before the upgrade", s.file.Path(), have, want)
	case have == 0:
		return fmt.Errorf("%s has no schema number; it is damaged: put the last backup in its place", s.file.Path())
	}
	aside := fmt.Sprintf("%s.schema-%d", s.file.Path(), have)
	if err := s.copyAside(aside); err != nil {
		return fmt.Errorf("the database must be migrated from schema %d to %d, and the copy to keep beside it could not be written: %w; make room and start again (nothing was changed)", have, want, boltfile.WrapFull(err))
	}
	return s.migrateFrom(have, aside)
}

// migrateFrom takes the file to this program's schema; aside is the copy from before.
func (s *Store) migrateFrom(have uint32, aside string) error {
	for n := have; n < uint32(len(s.opt.migrations)+1); n++ {
		m := s.opt.migrations[n-1]
		err := s.file.Update(func(b *bolt.Tx) error {
			if err := m.run(s, b); err != nil {
				return err
			}
			return b.Bucket(layout.Meta).Put(layout.Schema, layout.Key4(n+1))
		})
		if err != nil {
			return fmt.Errorf("the migration %q of %s failed: %w; the database is as it was after schema %d, and %s is the copy from before", m.name, s.file.Path(), boltfile.WrapFull(err), n, aside)
		}
	}
	return nil
}

// copyAside writes a copy of the database beside it, over an older one.
func (s *Store) copyAside(name string) error {
	f, err := os.CreateTemp(s.opt.Dir, boltfile.MakingPattern)
	if err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	if err := s.file.Compact(context.Background(), boltfile.Compaction{To: f.Name()}); err != nil {
		return err
	}
	return os.Rename(f.Name(), name)
}
