package web

import (
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strconv"
	"testing"

	"example.jp/kairan/subscribe"
)

// TestEveryOutcomeHasWords in both languages: whatever is refused, done or gone
// wrong. The constants are read where they are declared, so that none is forgotten.
func TestEveryOutcomeHasWords(t *testing.T) {
	t.Parallel()
	set := newSet(t)
	for _, of := range []struct {
		file, kind, prefix string
		suffixes           []string
		silent             string // has no words of its own
	}{
		{"../fault.go", "AddressFault", "wrong.", []string{""}, "address-domain"},
		{"../fault.go", "Reason", "wrong.", []string{""}, "undeclared"},
		{"../../templates/model.go", "DoneKind", "done.", []string{".title", ".text"}, ""},
		{"../../templates/model.go", "ErrorKind", "error.", []string{".title", ".text", ".next"}, ""},
	} {
		names := constants(t, of.file, of.kind)
		if len(names) < 5 {
			t.Errorf("%s: found only %q", of.kind, names)
		}
		data := map[string]any{"Label": "x", "Max": 1}
		for _, name := range names {
			for _, suffix := range of.suffixes {
				key := of.prefix + name + suffix
				for _, lang := range []string{"ja", "en"} {
					if name != of.silent && set.Say(lang, key, data) == key {
						t.Errorf("%s %q: no words for %s in %s", of.kind, name, key, lang)
					}
				}
			}
		}
	}
}

// TestEveryKindHasARow: one that is only declared is known to nobody.
func TestEveryKindHasARow(t *testing.T) {
	t.Parallel()
	for _, kind := range constants(t, "../field.go", "Kind") {
		if !slices.Contains(subscribe.Kinds(), subscribe.Kind(kind)) {
			t.Errorf("the kind %q of a field has no row", kind)
		}
	}
}

// constants are the values of the constants of a type of strings in a file.
func constants(t *testing.T, file, kind string) (values []string) {
	t.Helper()
	f, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(f, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		if of, ok := spec.Type.(*ast.Ident); ok && of.Name == kind {
			value, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
			if err != nil {
				t.Fatal(err)
			}
			values = append(values, value)
		}
		return true
	})
	return values
}
