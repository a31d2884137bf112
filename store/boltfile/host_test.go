package boltfile

import (
	"go/ast"
	"go/parser"
	"go/token"
	"testing"
)

// TestWindowsAsksForNoMap: bbolt makes the file as large as its map there, and an
// empty database of 16 GiB fills many a disk. It cannot be run here, so its source
// is read.
func TestWindowsAsksForNoMap(t *testing.T) {
	t.Parallel()
	for file, want := range map[string]map[string]string{
		"host_windows.go":         {"initialMmap": "0"},
		"../disk/host_windows.go": {"RenamesOpen": "false"},
		"../disk/host_unix.go":    {"RenamesOpen": "true"},
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
