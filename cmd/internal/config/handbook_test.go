package config

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
)

var rewrite = flag.Bool("keys", false, "rewrite the handbook's table of keys")

// TestHandbookHasTheKeys: its table is the schema's.
func TestHandbookHasTheKeys(t *testing.T) {
	t.Parallel()
	const file = "../../../.github/handbook/configuration.md"
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(text), "| Key | What | Default |\n")
	tables, after, _ := strings.Cut(rest, "\n\n"+behindTables)
	want := keyTables()
	if diff := gocmp.Diff(want, "| Key | What | Default |\n"+tables+"\n"); !ok || diff != "" {
		t.Errorf("run `go test ./cmd/internal/config -run TestHandbookHasTheKeys -keys`, and read what it changed:\n%s", diff)
	}
	if ok && *rewrite {
		if err := os.WriteFile(file, []byte(before+want+"\n"+behindTables+after), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// behindTables is how the handbook goes on behind them.
const behindTables = "`kairan check --effective`"

// keyTables are the tables of all keys, in Markdown: one of what an installation has once, and
// one for each kind of table of which it may have many.
func keyTables() string {
	const head = "| Key | What | Default |\n|---|---|---|\n"
	var b strings.Builder
	line := func(cells ...string) { fmt.Fprintf(&b, "| %s |\n", strings.Join(cells, " | ")) }
	b.WriteString(head)
	for _, s := range schema() {
		switch {
		case s.note != "" && len(s.rows) == 1:
			line(code(s.path), s.rows[0].what, s.note)
			continue
		case s.note != "":
			fmt.Fprintf(&b, "\n### `%s`\n\n%s", s.path, head)
		}
		var keys, what, standard string
		for i, r := range s.rows {
			if i > 0 && r.what == "" {
				keys, standard = keys+", "+code(s.name(r)), standard+"; "+r.standard
			} else {
				keys, what, standard = code(s.name(r)), r.what, r.standard
			}
			if i+1 == len(s.rows) || s.rows[i+1].what != "" {
				line(keys, what, standard)
			}
		}
	}
	return b.String()
}

// name is that of a key in its table.
func (s section) name(r row) string {
	if s.note != "" {
		return r.key
	}
	return join(s.path, r.key)
}
