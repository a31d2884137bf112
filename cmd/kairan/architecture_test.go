package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestArchitecture holds the page for maintainers against the house: all that it
// names is there, its walks are calls, and it forgets no room and no promise of the
// README.
func TestArchitecture(t *testing.T) {
	t.Parallel()
	a := newArchitecture(t)
	for _, fault := range a.find() {
		t.Error(fault)
	}
}

// TestArchitectureFaultsAreFound breaks the page in each way that is looked for.
func TestArchitectureFaultsAreFound(t *testing.T) {
	t.Parallel()
	whole := newArchitecture(t)
	for _, c := range []struct{ old, broken, want string }{
		{"`kairan.TestKill`", "`kairan.TestKilled`", "kairan.TestKilled is no test"},
		{"`kairan.TestKill`", "`web.New`", "web.New is no test"},
		{"| `restart-kill`", "| `restart-killed`", "there is no story restart-killed"},
		{"| `store/seal` |", "| `store/sealing` |", "store/sealing is no room"},
		{"| `store/seal` |", "| seal |", "no row of the room store/seal"},
		{"| `store` |", "| `cmd/kairan-bench` |", "cmd/kairan-bench may import cmd/internal/config, and stands below it"},
		{"`web.pages.leave`", "`web.pages.left`", "web.pages.left is no function"},
		{"`web.pages.leave`", "`web.Site`", "web.Site is no function"},
		{"`web.pages.leave` → `subscribe.Desk.Leave`", "`web.pages.leave` → `subscribe.Desk.Block`", "web.pages.leave does not call subscribe.Desk.Block"},
		{"`subscribe.endEntry`: `subscribe.Subscriber.End`", "`subscribe.endEntry`: `subscribe.Subscriber.Move`", "subscribe.endEntry does not call subscribe.Subscriber.Move"},
		{"`deliver/retry.go`", "`deliver/never.go`", "there is no deliver/never.go"},
		{"`deliver.DefaultRetry`", "`deliver.RetryDefault`", "nothing is called deliver.RetryDefault"},
		{"| **claim** |", strings.Repeat("| **word** | another |\n", mostWords) + "| **claim** |", "at most 25 are"},
		{"**Leaving is one click, at once, for ever.**", "**Leaving is one click, at once.**", "README's promise 4"},
		{"\n## The promises\n", "\n## Promises\n", "no section"},
	} {
		broken := whole
		broken.page = strings.Replace(whole.page, c.old, c.broken, 1)
		if broken.page == whole.page {
			t.Errorf("the page does not say %q", c.old)
		} else if faults := strings.Join(broken.find(), "\n"); !strings.Contains(faults, c.want) {
			t.Errorf("%q in place of %q is not found, only %q", c.broken, c.old, faults)
		}
	}
}

// architecture is the page, and what it is held against.
type architecture struct {
	page, readme string
	names        map[string]declared
	faults       []string
}

const mostWords = 25 // of our own

var (
	codeSpan    = regexp.MustCompile("`([A-Za-z][A-Za-z0-9_./-]*)`")
	fileForm    = regexp.MustCompile(`/|\.(go|md|toml)$`)
	nameForm    = regexp.MustCompile(`^[a-z-]+\.[A-Za-z0-9_.]+$`)
	rowForm     = regexp.MustCompile(`(?m)^\| \*\*(.+?)\*\*`)
	promiseForm = regexp.MustCompile(`(?m)^\d\. \*\*(.+?)\*\*`)
)

func newArchitecture(t *testing.T) (a architecture) {
	t.Helper()
	for name, into := range map[string]*string{".github/ARCHITECTURE.md": &a.page, "README.md": &a.readme} {
		text, err := os.ReadFile(filepath.Join(moduleRoot, name))
		if err != nil {
			t.Fatal(err)
		}
		*into = string(text)
	}
	a.names = declarations(t)
	return a
}

// find returns everything that the page says and is not so.
func (a *architecture) find() []string {
	a.faults = nil
	a.checkNames()
	a.checkRooms()
	a.checkPromises()
	a.checkWalks()
	if n := len(rowForm.FindAllString(a.section("Our words"), -1)); n == 0 || n > mostWords {
		a.fault("%d words are explained, and at most %d are", n, mostWords)
	}
	return a.faults
}

func (a *architecture) fault(format string, args ...any) {
	a.faults = append(a.faults, "ARCHITECTURE.md: "+fmt.Sprintf(format, args...))
}

// section is what stands under a heading.
func (a *architecture) section(title string) string {
	_, after, found := strings.Cut(a.page, "\n## "+title+"\n")
	if !found {
		a.fault("there is no section %q", title)
	}
	text, _, _ := strings.Cut(after, "\n## ")
	return text
}

// checkNames looks for every file, and every name of a declaration.
func (a *architecture) checkNames() {
	for _, name := range inCode(a.page) {
		switch {
		case fileForm.MatchString(name):
			if _, err := os.Stat(filepath.Join(moduleRoot, name)); err != nil {
				a.fault("there is no %s", name)
			}
		case nameForm.MatchString(name) && a.names[name].kind == 0:
			a.fault("nothing is called %s", name)
		}
	}
}

// checkRooms holds the rows of the rooms against imports_test.go, order and all.
func (a *architecture) checkRooms() {
	all := rooms()
	for _, main := range mains() {
		all[main] = room{may: slices.Collect(maps.Keys(rooms()))}
	}
	var above []string
	for _, row := range rowsOf(a.section("The rooms")) {
		for _, name := range inCode(row[0]) {
			r, ok := all[name]
			if !ok {
				a.fault("%s is no room of imports_test.go", name)
			}
			for _, may := range slices.Sorted(slices.Values(r.may)) {
				if slices.Contains(above, may) {
					a.fault("%s may import %s, and stands below it", name, may)
				}
			}
			above = append(above, name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(all)) {
		if !slices.Contains(above, name) {
			a.fault("there is no row of the room %s", name)
		}
	}
}

// checkPromises looks for the tests and stories that hold each promise, and for the
// README's promises, which come first and in the same words.
func (a *architecture) checkPromises() {
	section := a.section("The promises")
	for _, row := range rowsOf(section) {
		tests := inCode(row[1])
		if len(tests) == 0 {
			a.fault("no test holds the promise %s", row[0])
		}
		for _, test := range tests {
			if a.names[test].kind != aTest {
				a.fault("%s is no test", test)
			}
		}
		for _, story := range inCode(row[2]) {
			if _, err := os.Stat(filepath.Join(moduleRoot, "testdata/script", story+".txtar")); err != nil {
				a.fault("there is no story %s", story)
			}
		}
	}
	here, there := rowForm.FindAllStringSubmatch(section, -1), promiseForm.FindAllStringSubmatch(a.readme, -1)
	if len(there) == 0 {
		a.fault("no promise of the README is found")
	}
	for i, p := range there {
		if i >= len(here) || here[i][1] != p[1] {
			a.fault("README's promise %d is not row %d: %s", i+1, i+1, p[1])
		}
	}
}

// checkWalks looks for the calls of the walks: of the function before an arrow, and,
// up to the end of the sentence, of the one before a colon.
func (a *architecture) checkWalks() {
	section := a.section("Five walks")
	before, caller, at := "", "", 0
	for _, span := range codeSpan.FindAllStringSubmatchIndex(section, -1) {
		between, name := section[at:span[0]], section[span[2]:span[3]]
		at = span[1]
		if a.names[name].kind != aFunction {
			a.fault("%s is no function", name)
		}
		switch {
		case strings.Contains(between, "\n\n"), strings.Contains(between, ". "), strings.Contains(between, ".\n"):
			caller = ""
		case strings.HasPrefix(between, ":"):
			caller = before
		}
		from := caller
		if strings.HasSuffix(strings.TrimSpace(between), "→") {
			from = before
		}
		called := name[strings.LastIndex(name, ".")+1:]
		if from != "" && !a.names[from].uses[called] {
			a.fault("%s does not call %s", from, name)
		}
		before = name
	}
}

// inCode are the names that stand in code, without a folder's slash at the end.
func inCode(text string) (names []string) {
	for _, span := range codeSpan.FindAllStringSubmatch(text, -1) {
		names = append(names, strings.TrimSuffix(span[1], "/"))
	}
	return names
}

// rowsOf are the rows of a table, without what its columns are called; each has
// three cells or more.
func rowsOf(table string) (rows [][]string) {
	for line := range strings.Lines(table) {
		if line, ok := strings.CutPrefix(line, "| "); ok {
			rows = append(rows, append(strings.Split(line, " | "), "", ""))
		}
	}
	return rows[min(1, len(rows)):]
}

// declared is what a name stands for.
type declared struct {
	kind nameKind
	uses map[string]bool // the names in the body of a function
}

type nameKind int

const (
	aFunction nameKind = iota + 1 // or a method, also one of an interface
	aTest
	anotherName
)

// declarations are the names of the house, each behind the name of its folder:
// store.Open, web.pages.leave, deliver.Run.Reserve.
func declarations(t *testing.T) map[string]declared {
	t.Helper()
	names := map[string]declared{}
	for _, f := range goFiles(t) {
		parsed, err := parser.ParseFile(token.NewFileSet(), filepath.Join(moduleRoot, f.path), nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		folder := path.Base(f.room) + "."
		for _, d := range parsed.Decls {
			switch d := d.(type) {
			case *ast.FuncDecl:
				name, kind := folder+d.Name.Name, aFunction
				if d.Recv != nil {
					name = folder + receiver(d.Recv.List[0].Type) + "." + d.Name.Name
				} else if f.test() && (strings.HasPrefix(d.Name.Name, "Test") || strings.HasPrefix(d.Name.Name, "Fuzz")) {
					kind = aTest
				}
				names[name] = declared{kind, identifiers(d.Body)}
			case *ast.GenDecl:
				for _, s := range d.Specs {
					noteSpec(names, folder, s)
				}
			}
		}
	}
	return names
}

// noteSpec notes constants and variables, and a type with its fields or methods.
func noteSpec(names map[string]declared, folder string, s ast.Spec) {
	switch s := s.(type) {
	case *ast.ValueSpec:
		for _, name := range s.Names {
			names[folder+name.Name] = declared{kind: anotherName}
		}
	case *ast.TypeSpec:
		names[folder+s.Name.Name] = declared{kind: anotherName}
		inside, kind := &ast.FieldList{}, anotherName
		switch is := s.Type.(type) {
		case *ast.StructType:
			inside = is.Fields
		case *ast.InterfaceType:
			inside, kind = is.Methods, aFunction
		}
		for _, field := range inside.List {
			for _, name := range field.Names {
				names[folder+s.Name.Name+"."+name.Name] = declared{kind: kind}
			}
		}
	}
}

func identifiers(body *ast.BlockStmt) map[string]bool {
	names := map[string]bool{}
	if body == nil {
		return names
	}
	ast.Inspect(body, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok {
			names[id.Name] = true
		}
		return true
	})
	return names
}

// receiver is the name of a method's type.
func receiver(e ast.Expr) string {
	switch is := e.(type) {
	case *ast.StarExpr:
		return receiver(is.X)
	case *ast.IndexExpr:
		return receiver(is.X)
	case *ast.IndexListExpr:
		return receiver(is.X)
	case *ast.Ident:
		return is.Name
	}
	return ""
}
