package deliver

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"example.jp/kairan/deliver/phrase"
)

// State is where an issue stands.
type State uint8

// The states of an issue.
const (
	Draft     State = iota + 1 // can be replaced, tested, scheduled
	Scheduled                  // starts at Due
	Held                       // was due and did not start: too late, or it cannot be composed, or the database took no start
	Running                    // copies are going out
	Finished                   // nothing more will go out
	Cancelled                  // stopped after it began
	Paused                     // began, and goes on when it is resumed

	states = iota + 1 // with 0, which is none
)

// String names the state in tables and JSON.
func (s State) String() string {
	names := [states]string{
		"none", Draft: "draft", Scheduled: "scheduled", Held: "held", Running: "running", Finished: "finished", Cancelled: "cancelled", Paused: "paused",
	}
	return names[min(int(s), len(names)-1)]
}

// Words are the state in a sentence.
func (s State) Words() phrase.Words { return phrase.Say("%s", phrase.Key(s.String())) }

// Event is one line of an issue's timeline.
type Event struct {
	At    time.Time `json:"at"`
	Actor string    `json:"actor"` // the peer of the control socket, or "kairan"
	What  string    `json:"what"`  // in words, for the editor
}

// Issue is one issue of one list.
type Issue struct {
	Name     IssueName
	Source   []byte // front matter and Markdown, as added
	Files    []Enclosure
	Subject  string
	State    State
	Due      time.Time // zero unless Scheduled or later
	Started  time.Time
	Ended    time.Time
	Expires  time.Time // when deferred copies are given up
	PausedAt time.Time // zero unless Paused
	Timeline []Event

	Embargo   time.Time  // it does not start before; zero: whenever it is due
	Approvals []Approval // of what it is now, and of what it was
	Again     []Again    // each time that it went once more to some of its readers
	Tried     []Tried    // by whom it would be taken, relay by relay, as last asked before its start

	Sent     Sent      // how it went out; zero: it has not
	Readings []Reading // how far its run had got, by and by, oldest first
	Fed      Fed       // zero: people made it
}

// StateError is a verb that the issue's state does not allow.
type StateError struct {
	Issue IssueName
	State State
	Verb  string
	Next  phrase.Words // what to do instead
}

func (e *StateError) Error() string { return e.Words().EN }

// Words say it in both languages.
func (e *StateError) Words() phrase.Words {
	if e.State.String() == e.Verb { // somebody else was faster
		return phrase.Say("%s is %s already", e.Issue, e.State.Words())
	}
	return phrase.Say("%s is %s and cannot %s; %s", e.Issue, e.State.Words(), phrase.Key("be "+e.Verb), e.Next)
}

// furthest is how far ahead an issue can be scheduled; what lies further is a slip
// of the finger.
const furthest = 100 * 366 * 24 * time.Hour

// DueError is a due time that has passed, or that lies too far ahead.
type DueError struct{ words phrase.Words }

func (e *DueError) Error() string { return e.words.EN }

// Words say it in both languages.
func (e *DueError) Words() phrase.Words { return e.words }

// Refuse is the error of a verb that the state does not allow, as "cancelled"; next says what
// to do instead, as of [phrase.Say].
func (i *Issue) Refuse(verb, next string, args ...any) error {
	return &StateError{Issue: i.Name, State: i.State, Verb: verb, Next: phrase.Say(next, args...)}
}

func (i *Issue) note(now time.Time, actor, format string, args ...any) {
	i.Timeline = append(i.Timeline, Event{now, actor, fmt.Sprintf(format, args...)})
}

// Replace takes a new text and new files, until the issue starts. A scheduled issue
// stays scheduled.
func (i *Issue) Replace(m Manuscript, subject string, actor string, now time.Time) error {
	switch i.State {
	case Draft, Scheduled, Held:
		before := *i
		i.Source, i.Files, i.Subject = m.Source, m.Enclosures(), subject
		what := wasReplaced
		if i.SameText(&before) {
			what = addedAgain
		}
		i.note(now, actor, "%s", what)
		return nil
	}
	return i.Refuse("replaced", "add it under another name")
}

// Schedule sets the time at which the issue starts; zone is the list's, for the
// words. due must not lie before now.
func (i *Issue) Schedule(due time.Time, actor string, zone *time.Location, now time.Time) error {
	if i.State != Draft && i.State != Scheduled && i.State != Held {
		return i.Refuse("scheduled", "add it again under another name to send it once more")
	}
	if due.Before(now) {
		return &DueError{phrase.Say("%s cannot be scheduled in the past: %s was %s ago; give a later time, or --now",
			i.Name, due.In(zone).Format("2006-01-02 15:04 MST"), phrase.Number(Span(now.Sub(due))))}
	}
	if due.Before(i.Embargo) {
		return &DueError{phrase.Say("%s is under embargo until %s; give that time or a later one, or move the embargo, or lift it: kairan issue embargo %[1]s TIME, or --lift",
			i.Name, i.Embargo.In(zone).Format("2006-01-02 15:04 MST"))}
	}
	if due.Sub(now) > furthest {
		return &DueError{phrase.Say("%s is more than a hundred years from now; give an earlier time", due.In(zone).Format("2006-01-02 15:04 MST"))}
	}
	instead := ""
	if i.State != Draft {
		instead = ", instead of " + i.Due.In(zone).Format("2006-01-02 15:04:05 MST")
	}
	i.State, i.Due = Scheduled, due
	i.note(now, actor, wasScheduled+"%s%s", due.In(zone).Format("2006-01-02 15:04:05 MST"), instead)
	return nil
}

// CheckMovable refuses to give an issue another time that has none.
func (i *Issue) CheckMovable() error {
	if i.State == Scheduled || i.State == Held {
		return nil
	}
	if i.State == Draft {
		return i.Refuse("rescheduled", "it has no time yet; give it one: kairan issue schedule %s", i.Name)
	}
	return i.Refuse("rescheduled", "it has begun")
}

// SetEmbargo says before when an issue that has not begun does not start, and nothing of it
// can be read; zero lifts it. One that is scheduled for before then is scheduled for then.
func (i *Issue) SetEmbargo(until time.Time, actor string, zone *time.Location, now time.Time) error {
	if i.State != Draft && i.State != Scheduled && i.State != Held {
		return i.Refuse("put under embargo", "it has begun, and who has it has it")
	}
	if !until.IsZero() && until.Before(now) {
		return &DueError{phrase.Say("%s was %s ago; give a later time for the embargo, or lift it: kairan issue embargo %s --lift",
			until.In(zone).Format("2006-01-02 15:04 MST"), phrase.Number(Span(now.Sub(until))), i.Name)}
	}
	i.Embargo = until
	if until.IsZero() {
		i.note(now, actor, "embargo lifted")
		return nil
	}
	i.note(now, actor, "embargo until %s", until.In(zone).Format("2006-01-02 15:04 MST"))
	if i.State == Scheduled && i.Due.Before(until) {
		return i.Schedule(until, actor, zone, now)
	}
	return nil
}

// Cancel takes a scheduled issue back to draft, and stops the rest of a running
// one.
func (i *Issue) Cancel(actor string, now time.Time) error {
	switch i.State {
	case Scheduled, Held:
		i.State, i.Due = Draft, time.Time{}
		i.note(now, actor, "cancelled before the start; back to draft")
		return nil
	case Running, Paused:
		if i.IsAgain() {
			i.stopAgain(actor, now)
			return nil
		}
		i.State, i.Ended, i.PausedAt = Cancelled, now, time.Time{}
		i.note(now, actor, "cancelled; copies not yet claimed stay unsent")
		return nil
	}
	return i.Refuse("cancelled", "nothing of it is waiting to go out")
}

// CheckRemovable refuses to let an issue be removed that will go out, or whose books
// are the record of what went out.
func (i *Issue) CheckRemovable() error {
	switch i.State {
	case Draft, Held:
		return nil
	case Scheduled:
		return i.Refuse("removed", "first: kairan issue cancel %s", i.Name)
	case Running, Paused:
		return i.Refuse("removed", "to stop it: kairan issue cancel %s", i.Name)
	}
	return i.Refuse("removed", "its books are the record of what was sent, and are kept")
}

// Tested writes into the timeline that a text, with its files, was sent to so many
// testers: that of sent, since this one may have been replaced meanwhile.
func (i *Issue) Tested(sent *Issue, testers int, actor string, now time.Time) {
	i.note(now, actor, "test copies sent to %s%s", Count(testers, "tester"), sent.textMark())
}

// WasTested says whether exactly this text, with exactly these files, was ever sent to
// a tester: also if another was added and taken back in between.
func (i *Issue) WasTested() bool {
	mark := i.textMark()
	return slices.ContainsFunc(i.Timeline, func(e Event) bool {
		return strings.HasPrefix(e.What, "test copies sent to ") && !strings.HasPrefix(e.What, "test copies sent to 0 ") && strings.HasSuffix(e.What, mark)
	})
}

// textMark names a text and its files in the timeline, by their content.
func (i *Issue) textMark() string {
	sum := sumOf(i.Source, i.Files)
	return fmt.Sprintf(" (text %x)", sum[:6])
}

// Pause stops a running issue until it is resumed. reason may be empty.
func (i *Issue) Pause(actor, reason string, now time.Time) error {
	if i.State != Running {
		return i.Refuse("paused", "only a running issue can be; to keep a scheduled one from starting, cancel it")
	}
	if i.IsAgain() {
		reason = notTakenBack(reason)
	}
	i.State, i.PausedAt = Paused, now
	if reason == "" {
		i.note(now, actor, "paused")
	} else {
		i.note(now, actor, "paused: %s; see to it (`kairan issue test %[2]s` shows what the relay says), then `kairan issue resume %[2]s`", reason, i.Name)
	}
	return nil
}

// Resume lets a paused issue go on. The time of the pause does not count towards
// its expiry: after a weekend that a breaker began, the rest would be given up
// without an attempt.
func (i *Issue) Resume(actor string, now time.Time) error {
	if i.State != Paused {
		return i.Refuse("resumed", "only a paused issue can be")
	}
	if paused := now.Sub(i.PausedAt); !i.PausedAt.IsZero() && paused > 0 {
		i.Expires = i.Expires.Add(paused)
	}
	i.State, i.PausedAt = Running, time.Time{}
	i.note(now, actor, "resumed")
	return nil
}

// Ready says what a scheduled issue does at now: it starts, or it is held
// because it is later than the list's late_within allows, or neither yet.
func (i *Issue) Ready(now time.Time, lateWithin time.Duration) (start, hold bool) {
	if i.State != Scheduled || now.Before(i.Due) || now.Before(i.Embargo) {
		return false, false
	}
	if now.Sub(i.Due) > lateWithin {
		return false, true
	}
	return true, false
}

// Hold keeps a due issue from starting, with the reason for the editor.
func (i *Issue) Hold(reason string, now time.Time) {
	i.State = Held
	i.note(now, Self, "held: %s", reason)
}

// Start begins the run with so many readers; copies are given up after expiry.
func (i *Issue) Start(audience int, expiry time.Duration, now time.Time) {
	late := ""
	if by := now.Sub(i.Due); by >= time.Minute {
		late = fmt.Sprintf(", %s late", FormatDuration(by.Round(time.Minute)))
	}
	i.State, i.Started, i.Expires = Running, now, now.Add(expiry)
	i.Readings = []Reading{{At: now}}
	i.note(now, Self, "started for %s%s", Count(audience, "reader"), late)
}

// End ends the run. If nearly everybody was refused it is paused instead, so that
// whoever has seen to the relay can let it go on; not after its expiry, when there
// is nothing to go on with. excused says that nothing is held against its readers,
// since most of the copies that were tried were refused.
func (i *Issue) End(b Balance, excused bool, now time.Time) {
	if b.NearlyAllRefused() && now.Before(i.Expires) && i.State == Running && !i.IsAgain() { // who is refused once more may well be gone
		i.State, i.PausedAt = Paused, now
		i.note(now, Self, "paused: %d of %d readers were refused, so the fault is hardly theirs; %s; see to it (`kairan issue test %[4]s` shows what the relay says), then `kairan issue resume %[4]s`, or cancel it",
			b.Refused+b.Expired, b.Audience, TakenBack, i.Name)
		return
	}
	i.Finish(b, now)
	if excused {
		i.Remark("most of those who were tried were refused, so nothing is held against anybody; the list may be old, or the relay wrong", now)
	}
}

// Finish ends the run.
func (i *Issue) Finish(b Balance, now time.Time) {
	i.State, i.Ended = Finished, now
	i.note(now, Self, "finished: %s", b)
}

// Reopen lets a run that has finished go on with copies that were uncertain, since the
// relay's log says that it had not taken them.
func (i *Issue) Reopen(copies int, now time.Time) {
	i.State, i.Ended = Running, time.Time{}
	i.note(now, Self, "goes on: by its log the relay had not taken %s that had been uncertain", Plural(copies, "copy", "copies"))
}

// Remark adds a line about the run that changes no state, such as a relay that
// cannot be used.
func (i *Issue) Remark(what string, now time.Time) { i.note(now, Self, "%s", what) }

// Self is the actor of what nobody ordered.
const Self = "kairan"
