package journal

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"

	"example.jp/kairan/store/disk"
	"example.jp/kairan/store/seal"
)

// Name is the name of the journal in its folder.
const Name = "leavings"

// Folder is an open journal, the generation file beside it, and whether they can be
// written. It may be used by any number of goroutines.
type Folder struct {
	dir  string
	keys *seal.Keyring
	tell func(error) // nil: nobody is told

	rewriting sync.Mutex // held while it is written anew beside itself
	mu        sync.Mutex // of the journal
	at        State
	file      *os.File // nil: it could not be opened or made yet
	size      int64    // up to the end of the last good line
	pending   []byte   // lines that could not be written yet

	noting  sync.Mutex // held while the generation file is written
	faultMu sync.Mutex
	fault   error
}

// State is where a journal stands.
type State struct {
	ID      [16]byte
	Gap     [2]time.Time // between these leavings are not in it; zero: no gap
	Last    uint64       // number of the last line, also of those that wait
	Written time.Time    // the instant of the last line
	Missing bool         // there was none
	Spoilt  bool         // its head is none that this key file has written
}

// Make makes the folder, or refuses one that is not the caller's.
func Make(dir string) error {
	if err := disk.MakeDir(dir); err != nil {
		return disk.Refuse("the journal's folder %s cannot be made: %v; make it, owned by the account that runs Kairan, or change `journal`", dir, err)
	}
	info, err := os.Stat(dir)
	if err != nil {
		return fmt.Errorf("the journal's folder %s cannot be looked at: %w", dir, err)
	}
	return disk.CheckOwner("journal's folder", dir, info, "0700")
}

// Open opens the journal in a folder; the lock of its database must be held. One that
// is missing or spoilt must be made with Rebuild. tell hears when the folder cannot
// be written, and, with nil, when it can again; nil: nobody does.
func Open(dir string, keys *seal.Keyring, tell func(error)) (*Folder, error) {
	j := &Folder{dir: dir, keys: keys, tell: tell, at: State{Missing: true}}
	path := j.path(Name)
	if err := checkOrdinary(path); err != nil {
		return nil, err
	}
	for _, left := range []string{path + rewritten, path + disk.Unfinished} { // of a process that was killed
		if checkOrdinary(left) == nil {
			_ = os.Remove(left)
		}
	}
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return j, nil
	}
	if err != nil {
		return nil, fmt.Errorf("the journal %s cannot be opened: %w; it must belong to the account that runs Kairan", path, err)
	}
	if err := j.read(f); err != nil {
		_ = f.Close()
		if j.at.Spoilt = errors.Is(err, errHead); j.at.Spoilt {
			return j, nil
		}
		return nil, fmt.Errorf("the journal %s cannot be read: %w", path, err)
	}
	j.file, j.at.Missing = f, false
	return j, nil
}

// Close writes what still waits, if anything does, and closes the journal.
func (j *Folder) Close() error {
	err := j.Flush()
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.file != nil {
		return errors.Join(err, j.file.Close())
	}
	if len(j.pending) > 0 {
		return err
	}
	return nil
}

func (j *Folder) path(name string) string { return filepath.Join(j.dir, name) }

// State is where the journal stands now.
func (j *Folder) State() State {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.at
}

// WriteGeneration writes the generation file, whole or not at all.
func (j *Folder) WriteGeneration(g Generation) error {
	return disk.Replace(j.path(GenerationName), g.text(j.keys))
}

// Note writes the lines that wait, and the generation file as now returns it; if that is
// nil, the file is left alone.
func (j *Folder) Note(now func() *Generation) {
	j.noting.Lock()
	defer j.noting.Unlock()
	err := j.Flush()
	if g := now(); g != nil {
		err = errors.Join(err, j.WriteGeneration(*g))
	}
	j.Report(err)
}

// Report notes that the folder cannot be written, or can again, and tells it when
// that changes.
func (j *Folder) Report(err error) {
	if err != nil {
		err = fmt.Errorf("the journal's folder %s cannot be written: %w; what ends meanwhile is in the database alone, and a backup put back would undo it: make room, or give the folder to the account that runs Kairan", j.dir, err)
	}
	j.faultMu.Lock()
	changed := (j.fault == nil) != (err == nil)
	j.fault = err
	j.faultMu.Unlock()
	if changed && j.tell != nil {
		j.tell(err)
	}
}

// Fault is why the folder cannot be written at present; nil if it can.
func (j *Folder) Fault() error {
	j.faultMu.Lock()
	defer j.faultMu.Unlock()
	return j.fault
}

// checkOrdinary refuses what stands in the place of a file of the folder and is none: a
// pipe would be waited for without end, and a link replaced by a file.
func checkOrdinary(path string) error {
	if info, err := os.Lstat(path); err == nil && !info.Mode().IsRegular() {
		return disk.Refuse("%s, in the folder of the journal, is no ordinary file; move it away, and put back what was there, if you have it", path)
	}
	return nil
}
