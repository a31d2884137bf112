package store

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"strings"

	bolt "go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"
)

// Damage is a database file of which something that all else hangs on cannot be
// read. Nothing of it was changed. Its text says where, and what to do.
type Damage struct {
	file string
	err  error // what was found; it names pages, and no key or value
}

func (d *Damage) Error() string {
	return fmt.Sprintf("the database %s is damaged: %v; stop the service, move the file away (keep it), and put the last backup back: kairan restore FILE", d.file, d.err)
}

func (d *Damage) Unwrap() error { return d.err }

// errPanic is a fault of this program, or of the file in a way that nobody foresaw.
var errPanic = errors.New("store: something unforeseen, and nothing was changed by it; please report it")

// view is a read transaction. A fault of memory below it (a disk that cannot be
// read, a file that was cut short) or a panic is its error.
func (s *Store) view(do func(*bolt.Tx) error) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer s.caught(&err)
	return s.db.View(do)
}

// change is a write transaction of the opening, when there is no committer yet.
func (s *Store) change(do func(*bolt.Tx) error) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer s.caught(&err)
	b, err := s.db.Begin(true)
	if err != nil {
		return err
	}
	defer rollback(b)
	if err := do(b); err != nil {
		return err
	}
	return b.Commit()
}

// rollback ends a transaction that was neither committed nor rolled back. bbolt's
// own, after a panic, would read the whole file first.
func rollback(b *bolt.Tx) {
	if b.DB() != nil {
		_ = b.Rollback()
	}
}

// caught is deferred: it makes a panic the error of the function around it.
func (s *Store) caught(err *error) {
	r := recover()
	if r == nil {
		return
	}
	where := culprit()
	var fault interface{ Addr() uintptr }
	if e, ok := r.(runtime.Error); ok && errors.As(e, &fault) {
		*err = &Damage{s.file, fmt.Errorf("a part of it cannot be read (in %s): the file was cut short, or the disk is faulty", where)}
		return
	}
	if strings.HasPrefix(where, "bbolt.") || strings.Contains(where, "bbolt/") {
		*err = &Damage{s.file, fmt.Errorf("%v (in %s)", r, where)}
		return
	}
	*err = fmt.Errorf("%w: %v (in %s)", errPanic, r, where)
}

// culprit names the function that panicked.
func culprit() string {
	pcs := make([]uintptr, 32)
	frames := runtime.CallersFrames(pcs[:runtime.Callers(3, pcs)])
	panicking := false
	for {
		f, more := frames.Next()
		inRuntime := strings.HasPrefix(f.Function, "runtime.")
		if panicking && !inRuntime {
			return f.Function[strings.LastIndexByte(f.Function, '/')+1:]
		}
		panicking = panicking || inRuntime
		if !more {
			return "an unknown place"
		}
	}
}

// openBolt opens the file after a look at every page. While it is looked at, the
// file is locked against writers, as another process may be one.
func (s *Store) openBolt() (db *bolt.DB, err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer s.caught(&err)
	o := s.boltOptions()
	lock, err := bolt.Open(s.file, 0o600, &bolt.Options{Timeout: o.Timeout, ReadOnly: true})
	if errors.Is(err, berrors.ErrTimeout) || errors.Is(err, os.ErrPermission) {
		return nil, err
	}
	if fault := s.inspectFile(); fault != nil {
		if err == nil {
			_ = lock.Close()
		}
		return nil, fault
	}
	if err != nil {
		return nil, err
	}
	if err := lock.Close(); err != nil {
		return nil, err
	}
	return bolt.Open(s.file, 0o600, o)
}

func (s *Store) inspectFile() error {
	f, err := os.Open(s.file)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if err := inspect(f, info.Size()); err != nil {
		return &Damage{s.file, err}
	}
	return nil
}
