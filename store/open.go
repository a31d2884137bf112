package store

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	bolt "go.etcd.io/bbolt"

	"example.jp/kairan/deliver"
	"example.jp/kairan/store/boltfile"
	"example.jp/kairan/store/commit"
	"example.jp/kairan/store/disk"
	"example.jp/kairan/store/layout"
	"example.jp/kairan/store/ledger"
	"example.jp/kairan/store/people"
	"example.jp/kairan/store/record"
	"example.jp/kairan/store/seal"
)

// Open opens the data directory, waiting one second for its lock, migrates an
// older schema after copying the file aside, and settles what a crash left
// behind. Only one process holds a data directory at a time.
func Open(o Options) (*Store, error) {
	o = o.withDefaults()
	if err := ownDir(o.Dir); err != nil {
		return nil, err
	}
	s := &Store{
		keys: o.Keys, opt: o,
		outbox: &dueQueue{}, struck: map[string]ledger.Struck{},
		claims:   sync.Pool{New: func() any { return newClaimOperation() }},
		released: make(chan struct{}), toNote: make(chan struct{}, 1), noted: make(chan struct{}),
	}
	if err := s.checkGone(); err != nil {
		return nil, err
	}
	s.people, s.ledger, s.apart.Tell = people.New(o.Keys, &s.apart), ledger.New(o.Keys), o.Apart
	s.people.Month = func(listID string) string { return o.Now().In(o.Zone(listID)).Format(layout.Month) }
	var err error
	s.file, err = boltfile.Open(filepath.Join(o.Dir, fileName), boltfile.Options{MaxSize: o.MaxSize, Shape: layout.Shape(), Make: s.fill})
	if err != nil {
		return nil, err
	}
	if err := s.prepare(); err != nil {
		if s.journal != nil {
			_ = s.journal.Close()
		}
		_ = s.file.Close()
		if errors.Is(err, boltfile.ErrPanic) || errors.Is(err, record.ErrDamaged) { // of a file that is whole, nothing panics here
			return nil, &Damage{File: s.file.Path(), Err: err}
		}
		return nil, err
	}
	s.file.SayHolder(o.Holder, o.Now())
	for _, pattern := range []string{restoring, BackupPattern, verifying, boltfile.MakingPattern} { // of processes that were killed
		left, _ := filepath.Glob(filepath.Join(o.Dir, pattern))
		for _, f := range left {
			_ = os.RemoveAll(f)
		}
	}
	s.clearCompaction()
	s.note()
	s.committer = commit.Start(s.owner())
	go s.noteLoop()
	return s, nil
}

func (o Options) withDefaults() Options {
	if o.Now == nil {
		o.Now = time.Now
	}
	o.UncertainAfter = cmp.Or(o.UncertainAfter, DefaultUncertainAfter)
	o.Journal = cmp.Or(o.Journal, filepath.Join(o.Dir, "journal"))
	if o.Suspend == nil {
		o.Suspend = new(deliver.DefaultSuspendPolicy())
	}
	if o.Zone == nil {
		o.Zone = func(string) *time.Location { return time.Local }
	}
	if o.migrations == nil {
		o.migrations = migrations
	}
	return o
}

// ownDir makes the data directory, or refuses one that is not the caller's.
func ownDir(dir string) error {
	if err := disk.MakeDir(dir); err != nil {
		return fmt.Errorf("the data directory %s cannot be made: %w; make it, owned by the account that runs Kairan", dir, err)
	}
	info, err := os.Stat(dir)
	if err != nil {
		return fmt.Errorf("the data directory %s cannot be read: %w", dir, err)
	}
	return disk.CheckOwner("data directory", dir, info, "0700")
}

// fill makes what a new database holds.
func (s *Store) fill(b *bolt.Tx) error {
	for _, name := range layout.TopBuckets {
		if _, err := b.CreateBucket(name); err != nil {
			return err
		}
	}
	meta := b.Bucket(layout.Meta)
	return errors.Join(s.putAuditEnd(b, AuditHead{}), meta.Put(layout.KeyCheck, s.checkValues()), meta.Put(layout.Schema, layout.Key4(uint32(len(s.opt.migrations)+1))))
}

// checkValues are stored in a database, and are different for every key file.
func (s *Store) checkValues() []byte {
	var b []byte
	for _, use := range []seal.Use{seal.Index, seal.Mark} {
		c := s.keys.Check(use)
		b = append(b, c[:]...)
	}
	return b
}

// prepare holds the file against the key file, brings it to this program's schema,
// finds out whether it is the one in use, and settles what a crash left behind.
func (s *Store) prepare() error {
	var schema uint32
	err := s.file.View(func(b *bolt.Tx) error {
		meta := b.Bucket(layout.Meta)
		if meta == nil || len(meta.Get(layout.Schema)) != 4 {
			return fmt.Errorf("%s is not a Kairan database; check `data` in the configuration", s.file.Path())
		}
		schema = binary.BigEndian.Uint32(meta.Get(layout.Schema))
		own, made := s.checkValues(), meta.Get(layout.KeyCheck)
		if half := len(own) / 2; len(made) == len(own) && bytes.Equal(own[:half], made[:half]) != bytes.Equal(own[half:], made[half:]) {
			return disk.Refuse("one key in the key file is that of %s and another is not, so one of both files is damaged; put the copy of the key file in place, and if that changes nothing, the last backup (kairan restore FILE)", s.file.Path())
		}
		if schema <= uint32(len(s.opt.migrations)+1) && !bytes.Equal(made, own) {
			return disk.Refuse("the key file is not the one that %s was made with; put the right key file in place (without it no reader can be read)", s.file.Path())
		}
		if schema <= uint32(len(s.opt.migrations)+1) && !s.hasDataKey(meta) {
			return disk.Refuse("the key file is of another time than %s: the data key under which that is sealed is not in it; put the key file in place that was in use after the last `kairan keys rotate`", s.file.Path())
		}
		return nil
	})
	if err != nil {
		return err
	}
	if err := s.migrate(schema); err != nil {
		return err
	}
	if err := s.file.View(s.check); err != nil {
		return err
	}
	declared, err := s.Declared()
	if err != nil {
		return err
	}
	s.people.Learn(declared)
	if err := s.holdUnlessInUse(); err != nil {
		return err
	}
	return s.recover()
}
