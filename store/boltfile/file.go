package boltfile

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	bolt "go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"

	"example.jp/kairan/store/disk"
)

// Options says how a file is opened.
type Options struct {
	MaxSize int64                // of the file, in octets; 0: no limit
	Shape   *Shape               // what the file may hold
	Make    func(*bolt.Tx) error // fills a file that is not there yet; nil: it must be there
}

// File is an open bbolt file, locked against other processes.
type File struct {
	db       atomic.Pointer[bolt.DB] // changed by [File.Renew] alone, while nobody can write
	path     string
	opt      Options
	holder   string     // the file that names this process; "": none
	renewing sync.Mutex // held by Renew
}

const (
	lockWait = time.Second

	// allocSize is the step in which the file grows. bbolt's own of 16 MiB is more
	// than a margin, and bbolt refuses whatever comes nearer to MaxSize than a step.
	allocSize = 1 << 20
)

// MakingPattern names a file that is being made, for [os.CreateTemp]; one that is
// left was never opened.
const MakingPattern = ".making-*.tmp"

// Open opens a file after a look at every page in it, waiting a second for its
// lock. The error is a [*disk.Refusal] where another process holds it, or it is
// another account's or no ordinary file, and a [*Damage] where it is not whole.
func Open(path string, o Options) (*File, error) {
	f := &File{path: path, opt: o}
	if err := checkOwner(path); err != nil {
		return nil, err
	}
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) && o.Make != nil {
		if err := create(path, o.Make); err != nil {
			return nil, fmt.Errorf("the database cannot be made in %s: %w", filepath.Dir(path), err)
		}
	}
	err := f.open()
	for tries := 1; errors.Is(err, errReplaced) && tries < 10; tries++ {
		err = f.open()
	}
	if errors.Is(err, berrors.ErrTimeout) {
		return nil, &disk.Refusal{InUse: true, Text: fmt.Sprintf("the data directory %s is in use by %s; stop it first, or let the command reach it through its control socket", filepath.Dir(path), heldBy(path))}
	}
	if damage := (*Damage)(nil); err == nil || errors.As(err, &damage) {
		return f, err
	}
	return nil, fmt.Errorf("the database %s cannot be opened: %w", path, err)
}

// checkOwner refuses a file that is not the caller's, or that is none: a link could
// lead to another installation's, and its lock and its copies would be there.
func checkOwner(path string) error {
	info, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return fmt.Errorf("the database %s cannot be looked at: %w", path, err)
	case info.Mode().Type() == fs.ModeSymlink:
		return disk.Refuse("the database %s is a symbolic link; put the file itself there, or write the folder that it lies in as `data` in the configuration", path)
	case !info.Mode().IsRegular():
		return disk.Refuse("the database %s is no ordinary file; take away what is there, and put the last backup in its place", path)
	}
	return disk.CheckOwner("database", path, info, "0600")
}

// create makes the file under a name of its own, and gives it the right one when it
// is whole on disk: bbolt's own first pages can be torn by a power cut. Of two
// processes that do so at one time the first wins, and nothing is overwritten.
func create(path string, fill func(*bolt.Tx) error) error {
	f, err := os.CreateTemp(filepath.Dir(path), MakingPattern)
	if err != nil {
		return err
	}
	tmp := f.Name()
	defer func() { _ = os.Remove(tmp) }()
	if err := f.Close(); err != nil {
		return err
	}
	if err := Edit(tmp, fill); err != nil {
		return err
	}
	if err := disk.Place(tmp, path); !errors.Is(err, fs.ErrExist) {
		return err
	}
	return nil
}

// Edit changes a file that nobody has open, without a look at its pages.
func Edit(path string, do func(*bolt.Tx) error) error {
	db, err := bolt.Open(path, 0o600, &bolt.Options{Timeout: lockWait, NoFreelistSync: true, FreelistType: bolt.FreelistMapType})
	if err != nil {
		return err
	}
	db.AllocSize = allocSize
	return errors.Join(db.Update(do), db.Sync(), db.Close())
}

// open looks at every page and opens the file. While it is looked at, the file is
// locked against writers, as another process may be one.
func (f *File) open() (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer catch(f.path, &err)
	lock, err := bolt.Open(f.path, 0o600, &bolt.Options{Timeout: lockWait, ReadOnly: true})
	if errors.Is(err, berrors.ErrTimeout) || errors.Is(err, os.ErrPermission) {
		return err
	}
	if fault := inspectFile(f.path, f.opt.Shape); fault != nil {
		if err == nil {
			_ = lock.Close()
		}
		return fault
	}
	if err != nil {
		return err
	}
	if err := lock.Close(); err != nil {
		return err
	}
	var locked os.FileInfo
	o := f.options()
	o.OpenFile = func(path string, flag int, mode fs.FileMode) (*os.File, error) {
		file, err := os.OpenFile(path, flag, mode)
		if err == nil {
			locked, err = file.Stat()
		}
		return file, err
	}
	db, err := bolt.Open(f.path, 0o600, o)
	if err != nil {
		return err
	}
	if now, err := os.Stat(f.path); err != nil || !os.SameFile(locked, now) {
		return errors.Join(cmp.Or(err, errReplaced), db.Close())
	}
	db.AllocSize = allocSize
	f.db.Store(db)
	return nil
}

// errReplaced says that the lock that was waited for is that of a file which another
// process has replaced meanwhile.
var errReplaced = errors.New("it was replaced while it was opened; try again")

// options are those with which bbolt works on the file.
func (f *File) options() *bolt.Options {
	return &bolt.Options{
		Timeout:         lockWait,
		NoFreelistSync:  true,
		FreelistType:    bolt.FreelistMapType,
		InitialMmapSize: initialMmap,
		MaxSize:         int(f.opt.MaxSize),
	}
}

// Close releases the lock. It waits for a [File.Renew] that is under way.
func (f *File) Close() error {
	f.renewing.Lock()
	defer f.renewing.Unlock()
	if f.holder != "" {
		_ = os.Remove(f.holder)
	}
	return f.db.Load().Close()
}

// begin begins a transaction of the file that is in use: one that was waited for may be
// of a file that was replaced meanwhile.
func (f *File) begin(writable bool) (*bolt.Tx, error) {
	for {
		db := f.db.Load()
		b, err := db.Begin(writable)
		if f.db.Load() == db {
			return b, err
		}
		if err == nil {
			_ = b.Rollback()
		}
	}
}

// View is a read transaction.
func (f *File) View(do func(*bolt.Tx) error) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer catch(f.path, &err)
	b, err := f.begin(false)
	if err != nil {
		return err
	}
	defer func() { _ = b.Rollback() }()
	return do(b)
}

// Update is a write transaction, which is committed if do has no error.
func (f *File) Update(do func(*bolt.Tx) error) error {
	return f.Try(func(b *bolt.Tx) error {
		if err := do(b); err != nil {
			return err
		}
		return b.Commit()
	})
}

// Try is a write transaction which do itself commits, or which is rolled back.
func (f *File) Try(do func(*bolt.Tx) error) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer catch(f.path, &err)
	b, err := f.begin(true)
	if err != nil {
		return fmt.Errorf("no transaction can be begun: %w", err)
	}
	defer func() { // bbolt's own, after a panic, would read the whole file first
		if b.DB() != nil {
			_ = b.Rollback()
		}
	}()
	return do(b)
}

// Check walks the whole file and says whether bbolt finds it consistent.
func (f *File) Check() error {
	return f.View(func(b *bolt.Tx) error {
		var faults []error
		for err := range b.Check() {
			faults = append(faults, err)
		}
		return errors.Join(faults...)
	})
}

// Space is how many octets can still be written: the free pages of the file, and what it
// may grow by.
func (f *File) Space() int64 {
	grow, ok := disk.Room(filepath.Dir(f.path))
	if !ok {
		grow = math.MaxInt64 / 4
	}
	if f.opt.MaxSize > 0 {
		if info, err := os.Stat(f.path); err == nil {
			grow = min(grow, max(f.opt.MaxSize-info.Size()-allocSize, 0))
		}
	}
	db := f.db.Load()
	stats := db.Stats()
	free := stats.FreePageN
	if stats.OpenTxN == 0 { // or a reader may hold what the last commits have freed
		free += stats.PendingPageN
	}
	return grow + int64(free)*int64(db.Info().PageSize)
}

// Path is where the file lies.
func (f *File) Path() string { return f.path }

// ErrFull says that the disk, or the size that the file may have, is full.
var ErrFull = errors.New("no space left: free some on the disk of the data directory, or raise max_size; nothing was half-written")

// WrapFull makes [ErrFull] of the many errors by which space runs out, and leaves
// every other one as it is.
func WrapFull(err error) error {
	if err != nil && (disk.NoRoom(err) || errors.Is(err, berrors.ErrMaxSizeReached) ||
		strings.HasPrefix(err.Error(), "file resize error: ")) { // which bbolt flattens to text
		return fmt.Errorf("%w (%v)", ErrFull, err)
	}
	return err
}

// IsSync says whether an error of a commit is that of an fsync: bbolt hands out what the
// system call has said, where [os.File] would name what it was about.
func IsSync(err error) bool {
	if at := (*fs.PathError)(nil); errors.As(err, &at) {
		return at.Op == "sync"
	}
	return errors.As(err, new(syscall.Errno))
}
