package deliver

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// TestJudge is the table of what replies mean (RFC 5321 §4.2, RFC 3463), and of what
// relays say that the RFCs do not foresee.
func TestJudge(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name     string
		stage    Stage
		code     int
		enhanced string
		outcome  Outcome
		blame    Blame
		broken   bool
	}{
		// The first digit decides.
		{"accepted", StageDot, 250, "2.0.0", Accepted, BlameNobody, false},
		{"accepted, no enhanced code", StageDot, 250, "", Accepted, BlameNobody, false},
		{"4yz at RCPT", StageRcpt, 450, "", Deferred, BlameNobody, false},
		{"greylisted", StageRcpt, 451, "4.2.0", Deferred, BlameNobody, false},
		{"4yz at DATA", StageData, 451, "4.3.0", Deferred, BlameNobody, false},
		{"4yz after the dot", StageDot, 451, "4.3.0", Deferred, BlameNobody, false},
		{"5yz after the dot", StageDot, 554, "", Refused, BlameMessage, false},
		{"5yz at DATA", StageData, 554, "5.6.0", Refused, BlameMessage, false},
		{"a reply that is none of them", StageDot, 354, "", Deferred, BlameNobody, false},
		{"200 before the end says nothing", StageRcpt, 299, "", Deferred, BlameNobody, false},

		// No code is never permanent; after the dot it is uncertain (RFC 1047).
		{"connection refused", StageDial, 0, "", Deferred, BlameUs, true},
		{"dropped at the greeting", StageGreeting, 0, "", Deferred, BlameUs, true},
		{"dropped at AUTH", StageAuth, 0, "", Deferred, BlameUs, true},
		{"dropped at MAIL", StageMail, 0, "", Deferred, BlameNobody, true},
		{"reset at RCPT, as carriers do", StageRcpt, 0, "", Deferred, BlameNobody, true},
		{"dropped in the data", StageData, 0, "", Deferred, BlameNobody, true},
		{"dropped after the dot", StageDot, 0, "", Uncertain, BlameNobody, true},

		// 421 anywhere ends the connection.
		{"421 at the greeting", StageGreeting, 421, "4.3.2", Deferred, BlameUs, true},
		{"421 at MAIL", StageMail, 421, "4.3.2", Deferred, BlameLimit, true},
		{"421 at RCPT", StageRcpt, 421, "4.3.2", Deferred, BlameLimit, true},
		{"421 after the dot", StageDot, 421, "", Deferred, BlameLimit, true},
		{"421 4.7.0 at RCPT", StageRcpt, 421, "4.7.0", Deferred, BlameLimit, true},

		// Our own set-up: everything before MAIL, whatever the code, and the login.
		{"5yz greeting", StageGreeting, 554, "5.7.1", Deferred, BlameUs, false},
		{"wrong password", StageAuth, 535, "5.7.8", Deferred, BlameUs, false},
		{"login for later", StageAuth, 454, "4.7.0", Deferred, BlameUs, false},
		{"sender refused", StageMail, 550, "5.1.8", Deferred, BlameList, false},
		{"too much for the sender", StageMail, 451, "4.7.1", Deferred, BlameLimit, false},
		{"login wanted", StageMail, 530, "5.7.0", Deferred, BlameUs, false},

		// The address, for good.
		{"unknown user", StageRcpt, 550, "5.1.1", Refused, BlameAddress, false},
		{"unknown host", StageRcpt, 550, "5.1.2", Refused, BlameAddress, false},
		{"bad syntax", StageRcpt, 501, "5.1.3", Refused, BlameAddress, false},
		{"has moved", StageRcpt, 551, "5.1.6", Refused, BlameAddress, false},
		{"null MX", StageRcpt, 556, "5.1.10", Refused, BlameAddress, false},
		{"disabled", StageRcpt, 550, "5.2.1", Refused, BlameAddress, false},
		{"unknown user, told after the dot", StageDot, 550, "5.1.1", Refused, BlameAddress, false},
		{"bare 550 at RCPT", StageRcpt, 550, "", Refused, BlameAddress, false},
		{"bare 551 at RCPT", StageRcpt, 551, "", Refused, BlameAddress, false},
		{"bare 553 at RCPT", StageRcpt, 553, "", Refused, BlameAddress, false},
		{"bare 556 at RCPT", StageRcpt, 556, "", Refused, BlameAddress, false},
		{"550 that says nothing more", StageRcpt, 550, "5.0.0", Refused, BlameAddress, false},
		{"bare 550 after the dot is about the message", StageDot, 550, "", Refused, BlameMessage, false},
		{"bare 554 at RCPT", StageRcpt, 554, "", Refused, BlameMessage, false},
		{"550 about the relay, not the address", StageRcpt, 550, "5.3.0", Refused, BlameMessage, false},

		// The address, for now.
		{"mailbox full", StageRcpt, 552, "5.2.2", Deferred, BlameAddress, false},
		{"mailbox full after the dot", StageDot, 552, "5.2.2", Deferred, BlameAddress, false},
		{"too large for the mailbox", StageDot, 552, "5.2.3", Refused, BlameMessage, false},
		{"routing", StageRcpt, 550, "5.4.4", Deferred, BlameNobody, false},
		{"loop", StageDot, 554, "5.4.6", Deferred, BlameNobody, false},
		{"552 at RCPT is too many recipients", StageRcpt, 552, "", Deferred, BlameLimit, false},
		{"and so is 5.5.3", StageRcpt, 552, "5.5.3", Deferred, BlameLimit, false},

		// The sender's fault: never counted against the reader.
		{"5.5 is about what we said", StageRcpt, 550, "5.5.1", Refused, BlameMessage, false},
		{"5.6 is about the content", StageDot, 550, "5.6.1", Refused, BlameMessage, false},
		{"530 at RCPT", StageRcpt, 530, "", Deferred, BlameSender, false},
		{"535 at RCPT", StageRcpt, 535, "", Deferred, BlameSender, false},
		{"our IP is listed", StageRcpt, 550, "5.7.1", Deferred, BlameSender, false},
		{"no PTR", StageRcpt, 550, "5.7.25", Deferred, BlameSender, false},
		{"unauthenticated", StageDot, 550, "5.7.26", Deferred, BlameSender, false},
		{"Microsoft's authentication level", StageDot, 550, "5.7.515", Deferred, BlameSender, false},
		{"SPF", StageRcpt, 450, "4.7.23", Deferred, BlameSender, false},
		{"throttled after the dot", StageDot, 421, "4.7.28", Deferred, BlameLimit, true},
		{"our sender address, refused at RCPT", StageRcpt, 553, "5.1.8", Deferred, BlameList, false},
		{"its syntax, refused at RCPT", StageRcpt, 550, "5.1.7", Deferred, BlameList, false},
	} {
		r := Judge(c.stage, c.code, c.enhanced, "mailbox reader@example.jp unknown")
		want := Result{
			Outcome: c.outcome, Blame: c.blame, Stage: c.stage, Code: c.code, Enhanced: c.enhanced,
			Words: Words{"mailbox [address] unknown"}, Broken: c.broken,
		}
		if c.code == 0 { // then the text is our own
			want.Text, want.Words = "mailbox [address] unknown", Words{}
		} else if r.Text == "" && c.code >= 400 || strings.Contains(r.Text, "mailbox [address]") {
			t.Errorf("%s: it is put as %q", c.name, r.Text)
		} else {
			want.Text = r.Text
		}
		if r != want {
			t.Errorf("%s:\n got %+v\nwant %+v", c.name, r, want)
		}
	}
}

// TestJudgeIsNeverPermanentWithoutA5yz goes through everything a relay can say.
func TestJudgeIsNeverPermanentWithoutA5yz(t *testing.T) {
	t.Parallel()
	for stage := StageDial; stage <= StageDot; stage++ {
		for code := range 1000 {
			for _, enhanced := range []string{"", "5.1.1", "4.7.1", "5.7.1"} {
				r := Judge(stage, code, enhanced, "")
				if r.Outcome == Refused && (code/100 != 5 || stage < StageRcpt) {
					t.Fatalf("%s, %d %s: refused", stage, code, enhanced)
				}
				if r.Outcome == Accepted && (code/100 != 2 || stage != StageDot) {
					t.Fatalf("%s, %d %s: accepted", stage, code, enhanced)
				}
				if r.Outcome == Uncertain && (code != 0 || stage != StageDot) {
					t.Fatalf("%s, %d %s: uncertain", stage, code, enhanced)
				}
			}
		}
	}
}

func TestScrub(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"":                                              "",
		"no such user":                                  "no such user",
		"  a\tb \r\n":                                   "a b",
		"<reader@example.jp>: unknown":                  "<[address]>: unknown",
		"(reader@example.jp)":                           "([address])",
		"[reader@example.jp]":                           "[[address]]",
		"to=reader@example.jp, from x@y.z":              "[address], from [address]",
		`"a b"@example.jp rejected`:                     "[address] rejected",
		`<"..a"@docomo.example> rejected`:               "<[address]> rejected",
		`"a\"b"@example.jp rejected`:                    "[address] rejected",
		`said "no" to "a b"@example.jp`:                 `said "no" to [address]`,
		"reader@[192.0.2.1] rejected":                   "[address] rejected",
		"reader@[IPv6:2001:db8::1]":                     "[address]",
		"読者@例え.example さんは不明":                           "[address] さんは不明",
		"a@b@c@example.jp":                              "[address]",
		"nul\x00 bell\a del\x7f csi\u009b":              "nul  bell  del  csi",
		"two\nlines reader@example.jp":                  "two lines [address]",
		strings.Repeat("長", 300):                        strings.Repeat("長", 200),
		strings.Repeat("x", 195) + " reader@example.jp": strings.Repeat("x", 195) + " [add",
	} {
		if got := Scrub(in); got != want {
			t.Errorf("%q:\n got %q\nwant %q", in, got, want)
		}
	}
}

// FuzzScrub holds what the log relies on: one line, no controls, short, and no
// address of the usual form.
func FuzzScrub(f *testing.F) {
	f.Add("550 <reader@example.jp> \"a b\"@example.jp x@[192.0.2.1]\r\n")
	f.Fuzz(func(t *testing.T, in string) {
		out := Scrub("no " + in + " reader@example.jp")
		if strings.ContainsAny(out, "@\r\n\x00\x1b\u009b") || len([]rune(out)) > 200 {
			t.Errorf("%q became %q", in, out)
		}
	})
}

func TestNamesOfWhatCanHappen(t *testing.T) {
	t.Parallel()
	for got, want := range map[string]string{
		Outcome(0).String(): "none", Accepted.String(): "accepted", Deferred.String(): "deferred",
		Refused.String(): "refused", Uncertain.String(): "uncertain", Outcome(200).String(): "uncertain",
		StageDial.String(): "connect", StageGreeting.String(): "greeting", StageAuth.String(): "AUTH",
		StageMail.String(): "MAIL", StageRcpt.String(): "RCPT", StageData.String(): "DATA",
		StageDot.String(): "end of data", Stage(200).String(): "end of data",
		Draft.String(): "draft", Scheduled.String(): "scheduled", Held.String(): "held", Running.String(): "running",
		Finished.String(): "finished", Cancelled.String(): "cancelled",
		(&Refusal{Judge(StageAuth, 535, "5.7.8", "for reader@example.jp")}).Error():          "the relay cannot be used: AUTH: reply 535 5.7.8: it does not take our login",
		(&Refusal{Judge(StageDial, 0, "", "")}).Error():                                      "the relay cannot be used: connect",
		(&Refusal{Judge(StageAuth, 535, "5.7.8", "5.7.8 for reader@example.jp")}).Disclose(): "the relay cannot be used: AUTH: reply 535: 5.7.8 for [address]",
		(&Refusal{Judge(StageAuth, 535, "", "")}).Disclose():                                 "the relay cannot be used: AUTH: reply 535: it does not take our login",
	} {
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// TestEveryValueHasAName of its own: one that is forgotten would bear another's.
func TestEveryValueHasAName(t *testing.T) {
	t.Parallel()
	for kind, all := range map[string][]string{
		"outcome": names[Outcome](outcomes), "stage": names[Stage](stages), "state": names[State](states),
	} {
		for i, name := range all {
			if name == "" || slices.Contains(all[:i], name) {
				t.Errorf("%s %d has no name of its own: %q", kind, i, name)
			}
		}
	}
}

func names[T interface {
	~uint8
	fmt.Stringer
}](n int) (all []string) {
	for i := range n {
		all = append(all, T(i).String())
	}
	return all
}
