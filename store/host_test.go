package store

import (
	"go/ast"
	"go/parser"
	"go/token"
	"math"
	"os"
	"path/filepath"
	"testing"
)

// TestWindowsAsksForNoMap: bbolt makes the file as large as its map there, and an
// empty database of 16 GiB fills many a disk. It cannot be run here, so its source
// is read.
func TestWindowsAsksForNoMap(t *testing.T) {
	t.Parallel()
	for file, want := range map[string]map[string]string{
		"host_windows.go": {"initialMmap": "0", "renamesOpen": "false"},
		"host_unix.go":    {"renamesOpen": "true"},
	} {
		f, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		found := 0
		ast.Inspect(f, func(n ast.Node) bool {
			spec, ok := n.(*ast.ValueSpec)
			if !ok || want[spec.Names[0].Name] == "" {
				return true
			}
			found++
			switch v := spec.Values[0].(type) {
			case *ast.BasicLit:
				ok = v.Value == want[spec.Names[0].Name]
			case *ast.Ident:
				ok = v.Name == want[spec.Names[0].Name]
			}
			if !ok {
				t.Errorf("%s: %s is not %s", file, spec.Names[0].Name, want[spec.Names[0].Name])
			}
			return true
		})
		if found != len(want) {
			t.Errorf("%s: %d constants are found, want %d", file, found, len(want))
		}
	}
}

// TestRoomIsThatOfTheDisk: what is left for this account, and no number where
// there is none.
func TestRoomIsThatOfTheDisk(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o700); err != nil { // whatever the umask is
		t.Fatal(err)
	}
	octets, ok := room(dir)
	if !ok || octets <= 0 || octets == math.MaxInt64 {
		t.Errorf("%d, %v", octets, ok)
	}
	if _, ok := room(filepath.Join(dir, "nothing")); ok {
		t.Error("a folder that is not there has room")
	}
	if err := syncDir(dir); err != nil {
		t.Error(err)
	}
	info, err := os.Stat(dir)
	if err != nil {
		t.Fatal(err)
	}
	if uid, yes := foreign(info); yes || openToOthers(info) {
		t.Errorf("one's own folder belongs to %d, or is open to others", uid)
	}
}
