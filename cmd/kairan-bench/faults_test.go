package main

import (
	"strings"
	"testing"
	"time"

	"example.jp/kairan/cmd/internal/sink"
)

// TestLimits: a relay says its limits where it is to, and what it says no to it has
// not taken.
func TestLimits(t *testing.T) {
	t.Parallel()
	for want, c := range map[sink.Reply]struct {
		session int
		salt    uint64
	}{
		"452 4.5.3 Too many messages in this session\r\n": {2, 0},
		"452 Too many recipients\r\n":                     {1, 1},
		"421 4.7.0 Too many messages in this session\r\n": {1, 2},
		"421 Enough\r\n": {3, 3},
	} {
		s := &session{relay: newRelay(faults{limits: limits{Session: c.session}, Salt: c.salt})}
		for range c.session {
			if told := attempt(s, "b@example.jp"); told[len(told)-1] != sink.OK {
				t.Errorf("told %q too soon", told)
			}
		}
		told := attempt(s, "b@example.jp")
		if got := told[len(told)-1]; got != want || s.relay.messages.Load() != int64(c.session) {
			t.Errorf("told %q, want %q; %d taken", got, want, s.relay.messages.Load())
		}
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
