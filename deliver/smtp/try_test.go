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
	trials := slices.Repeat([]deliver.Trial{{Envelope: deliver.Envelope{From: returnPath, To: reader}}}, 6)
	got, err := tr.Try(t.Context(), trials)
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
	if got, err := tr.Try(t.Context(), []deliver.Trial{{Envelope: deliver.Envelope{From: returnPath, To: reader}}}); got != nil || !errors.As(err, &refusal) {
		t.Errorf("%v, %v", got, err)
	}
}

// TestTryTellsTheSize: a relay hears how large the message is that it is asked about, and one
// that has said how much it takes need not be asked.
func TestTryTellsTheSize(t *testing.T) {
	t.Parallel()
	s := &script{answers: answers{"MAIL": {"250 ok", "552 5.3.4 too large", "250 ok"}}, ext: "ENHANCEDSTATUSCODES SIZE=5000"}
	tr, err := New(s.start(t))
	if err != nil {
		t.Fatal(err)
	}
	of := func(size int) deliver.Trial {
		return deliver.Trial{Envelope: deliver.Envelope{From: returnPath, To: reader}, Size: size}
	}
	got, err := tr.Try(t.Context(), []deliver.Trial{of(4000), of(4999), of(5001), of(0)})
	if err != nil {
		t.Fatal(err)
	}
	for n, refused := range []bool{false, true, true, false} {
		if (got[n] != nil) != refused || refused && (got[n].Result.Code != 552 || got[n].Result.Stage != deliver.StageMail) {
			t.Errorf("%d: %v", n, got[n])
		}
	}
	lines, _, _ := s.received()
	var mails []string
	for _, l := range lines {
		if strings.HasPrefix(l, "MAIL") {
			_, after, _ := strings.Cut(l, ">")
			mails = append(mails, after)
		}
	}
	if want := []string{" SIZE=4000", " SIZE=4999", ""}; !slices.Equal(mails, want) {
		t.Errorf("MAIL with %q, want %q", mails, want)
	}
}
