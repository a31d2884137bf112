package smtp

import (
	"slices"
	"strings"
	"testing"
	"time"

	"example.jp/kairan/deliver"
)

const (
	askedMail = "MAIL FROM:<" + returnPath + "> RET=HDRS"
	askedRcpt = "RCPT TO:<" + reader + "> NOTIFY=FAILURE"
	plainMail = "MAIL FROM:<" + returnPath + ">"
	plainRcpt = "RCPT TO:<" + reader + ">"
)

// envelopesOf are the lines of the envelopes that a relay got.
func envelopesOf(s *script) (out []string) {
	lines, _, _ := s.received()
	return slices.DeleteFunc(lines, func(l string) bool { return !strings.HasPrefix(l, "MAIL") && !strings.HasPrefix(l, "RCPT") })
}

// TestAsksForHeadersOfFailures where DSN is offered, and nowhere else.
func TestAsksForHeadersOfFailures(t *testing.T) {
	t.Parallel()
	for ext, want := range map[string][]string{
		"":                    {plainMail, plainRcpt},
		"PIPELINING":          {plainMail, plainRcpt},
		"DSN":                 {askedMail, askedRcpt},
		"dsn PIPELINING":      {askedMail, askedRcpt},
		"SIZE=999 DSN":        {"MAIL FROM:<" + returnPath + "> SIZE=24 RET=HDRS", askedRcpt},
		"SIZE DSN PIPELINING": {"MAIL FROM:<" + returnPath + "> SIZE=24 RET=HDRS", askedRcpt},
	} {
		s := &script{ext: ext}
		c := dial(t, s.start(t)).(*conn)
		all := []deliver.Message{message(reader), message(reader), message(reader)}
		if got := told(stream(t.Context(), c, all)...); got != "accepted, accepted, accepted" {
			t.Errorf("%q: %s", ext, got)
		}
		if got := envelopesOf(s); !slices.Equal(got, slices.Repeat(want, 3)) {
			t.Errorf("%q: %q", ext, got)
		}
	}
}

// TestRelayThatRefusesWhatItOffers: of DSN that is offered and not understood no reader
// knows: the message goes without at once, and so do those of the hour that follows.
func TestRelayThatRefusesWhatItOffers(t *testing.T) {
	t.Parallel()
	for _, verb := range []string{"MAIL", "RCPT"} {
		for _, code := range []string{"555 5.5.4 what?", "501 5.5.4 what?", "504 no", "455 4.5.4 not now"} {
			for _, ext := range []string{"DSN", "DSN PIPELINING"} {
				for _, first := range []int{0, 1} { // whether it is an Open, or travels behind a dot
					yes := slices.Repeat([]string{"250 ok"}, first)
					s := &script{ext: ext, answers: answers{verb: append(yes, code), "DATA": nil}}
					if ext == "DSN PIPELINING" { // nobody takes data that has no recipient
						s.answers["DATA"] = append(slices.Repeat([]string{"354 go"}, first), "503 no")
						if verb == "MAIL" {
							s.answers["RCPT"] = append(yes, "503 no")
						}
					}
					tr, now := transportAt(t, s)
					c := dialled(t, tr)
					if got := told(stream(t.Context(), c, []deliver.Message{message(reader), message(reader), message(reader)})...); got != "accepted, accepted, accepted" {
						t.Errorf("%s, %s, %s: %s", verb, code, ext, got)
					}
					got := envelopesOf(s)
					if slices.Contains(got[2*first+2:], askedMail) || got[len(got)-2] != plainMail || got[len(got)-1] != plainRcpt {
						t.Errorf("%s, %s, %s: %q", verb, code, ext, got)
					}
					for later, want := range map[time.Duration]string{time.Minute: plainRcpt, mistrust + time.Minute: askedRcpt} {
						*now = time.Now().Add(later)
						if r := dialled(t, tr).Send(t.Context(), message(reader)); r.Outcome != deliver.Accepted {
							t.Errorf("later: %+v", r)
						}
						if got := envelopesOf(s); got[len(got)-1] != want {
							t.Errorf("%s, %s: after %v %q", verb, code, later, got)
						}
					}
				}
			}
		}
	}
}

// TestRefusedForSomethingElse: what is refused without DSN, too, stays refused, and the next
// asks again.
func TestRefusedForSomethingElse(t *testing.T) {
	t.Parallel()
	s := &script{ext: "DSN", answers: answers{"RCPT": {"501 5.1.3 bad address", "501 5.1.3 bad address", "550 5.1.1 nobody"}}}
	c := dial(t, s.start(t)).(*conn)
	for _, want := range []int{501, 550} {
		if r := c.Send(t.Context(), message(reader)); r.Code != want || r.Broken {
			t.Errorf("%+v, want %d", r, want)
		}
	}
	if got, want := envelopesOf(s), []string{askedMail, askedRcpt, plainMail, plainRcpt, askedMail, askedRcpt}; !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
}

// transportAt is one to that relay whose clock can be moved.
func transportAt(t *testing.T, s *script) (*Transport, *time.Time) {
	t.Helper()
	tr, err := New(s.start(t))
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	tr.now = func() time.Time { return now }
	return tr, &now
}

func dialled(t *testing.T, tr *Transport) *conn {
	t.Helper()
	c, err := tr.Dial(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c.(*conn)
}
