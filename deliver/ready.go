package deliver

import (
	"fmt"
	"time"
)

// Lack is something that is not well with an issue whose start is near.
type Lack struct {
	Kind  string `json:"kind"`  // one of the constants that follow
	Says  string `json:"says"`  // what is not well and what to do, in a sentence; nothing of it is about a reader
	Stops bool   `json:"stops"` // as things stand the issue does not begin, or reaches nobody
}

// What may be not well before a start, the gravest first. `[unready]` of templates/catalogue
// has each in words.
const (
	LackRelease   = "release"   // the database is a copy that was put back, and nothing goes out
	LackClock     = "clock"     // the clock is wrong
	LackList      = "list"      // the list has ended, or is erased before
	LackText      = "text"      // it cannot be composed: its text, a file of it, the declaration
	LackApproval  = "approval"  // nobody but its author stands for it
	LackEmbargo   = "embargo"   // it is under embargo at its start
	LackDisk      = "disk"      // there is no room for the books of its run
	LackWindow    = "window"    // copies would be given up before their turn
	LackRelay     = "relay"     // a relay cannot be reached, or its certificate is not believed, or it is held
	LackLogin     = "login"     // a relay does not take our login
	LackSender    = "sender"    // a relay does not take mail of this list
	LackSize      = "size"      // a relay takes no message that large
	LackRecipient = "recipient" // a relay does not take mail to the office's own address
	LackFallback  = "fallback"  // likewise any of these, of a relay that waits for the first, or for those that share with it
	LackRate      = "rate"      // other issues take of the rate at that time
)

// LackKinds are these.
var LackKinds = []string{
	LackRelease, LackClock, LackList, LackText, LackApproval, LackEmbargo, LackDisk, LackWindow,
	LackRelay, LackLogin, LackSender, LackSize, LackRecipient, LackFallback, LackRate,
}

// RelayNow is how a relay is for the mail of a list, as far as is known without asking it.
type RelayNow struct {
	Name   string
	Why    string    // why it is given none but trials of its own, in words; "": it takes it, as far as is known
	OfList bool      // that is about the sender of this list alone
	Back   time.Time // when it last took mail again; zero: it always did
	Beside bool      // it shares the load with the one before it
	Rests  bool      // it is given nothing at this hour, which is no fault
}

// Seen is what was seen of a scheduled issue before its start. Nothing in it: all is well.
type Seen struct {
	Issue    IssueName
	Release  string // why nothing goes out at all, and what to do
	Clock    string // what is wrong with the clock, and what to do
	List     error  // why its list sends no issue then
	Text     error  // why it cannot be composed
	Approval error
	Embargo  string // until when it is under embargo, if that is after its start
	Start    error  // why no run can begin
	Books    error  // why the books of the run may have no room
	Window   error  // why it would not reach its readers
	Relays   []RelayNow
	Tried    []Tried
	Rate     string // what goes out beside it, and what to do
}

// Lacks are what is not well, the gravest first.
func (s Seen) Lacks() (all []Lack) {
	add := func(kind string, stops bool, format string, args ...any) {
		all = append(all, Lack{kind, fmt.Sprintf(format, args...), stops})
	}
	if s.Release != "" {
		add(LackRelease, true, "nothing goes out: %s", s.Release)
	}
	if s.Clock != "" {
		add(LackClock, true, "the clock is wrong: %s", s.Clock)
	}
	if s.List != nil {
		add(LackList, true, "%s", s.List)
	}
	if s.Text != nil {
		add(LackText, true, "it cannot be composed: %s; mend it, and add it again: kairan issue add", s.Text)
	}
	if s.Approval != nil {
		add(LackApproval, true, "%s", s.Approval)
	}
	if s.Embargo != "" {
		add(LackEmbargo, true, "it is under embargo until %s; move that, kairan issue embargo %s TIME, or schedule it for then", s.Embargo, s.Issue)
	}
	switch {
	case s.Start != nil:
		add(LackDisk, true, "there is no room for the books of its run: %s", s.Start)
	case s.Books != nil:
		add(LackDisk, false, "%s, and it would stop midway; free some on the disk of the data directory, or raise max_size", s.Books)
	}
	if s.Window != nil {
		add(LackWindow, true, "%s", s.Window)
	}
	all = append(all, s.atRelays()...)
	if s.Rate != "" {
		add(LackRate, false, "%s", s.Rate)
	}
	return all
}

// atRelays are what is not well with the relays. The issue begins if one of them takes it;
// but what the first, or one that shares with it, finds too large is not given to another.
func (s Seen) atRelays() (all []Lack) {
	works, first := "", true
	for n, r := range s.Relays {
		first = first && (n == 0 || r.Beside)
		l := s.atRelay(r)
		if !l.Stops && works == "" {
			works = r.Name
		}
		if l.Says == "" {
			continue
		}
		if !first {
			l.Kind, l.Says = LackFallback, "the fallback relay "+l.Says
		}
		all = append(all, l)
	}
	for n := range all {
		switch l := &all[n]; {
		case works == "" || !l.Stops || l.Kind == LackSize:
		case l.Kind == LackFallback:
			l.Stops = false
		default:
			l.Says, l.Stops = l.Says+"; "+works+" is used instead", false
		}
	}
	return all
}

// atRelay is what is not well with one relay; nothing: it takes the issue, as far as is known.
func (s Seen) atRelay(r RelayNow) Lack {
	t := lastAt(s.Tried, r.Name)
	known := t.Stage != 0 && (t.Stage >= StageMail) == r.OfList // the trial has shown the same, and says more
	switch {
	case r.Why != "" && !known && r.OfList:
		return Lack{LackSender, fmt.Sprintf("%s takes no mail of this list: %s; have it take mail from `return_path` of [lists.%s], or correct that", r.Name, r.Why, s.Issue.List), true}
	case r.Why != "" && !known:
		return Lack{LackRelay, fmt.Sprintf("%s takes no mail: %s; it is tried again by itself, and kairan check says more", r.Name, r.Why), true}
	case t.Stage == 0:
		return Lack{}
	}
	l := t.lack(s.Issue.List)
	if t.Code/100 == 4 {
		l.Says += " (it may pass by itself)"
	}
	return l
}

// lack is what a refused trial of an issue of a list shows.
func (t Tried) lack(list string) Lack {
	say := func(kind string, stops bool, what, then string) Lack {
		said := t.Text
		if r := (Result{Code: t.Code, Enhanced: t.Enhanced}); t.Code != 0 {
			said = r.Reply()
			if t.Text != "" && t.Text != "it "+what {
				said += ": " + t.Text
			}
		}
		return Lack{kind, fmt.Sprintf("%s %s (%s, at %s); %s, and try it: kairan check", t.Relay, what, said, t.Stage, then), stops}
	}
	switch {
	case t.Stage == StageAuth:
		return say(LackLogin, true, "does not take our login", "correct `username`, or what `password_file` holds")
	case t.Stage < StageAuth:
		return say(LackRelay, true, "cannot be used", "see that it runs, that this machine may reach it and that its certificate is in order")
	case t.Stage == StageMail && t.Code == 552, t.Enhanced == "5.3.4":
		return say(LackSize, true, "takes no message as large as a copy of it", "make its pictures and attachments smaller, or have the relay take more")
	case t.Stage == StageRcpt && Judge(t.Stage, t.Code, t.Enhanced, "").Blame <= BlameMessage:
		return say(LackRecipient, false, "does not take a mail to the office's own address, the list's first tester or its contact", "correct that address if it is gone")
	}
	return say(LackSender, true, "does not take mail of this list", "have it take mail from `return_path` of [lists."+list+"], or correct that")
}

// Within says whether the start of an issue is so near that what it needs is looked at.
func (i *Issue) Within(now time.Time) bool {
	wait := i.Due.Sub(now)
	return i.State == Scheduled && wait > 0 && wait <= TrialFirst
}
