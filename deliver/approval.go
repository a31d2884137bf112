package deliver

import (
	"crypto/sha256"
	"encoding/hex"
	"time"

	"example.jp/kairan/deliver/phrase"
)

// Content tells apart what readers would get of an issue: its text with all that stands
// around it, its files, whom it comes from, and by which rule readers are chosen.
type Content [sha256.Size]byte

// String is the beginning of it, for people to compare and to copy. It is long enough that
// nobody finds a second text with the same one, to hand it in after the first was shown.
func (c Content) String() string { return hex.EncodeToString(c[:16]) }

// Approval is an account that stands for what another has written; or, with Alone, one
// that goes without such an account, for a reason.
type Approval struct {
	By      string
	At      time.Time
	Content Content // of what it was shown; of anything else the approval says nothing
	Alone   string  // why nobody else was asked; "": another account approved
}

// errOwnText refuses to let an author be the second pair of eyes.
var errOwnText = phrase.Say("who wrote it cannot approve it; ask another approver of the list, or give a reason why nobody else is asked: kairan issue schedule … --alone REASON")

// Author is the account that handed in the text that the issue has now, or its files.
func (i *Issue) Author() (who string) {
	for _, e := range i.Timeline {
		if e.What == wasAdded || e.What == wasReplaced {
			who = e.Actor
		}
	}
	return who
}

// What stands in the timeline when a text is handed in.
const (
	wasAdded     = "added"
	wasReplaced  = "replaced"
	wasScheduled = "scheduled for "         // and when
	addedAgain   = "added again, unchanged" // which makes nobody its author
)

// Added is the first line of an issue's timeline.
func Added(who string, now time.Time) Event { return Event{now, who, wasAdded} }

// Approve lets an account stand for what it was shown of an issue that has not begun.
func (i *Issue) Approve(who string, shown Content, now time.Time) error {
	if i.State != Draft && i.State != Scheduled && i.State != Held {
		return i.Refuse("approved", "it has begun")
	}
	if who == i.Author() {
		return errOwnText
	}
	i.Approvals = append(i.Approvals, Approval{By: who, At: now, Content: shown})
	i.note(now, who, "approved (content %s)", shown)
	return nil
}

// GoAlone lets an account go without a second pair of eyes, and says why.
func (i *Issue) GoAlone(who, why string, shown Content, now time.Time) {
	i.Approvals = append(i.Approvals, Approval{By: who, At: now, Content: shown, Alone: why})
	i.note(now, who, "not approved by anybody else: %s (content %s)", why, shown)
}

// ApprovalOf is the last approval of exactly this content; false if there is none: whatever
// was approved before it was changed does not count.
func (i *Issue) ApprovalOf(c Content) (last Approval, ok bool) {
	for _, a := range i.Approvals {
		if a.Content == c {
			last, ok = a, true
		}
	}
	return last, ok
}

// UnapprovedError is why an issue does not start whose list wants another account to approve.
type UnapprovedError struct {
	Issue   IssueName
	Changed string // who approved what it was before; "": nobody approved anything
}

func (e *UnapprovedError) Error() string { return e.Words().EN }

// Words say it in both languages.
func (e *UnapprovedError) Words() phrase.Words {
	why := phrase.Say("nobody but its author stands for it")
	if e.Changed != "" {
		why = phrase.Say("it has changed since %s approved it", e.Changed)
	}
	return phrase.Say("%s, and the list asks for another account: have an approver do `kairan issue approve %s`", why, e.Issue)
}

// Unapproved is the error of an issue that has no approval of what it is now.
func (i *Issue) Unapproved() error {
	e := &UnapprovedError{Issue: i.Name}
	if n := len(i.Approvals); n > 0 {
		e.Changed = i.Approvals[n-1].By
	}
	return e
}
