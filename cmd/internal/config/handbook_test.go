package config

import (
	"cmp"
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
	table, after, _ := strings.Cut(rest, "\n\n")
	want := keyTable()
	if diff := gocmp.Diff(want, "| Key | What | Default |\n"+table+"\n"); !ok || diff != "" {
		t.Errorf("run `go test ./cmd/internal/config -run TestHandbookHasTheKeys -keys`, and read what it changed:\n%s", diff)
	}
	if ok && *rewrite {
		if err := os.WriteFile(file, []byte(before+want+"\n"+after), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// keyTable is the table of all keys, in Markdown.
func keyTable() string {
	var b strings.Builder
	line := func(cells ...string) { fmt.Fprintf(&b, "| %s |\n", strings.Join(cells, " | ")) }
	b.WriteString("| Key | What | Default |\n|---|---|---|\n")
	for _, s := range schema() {
		if s.note != "" {
			line(code(s.path), s.keys(), s.note)
			continue
		}
		var keys, what, standard string
		for i, r := range s.rows {
			if i > 0 && r.what == "" {
				keys, standard = keys+", "+code(join(s.path, r.key)), standard+"; "+r.standard
			} else {
				keys, what, standard = code(join(s.path, r.key)), r.what, r.standard
			}
			if i+1 == len(s.rows) || s.rows[i+1].what != "" {
				line(keys, what, standard)
			}
		}
	}
	return b.String()
}

// keys are those of a section in one line, each with what there is to say of it.
func (s section) keys() string {
	all := make([]string, len(s.rows))
	for i, r := range s.rows {
		all[i] = code(r.key)
		if say := cmp.Or(r.what, r.standard); say != required {
			all[i] += " (" + say + ")"
		}
	}
	return strings.Join(all, ", ")
}
