package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strings"
	"testing"
)

// TestQuestionsAreInBothLanguages: whoever is asked is asked in the words of the manual, which
// are in both languages, and not in a sentence of the command's own.
func TestQuestionsAreInBothLanguages(t *testing.T) {
	t.Parallel()
	paths, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	files, questions := token.NewFileSet(), 0
	for _, path := range paths {
		if path == "ask.go" || strings.HasSuffix(path, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(files, path, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(f, func(n ast.Node) bool {
			if call, is := n.(*ast.CallExpr); is && names(call.Fun, "sure", "agrees") {
				if questions++; !names(call.Args[1], "words", "losing") {
					t.Errorf("%s: asks in words of its own", files.Position(call.Pos()))
				}
			}
			return true
		})
	}
	if questions < 8 {
		t.Errorf("only %d questions were found", questions)
	}
}

// names says whether one of these methods is named in an expression.
func names(e ast.Expr, methods ...string) (found bool) {
	ast.Inspect(e, func(n ast.Node) bool {
		if s, is := n.(*ast.SelectorExpr); is {
			for _, m := range methods {
				found = found || s.Sel.Name == m
			}
		}
		return !found
	})
	return found
}
