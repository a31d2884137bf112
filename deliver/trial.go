package deliver

import (
	"slices"
	"strings"
	"time"

	"example.jp/kairan/subscribe"
)

// Trial is what a relay is asked about, and not given: whether it would take a message.
type Trial struct {
	Envelope Envelope
	Size     int // octets of the message, as MAIL says them (RFC 1870); 0: it is not said
}

// TrialOf is the trial of a mail of the list to somebody of the office's own. No reader is in
// it, and its return path has the form that those of readers' mails have, and is nobody's.
func TrialOf(l *subscribe.List) Trial {
	to := l.From
	switch contact, err := subscribe.ParseAddress(l.Office.Contact); {
	case len(l.Testers) > 0:
		to = l.Testers[0]
	case err == nil:
		to = contact
	}
	path := l.ReturnPath.Envelope()
	if l.Delimiter != "" {
		before, after := subscribe.PartAddress(path, l.Delimiter)
		path = before + strings.Repeat("a", subscribe.ReturnLength) + after
	}
	return Trial{Envelope: Envelope{From: path, To: to.Envelope()}}
}

// Tried is what a relay said when it was last asked whether it would take an issue.
type Tried struct {
	Relay    string
	At       time.Time
	Stage    Stage // at which it said no; 0: it would take it
	Code     int   // of its reply; 0: there was none, or it was not asked for one
	Enhanced string
	Text     string // what that means, in our own words
}

// TriedOf is a trial that has just been made; nil: the relay would take the issue.
func TriedOf(relay string, no *Refusal, now time.Time) Tried {
	t := Tried{Relay: relay, At: now}
	if no != nil {
		r := no.Result
		t.Stage, t.Code, t.Enhanced, t.Text = r.Stage, r.Code, r.Enhanced, r.Text
	}
	return t
}

// An issue is tried an hour before its start, when there is time to mend what is wrong, and
// ten minutes before, for what has come since.
const (
	TrialFirst = time.Hour
	TrialLast  = 10 * time.Minute
	// trialAtLeast is how long before the start nobody asks any more: what is wrong then is
	// told by the start itself, in whose way a trial would be.
	trialAtLeast = time.Minute
)

// TrialDue says whether it is time to ask a relay about a scheduled issue: once within the
// hour before its start, and once within the last ten minutes; and again if the issue was
// replaced or scheduled since, or the relay held. One that is held, or rests, is not
// asked.
func (i *Issue) TrialDue(r RelayNow, now time.Time) bool {
	wait := i.Due.Sub(now)
	if !i.Within(now) || wait <= trialAtLeast || r.Why != "" || r.Rests {
		return false
	}
	since := i.Due.Add(-TrialFirst)
	if wait <= TrialLast {
		since = i.Due.Add(-TrialLast)
	}
	if r.Back.After(since) {
		since = r.Back
	}
	for _, e := range i.Timeline {
		if (e.What == wasReplaced || strings.HasPrefix(e.What, wasScheduled)) && e.At.After(since) {
			since = e.At
		}
	}
	t := lastAt(i.Tried, r.Name)
	return t.At.Before(since) || t.At.After(now) // or the clock was set back
}

// lastAt is the trial at a relay; zero: there was none.
func lastAt(all []Tried, relay string) Tried {
	if n := slices.IndexFunc(all, func(t Tried) bool { return t.Relay == relay }); n >= 0 {
		return all[n]
	}
	return Tried{}
}

// NoteTried keeps how a trial went, in the place of the one before at that relay.
func (i *Issue) NoteTried(t Tried) {
	i.Tried = append(slices.DeleteFunc(slices.Clone(i.Tried), func(x Tried) bool { return x.Relay == t.Relay }), t)
}
