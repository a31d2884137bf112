package mirror

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// The list of what we have made in a folder, one name a line below the first; a name stands
// there before its file does. And what a file is called until it is whole.
const (
	marker    = ".kairan-archive"
	unfolded  = ".kairan-archive.new"
	firstLine = "# written by kairan archive export; the files named here are its own"
)

// Foreign is an error about a folder that holds what we have not made.
type Foreign struct{ Folder, File string }

func (e *Foreign) Error() string {
	return fmt.Sprintf("%s holds %s, which no export has made; name a new folder, an empty one, or one that an export has filled", e.Folder, e.File)
}

// NoFolder is an error about a name at which no folder can be: a file stands there, or
// above it.
type NoFolder struct{ Name, File string }

func (e *NoFolder) Error() string {
	if e.Name == e.File {
		return e.Name + " is a file; name a folder, which is made if it is not there"
	}
	return fmt.Sprintf("%s cannot be a folder, since %s is a file; name another", e.Name, e.File)
}

// noFolder finds the file that is in the way; nil if none is.
func noFolder(dir string) error {
	for at := filepath.Clean(dir); ; at = filepath.Dir(at) {
		if there, err := os.Stat(at); err == nil {
			if there.IsDir() {
				return nil
			}
			return &NoFolder{filepath.Clean(dir), at}
		}
		if at == filepath.Dir(at) {
			return nil
		}
	}
}

// folder is a folder of ours. Whatever links lie in it, nothing outside of it is touched.
type folder struct {
	name string
	root *os.Root
	mine map[string]bool
}

func openFolder(dir string) (*folder, error) {
	if err := noFolder(dir); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	f := &folder{dir, root, map[string]bool{}}
	if err := f.readMarker(); err != nil {
		return nil, errors.Join(err, root.Close())
	}
	return f, nil
}

func (f *folder) close() { _ = f.root.Close() }

// readMarker reads what is ours; a folder without a marker must be empty.
func (f *folder) readMarker() error {
	text, err := f.root.ReadFile(marker)
	if err == nil {
		for line := range strings.Lines(string(text)) {
			if name := strings.TrimSuffix(line, "\n"); name != "" && name != firstLine {
				f.mine[name] = true
			}
		}
		return nil
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	there, err := fs.ReadDir(f.root.FS(), ".")
	if err != nil {
		return err
	}
	for _, e := range there {
		if e.Name() != unfolded {
			return &Foreign{f.name, e.Name()}
		}
	}
	return f.writeMarker()
}

// writeMarker writes down what is ours.
func (f *folder) writeMarker() error {
	names := slices.Sorted(maps.Keys(f.mine))
	return f.replace(marker, []byte(strings.Join(append([]string{firstLine}, names...), "\n")+"\n"))
}

// put makes a file be as it should, and says whether it was not.
func (f *folder) put(name string, data []byte) (changed bool, err error) {
	if f.mine[name] {
		if before, err := f.root.ReadFile(name); err == nil && bytes.Equal(before, data) {
			return false, nil
		}
	} else if err := f.claim(name); err != nil {
		return false, err
	}
	if err := f.root.MkdirAll(path.Dir(name), 0o755); err != nil {
		return false, err
	}
	return true, f.replace(name, data)
}

// claim writes down that a file is ours, before it is there.
func (f *folder) claim(name string) error {
	if _, err := f.root.Lstat(name); err == nil {
		return &Foreign{f.name, name}
	}
	m, err := f.root.OpenFile(marker, os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		return err
	}
	_, err = m.WriteString(name + "\n")
	f.mine[name] = true
	return errors.Join(err, m.Close())
}

// replace puts a whole file in the place of what is there.
func (f *folder) replace(name string, data []byte) error {
	if err := f.root.Remove(unfolded); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	w, err := f.root.OpenFile(unfolded, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	_, err = w.Write(data)
	if err = errors.Join(err, w.Close()); err == nil {
		err = f.root.Rename(unfolded, name)
	}
	return err
}

// keepOnly removes what is ours and is to be kept no longer, with the folders that it leaves
// empty.
func (f *folder) keepOnly(keep func(name string) bool) (removed []string, err error) {
	removed = []string{}
	for _, name := range slices.Sorted(maps.Keys(f.mine)) {
		if keep(name) {
			continue
		}
		switch err := f.root.Remove(name); {
		case err == nil:
			removed = append(removed, name)
		case !errors.Is(err, fs.ErrNotExist):
			return removed, err
		}
		delete(f.mine, name)
		for dir := path.Dir(name); dir != "." && f.root.Remove(dir) == nil; dir = path.Dir(dir) {
		}
	}
	return removed, f.writeMarker()
}
