package journal

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"

	"example.jp/kairan/store/disk"
	"example.jp/kairan/store/seal"
)

// Folder is the journal with the generation file, and whether they can be written.
type Folder struct {
	*File
	dir  string
	keys *seal.Keyring
	tell func(error) // nil: nobody is told

	noting sync.Mutex // held while the generation file is written
	mu     sync.Mutex
	fault  error
}

// Make makes the folder, or refuses one that is not the caller's.
func Make(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return disk.Refuse("the journal's folder %s cannot be made: %v; make it, owned by the account that runs Kairan, or change `journal`", dir, err)
	}
	info, err := os.Stat(dir)
	if err != nil {
		return fmt.Errorf("the journal's folder %s cannot be looked at: %w", dir, err)
	}
	return disk.CheckOwner("journal's folder", dir, info, "0700")
}

// Open opens the journal in a folder; the lock of its database must be held. tell
// hears when the folder cannot be written, and, with nil, when it can again; nil:
// nobody does.
func Open(dir string, keys *seal.Keyring, tell func(error)) (*Folder, error) {
	file, err := openFile(dir, keys)
	if err != nil {
		return nil, err
	}
	return &Folder{File: file, dir: dir, keys: keys, tell: tell}, nil
}

// WriteGeneration writes the generation file, whole or not at all.
func (f *Folder) WriteGeneration(g Generation) error {
	return disk.Replace(filepath.Join(f.dir, GenerationName), g.text(f.keys))
}

// Note writes what the journal could not take at once, and the generation file as
// now says; nil: it is left alone.
func (f *Folder) Note(now func() *Generation) {
	f.noting.Lock()
	defer f.noting.Unlock()
	err := f.Flush()
	if g := now(); g != nil {
		err = errors.Join(err, f.WriteGeneration(*g))
	}
	f.Report(err)
}

// Report notes that the folder cannot be written, or can again, and tells it when
// that changes.
func (f *Folder) Report(err error) {
	if err != nil {
		err = fmt.Errorf("the journal's folder %s cannot be written: %w; what ends meanwhile is in the database alone, and a backup put back would undo it: make room, or give the folder to the account that runs Kairan", f.dir, err)
	}
	f.mu.Lock()
	changed := (f.fault == nil) != (err == nil)
	f.fault = err
	f.mu.Unlock()
	if changed && f.tell != nil {
		f.tell(err)
	}
}

// Fault is why the folder cannot be written at present; nil if it can.
func (f *Folder) Fault() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.fault
}

// Close writes what still waits, and closes the journal.
func (f *Folder) Close() error { return f.close() }

// ordinary refuses what stands in the place of a file of the folder and is none: a
// pipe would be waited for without end, and a link replaced by a file.
func ordinary(path string) error {
	if info, err := os.Lstat(path); err == nil && !info.Mode().IsRegular() {
		return disk.Refuse("%s, in the folder of the journal, is no ordinary file; move it away, and put back what was there, if you have it", path)
	}
	return nil
}
