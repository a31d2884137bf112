package deliver

import (
	"strings"
	"time"
)

// ReportKind is what an office is written to about. The numbers are stored.
type ReportKind uint8

// What is reported.
const (
	ReportEnded  ReportKind = iota + 1 // an issue has come to its own end
	ReportPaused                       // an issue paused itself
	ReportHeld                         // an issue was due and did not start
	ReportAlarm                        // something is wrong with the installation

	reportKinds = iota + 1 // with 0, which is none
)

// String is the name of the report's template.
func (k ReportKind) String() string {
	return [reportKinds]string{"none", "ended", "paused", "held", "alarm"}[min(int(k), reportKinds-1)]
}

// Report is a mail to an office that nobody asked for. Nothing of it is about a reader.
type Report struct {
	Kind    ReportKind // 0: it is none
	Issue   string     // slug; of an alarm its name, and of what it is
	Subject string     // of the issue; of an alarm its name alone
	Started time.Time  // zero: it has not; of an alarm: since when it stands
	Balance Balance    // of what has started, at the instant of the report
	Why     string     // in the words of the timeline, or of the alarm
	Hint    string     // of an alarm: what to do
	Kinds   []string   // of an alarm of several things: which these are
}

const (
	// ReportFor is how long a report is tried. The relay may be what is broken, and is
	// mended on Monday.
	ReportFor = 72 * time.Hour
	// ReportEvery is how often an alarm that comes and goes is reported again.
	ReportEvery = 8 * time.Hour
	// reportsADay is how often an issue that pauses itself again and again is.
	reportsADay = 3
)

// Report is what the office is told of the issue as one of its transitions has just left
// it, if was was its state before. There is nothing to tell of what somebody ordered.
func (i *Issue) Report(was State, b Balance, now time.Time) Report {
	kind := map[State]ReportKind{Finished: ReportEnded, Paused: ReportPaused, Held: ReportHeld}[i.State]
	if kind == 0 || i.State == was {
		return Report{}
	}
	why, by, stopped := "", "", 0
	for _, e := range i.Timeline {
		what, rest, _ := strings.Cut(e.What, ": ")
		if what == i.State.String() {
			why, by = rest, e.Actor
		}
		if e.Actor == Self && (what == Paused.String() || what == Held.String()) && now.Sub(e.At) < 24*time.Hour {
			stopped++
		}
	}
	if by != Self || kind != ReportEnded && stopped > reportsADay {
		return Report{}
	}
	r := Report{Kind: kind, Issue: i.Name.Slug, Subject: i.Subject, Started: i.Started, Balance: b, Why: why}
	if kind == ReportEnded {
		r.Why = "" // which is the balance in words
	}
	return r
}
