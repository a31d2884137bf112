package store

import (
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"example.jp/kairan/deliver"
	"example.jp/kairan/store/apart"
	"example.jp/kairan/store/boltfile"
	"example.jp/kairan/store/commit"
	"example.jp/kairan/store/disk"
	"example.jp/kairan/store/journal"
	"example.jp/kairan/store/ledger"
	"example.jp/kairan/store/people"
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
	// Zone is the time zone in which a list's months are counted; nil: the machine's.
	Zone func(listID string) *time.Location
	// Office is whom reports about a list go to, and in which language; zero: nobody is
	// written to. nil: nobody is, of any list.
	Office func(listID string) (subscribe.Address, subscribe.Lang)
	// Cleared is told what a process that was killed has left, and what that means;
	// nil: nobody is.
	Cleared func(what string)
	// Apart is told at the first record of each kind that cannot be read, with all
	// that have been met by then; nil: nobody is. It must not call the store.
	Apart func(Unreadable)

	// migrations replaces the real ones in tests.
	migrations []migration
}

// DefaultUncertainAfter is RFC 5321's least interval between attempts.
const DefaultUncertainAfter = 30 * time.Minute

// ErrFull says that the disk, or max_size, is full.
var ErrFull = boltfile.ErrFull

// ErrDisk says that the disk has failed, and that nothing is written any more.
var ErrDisk = commit.ErrDisk

// Refusal is a data directory that is not opened although nothing in it is broken.
type Refusal = disk.Refusal

// Damage is the error of a database that is damaged where all else depends on it.
type Damage = boltfile.Damage

const fileName = "kairan.db"

// restoring is the name under which a copy is brought in and looked at.
const restoring = fileName + ".restoring"

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
	ledger ledger.Keeper
	// The committer's own:
	struck  map[string]ledger.Struck // by list
	waiting int                      // requests in the intake; for the committer alone
	queued  atomic.Int64             // the same, for others
	flying  []int                    // claims of this process that are not settled yet, by the relay over which they go
	spare   []int                    // room for the next of these

	apart apart.Set
	runs  sync.Map // those that are open: deliver.IssueName to *Run
	live  liveSet

	archived atomic.Uint64 // how often what anybody may read has changed
	endings  endings

	journal   *journal.Folder
	standing  atomic.Pointer[journal.Standing] // as of the last commit
	held      atomic.Pointer[Hold]
	released  chan struct{} // closed while it is not held
	releasing sync.Mutex
	purging   sync.Mutex
	toNote    chan struct{} // holds one: there is something for the generation file
	noted     chan struct{} // closed when noteLoop has ended
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

// Commits is how many commits the store has made since it was opened; each of
// them costs two fsyncs.
func (s *Store) Commits() uint64 { return s.committer.Commits() }

// Took is how long these commits took together to get to the disk.
func (s *Store) Took() time.Duration { return s.committer.Took() }

// Waiting is how many requests wait in the intake, and how many mails in the outbox.
func (s *Store) Waiting() (requests, mails int) { return int(s.queued.Load()), s.outbox.size() }

// Octets are how large the database file is, and how many of them are in use.
func (s *Store) Octets() (file, used int64) { return s.file.Size(), s.file.Live() }

var (
	_ subscribe.Store        = (*Store)(nil)
	_ subscribe.RequestQueue = (*Store)(nil)
	_ deliver.Outbox         = (*Store)(nil)
	_ deliver.Calendar       = (*Store)(nil)
)
