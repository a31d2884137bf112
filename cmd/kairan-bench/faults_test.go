package main

import (
	"io"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestLimits: a relay says its limits where it is to, and what it says no to it has
// not taken.
func TestLimits(t *testing.T) {
	t.Parallel()
	const one = "MAIL FROM:<a@example.jp>\r\nRCPT TO:<b@example.jp>\r\nDATA\r\n"
	const body = "x\r\n.\r\n"
	ok, no := []int{250, 250, 354, 250}, []int{452, 503, 554}
	for name, c := range map[string]struct {
		limits limits
		salt   uint64
		say    []string
		want   []int
		taken  int64
	}{
		"a session, 452 at MAIL": {limits{Session: 2}, 0, []string{one + body, one + body, one}, slices.Concat(ok, ok, no), 2},
		"a session, 452 at RCPT": {limits{Session: 1}, 1, []string{one + body, one}, slices.Concat(ok, []int{250, 452, 554}), 1},
		"a session, 421 at MAIL": {limits{Session: 1}, 2, []string{one + body, one}, slices.Concat(ok, []int{421, 0}), 1},
		"bare codes":             {limits{Bare: true}, 0, []string{one + body}, ok, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := &relay{spec: relaySpec{Faults: faults{limits: c.limits, Salt: c.salt}}}
			conn, r := dial(t, s)
			_ = codes(t, r, 1)
			if _, err := io.WriteString(conn, strings.Join(c.say, "")); err != nil {
				t.Fatal(err)
			}
			if got := codes(t, r, len(c.want)); !slices.Equal(got, c.want) || s.messages.Load() != c.taken {
				t.Errorf("replies %v, want %v; %d taken", got, c.want, s.messages.Load())
			}
		})
	}
}

// TestRefuses: a rate holds within a slice of time, and a relay is shut as often as
// it is to be, for all of its reasons.
func TestRefuses(t *testing.T) {
	t.Parallel()
	now := time.Now()
	f := faults{limits: limits{Rate: 5}}
	if f.refuses("DOT", 0, 4, now) != "" || !strings.HasPrefix(string(f.refuses("DOT", 0, 5, now)), "454 ") || f.refuses("MAIL", 0, 5, now) != "" {
		t.Error("the rate")
	}
	f = faults{limits: limits{Shut: 10}, Salt: 7}
	said := map[string]int{}
	for n := range 10_000 {
		for _, verb := range []string{"MAIL", "RCPT", "DOT"} {
			if no := f.refuses(verb, 0, 0, now.Add(time.Duration(n)*slice)); no != "" {
				said[verb+" "+string(no[:3])]++
			}
		}
	}
	all := 0
	for what, n := range said {
		if all += n; n < 150 {
			t.Errorf("%s: %d times", what, n)
		}
	}
	if all < 850 || all > 1150 || len(said) != 4 {
		t.Errorf("%v", said)
	}
}
