package service

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"example.jp/kairan/deliver"
	"example.jp/kairan/deliver/editor"
	"example.jp/kairan/deliver/engine"
)

// alarmRow is one thing that may be wrong. look tells found of each that is, and why; it
// is quick, and asks nobody outside this process.
type alarmRow struct {
	name, hint string
	look       func(s *Service, now time.Time, found found) error
}

// found takes one thing that is wrong: of what, why, and which of several kinds it has.
type found func(of, why string, kinds ...string)

// alarmRows are all that there are, the gravest first. The body of /readyz, `kairan
// status`, the metrics, the alarm command and mail to the office tell them, and nothing
// beside.
var alarmRows = []alarmRow{
	{"leaving", "free some space on the disk of the data directory, or put it right and restart the service: readers have a right to leave", (*Service).lookAtLeaving},
	{"database-held", "kairan restore says what is to be decided; nothing goes out before `kairan restore --release`", (*Service).lookAtHold},
	{"records", "look at the disk; the last backup has what is set apart: kairan check counts all of it", (*Service).lookAtRecords},
	{"disk", "free some on the disk of the data directory, or raise max_size", (*Service).lookAtSpace},
	{"journal", "let the service's account write into the journal's folder, or free some space there", (*Service).lookAtJournal},
	{"clock", "set it right, and what is due starts by itself", (*Service).lookAtClock},
	{"relay", "kairan check says why in the relay's own words; it is tried again by itself, and no reader's attempt is used up", (*Service).lookAtRelays},
	{"sender", "have the relay take mail from `return_path` of that list, or correct it", (*Service).lookAtSenders},
	{"compose", "look for ComposeFault in the log", (*Service).lookAtComposing},
	{"issue-held", "see to it, then schedule it again, or take it back: kairan issue cancel", stuckIssues((*editor.Editor).NotStarted)},
	{"issue-unready", "see to it before its start; kairan check tries the relays again at once, and who schedules the issue again has all of it looked at", stuckIssues((*editor.Editor).Unready)},
	{"issue-late", "kairan issue status says what it waits for", stuckIssues((*editor.Editor).Late)},
	{"feed-asks", "kairan list feed says what is new; then --take to have it go out, or --seen if it need not", feedTroubles((*editor.Feeds).Asking)},
	{"feed-unreadable", "look at the feed in a browser, and at `url` of it; until it can be read its list has no issues", feedTroubles((*editor.Feeds).Unreadable)},
	{"issue-paused", "see to it, then: kairan issue resume, or cancel", stuckIssues((*editor.Editor).Paused)},
	{"sign-ups", "the log says which ceiling it is; leaving goes on", (*Service).lookAtTroubles},
	{"pages", "look at the proxy in front, at its certificate, and at DNS: readers cannot leave there; if only this machine cannot reach its own name: `pages` of [alarms]", (*Service).lookAtPages},
	{"certificate", "renew it; look at why that was not done by itself", (*Service).lookAtCertificates},
	{"backup", "look for ChoreFault in the log, see to it, then: kairan backup; without a good backup a broken disk loses every reader", ofDoubts(func(d *doubts) string { return d.backup })},
	{"backup-unverified", "kairan restore --verify FILE --identity FILE", ofDoubts(func(d *doubts) string { return d.unverified })},
	{"forgetting", "look for ChoreFault in the log; nothing is compacted while an issue goes out, or without room for a copy of the database", ofDoubts(func(d *doubts) string { return d.late })},
}

// rowOf is where a name stands in the table.
func rowOf(name string) int {
	return slices.IndexFunc(alarmRows, func(r alarmRow) bool { return r.name == name })
}

func (s *Service) lookAtLeaving(_ time.Time, found found) error {
	if fault := s.Store.LeavingFault(); fault != nil {
		found("", "nobody can leave: "+fault.Error())
	}
	return nil
}

func (s *Service) lookAtHold(_ time.Time, found found) error {
	if why := s.heldWhy(); why != "" {
		found("", "no mail goes out: "+why)
	}
	return nil
}

func (s *Service) lookAtRecords(_ time.Time, found found) error {
	if u := s.Store.Unreadable(); u.Sum() > 0 {
		found("", "damaged and set apart: "+u.String())
	}
	return nil
}

func (s *Service) lookAtSpace(_ time.Time, found found) error {
	if why := s.Store.Scarce(); why != "" {
		found("", why)
	}
	return nil
}

func (s *Service) lookAtJournal(_ time.Time, found found) error {
	if err := s.Store.JournalFault(); err != nil {
		found("", err.Error())
	}
	return nil
}

func (s *Service) lookAtClock(_ time.Time, found found) error {
	if wrong, why := s.scheduler.Clock(); wrong {
		found("", "no issue starts: the clock is wrong: "+why)
	}
	return nil
}

func (s *Service) lookAtRelays(_ time.Time, found found) error {
	all := s.engine.RelayStates()
	works := slices.ContainsFunc(all, func(r engine.RelayState) bool { return r.Why == "" && r.Rests.IsZero() })
	for _, r := range all {
		switch {
		case r.Why == "":
		case works:
			found(r.Name, fmt.Sprintf("%s takes no mail, and another is used meanwhile: %s; next try %s", r.Name, r.Why, r.Next.Format(time.RFC3339)))
		default:
			found(r.Name, fmt.Sprintf("no mail goes out: %s; next try %s", r.Why, r.Next.Format(time.RFC3339)))
		}
	}
	return nil
}

func (s *Service) lookAtSenders(_ time.Time, found found) error {
	for _, x := range s.engine.Held() {
		found(x.List, fmt.Sprintf("no mail of %s goes out: %s; next try %s", x.List, x.Why, x.Next.Format(time.RFC3339)))
	}
	return nil
}

// composeFor is for how long it is said that a mail could not be made.
const composeFor = 24 * time.Hour

func (s *Service) lookAtComposing(now time.Time, found found) error {
	f := s.engine.Faults()
	for n, what := range []string{"copies of issues", "confirmations or other notices"} {
		if s.uncomposed[n].rose([]int{f.Copies, f.Notices}[n], now) {
			found(what, what+" could not be made")
		}
	}
	return nil
}

// rises remembers when a count last rose.
type rises struct {
	n  int
	at time.Time
}

// rose says whether it did lately.
func (r *rises) rose(n int, now time.Time) bool {
	if n > r.n {
		r.n, r.at = n, now
	}
	since := now.Sub(r.at)
	return !r.at.IsZero() && since >= 0 && since < composeFor
}

// stuckIssues looks at issues.
func stuckIssues(which func(*editor.Editor) ([]editor.Stuck, error)) func(*Service, time.Time, found) error {
	return func(s *Service, _ time.Time, found found) error {
		all, err := which(s.editor)
		for _, x := range all {
			found(x.Issue.String(), x.Why, x.Kinds...)
		}
		return err
	}
}

func (s *Service) lookAtTroubles(now time.Time, found found) error {
	if all := s.troubles.lately(now); len(all) > 0 {
		slices.Sort(all)
		found("", strings.Join(all, "; "))
	}
	return nil
}

// ofDoubts looks at what the sweep found amiss.
func ofDoubts(which func(*doubts) string) func(*Service, time.Time, found) error {
	return func(s *Service, _ time.Time, found found) error {
		if d := s.doubts.Load(); d != nil && which(d) != "" {
			found("", which(d))
		}
		return nil
	}
}

func (s *Service) lookAtPages(_ time.Time, found found) error {
	for base, v := range s.visits.all() {
		if v.failed >= visitsFailed {
			found(base, "the pages cannot be reached at "+base+": "+v.fault)
		}
	}
	return nil
}

func (s *Service) lookAtCertificates(now time.Time, found found) error {
	for base, v := range s.visits.all() {
		if left := v.until.Sub(now); v.fault == "" && !v.until.IsZero() && left < v.early() {
			found(base, fmt.Sprintf("the certificate of %s ends on %s, in %s", base, v.until.Local().Format("2006-01-02 15:04 MST"), deliver.Span(max(left, 0))))
		}
	}
	return nil
}
