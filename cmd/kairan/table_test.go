package main

import (
	"bytes"
	"strings"
	"testing"

	"github.com/jedib0t/go-pretty/v6/text"
)

var wide = rows{
	{"Issue", "State", "Due", "Accepted", "Subject"},
	{"japanifornia/autumn-and-winter", "finished", "Tue 2026-12-01 09:00 JST", "12,000 of 12,345", "紅葉と茶会のお知らせ・冬の催しのご案内（在外公館メールマガジン）"},
	{"japanifornia/x", "draft", "", "", "A subject with\ttabs and\nlines, of many words that go on"},
}

// On a terminal a table is never wider than it is.
func TestTableFits(t *testing.T) {
	t.Parallel()
	for _, width := range []int{80, 72, 100, 50, 400} {
		out := wide.drawn(width)
		for line := range strings.SplitSeq(out, "\n") {
			if n := text.StringWidth(line); n > width {
				t.Errorf("%d columns, in a terminal of %d: %s", n, width, line)
			}
		}
		cells := strings.NewReplacer("│", "", "\n", "", " ", "").Replace(out)
		for _, whole := range []string{"在外公館", "12,345", "draft"} {
			if width >= 80 && !strings.Contains(cells, whole) {
				t.Errorf("with %d columns %q is not in\n%s", width, whole, out)
			}
		}
	}
	if out := (rows{{"List", "Readers"}}).drawn(80); !strings.Contains(out, "List") {
		t.Errorf("an empty table is\n%s", out)
	}
}

// In a pipe a row is a line, and a tab divides cells and nothing else.
func TestTableInPipe(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	a := &app{std: streams{out: &out}}
	a.printTable(wide)
	lines := strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n")
	if len(lines) != len(wide) {
		t.Fatalf("%d lines:\n%s", len(lines), out.String())
	}
	for n, line := range lines {
		if cells := strings.Split(line, "\t"); len(cells) != 5 || cells[0] != wide[n][0] {
			t.Errorf("%q", line)
		}
	}
	if strings.ContainsAny(out.String(), "│─") {
		t.Error("there are borders in a pipe")
	}
}
