package store

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	bolt "go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"

	"example.jp/kairan/deliver"
	"example.jp/kairan/store/layout"
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
	// 0: DefaultUncertainAfter, negative: never (RULES D-08).
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
	ErrFull = errors.New("store: no space left: free some on the disk of the data directory, or raise max_size; nothing was half-written")
	// ErrClosed says that the store is closing.
	ErrClosed = errors.New("store: closed")
)

// Refusal is a data directory that is not opened although nothing in it is
// broken: somebody else holds or owns it, or it belongs with another key file
// or another program. Its text says what to do.
type Refusal struct {
	text  string
	InUse bool // another process has the data directory open
	Other bool // the data directory or a file in it is another account's
}

func (r *Refusal) Error() string { return r.text }

func refuse(format string, args ...any) error { return &Refusal{text: fmt.Sprintf(format, args...)} }

const fileName = "kairan.db"

// BackupPattern names the copies that lie in the data directory while a backup
// is handed out, for os.CreateTemp.
const BackupPattern = ".handing-out-*.tmp"

// makingPattern names a database that is being made.
const makingPattern = ".making-*.tmp"

// Store is an open data directory.
type Store struct {
	db    *bolt.DB
	keys  *seal.Keyring
	opt   Options
	file  string
	queue *queue
	turns sync.Pool     // of operations; one for each connection that waits, used again and again
	done  chan struct{} // closed when the committer has ended
	close sync.Once

	outbox   *dueQueue
	declared atomic.Pointer[map[string]map[string]bool] // list, field; see declares
	// The committer's own:
	struck  map[string]struck // by list
	waiting int               // requests in the intake
	flying  int               // claims of this process that are not settled yet
	patient *time.Timer
	batch   []*operation

	apart   apart
	runs    runsOpen
	live    liveSet
	commits atomic.Uint64

	journal   *journal
	standing  atomic.Pointer[standing] // as of the last commit
	held      atomic.Pointer[Hold]
	released  chan struct{} // closed while it is not held
	releasing sync.Mutex
	noting    sync.Mutex    // held while the generation file is written
	running   bool          // the committer is
	toNote    chan struct{} // holds one: there is something for the generation file
	noted     chan struct{} // closed when noteLoop has ended
	faultMu   sync.Mutex
	fault     error // of the journal
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
		keys: o.Keys, opt: o, file: filepath.Join(o.Dir, fileName),
		queue: newQueue(), done: make(chan struct{}),
		outbox: newDueQueue(), struck: map[string]struck{},
		turns:    sync.Pool{New: func() any { return newOperation() }},
		released: make(chan struct{}), toNote: make(chan struct{}, 1), noted: make(chan struct{}),
	}
	if err := s.missing(); err != nil {
		return nil, err
	}
	s.apart.tell = o.Apart
	if err := ownFile(s.file); err != nil {
		return nil, err
	}
	if err := s.openFile(); err != nil {
		return nil, err
	}
	if err := s.prepare(); err != nil {
		_ = errors.Join(s.journal.close(), s.db.Close())
		if errors.Is(err, errPanic) || errors.Is(err, errRecord) { // of a file that is whole, nothing panics here
			return nil, &Damage{s.file, err}
		}
		return nil, err
	}
	s.sayHolder()
	_ = os.Remove(filepath.Join(o.Dir, restoring)) // left by a process that was killed, as these are
	for _, pattern := range []string{BackupPattern, makingPattern} {
		left, _ := filepath.Glob(filepath.Join(o.Dir, pattern))
		for _, f := range left {
			_ = os.Remove(f)
		}
	}
	s.patient = time.NewTimer(patience)
	s.running = true
	s.note()
	go s.commitLoop()
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
	return ownOnly("data directory", dir, info, "0700")
}

// ownOnly refuses what belongs to another account than the caller's, or what others
// may write. A backup that root has put back is the usual case.
func ownOnly(what, path string, info fs.FileInfo, mode string) error {
	if uid, yes := foreign(info); yes {
		return &Refusal{Other: true, text: fmt.Sprintf("the %s %s belongs to uid %d, and this is uid %d; run as its owner (for example with sudo -u), so that no file in it changes hands, or give it to the account of the service with chown", what, path, uid, os.Geteuid())}
	}
	if openToOthers(info) {
		return refuse("the %s %s can be written by others (mode %04o); run: chmod %s %s", what, path, info.Mode().Perm(), mode, path)
	}
	return nil
}

// ownFile refuses a database file that is not the caller's, or that is none: a link
// could lead to another installation's, and its lock and its copies would be there.
func ownFile(path string) error {
	info, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return fmt.Errorf("the database %s cannot be looked at: %w", path, err)
	case info.Mode().Type() == fs.ModeSymlink:
		return refuse("the database %s is a symbolic link; put the file itself there, or write the folder that it lies in as `data` in the configuration", path)
	case !info.Mode().IsRegular():
		return refuse("the database %s is no ordinary file; take away what is there, and put the last backup in its place", path)
	}
	return ownOnly("database", path, info, "0600")
}

func (s *Store) boltOptions() *bolt.Options {
	return &bolt.Options{
		Timeout:         time.Second,
		NoFreelistSync:  true,
		FreelistType:    bolt.FreelistMapType,
		InitialMmapSize: initialMmap,
		MaxSize:         int(s.opt.MaxSize),
	}
}

func (s *Store) openFile() error {
	if _, err := os.Stat(s.file); errors.Is(err, fs.ErrNotExist) {
		if err := s.create(); err != nil {
			return fmt.Errorf("the database cannot be made in %s: %w", s.opt.Dir, err)
		}
	}
	db, err := s.openBolt()
	if errors.Is(err, berrors.ErrTimeout) {
		return &Refusal{InUse: true, text: fmt.Sprintf("the data directory %s is in use by %s; stop it first, or let the command reach it through its control socket", s.opt.Dir, s.holder())}
	}
	if damage := (*Damage)(nil); errors.As(err, &damage) {
		return err
	}
	if err != nil {
		return fmt.Errorf("the database %s cannot be opened: %w", s.file, err)
	}
	db.AllocSize = allocSize
	s.db = db
	return nil
}

// create makes the file under a name of its own, and gives it the right one when it
// is whole on disk: bbolt's own first pages can be torn by a power cut. Of two
// processes that do so at one time the first wins, and nothing is overwritten.
func (s *Store) create() error {
	f, err := os.CreateTemp(s.opt.Dir, makingPattern)
	if err != nil {
		return err
	}
	tmp := f.Name()
	defer func() { _ = os.Remove(tmp) }()
	if err := f.Close(); err != nil {
		return err
	}
	db, err := bolt.Open(tmp, 0o600, &bolt.Options{Timeout: time.Second, NoFreelistSync: true, FreelistType: bolt.FreelistMapType})
	if err != nil {
		return err
	}
	err = db.Update(func(b *bolt.Tx) error {
		for _, name := range layout.TopBuckets {
			if _, err := b.CreateBucket(name); err != nil {
				return err
			}
		}
		if err := b.Bucket(layout.Meta).Put(layout.KeyCheck, s.checkValues()); err != nil {
			return err
		}
		return b.Bucket(layout.Meta).Put(layout.Schema, layout.Key4(uint32(len(s.opt.migrations)+1)))
	})
	if err := errors.Join(err, db.Sync(), db.Close()); err != nil {
		return err
	}
	_ = os.Link(tmp, s.file)
	if _, err := os.Lstat(s.file); err == nil { // now, or by another process
		return syncDir(s.opt.Dir)
	}
	if err := os.Rename(tmp, s.file); err != nil { // where a file has one name only
		return err
	}
	return syncDir(s.opt.Dir)
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
			return fmt.Errorf("%s is not a Kairan database; check `data` in the configuration", s.file)
		}
		schema = binary.BigEndian.Uint32(meta.Get(layout.Schema))
		own, made := s.checkValues(), meta.Get(layout.KeyCheck)
		if half := len(own) / 2; len(made) == len(own) && bytes.Equal(own[:half], made[:half]) != bytes.Equal(own[half:], made[half:]) {
			return refuse("one key in the key file is that of %s and another is not, so one of both files is damaged; put the copy of the key file in place, and if that changes nothing, the last backup (kairan restore FILE)", s.file)
		}
		if schema <= uint32(len(s.opt.migrations)+1) && !bytes.Equal(made, own) {
			return refuse("the key file is not the one that %s was made with; put the right key file in place (without it no reader can be read)", s.file)
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
	s.learn(declared)
	if err := s.stand(); err != nil {
		return err
	}
	return s.recover()
}

// holderFile names who has the lock; bbolt's own lock cannot say.
func (s *Store) holderFile() string { return filepath.Join(s.opt.Dir, "holder") }

func (s *Store) sayHolder() {
	who := s.opt.Holder
	if who == "" {
		who = filepath.Base(os.Args[0])
	}
	text := fmt.Sprintf("%s (process %d, since %s)", who, os.Getpid(), s.opt.Now().Format("2006-01-02 15:04:05 MST"))
	_ = os.Remove(s.holderFile())                         // whatever lies there: a pipe would be waited for
	_ = os.WriteFile(s.holderFile(), []byte(text), 0o600) // only informs; the lock itself is bbolt's
}

func (s *Store) holder() string {
	b, err := os.ReadFile(s.holderFile())
	if err != nil || len(b) == 0 {
		return "another process"
	}
	return string(b)
}

// Close waits for the commits that are under way and releases the lock.
func (s *Store) Close() error {
	var err error
	s.close.Do(func() {
		s.queue.close()
		<-s.done
		<-s.noted
		s.note()
		_ = os.Remove(s.holderFile())
		err = errors.Join(s.journal.close(), s.db.Close())
	})
	return err
}

// Check walks the whole file and says whether bbolt finds it consistent.
func (s *Store) Check() error {
	return s.view(func(b *bolt.Tx) error {
		var faults []error
		for err := range b.Check() {
			faults = append(faults, err)
		}
		return errors.Join(faults...)
	})
}

// LastCommit is the instant of the last commit, zero for a new store. While the
// clock stands before it, it stays what it was.
func (s *Store) LastCommit() (at time.Time, err error) {
	err = s.view(func(b *bolt.Tx) error {
		if v := b.Bucket(layout.Meta).Get(layout.LastCommit); len(v) == 8 {
			at = time.UnixMilli(int64(binary.BigEndian.Uint64(v)))
		}
		return nil
	})
	return at, err
}

// Backup writes a consistent copy of the file, sealed as it is and without the
// keys, to f, and marks it as a copy: put back, it is held. Give it a file on a
// local disk: while it runs, pages that are freed cannot be used again and the
// database grows.
func (s *Store) Backup(_ context.Context, f *os.File) error {
	err := s.view(func(b *bolt.Tx) error {
		_, err := b.WriteTo(f)
		return err
	})
	if err != nil {
		return fmt.Errorf("the backup could not be written: %w", full(err))
	}
	if err := errors.Join(f.Sync(), markCopy(f.Name())); err != nil {
		return fmt.Errorf("the backup could not be written: %w", full(err))
	}
	return nil
}

// full turns the many ways in which space runs out into ErrFull.
func full(err error) error {
	if noRoom(err) || errors.Is(err, berrors.ErrMaxSizeReached) {
		return fmt.Errorf("%w (%v)", ErrFull, err)
	}
	// bbolt flattens the error of a file that cannot grow to text.
	if err != nil && strings.HasPrefix(err.Error(), "file resize error: ") {
		return fmt.Errorf("%w (%v)", ErrFull, err)
	}
	return err
}

var (
	_ subscribe.Store        = (*Store)(nil)
	_ subscribe.RequestQueue = (*Store)(nil)
	_ deliver.Outbox         = (*Store)(nil)
	_ deliver.Calendar       = (*Store)(nil)
)
