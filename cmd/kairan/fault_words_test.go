package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// TestFaultsNameNoPackage: an error is for people, to whom it says nothing in which package
// of the program it was made.
func TestFaultsNameNoPackage(t *testing.T) {
	t.Parallel()
	packages := map[string]bool{}
	for name := range rooms() {
		packages[path.Base(name)] = true
	}
	begins := regexp.MustCompile(`^([a-z]+): `)
	found := 0
	err := filepath.WalkDir(moduleRoot, func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (d.Name() == "node_modules" || d.Name() == "testdata"):
			return fs.SkipDir
		case !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go"):
			return nil
		}
		files := token.NewFileSet()
		file, err := parser.ParseFile(files, name, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		ast.Inspect(file, func(n ast.Node) bool {
			lit, ok := n.(*ast.BasicLit)
			if !ok || lit.Kind != token.STRING {
				return true
			}
			text, err := strconv.Unquote(lit.Value)
			if m := begins.FindStringSubmatch(text); err == nil && m != nil {
				if found++; packages[m[1]] {
					t.Errorf("%s: %q names a package", files.Position(lit.Pos()), text)
				}
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if found == 0 {
		t.Error("no text was looked at")
	}
}
