// Package backups is the folder in which backups lie: whole files, each with its date in
// its name, and none older than it may be. It knows nothing of what is in them.
//
// The folder belongs to the account of the service alone, and to one installation.
// What does not have a name of ours in it is left alone.
package backups

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"example.jp/kairan/store/disk"
)

// Folder is where backups lie.
type Folder string

// File is a backup.
type File struct {
	Name   string
	At     time.Time // when the copy was made, to the second, as its name says
	Octets int64
}

const (
	before = "kairan-"
	form   = "2006-01-02T150405Z"
	part   = ".kairan-backup-*.part" // is not whole yet, or never will be
)

// Endings say what a backup is: encrypted to recipients, or only sealed as the
// database is.
const (
	Encrypted = ".age"
	Sealed    = ".db"
)

// named reads a name of ours.
func named(name string) (at time.Time, ok bool) {
	date, ours := strings.CutPrefix(name, before)
	ending := filepath.Ext(date)
	at, err := time.Parse(form, strings.TrimSuffix(date, ending))
	return at, ours && err == nil && (ending == Encrypted || ending == Sealed)
}

// Check refuses a folder that is not there, or that is not its account's alone. It makes
// none: where a disk is not mounted, backups would fill another one.
func (f Folder) Check() error {
	path := string(f)
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return disk.Refuse("there is no folder %[1]s for backups; mount its disk if it has one, or make it: install -d -o kairan -g kairan -m 0700 %[1]s", path)
	case err != nil:
		return fmt.Errorf("the folder of backups: %w; it must belong to the account of the service, with mode 0700", err)
	case !info.IsDir():
		return disk.Refuse("%s is no folder; write another one as `folder` of [backup]", path)
	}
	return disk.CheckAlone("folder of backups", path, info, "0700")
}

// Put writes a backup of this instant, whole or not at all. It never takes the place of
// another one, and clears what runs that were killed have left.
func (f Folder) Put(at time.Time, ending string, write func(io.Writer) error) (made File, err error) {
	if err := f.Check(); err != nil {
		return made, err
	}
	left, _ := filepath.Glob(filepath.Join(string(f), part)) // no error: the pattern is ours
	for _, path := range left {
		_ = os.Remove(path)
	}
	to, err := os.CreateTemp(string(f), part)
	if err != nil {
		return made, f.fault(err)
	}
	defer func() { _ = os.Remove(to.Name()) }()
	steady := &steady{file: to}
	err = write(steady)
	if err = errors.Join(err, to.Sync(), to.Close()); err != nil {
		return made, f.fault(err)
	}
	for at = at.UTC().Truncate(time.Second); ; at = at.Add(time.Second) { // one a second has each name
		made = File{Name: before + at.Format(form) + ending, At: at, Octets: steady.written}
		if err := disk.Place(to.Name(), f.Path(made)); err == nil {
			return made, nil
		} else if !errors.Is(err, fs.ErrExist) {
			return made, f.fault(err)
		}
	}
}

func (f Folder) fault(err error) error {
	if disk.NoRoom(err) {
		return fmt.Errorf("the backup could not be written: no space is left in %s (%w); nothing was left behind", f, err)
	}
	return fmt.Errorf("the backup could not be written to %s: %w; nothing was left behind", f, err)
}

// Path is where a backup lies.
func (f Folder) Path(x File) string { return filepath.Join(string(f), x.Name) }

// All are the backups that lie there, the oldest first.
func (f Folder) All() (all []File, err error) {
	entries, err := os.ReadDir(string(f))
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		at, ok := named(e.Name())
		info, err := e.Info()
		if ok && err == nil && info.Mode().IsRegular() {
			all = append(all, File{Name: e.Name(), At: at, Octets: info.Size()})
		}
	}
	slices.SortFunc(all, func(a, b File) int { return cmp.Or(a.At.Compare(b.At), strings.Compare(a.Name, b.Name)) })
	return all, nil
}

// Redate gives those the date of now that bear one that is hours later: they were made under a clock
// that ran ahead, and would be kept for as much longer. now is not to be doubted.
func (f Folder) Redate(now time.Time) error {
	all, err := f.All()
	for _, x := range all {
		for at := now.UTC().Truncate(time.Second); x.At.After(now.Add(time.Hour)); at = at.Add(-time.Second) {
			fault := disk.Place(f.Path(x), f.Path(File{Name: before + at.Format(form) + filepath.Ext(x.Name)}))
			if errors.Is(fault, fs.ErrExist) {
				continue
			}
			err = errors.Join(err, fault)
			break
		}
	}
	return err
}

// Forget deletes the backups that were made before an instant, the last one too: what is
// in them was promised to be forgotten by then. Their dates are those of their
// names, which no copying changes. What a run that was killed then has left goes, too.
func (f Folder) Forget(before time.Time) (gone []File, err error) {
	left, _ := filepath.Glob(filepath.Join(string(f), part))
	for _, path := range left {
		if info, fault := os.Lstat(path); fault == nil && info.ModTime().Before(before) {
			err = errors.Join(err, os.Remove(path))
		}
	}
	all, fault := f.All()
	err = errors.Join(err, fault)
	for _, x := range all {
		if !x.At.Before(before) {
			break
		}
		if fault := os.Remove(f.Path(x)); fault != nil {
			err = errors.Join(err, fmt.Errorf("a backup that is too old could not be deleted: %w", fault))
			continue
		}
		gone = append(gone, x)
	}
	return gone, err
}

// syncStep is after how many octets a file is brought to disk, so that the commits of the
// database never wait for much of it.
const syncStep = 16 << 20

// steady writes to a file, and brings it to disk in steps.
type steady struct {
	file             *os.File
	written, unsaved int64
}

func (s *steady) Write(b []byte) (int, error) {
	n, err := s.file.Write(b)
	s.written += int64(n)
	if s.unsaved += int64(n); err == nil && s.unsaved > syncStep {
		s.unsaved, err = 0, s.file.Sync()
	}
	return n, err
}
