package deliver

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"example.jp/kairan/deliver/phrase"
)

// Whom says which readers of an issue that has ended get it once more. The numbers are stored.
type Whom uint8

// Who may get an issue once more.
const (
	ToUncertain Whom = iota + 1 // whose copy is uncertain: who has it already gets it twice
	ToRefused                   // whose copy the relay refused for good
	ToHeld                      // whose copy was held back until it was given up, tried or not

	whoms = iota + 1 // with 0, which is none
)

// String is what [ParseWhom] reads.
func (w Whom) String() string {
	return [whoms]string{"none", ToUncertain: "uncertain", ToRefused: "refused", ToHeld: "held"}[min(int(w), whoms-1)]
}

// ParseWhom reads one.
func ParseWhom(s string) (Whom, error) {
	for w := ToUncertain; w < whoms; w++ {
		if s == w.String() {
			return w, nil
		}
	}
	return 0, fmt.Errorf("%q says no readers; say uncertain (nobody knows whether they have it), refused (the relay refused their copy for good) or held (their copy was held back until it was given up)", s)
}

// Again is that an issue went out once more, to some of its readers.
type Again struct {
	At     time.Time
	By     string
	To     Whom
	Copies int
	Ended  time.Time // when it had ended before
}

// SentBy is when the issue had gone out to all its readers: at its first end; zero: it has not.
func (i *Issue) SentBy() time.Time {
	if len(i.Again) > 0 {
		return i.Again[0].Ended
	}
	if i.State != Finished {
		return time.Time{}
	}
	return i.Ended
}

// ErrForgotten says that the books of an issue no longer tell its copies apart.
var ErrForgotten = errors.New("which copy became what is not known any more")

// SendAgain lets an issue that has ended go on, with copies to so many of its readers, from
// due on and until expiry after it; zone is the list's, for the words.
func (i *Issue) SendAgain(to Whom, copies int, due time.Time, expiry time.Duration, actor string, zone *time.Location, now time.Time) error {
	if i.State != Finished {
		return i.Refuse("sent once more", "%s", i.whyNotAgain())
	}
	i.Again = append(i.Again, Again{now, actor, to, copies, i.Ended})
	i.State, i.Ended, i.Expires = Running, time.Time{}, due.Add(expiry)
	i.note(now, actor, "goes once more to %s (%s), from %s", Count(copies, "reader"), to, due.In(zone).Format("2006-01-02 15:04:05 MST"))
	return nil
}

// whyNotAgain is what to do where an issue has not ended.
func (i *Issue) whyNotAgain() phrase.Words {
	switch {
	case i.State == Cancelled:
		return phrase.Say("what was stopped stays unsent; add it under another name")
	case i.State == Paused:
		return phrase.Say("let it go on: kairan issue resume %s", i.Name)
	case i.State != Running:
		return phrase.Say("it has not begun")
	case i.IsAgain():
		x := i.Again[len(i.Again)-1]
		return phrase.Say("it goes once more already, to %s (%s); give this again when that has ended", phrase.Number(Count(x.Copies, "reader")), x.To)
	}
	return phrase.Say("it is under way; give this again when that has ended")
}

// IsAgain says whether an issue under way has ended before, and goes to some of its readers
// once more.
func (i *Issue) IsAgain() bool {
	return len(i.Again) > 0 && (i.State == Running || i.State == Paused)
}

// StandAgain notes that an account stands for sending the issue once more, where the list asks
// for another than its author's: what goes out was approved when it began, to whom was not.
// With alone nobody but its author does, for that reason.
func (i *Issue) StandAgain(who, alone string, now time.Time) {
	a := Approval{By: who, At: now, Alone: alone}
	if n := len(i.Approvals); n > 0 {
		a.Content = i.Approvals[n-1].Content
	}
	i.Approvals = append(i.Approvals, a)
	if alone == "" {
		i.note(now, who, "approved, for these readers")
	} else {
		i.note(now, who, "not approved by anybody else, for these readers: %s", alone)
	}
}

// stopAgain ends what an issue is sent once more: it stays as finished as it was.
func (i *Issue) stopAgain(actor string, now time.Time) {
	i.State, i.Ended, i.Expires, i.PausedAt = Finished, now, now, time.Time{}
	i.note(now, actor, "finished: sending it once more was stopped")
}

// notTakenBack says of a reason to pause what is true of an issue that goes once more: it is
// for some readers, and nobody else is tried again with them.
func notTakenBack(reason string) string {
	return strings.Replace(reason, TakenBack, "nobody is suspended for it", 1)
}
