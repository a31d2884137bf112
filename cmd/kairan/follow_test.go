package main

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"example.jp/kairan/cmd/internal/service"
	"example.jp/kairan/deliver"
)

// TestChangesAreLines: a line is printed for each hundredth, and for what keeps the run; not
// for what moves each second. A server that does not answer is said once.
func TestChangesAreLines(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	now := time.Date(2026, 12, 1, 9, 0, 0, 0, time.UTC)
	a := &app{std: streams{out: &out}, now: func() time.Time { return now }}
	i := service.Issue{Issue: "x/y", State: "running", Zone: "Asia/Tokyo", Started: now, PerMinute: 600, Balance: deliver.Balance{Audience: 1000}}
	var show shower = &changes{}
	at := func(accepted int, why string, lost time.Time) {
		now = now.Add(time.Second)
		i.Balance.Accepted, i.Balance.Pending, i.Waits.Why, i.Ends = accepted, 1000-accepted, why, now.Add(time.Minute)
		show.issue(a, i, lost)
	}
	for n := range 30 {
		at(n, "", time.Time{})
	}
	at(29, "", now)
	at(29, "", now)
	at(29, "the relay is away", time.Time{})
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	if len(lines) != 5 || !strings.HasPrefix(lines[1], "2026-12-01 18:00:11 JST  running  1%: 10 accepted, 990 pending of 1000; about 600 a minute; ends about Tue 2026-12-01 18:01 JST") ||
		!strings.HasPrefix(lines[3], "The server does not answer") || !strings.HasSuffix(lines[4], "; waits: the relay is away") {
		t.Errorf("%d lines:\n%s", len(lines), out.String())
	}
}

// TestFitted: what has no room is left out in the order of its weight, and said.
func TestFitted(t *testing.T) {
	t.Parallel()
	screen := "head\n= 7 accepted\n+ 0 refused\n+ 1 deferred\none\ntwo\nthree\n"
	say := (&app{}).inWords().say
	for rows, want := range map[int]string{
		7: screen,
		6: "head\n= 7 accepted\n+ 1 deferred\none\ntwo\nthree\n",
		5: "head\n= 7 accepted\n+ 1 deferred\n  … 3 lines more; make the window higher\n",
		2: screen, // nobody knows how high it is
	} {
		if got := fitted(screen, rows, say); got != want {
			t.Errorf("in %d rows:\n%s", rows, got)
		}
	}
}

// TestDrawnOnceForAll: a screen that has not changed is not written again, and what stood on
// it stays when it ends.
func TestDrawnOnceForAll(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	a := &app{std: streams{out: &out}, now: time.Now}
	i := service.Issue{Issue: "x/y", State: "draft", Zone: "Asia/Tokyo"}
	s := &screen{out: &out}
	s.issue(a, i, time.Time{})
	before := out.Len()
	if s.issue(a, i, time.Time{}); out.Len() != before {
		t.Error("it was drawn again")
	}
	i.State = "held"
	if s.issue(a, i, time.Time{}); !strings.Contains(out.String(), "\x1b[Hx/y  held\x1b[K\r\n") {
		t.Errorf("a change is not drawn: %q", out.String())
	}
	s.end()
	s.end()
	_, after, ok := strings.Cut(out.String(), "\x1b[?1049l")
	if !ok || !strings.HasPrefix(after, "x/y  held\n") || strings.Count(after, "x/y") != 1 {
		t.Errorf("it leaves %q", after)
	}
}
