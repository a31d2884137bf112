package deliver

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"
)

// Outcome is what became of one attempt; never a boolean.
type Outcome uint8

// The four outcomes.
const (
	Accepted  Outcome = iota + 1 // handed to the relay
	Deferred                     // may be tried again
	Refused                      // will not be tried again
	Uncertain                    // the final dot was on its way, its reply was not read (RFC 1047)

	outcomes = iota + 1 // with 0, which is none
)

// String names the outcome in logs and tables.
func (o Outcome) String() string {
	names := [outcomes]string{"none", Accepted: "accepted", Deferred: "deferred", Refused: "refused", Uncertain: "uncertain"}
	return names[min(int(o), len(names)-1)]
}

// Blame says whom a failure is about.
type Blame uint8

// Whom a failure is about.
const (
	BlameNobody  Blame = iota // it may pass by itself
	BlameAddress              // this address: it may end in suspension
	BlameMessage              // this message: says nothing about the address
	BlameSender               // our reputation or policy: 5.7.x, 530 and 535, and 4.7.2x of authentication, at RCPT or data
	BlameUs                   // our own set-up: everything is held, no attempt is used up
	BlameList                 // the sender of one list: that list is held, no attempt is used up
	BlameLimit                // a limit of the relay's or of our account: likewise, until it takes more
)

// Spares says whether a failure uses up nobody's attempt: it is about us, and says
// nothing of the reader or of the message.
func (b Blame) Spares() bool { return b >= BlameUs }

// Result is one attempt judged.
type Result struct {
	Outcome  Outcome
	Blame    Blame
	Stage    Stage
	Code     int    // SMTP reply code; 0: the connection failed
	Enhanced string // RFC 3463 code, "" if the reply had none
	Text     string // what it means, in our own words: no name, domain or word of a relay
	Words    Words  // the relay's own; none when there was no reply
	Broken   bool   // the connection must not be used again
}

// Disclose is the reply in the relay's own words, if it had any; see [Words.Disclose].
func (r Result) Disclose() string {
	said := cmp.Or(r.Words.Disclose(), r.Text)
	if r.Enhanced != "" && !strings.HasPrefix(said, r.Enhanced) {
		said = r.Enhanced + " " + said
	}
	return fmt.Sprintf("%d %s", r.Code, said)
}

// Limit is which limit of the relay's, or of our account's there, the reply means.
func (r Result) Limit() Limit { return limitOf(r.Stage, r.Code, r.Enhanced) }

// Reply is the relay's reply in figures; its words may hold anything.
func (r Result) Reply() string {
	switch {
	case r.Code == 0:
		return "no reply"
	case r.Enhanced == "":
		return "reply " + strconv.Itoa(r.Code)
	}
	return "reply " + strconv.Itoa(r.Code) + " " + r.Enhanced
}

// Judge classifies a failed or accepted attempt, once, where the wire ends: by the
// first digit (RFC 5321 §4.2.1), and then by the enhanced code (RFC 3463). code 0
// means that the connection failed, and text is why, in our own words; otherwise it
// is what the relay said. Nothing is permanent without a 5yz reply.
func Judge(stage Stage, code int, enhanced, text string) Result {
	r := Result{Stage: stage, Code: code, Enhanced: enhanced, Outcome: Deferred}
	if code == 0 {
		r.Text = Scrub(text)
	} else {
		r.Text, r.Words = meaning(stage, code, enhanced), Words{Scrub(text)}
	}
	r.Broken = code == 0 || code == 421
	switch {
	case stage == StageDot && code/100 == 2:
		r.Outcome = Accepted
	case stage == StageDot && code == 0:
		r.Outcome = Uncertain
	case stage <= StageAuth:
		r.Blame = BlameUs
	case r.Limit() != LimitNone && r.Limit() != LimitGreylisting:
		r.Blame = BlameLimit
	case stage == StageMail && aboutSender(code, enhanced), stage == StageRcpt && ourAddress(enhanced):
		r.Blame = BlameList
	case stage == StageMail && code != 0:
		r.Blame = BlameUs
	case code/100 == 5:
		r.Outcome, r.Blame = judgePermanent(stage, code, enhanced)
	case strings.HasPrefix(enhanced, "4.7.2") && len(enhanced) == len("4.7.2x"):
		r.Blame = BlameSender // SPF, DKIM and the like (RFC 7372); 4.7.28 was a limit. Any other 4.7.x waits by the table
	}
	return r
}

// judgePermanent refines a 5yz reply to RCPT or to the data.
func judgePermanent(stage Stage, code int, enhanced string) (Outcome, Blame) {
	switch enhanced {
	case "5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.1":
		return Refused, BlameAddress
	case "5.2.2": // mailbox full
		return Deferred, BlameAddress
	}
	switch {
	case strings.HasPrefix(enhanced, "5.7."), code == 530, code == 535:
		return Deferred, BlameSender
	case strings.HasPrefix(enhanced, "5.4."):
		return Deferred, BlameNobody
	case enhanced == "5.2.3", strings.HasPrefix(enhanced, "5.5."), strings.HasPrefix(enhanced, "5.6."):
		return Refused, BlameMessage
	case stage == StageRcpt && code == 556: // RFC 7504
		return Refused, BlameAddress
	case stage == StageRcpt && addsNothing(enhanced) && (code == 550 || code == 551 || code == 553):
		return Refused, BlameAddress
	}
	return Refused, BlameMessage
}

// addsNothing says whether an enhanced code adds nothing to a refusal of the recipient.
func addsNothing(enhanced string) bool {
	return enhanced == "" || enhanced == "5.0.0" || strings.HasPrefix(enhanced, "5.1.") || strings.HasPrefix(enhanced, "5.2.")
}
