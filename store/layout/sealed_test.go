package layout

import (
	"go/ast"
	"go/parser"
	"go/token"
	"strings"
	"testing"
)

// TestSealingHasEachBucket: a bucket that is new must say whether it holds what a change
// of keys seals anew.
func TestSealingHasEachBucket(t *testing.T) {
	t.Parallel()
	f, err := parser.ParseFile(token.NewFileSet(), "layout.go", nil, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, d := range f.Decls {
		g, ok := d.(*ast.GenDecl)
		if !ok || !strings.HasPrefix(g.Doc.Text(), "The buckets") {
			continue
		}
		for _, s := range g.Specs {
			v := s.(*ast.ValueSpec)
			call, ok := v.Values[0].(*ast.CallExpr)
			if !ok {
				t.Fatalf("%s is not understood", v.Names[0])
			}
			name := strings.Trim(call.Args[0].(*ast.BasicLit).Value, `"`)
			_, top := topSealing[name]
			_, list := listSealing[name]
			_, run := runSealing[name]
			if found++; !top && !list && !run && name != string(Lists) && name != string(Runs) {
				t.Errorf("nothing says whether the bucket %s holds sealed values", name)
			}
		}
	}
	if found < 20 {
		t.Errorf("only %d buckets were found", found)
	}
	for _, path := range []string{"elsewhere", "lists/news/elsewhere", "lists/news", "lists/news/runs/x/elsewhere", "lists/news/runs/x/copies/y", "meta/x"} {
		var p [][]byte
		for _, x := range strings.Split(path, "/") {
			p = append(p, []byte(x))
		}
		if _, _, ok := Sealed(p, Key4(1)); ok {
			t.Errorf("%s is known", path)
		}
	}
}
