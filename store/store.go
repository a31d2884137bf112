package store

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	bolt "go.etcd.io/bbolt"

	"example.jp/kairan/deliver"
	"example.jp/kairan/store/apart"
	"example.jp/kairan/store/boltfile"
	"example.jp/kairan/store/commit"
	"example.jp/kairan/store/disk"
	"example.jp/kairan/store/journal"
	"example.jp/kairan/store/layout"
	"example.jp/kairan/store/ledger"
	"example.jp/kairan/store/people"
	"example.jp/kairan/store/record"
	"example.jp/kairan/store/seal"
	"example.jp/kairan/subscribe"
)

// Options says how to open a store. Dir and Keys are required.
type Options struct {
	Dir     string // the data directory; made if missing
	Keys    *seal.Keyring
	Holder  string // who opens it, for whoever finds it locked; "": the program's name
	MaxSize int64  // of the file, in octets; 0: no limit
	// Journal is the folder of the journal of leavings and of the generation file,
	// made if missing. It should lie where what puts Dir back does not put it back
	// too. "": the folder journal in Dir.
	Journal string
	// JournalFault is told when the journal cannot be written, and, with nil, when
	// it can again; nil: nobody is. It must not call the store.
	JournalFault func(error)
	// UncertainAfter is when a copy left uncertain by a crash is sent once more;
	// 0: DefaultUncertainAfter, negative: never.
	UncertainAfter time.Duration
	// Suspend says when an entry whose copies fail is suspended; nil:
	// [deliver.DefaultSuspendPolicy].
	Suspend *deliver.SuspendPolicy
	// SyncDelay is added to each of the two fsyncs of a commit. For measuring
	// only: what a slower disk costs.
	SyncDelay time.Duration
	Now       func() time.Time // nil: time.Now
	// Apart is told at the first record of each kind that cannot be read, with all
	// that have been met by then; nil: nobody is. It must not call the store.
	Apart func(Unreadable)

	// migrations replaces the real ones in tests.
	migrations []migration
}

// DefaultUncertainAfter is RFC 5321's least interval between attempts.
const DefaultUncertainAfter = 30 * time.Minute

// Errors for callers that branch.
var (
	// ErrFull says that the disk, or max_size, is full.
	ErrFull = boltfile.ErrFull
	// ErrClosed says that the store is closing.
	ErrClosed = commit.ErrClosed
)

// Refusal is a data directory that is not opened although nothing in it is broken.
type Refusal = disk.Refusal

// Damage is a database of which something that all else hangs on cannot be read.
type Damage = boltfile.Damage

const fileName = "kairan.db"

// BackupPattern names the copies that lie in the data directory while a backup
// is handed out, for os.CreateTemp.
const BackupPattern = ".handing-out-*.tmp"

// Store is an open data directory.
type Store struct {
	keys      *seal.Keyring
	opt       Options
	file      *boltfile.File
	committer *commit.Committer[*txn]
	claims    sync.Pool // of operations; one for each connection that waits, used again and again
	close     sync.Once

	outbox *dueQueue
	people *people.Register
	// The committer's own:
	struck  map[string]ledger.Struck // by list
	waiting int                      // requests in the intake
	flying  int                      // claims of this process that are not settled yet

	apart apart.Set
	runs  runsOpen
	live  liveSet

	journal   *journal.Folder
	standing  atomic.Pointer[journal.Standing] // as of the last commit
	held      atomic.Pointer[Hold]
	released  chan struct{} // closed while it is not held
	releasing sync.Mutex
	toNote    chan struct{} // holds one: there is something for the generation file
	noted     chan struct{} // closed when noteLoop has ended
}

// Open opens the data directory, waiting one second for its lock, migrates an
// older schema after copying the file aside, and settles what a crash left
// behind. Only one process holds a data directory at a time.
func Open(o Options) (*Store, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.UncertainAfter == 0 {
		o.UncertainAfter = DefaultUncertainAfter
	}
	if o.Suspend == nil {
		p := deliver.DefaultSuspendPolicy()
		o.Suspend = &p
	}
	if o.migrations == nil {
		o.migrations = migrations
	}
	if o.Journal == "" {
		o.Journal = filepath.Join(o.Dir, "journal")
	}
	if err := ownDir(o.Dir); err != nil {
		return nil, err
	}
	s := &Store{
		keys: o.Keys, opt: o,
		outbox: newDueQueue(), struck: map[string]ledger.Struck{},
		claims:   sync.Pool{New: func() any { return newClaimOperation() }},
		released: make(chan struct{}), toNote: make(chan struct{}, 1), noted: make(chan struct{}),
	}
	if err := s.missing(); err != nil {
		return nil, err
	}
	s.people, s.apart.Tell = people.New(o.Keys, &s.apart), o.Apart
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
	_ = os.Remove(filepath.Join(o.Dir, restoring)) // left by a process that was killed, as these are
	for _, pattern := range []string{BackupPattern, boltfile.MakingPattern} {
		left, _ := filepath.Glob(filepath.Join(o.Dir, pattern))
		for _, f := range left {
			_ = os.Remove(f)
		}
	}
	s.note()
	s.committer = commit.Start(s.owner())
	go s.noteLoop()
	return s, nil
}

// ownDir makes the data directory, or refuses one that is not the caller's.
func ownDir(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
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
	return errors.Join(meta.Put(layout.KeyCheck, s.checkValues()), meta.Put(layout.Schema, layout.Key4(uint32(len(s.opt.migrations)+1))))
}

// checkValues tell the key file this database was made with from any other.
func (s *Store) checkValues() []byte {
	var b []byte
	for _, use := range []seal.Use{seal.Index, seal.Mark} {
		c := s.keys.Check(use)
		b = append(b, c[:]...)
	}
	return b
}

func (s *Store) prepare() error {
	var schema uint32
	err := s.view(func(b *bolt.Tx) error {
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
		return nil
	})
	if err != nil {
		return err
	}
	if err := s.migrate(schema); err != nil {
		return err
	}
	declared, err := s.Declared()
	if err != nil {
		return err
	}
	s.people.Learn(declared)
	if err := s.stand(); err != nil {
		return err
	}
	return s.recover()
}

// Close waits for the commits that are under way and releases the lock.
func (s *Store) Close() error {
	var err error
	s.close.Do(func() {
		s.committer.Close()
		<-s.noted
		s.note()
		err = errors.Join(s.journal.Close(), s.file.Close())
	})
	return err
}

// Check walks the whole file and says whether bbolt finds it consistent.
func (s *Store) Check() error { return s.file.Check() }

func (s *Store) view(do func(*bolt.Tx) error) error   { return s.file.View(do) }
func (s *Store) change(do func(*bolt.Tx) error) error { return s.file.Update(do) }

// Commits is how many commits the store has made since it was opened; each of
// them costs two fsyncs.
func (s *Store) Commits() uint64 { return s.committer.Commits() }

// Backup writes a consistent copy of the file, sealed as it is and without the
// keys, to f, and marks it as a copy: put back, it is held. Give it a file on a
// local disk: while it runs, pages that are freed cannot be used again and the
// database grows.
func (s *Store) Backup(_ context.Context, f *os.File) error {
	err := s.file.CopyTo(f)
	if err == nil {
		err = markCopy(f.Name())
	}
	if err != nil {
		return fmt.Errorf("the backup could not be written: %w", boltfile.WrapFull(err))
	}
	return nil
}

var (
	_ subscribe.Store        = (*Store)(nil)
	_ subscribe.RequestQueue = (*Store)(nil)
	_ deliver.Outbox         = (*Store)(nil)
	_ deliver.Calendar       = (*Store)(nil)
)
