package disk

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// Unfinished ends the name of a file that [Replace] has not written whole yet.
const Unfinished = ".new"

// Replace writes a file, whole or not at all, and has it and its name on disk when
// it returns. With an [UnsyncedError] it is in its place all the same.
func Replace(path string, text []byte) error {
	tmp := path + Unfinished
	f, err := os.OpenFile(tmp, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	if err == nil {
		err = f.Sync()
	}
	if err := errors.Join(err, f.Close()); err != nil {
		return errors.Join(err, os.Remove(tmp))
	}
	return Rename(tmp, path)
}

// UnsyncedError is a file that has its new name, of which nobody knows whether it outlasts
// a power cut.
type UnsyncedError struct{ Err error }

func (e *UnsyncedError) Error() string {
	return "its name could not be brought to disk: " + e.Err.Error()
}

func (e *UnsyncedError) Unwrap() error { return e.Err }

// Rename gives a file, which is on disk, the name of another, in whose place it comes,
// and has that on disk when it returns. With an [UnsyncedError] it has the name all the
// same.
func Rename(from, to string) error {
	if err := os.Rename(from, to); err != nil {
		return err
	}
	if err := SyncDir(filepath.Dir(to)); err != nil {
		return &UnsyncedError{err}
	}
	return nil
}

// Place moves a file, which is on disk, to a name that nothing has; the error is
// [fs.ErrExist] if something has it. A link, unlike a renaming, never takes the
// place of what is there; not every file system knows links.
func Place(from, to string) error {
	err := os.Link(from, to)
	if err == nil {
		if err = os.Remove(from); errors.Is(err, fs.ErrNotExist) { // cleared away by who opened it meanwhile
			err = nil
		}
	} else if _, there := os.Lstat(to); errors.Is(there, fs.ErrNotExist) {
		err = os.Rename(from, to)
	} else {
		err = errors.Join(fs.ErrExist, there)
	}
	return errors.Join(err, SyncDir(filepath.Dir(to)))
}

// MakeDir makes a folder, and those above it, for the caller alone, if it is not there; its
// name is on disk when it returns. A folder above that may not be read is taken to be: it
// was not made here.
func MakeDir(dir string) error {
	above := filepath.Dir(dir)
	if _, err := os.Stat(dir); err != nil && above != dir {
		if err := MakeDir(above); err != nil {
			return err
		}
	}
	if err := os.Mkdir(dir, 0o700); err != nil {
		if info, there := os.Stat(dir); there != nil || !info.IsDir() {
			return err
		}
		return nil
	}
	if err := SyncDir(above); err != nil && !errors.Is(err, fs.ErrPermission) {
		return err
	}
	return nil
}
