package deliver

import (
	"strings"
	"time"

	"example.jp/kairan/subscribe"
)

// BounceKind is what a mail that came back means for whoever it was for.
type BounceKind uint8

// The kinds.
const (
	BouncedHard BounceKind = iota + 1 // the address does not exist, or takes no mail
	BouncedSoft                       // not now: full, unreachable, given up after waiting
	BouncedOurs                       // the sender's fault, or the message's: policy, size, content
	Complained                        // the reader, or whoever reads their mail, called it abuse

	bounceKinds = iota + 1
)

// String names the kind in logs.
func (k BounceKind) String() string {
	names := [bounceKinds]string{"none", BouncedHard: "hard", BouncedSoft: "soft", BouncedOurs: "ours", Complained: "complaint"}
	return names[min(int(k), len(names)-1)]
}

// Bounce is a mail that came back, as far as it is believed.
type Bounce struct {
	Of       subscribe.Return
	Kind     BounceKind
	Enhanced string // RFC 3463, such as "5.1.1"; "" if it had none
}

// KindOfBounce is what a report of failure means, by its status (RFC 3464 §2.3.4) and by the
// reply code that the relay got, 0 if it says none. It is the table by which replies at
// RCPT are judged, for what is final: a relay that reports has given up.
func KindOfBounce(status string, code int) BounceKind {
	outcome, blame := judgePermanent(StageRcpt, code, status)
	isOf := func(subject string) bool { return strings.HasPrefix(status, subject) }
	saysNothing := code == 0 && (status == "" || status == "5.0.0")
	switch {
	case isOf("4."):
		return BouncedSoft
	case ourAddress(status), blame == BlameSender:
		return BouncedOurs
	case isOf("5.1."), blame == BlameAddress && outcome == Refused:
		return BouncedHard
	case saysNothing, isOf("5.2."), isOf("5.3.") && status != "5.3.4": // the mailbox, or its host, failed
		return BouncedSoft
	case blame == BlameMessage:
		return BouncedOurs
	}
	return BouncedSoft
}

// BehindForward is the status and the reply code of a failure that was reported of another
// address than the copy went to, to which that one hands its mail on. That the other does not
// exist says nothing of the first, whose mailbox may keep what comes: it counts as a list that
// could not be expanded (RFC 3463 §3.3, X.2.4), and so as one of many before it suspends.
func BehindForward(status string, code int) (string, int) {
	if KindOfBounce(status, code) == BouncedHard {
		return "5.2.4", 0
	}
	return status, code
}

// Result is the outcome that a copy would have had if the relay had said so at once.
func (b Bounce) Result() Result {
	r := Result{Outcome: Refused, Stage: StageRcpt, Code: 550, Enhanced: b.Enhanced, Text: "it came back from where it was to go"}
	switch b.Kind {
	case BouncedHard:
		r.Blame = BlameAddress
	case BouncedSoft:
		r.Outcome, r.Code = Deferred, 450
	default:
		r.Blame = BlameSender
	}
	return r
}

// Returned is a copy that came back, as it counts for its run.
type Returned struct {
	Run    IssueName // zero: it counts for none
	Domain string    // of the address
	Result Result
}

// BouncesQuiet is how long no copy of a run may have come back before those that did are
// held against anybody, and BouncesMost how long that waits at most: only all of them show
// whose fault it was.
const (
	BouncesQuiet = time.Hour
	BouncesMost  = 24 * time.Hour
)

// QueueLife is how long a relay may try before it reports that it has given up (RFC 5321
// §4.5.4.1: four to five days), with some to spare.
const QueueLife = 7 * 24 * time.Hour

// AfterBounce is After for a copy that the relay had taken, of a run that went well else.
func (s Strikes) AfterBounce(b Bounce, to subscribe.Address, issue string, at time.Time, p SuspendPolicy) (next Strikes, suspend bool) {
	x := Settlement{Reader: Reader{Address: to}, Result: b.Result()}
	if next, suspend = s.After(x, issue, at, p); !suspend && x.Struck() {
		next.Back, next.TakenAt = true, time.Time{}
	}
	return next, suspend
}

// Taken is what is remembered when the relay takes a copy. Where nothing came back that makes
// everything forgotten. A relay that takes everything and reports later says nothing by
// that: there a copy must have been taken, and not have come back for [QueueLife].
func (s Strikes) Taken(at time.Time) Strikes {
	switch {
	case !s.Back:
		return Strikes{}
	case s.TakenAt.IsZero():
		s.TakenAt = at
	case at.Sub(s.TakenAt) >= QueueLife:
		return Strikes{}
	}
	return s
}
