package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"example.jp/kairan/deliver"
)

// TestAudit: each way in which books and record can disagree is found.
func TestAudit(t *testing.T) {
	t.Parallel()
	line := func(conn, nth, reader int, sum string) string {
		return fmt.Sprintf("%d %d %s 1 %s\n", conn, nth, sum, recipient(reader))
	}
	whole := line(1, 1, 0, "aa") + line(1, 2, 1, "bb") + line(2, 1, 2, "cc")
	all := deliver.Balance{Audience: 3, Accepted: 3}
	doubted := deliver.Balance{Audience: 3, Accepted: 3, UncertainEver: 1}
	left := deliver.Balance{Audience: 3, Accepted: 2, Uncertain: 1, UncertainEver: 1}
	for _, c := range []struct {
		name, record string
		books        deliver.Balance
		hold         bool
		faults       faults
		want         string // "": nothing is wrong
	}{
		{name: "all have one", record: whole, books: all},
		{name: "one in doubt was sent again", record: whole + line(3, 1, 1, "bb"), books: doubted},
		{name: "one in doubt has none", record: line(1, 1, 0, "aa") + line(1, 2, 1, "bb"), books: left},
		{name: "one in doubt has one", record: whole, books: left, hold: true},
		{name: "lost", record: line(1, 1, 0, "aa") + line(1, 2, 1, "bb"), books: all, want: "1 readers have no copy"},
		{name: "not closed", record: whole, books: deliver.Balance{Audience: 3, Accepted: 2, Pending: 1}, want: "not closed"},
		{name: "doubled unseen", record: whole + line(3, 1, 1, "bb"), books: all, want: "were ever uncertain"},
		{name: "doubled after an answer", record: whole + line(3, 1, 0, "aa"), books: doubted, want: "went on after it"},
		{name: "another text", record: whole + line(3, 1, 1, "bc"), books: doubted, want: "not the same"},
		{name: "three copies", record: whole + line(3, 1, 1, "bb") + line(4, 1, 1, "bb"), books: doubted, want: "has 3 copies"},
		{name: "held and sent again", record: whole + line(3, 1, 1, "bb"), books: doubted, hold: true, want: "none was to be sent again"},
		{name: "a stranger", record: whole + line(3, 1, 9, "dd"), books: all, want: "nobody of the audience"},
		{name: "more copies than the books say", record: whole, books: deliver.Balance{Audience: 3, Accepted: 2, Refused: 1}, want: "3 readers have a copy"},
		{name: "refused and sent", record: whole, books: all, faults: faults{Refuse: 100}, want: "was refused, and has a copy"},
		{name: "all refused", books: deliver.Balance{Audience: 3, Refused: 3}, faults: faults{Refuse: 100}},
		{name: "a short line", record: "1 2\n", books: all, want: "cannot be read"},
	} {
		file := filepath.Join(t.TempDir(), "record")
		if err := os.WriteFile(file, []byte(c.record), 0o600); err != nil {
			t.Fatal(err)
		}
		copies, err := readRecord(file)
		if err == nil {
			err = (&round{readers: 3, books: c.books, faults: c.faults}).audit(copies, c.hold)
		}
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
	}
}

func TestDoubtsAreBounded(t *testing.T) {
	t.Parallel()
	c := &round{readers: 10, connections: 4}
	if err := c.checkReopened(deliver.Balance{Audience: 10, Pending: 6, Uncertain: 4, UncertainEver: 4}, 4); err != nil {
		t.Error(err)
	}
	for _, b := range []deliver.Balance{
		{Audience: 10, Pending: 5, Uncertain: 5, UncertainEver: 5},
		{Audience: 10, Pending: 9, InFlight: 1},
		{Audience: 10, Pending: 9},
		{Audience: 9, Pending: 9},
	} {
		if err := c.checkReopened(b, 4); err == nil {
			t.Errorf("nothing is said of %+v", b)
		}
	}
}
