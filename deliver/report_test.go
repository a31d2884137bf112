package deliver

import (
	"reflect"
	"testing"
	"time"
)

func TestReport(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 12, 1, 9, 0, 0, 0, time.UTC)
	books := Balance{Audience: 5, Accepted: 5}
	running := func() *Issue {
		return &Issue{Name: IssueName{List: "news", Slug: "one"}, Subject: "Tea", State: Running, Started: now.Add(-time.Hour), Expires: now.Add(time.Hour)}
	}
	for _, c := range []struct {
		what string
		do   func(*Issue)
		was  State
		want Report
	}{
		{"it has ended", func(i *Issue) { i.End(books, false, now) }, Running, Report{Kind: ReportEnded}},
		{"nobody is blamed", func(i *Issue) { i.End(books, true, now) }, Running, Report{Kind: ReportEnded}},
		{"the breaker", func(i *Issue) { _ = i.Pause(Self, "the relay refuses", now) }, Running, Report{Kind: ReportPaused, Why: "the relay refuses; see to it (`kairan issue test news/one` shows what the relay says), then `kairan issue resume news/one`"}},
		{"late", func(i *Issue) { i.State = Scheduled; i.Hold("too late", now) }, Scheduled, Report{Kind: ReportHeld, Why: "too late"}},
		{"paused by an editor", func(i *Issue) { _ = i.Pause("hanako", "a slip", now) }, Running, Report{}},
		{"cancelled by an editor", func(i *Issue) { _ = i.Cancel("hanako", now) }, Running, Report{}},
		{"resumed", func(i *Issue) { _ = i.Pause(Self, "x", now); _ = i.Resume("hanako", now) }, Paused, Report{}},
		{"a remark on one that is paused", func(i *Issue) { _ = i.Pause(Self, "x", now); i.Remark("the relay takes mail again", now) }, Paused, Report{}},
		{"started", func(i *Issue) { i.State = Scheduled; i.Start(5, time.Hour, now) }, Scheduled, Report{}},
	} {
		i := running()
		c.do(i)
		got := i.Report(c.was, books, now)
		if c.want.Kind != 0 {
			c.want.Issue, c.want.Subject, c.want.Started, c.want.Balance = "one", "Tea", now.Add(-time.Hour), books
		}
		if !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: %+v, want %+v", c.what, got, c.want)
		}
	}
}

// TestReportsOfAFlappingRun: an issue that pauses itself whenever it is resumed writes three
// times a day, and its end is told however often that was.
func TestReportsOfAFlappingRun(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 12, 1, 9, 0, 0, 0, time.UTC)
	i := &Issue{Name: IssueName{List: "news", Slug: "one"}, State: Running, Expires: now.Add(72 * time.Hour)}
	told := map[int]int{}
	for n := range 48 {
		if err := i.Pause(Self, "the relay refuses", now); err != nil {
			t.Fatal(err)
		}
		if i.Report(Running, Balance{}, now).Kind == ReportPaused {
			told[n/24]++
		}
		if err := i.Resume("hanako", now); err != nil {
			t.Fatal(err)
		}
		now = now.Add(time.Hour)
	}
	if told[0] != 3 || told[1] > 3 {
		t.Errorf("reported %v times a day", told)
	}
	i.End(Balance{Audience: 1, Accepted: 1}, false, now)
	if r := i.Report(Running, Balance{}, now); r.Kind != ReportEnded {
		t.Errorf("its end is told as %v", r.Kind)
	}
}

func TestReportKindsHaveNames(t *testing.T) {
	t.Parallel()
	for k, want := range map[ReportKind]string{0: "none", ReportEnded: "ended", ReportPaused: "paused", ReportHeld: "held", ReportAlarm: "alarm", 200: "alarm"} {
		if got := k.String(); got != want {
			t.Errorf("%d is %q", k, got)
		}
	}
}
