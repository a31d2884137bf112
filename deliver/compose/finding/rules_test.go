package finding

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// TestEveryRuleIsDescribed: whoever asks why something was found can look it up.
func TestEveryRuleIsDescribed(t *testing.T) {
	t.Parallel()
	seen := map[Rule]bool{}
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err != nil {
			return err
		}
		for _, rule := range rulesOf(file) {
			if seen[rule] = true; about[rule] == "" {
				t.Errorf("%s finds %q; say in rules.go what it looks at", path, rule)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(seen) < 30 {
		t.Errorf("only %d rules are found; are findings made another way?", len(seen))
	}
}

var name = regexp.MustCompile(`^[a-z]+(-[a-z]+)*$`)

// rulesOf are the rules by which a file finds something: the second argument of Fail and
// Warn, what stands in a Finding, and in a table of which a column is of rules.
func rulesOf(file *ast.File) (rules []Rule) {
	table := false
	add := func(e ast.Expr) {
		if lit, ok := e.(*ast.BasicLit); ok && lit.Kind == token.STRING {
			if s, _ := strconv.Unquote(lit.Value); name.MatchString(s) {
				rules = append(rules, Rule(s))
			}
		}
	}
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CallExpr:
			f, ok := n.Fun.(*ast.SelectorExpr)
			if ok && (strings.EqualFold(f.Sel.Name, "fail") || strings.EqualFold(f.Sel.Name, "warn")) && len(n.Args) > 2 {
				add(n.Args[1])
			}
		case *ast.Field:
			table = table || isRule(n.Type)
		case *ast.CompositeLit:
			for _, e := range n.Elts {
				if table {
					add(e)
				}
			}
		case *ast.KeyValueExpr:
			if key, ok := n.Key.(*ast.Ident); ok && key.Name == "Rule" {
				add(n.Value)
			}
		case *ast.ValueSpec:
			if isRule(n.Type) {
				for _, v := range n.Values {
					add(v)
				}
			}
		}
		return true
	})
	return rules
}

func isRule(typ ast.Expr) bool {
	of, ok := typ.(*ast.SelectorExpr)
	return ok && of.Sel.Name == "Rule"
}

func TestRules(t *testing.T) {
	t.Parallel()
	all := Rules()
	if len(all) != len(about) || all[0].Rule != "address-width" {
		t.Errorf("%d of %d, from %v on", len(all), len(about), all[0])
	}
}
