//go:build unix

package backups

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestFolderIsOursAlone: any other is refused, in words that say what to do.
func TestFolderIsOursAlone(t *testing.T) {
	t.Parallel()
	for name, x := range map[string]struct {
		make func(path string) error
		want string
	}{
		"of the account alone": {func(path string) error { return os.Mkdir(path, 0o700) }, ""},
		"not there":            {func(string) error { return nil }, "install -d -o kairan -g kairan -m 0700 "},
		"a file":               {func(path string) error { return os.WriteFile(path, nil, 0o600) }, "is no folder"},
		"others may write":     {func(path string) error { return os.Chmod(mkdir(path), 0o770) }, "run: chmod 0700 "},
		"others may look":      {func(path string) error { return os.Chmod(mkdir(path), 0o750) }, "run: chmod 0700 "},
	} {
		f := Folder(filepath.Join(t.TempDir(), "backups"))
		if err := x.make(string(f)); err != nil {
			t.Fatal(err)
		}
		_, err := f.Put(night, Sealed, text("a backup"))
		if (err == nil) != (x.want == "") || err != nil && !strings.Contains(err.Error(), x.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func mkdir(path string) string {
	_ = os.Mkdir(path, 0o700)
	return path
}
