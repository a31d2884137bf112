package smtp

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"example.jp/kairan/deliver"
)

// TestTryAsksAndSendsNothing: each envelope gets its own answer, in the relay's
// words, and no DATA is ever said.
func TestTryAsksAndSendsNothing(t *testing.T) {
	t.Parallel()
	s := &script{answers: answers{
		"MAIL": {"250 ok", "451 4.3.0 the queue is not in order", "250 ok", "250 ok", "421 4.7.0 go away"},
		"RCPT": {"250 ok", "550 5.7.1 relaying denied", "252 perhaps", "250 ok"},
	}, ext: "ENHANCEDSTATUSCODES PIPELINING"}
	tr, err := New(s.start(t))
	if err != nil {
		t.Fatal(err)
	}
	envelopes := slices.Repeat([]deliver.Envelope{{From: returnPath, To: reader}}, 6)
	got, err := tr.Try(t.Context(), envelopes)
	if err != nil {
		t.Fatal(err)
	}
	for n, want := range []struct {
		stage deliver.Stage
		said  string
	}{{}, {deliver.StageMail, "queue is not in order"}, {deliver.StageRcpt, "relaying denied"}, {}, {deliver.StageMail, "go away"}, {}} {
		switch r := got[n]; {
		case want.stage == 0:
			if r != nil {
				t.Errorf("%d: %v", n, r)
			}
		case r == nil || r.Result.Stage != want.stage || !strings.Contains(r.Disclose(), want.said):
			t.Errorf("%d: %v, want %s %q", n, r, want.stage, want.said)
		}
	}
	lines, mails, _ := s.received()
	count := func(verb string) (n int) {
		for _, l := range lines {
			if strings.HasPrefix(l, verb) {
				n++
			}
		}
		return n
	}
	if count("DATA") != 0 || len(mails) != 0 {
		t.Errorf("something was sent: %q", lines)
	}
	if count("EHLO") != 2 || count("RSET") != 5 || lines[len(lines)-1] != "QUIT" { // a new connection after 421
		t.Errorf("EHLO %d, RSET %d times: %q", count("EHLO"), count("RSET"), lines)
	}
}

func TestTryTellsALoginThatFails(t *testing.T) {
	t.Parallel()
	s := &script{answers: answers{"EHLO": {"554 5.7.1 no service for you"}, "HELO": {"554 5.7.1 no service for you"}}}
	tr, err := New(s.start(t))
	if err != nil {
		t.Fatal(err)
	}
	var refusal *deliver.Refusal
	if got, err := tr.Try(t.Context(), []deliver.Envelope{{From: returnPath, To: reader}}); got != nil || !errors.As(err, &refusal) {
		t.Errorf("%v, %v", got, err)
	}
}
