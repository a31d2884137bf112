package deliver_test

import (
	"errors"
	"strings"
	"testing"
	"time"
	_ "time/tzdata"

	"example.jp/kairan/deliver"
)

var (
	monday = time.Date(2026, 11, 30, 9, 0, 0, 0, time.UTC)
	tokyo  = zone("Asia/Tokyo")
)

func zone(name string) *time.Location {
	z, err := time.LoadLocation(name)
	if err != nil {
		panic(err)
	}
	return z
}

func issueIn(s deliver.State) *deliver.Issue {
	return &deliver.Issue{Name: deliver.IssueName{List: "japanifornia", Slug: "autumn"}, Source: []byte("old"), Subject: "Old", State: s, Due: monday}
}

const (
	editor  = "uid 1000"
	name    = "japanifornia/autumn"
	started = "started for 3 readers"
)

// verbs are the transitions an editor can order, by name.
var verbs = map[string]func(*deliver.Issue) error{
	"replace": func(i *deliver.Issue) error {
		return i.Replace(deliver.Manuscript{Source: []byte("new")}, "New", editor, monday)
	},
	"schedule": func(i *deliver.Issue) error {
		return i.Schedule(monday.Add(time.Hour), editor, tokyo, monday)
	},
	"cancel": func(i *deliver.Issue) error { return i.Cancel(editor, monday) },
}

func TestTransitions(t *testing.T) {
	t.Parallel()
	const scheduled = "scheduled for 2026-11-30 19:00:00 JST"
	const moved = scheduled + ", instead of 2026-11-30 18:00:00 JST"
	const before, during = "cancelled before the start; back to draft", "cancelled; copies not yet claimed stay unsent"
	for _, c := range []struct {
		verb  string
		from  deliver.State
		to    deliver.State
		says  string // in the timeline, or as the refusal
		legal bool
	}{
		{"replace", deliver.Draft, deliver.Draft, "replaced", true},
		{"replace", deliver.Scheduled, deliver.Scheduled, "replaced", true},
		{"replace", deliver.Held, deliver.Held, "replaced", true},
		{"replace", deliver.Running, 0, name + " is running and cannot be replaced; add it under another name", false},
		{"replace", deliver.Finished, 0, name + " is finished and cannot be replaced; add it under another name", false},
		{"replace", deliver.Cancelled, 0, name + " is cancelled and cannot be replaced; add it under another name", false},
		{"schedule", deliver.Draft, deliver.Scheduled, scheduled, true},
		{"schedule", deliver.Scheduled, deliver.Scheduled, moved, true},
		{"schedule", deliver.Held, deliver.Scheduled, moved, true},
		{"schedule", deliver.Running, 0, name + " is running and cannot be scheduled; add it again under another name to send it once more", false},
		{"schedule", deliver.Finished, 0, name + " is finished and cannot be scheduled; add it again under another name to send it once more", false},
		{"schedule", deliver.Cancelled, 0, name + " is cancelled and cannot be scheduled; add it again under another name to send it once more", false},
		{"cancel", deliver.Draft, 0, name + " is draft and cannot be cancelled; nothing of it is waiting to go out", false},
		{"cancel", deliver.Scheduled, deliver.Draft, before, true},
		{"cancel", deliver.Held, deliver.Draft, before, true},
		{"cancel", deliver.Running, deliver.Cancelled, during, true},
		{"cancel", deliver.Finished, 0, name + " is finished and cannot be cancelled; nothing of it is waiting to go out", false},
		{"cancel", deliver.Cancelled, 0, name + " is cancelled already", false},
	} {
		i := issueIn(c.from)
		err := verbs[c.verb](i)
		if c.legal {
			if err != nil || i.State != c.to || len(i.Timeline) != 1 || i.Timeline[0] != (deliver.Event{At: monday, Actor: editor, What: c.says}) {
				t.Errorf("%s when %s: %v, %s, %+v", c.verb, c.from, err, i.State, i.Timeline)
			}
			continue
		}
		var state *deliver.StateError
		if !errors.As(err, &state) || err.Error() != c.says {
			t.Errorf("%s when %s: %v\nwant %s", c.verb, c.from, err, c.says)
		}
		if i.State != c.from || i.Timeline != nil || string(i.Source) != "old" || !i.Due.Equal(monday) {
			t.Errorf("%s when %s: refused, but changed it: %+v", c.verb, c.from, i)
		}
	}
}

func TestWhatTransitionsSet(t *testing.T) {
	t.Parallel()
	i := issueIn(deliver.Scheduled)
	if err := verbs["replace"](i); err != nil || string(i.Source) != "new" || i.Subject != "New" || !i.Due.Equal(monday) {
		t.Errorf("replaced: %v, %+v", err, i)
	}
	if err := verbs["schedule"](i); err != nil || !i.Due.Equal(monday.Add(time.Hour)) {
		t.Errorf("scheduled: %v, %+v", err, i)
	}
	i.Start(3, 72*time.Hour, monday.Add(time.Hour))
	if i.State != deliver.Running || !i.Started.Equal(monday.Add(time.Hour)) || !i.Expires.Equal(monday.Add(73*time.Hour)) {
		t.Errorf("started: %+v", i)
	}
	if e := i.Timeline[2]; e.Actor != deliver.Self || e.What != started {
		t.Errorf("started: %+v", e)
	}
	i.Remark("the relay naps", monday)
	i.Finish(deliver.Balance{Audience: 3, Accepted: 3}, monday.Add(2*time.Hour))
	if i.State != deliver.Finished || !i.Ended.Equal(monday.Add(2*time.Hour)) ||
		i.Timeline[3].What != "the relay naps" || i.Timeline[4].What != "finished: 3 accepted of 3" {
		t.Errorf("finished: %+v", i)
	}
	i = issueIn(deliver.Running)
	i.Expires = monday.Add(time.Hour)
	if err := i.Pause(editor, "", monday); err != nil || i.State != deliver.Paused || !i.PausedAt.Equal(monday) {
		t.Errorf("paused: %v, %+v", err, i)
	}
	if err := i.Resume(editor, monday.Add(50*time.Hour)); err != nil || i.State != deliver.Running || !i.PausedAt.IsZero() || !i.Expires.Equal(monday.Add(51*time.Hour)) {
		t.Errorf("resumed: %v, %+v", err, i)
	}
	if i = issueIn(deliver.Running); i.Cancel(editor, monday) != nil || !i.Ended.Equal(monday) {
		t.Errorf("cancelled: %+v", i)
	}
	if i = issueIn(deliver.Held); i.Cancel(editor, monday) != nil || !i.Due.IsZero() {
		t.Errorf("cancelled before the start: %+v", i)
	}
	i = issueIn(deliver.Scheduled)
	if i.Hold("the disk is full", monday); i.State != deliver.Held || i.Timeline[0].What != "held: the disk is full" || !i.Due.Equal(monday) {
		t.Errorf("held: %+v", i)
	}
}

func TestScheduleInThePast(t *testing.T) {
	t.Parallel()
	i := issueIn(deliver.Draft)
	err := i.Schedule(monday.Add(-90*time.Minute), editor, tokyo, monday)
	var past *deliver.DueError
	const want = name + " cannot be scheduled in the past: 2026-11-30 16:30 JST was 90 minutes ago; give a later time, or --now"
	if !errors.As(err, &past) || err.Error() != want || i.State != deliver.Draft || i.Timeline != nil {
		t.Errorf("got  %v\nwant %s", err, want)
	}
	if err := i.Schedule(monday, editor, tokyo, monday); err != nil {
		t.Errorf("this very instant: %v", err)
	}
}

func TestReady(t *testing.T) {
	t.Parallel()
	const late = 2 * time.Hour
	for _, c := range []struct {
		state       deliver.State
		after       time.Duration
		start, hold bool
	}{
		{deliver.Scheduled, -time.Nanosecond, false, false},
		{deliver.Scheduled, 0, true, false},
		{deliver.Scheduled, late, true, false},
		{deliver.Scheduled, late + time.Nanosecond, false, true},
		{deliver.Draft, time.Minute, false, false},
		{deliver.Held, time.Minute, false, false},
		{deliver.Running, time.Minute, false, false},
		{deliver.Finished, 3 * time.Hour, false, false},
		{deliver.Cancelled, 3 * time.Hour, false, false},
	} {
		if start, hold := issueIn(c.state).Ready(monday.Add(c.after), late); start != c.start || hold != c.hold {
			t.Errorf("%s, %s after it was due: start %v, hold %v", c.state, c.after, start, hold)
		}
	}
	for after, want := range map[time.Duration]string{
		0: started, 59 * time.Second: started, time.Minute: started + ", 1m late", 90 * time.Minute: started + ", 1h30m late",
	} {
		i := issueIn(deliver.Scheduled)
		if i.Start(3, time.Hour, monday.Add(after)); i.Timeline[0].What != want {
			t.Errorf("after %s: %q, want %q", after, i.Timeline[0].What, want)
		}
	}
}

func TestParseName(t *testing.T) {
	t.Parallel()
	if got, err := deliver.ParseIssueName("whats-new/2026-12"); got != (deliver.IssueName{List: "whats-new", Slug: "2026-12"}) || got.String() != "whats-new/2026-12" || err != nil {
		t.Errorf("%v, %v", got, err)
	}
	for _, bad := range []string{"", "autumn", "/", "a/", "/b", "a/b/c", "A/b", "a/B", "a/秋", "../a", "a/..", "a b/c", "a/b\n"} {
		if got, err := deliver.ParseIssueName(bad); err == nil || got != (deliver.IssueName{}) {
			t.Errorf("%q: %v, %v", bad, got, err)
		}
	}
	_, err := deliver.ParseIssueName("autumn")
	if want := `an issue is named list/slug, such as japanifornia/autumn (a-z, 0-9 and hyphens); got "autumn"`; err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
}

func TestParseDue(t *testing.T) {
	t.Parallel()
	noon := time.Date(2026, 11, 27, 12, 0, 0, 0, time.UTC)
	for _, c := range []struct{ zone, in, want string }{
		{"Asia/Tokyo", "2026-12-01 09:00", "2026-12-01T00:00:00Z"},
		{"Asia/Tokyo", "2026-12-01 9:00", "2026-12-01T00:00:00Z"},
		{"America/Los_Angeles", "2026-03-08 01:59", "2026-03-08T09:59:00Z"},
		{"America/Los_Angeles", "2026-03-08 03:00", "2026-03-08T10:00:00Z"},
		{"America/Los_Angeles", "2026-11-01 00:59", "2026-11-01T07:59:00Z"},
		{"America/Los_Angeles", "2026-11-01 01:00", "2026-11-01T08:00:00Z"}, // the first of two
		{"America/Los_Angeles", "2026-11-01 01:59", "2026-11-01T08:59:00Z"},
		{"America/Los_Angeles", "2026-11-01 02:00", "2026-11-01T10:00:00Z"},
		{"America/Los_Angeles", "2026-11-01 03:00", "2026-11-01T11:00:00Z"},
		{"Pacific/Auckland", "2026-04-05 02:30", "2026-04-04T13:30:00Z"}, // the first of two
		{"Pacific/Auckland", "2026-04-05 03:00", "2026-04-04T15:00:00Z"},
		{"Pacific/Auckland", "2026-09-27 03:00", "2026-09-26T14:00:00Z"},
		{"Australia/Lord_Howe", "2026-04-05 01:45", "2026-04-04T14:45:00Z"}, // half an hour back
		{"UTC", "2026-12-01 00:00", "2026-12-01T00:00:00Z"},
		{"UTC", "2026-12-01T09:00", "2026-12-01T09:00:00Z"},
		{"UTC", "18:00", "2026-11-27T18:00:00Z"},
		{"UTC", "12:00", "2026-11-28T12:00:00Z"}, // the next after noon, not noon itself
		{"UTC", "9:30", "2026-11-28T09:30:00Z"},
		{"UTC", "today 18:00", "2026-11-27T18:00:00Z"},
		{"UTC", "today 06:00", "2026-11-27T06:00:00Z"}, // the past is refused as that
		{"UTC", "Tomorrow  09:00", "2026-11-28T09:00:00Z"},
		{"Asia/Tokyo", "18:00", "2026-11-28T09:00:00Z"}, // it is nine in the evening there
		{"Asia/Tokyo", "21:01", "2026-11-27T12:01:00Z"},
		{"Asia/Tokyo", "tomorrow 00:00", "2026-11-27T15:00:00Z"},
		{"Asia/Tokyo", "明日　９：００", "2026-11-28T00:00:00Z"},
		{"Asia/Tokyo", "今日 23:00", "2026-11-27T14:00:00Z"},
		{"Asia/Tokyo", "２０２６-１２-０１ ０９：００", "2026-12-01T00:00:00Z"},
		{"America/Los_Angeles", "09:00", "2026-11-27T17:00:00Z"}, // it is four in the morning there
		{"Pacific/Kiritimati", "tomorrow 09:00", "2026-11-28T19:00:00Z"},
	} {
		got, err := deliver.ParseDue(c.in, zone(c.zone), noon)
		if err != nil || got.UTC().Format(time.RFC3339) != c.want {
			t.Errorf("%s in %s: %s, %v; want %s", c.in, c.zone, got.UTC().Format(time.RFC3339), err, c.want)
		}
	}
	for _, c := range []struct{ zone, in, want string }{
		{"America/Los_Angeles", "2026-03-08 02:30", "there is no 2026-03-08 02:30 in America/Los_Angeles: the clocks go forward then; give a time an hour earlier or later"},
		{"Pacific/Auckland", "2026-09-27 02:00", "there is no 2026-09-27 02:00 in Pacific/Auckland: the clocks go forward then; give a time an hour earlier or later"},
		{"Asia/Tokyo", "2026-12-01", `the time "2026-12-01" is not understood; write it as "2026-12-01 09:00", "tomorrow 09:00" or "18:00", in the list's time zone (Asia/Tokyo)`},
		{"Asia/Tokyo", "2026-02-30 09:00", `the time "2026-02-30 09:00" is not understood; write it as "2026-12-01 09:00", "tomorrow 09:00" or "18:00", in the list's time zone (Asia/Tokyo)`},
		{"Asia/Tokyo", "25:00", `the time "25:00" is not understood; write it as "2026-12-01 09:00", "tomorrow 09:00" or "18:00", in the list's time zone (Asia/Tokyo)`},
		{"Asia/Tokyo", "tomorrow", `the time "tomorrow" is not understood; write it as "2026-12-01 09:00", "tomorrow 09:00" or "18:00", in the list's time zone (Asia/Tokyo)`},
		{"Asia/Tokyo", "monday 09:00", `the time "monday 09:00" is not understood; write it as "2026-12-01 09:00", "tomorrow 09:00" or "18:00", in the list's time zone (Asia/Tokyo)`},
		{"Asia/Tokyo", "6pm", `the time "6pm" is not understood; write it as "2026-12-01 09:00", "tomorrow 09:00" or "18:00", in the list's time zone (Asia/Tokyo)`},
		{"Asia/Tokyo", "", `the time "" is not understood; write it as "2026-12-01 09:00", "tomorrow 09:00" or "18:00", in the list's time zone (Asia/Tokyo)`},
	} {
		if got, err := deliver.ParseDue(c.in, zone(c.zone), noon); err == nil || err.Error() != c.want || !got.IsZero() {
			t.Errorf("got  %s, %v\nwant %s", got, err, c.want)
		}
	}
}

func TestRetry(t *testing.T) {
	t.Parallel()
	r := deliver.DefaultRetry()
	for attempt, want := range map[int]time.Duration{
		-1: 15 * time.Minute, 0: 15 * time.Minute, 1: 15 * time.Minute, 2: 30 * time.Minute, 3: time.Hour, 4: 2 * time.Hour, 5: 2 * time.Hour, 1000: 2 * time.Hour,
	} {
		if d := r.Wait(attempt, 0); d != want {
			t.Errorf("after attempt %d: %s, want %s", attempt, d, want)
		}
	}
	if d := r.Wait(4, 0.5); d != 2*time.Hour+7*time.Minute+30*time.Second {
		t.Errorf("half the jitter: %s", d)
	}
	if d := r.Wait(4, 0.999999); d >= 2*time.Hour+15*time.Minute {
		t.Errorf("all the jitter: %s", d)
	}
	if s := r.String(); s != "again after 15m, then 30m, then 1h, then 2h and so on" {
		t.Errorf("got %q", s)
	}
}

// A time alone is the next such time, also over the days on which clocks change.
func TestParseDueNext(t *testing.T) {
	t.Parallel()
	la := zone("America/Los_Angeles")
	for _, c := range []struct{ now, in, want string }{
		{"2026-03-07T20:00:00-08:00", "02:30", ""}, // there is none on the 8th, and that is said
		{"2026-03-08T01:00:00-08:00", "03:00", "2026-03-08T03:00:00-07:00"},
		{"2026-10-31T20:00:00-07:00", "01:30", "2026-11-01T01:30:00-07:00"},
		{"2026-12-31T20:00:00-08:00", "09:00", "2027-01-01T09:00:00-08:00"},
	} {
		now, err := time.Parse(time.RFC3339, c.now)
		if err != nil {
			t.Fatal(err)
		}
		got, err := deliver.ParseDue(c.in, la, now)
		if c.want == "" {
			if err == nil || !strings.Contains(err.Error(), "there is no 2026-03-08 02:30") {
				t.Errorf("%s at %s: %s, %v", c.in, c.now, got, err)
			}
			continue
		}
		if err != nil || got.Format(time.RFC3339) != c.want {
			t.Errorf("%s at %s: %s, %v; want %s", c.in, c.now, got.Format(time.RFC3339), err, c.want)
		}
	}
}

// What was tested is remembered by its content.
func TestWasTested(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 27, 12, 0, 0, 0, time.UTC)
	i := &deliver.Issue{Name: deliver.IssueName{List: "news", Slug: "a"}, Source: []byte("one"), State: deliver.Draft}
	replace := func(text string, files ...deliver.File) {
		t.Helper()
		if err := i.Replace(deliver.Manuscript{Source: []byte(text), Files: files}, "Subject", "aiko", now); err != nil {
			t.Fatal(err)
		}
	}
	if i.WasTested() {
		t.Error("a new issue was tested")
	}
	if i.Tested(i, 0, "aiko", now); i.WasTested() {
		t.Error("a test that reached nobody counts")
	}
	if i.Tested(i, 2, "aiko", now); !i.WasTested() {
		t.Error("it was tested")
	}
	if replace("two"); i.WasTested() {
		t.Error("another text was tested")
	}
	if replace("one"); !i.WasTested() {
		t.Error("this text was tested, and taken back")
	}
	for _, f := range []deliver.File{{Name: "a.pdf"}, {Name: "a.pdf", Data: []byte("%PDF-1")}, {Name: "a.pdf", Data: []byte("%PDF-2")}, {Name: "b.pdf", Data: []byte("%PDF-2")}} {
		if replace("one", f); i.WasTested() {
			t.Errorf("with %s, %d octets, it was not tested", f.Name, len(f.Data))
		}
		if i.Tested(i, 1, "aiko", now); !i.WasTested() {
			t.Error("the text with its file was tested")
		}
	}
	if replace("one"); !i.WasTested() {
		t.Error("the text without a file was tested")
	}
}

func TestSameText(t *testing.T) {
	t.Parallel()
	of := func(source string, files ...deliver.File) *deliver.Issue {
		return &deliver.Issue{Source: []byte(source), Files: deliver.Manuscript{Files: files}.Enclosures()}
	}
	pdf := deliver.File{Name: "a.pdf", Data: []byte("%PDF-1")}
	one := of("one", pdf)
	if !one.SameText(of("one", pdf)) {
		t.Error("the same is not the same")
	}
	for _, other := range []*deliver.Issue{of("two", pdf), of("one"), of("one", pdf, pdf), of("one", deliver.File{Name: "b.pdf", Data: pdf.Data}), of("one", deliver.File{Name: pdf.Name, Data: []byte("%PDF-2")})} {
		if one.SameText(other) || other.SameText(one) {
			t.Errorf("%q with %v is the same", other.Source, other.Files)
		}
	}
}

func TestRemovable(t *testing.T) {
	t.Parallel()
	for state, want := range map[deliver.State]string{
		deliver.Draft: "", deliver.Held: "",
		deliver.Scheduled: "news/a is scheduled and cannot be removed; first: kairan issue cancel news/a",
		deliver.Running:   "news/a is running and cannot be removed; to stop it: kairan issue cancel news/a",
		deliver.Paused:    "news/a is paused and cannot be removed; to stop it: kairan issue cancel news/a",
		deliver.Finished:  "news/a is finished and cannot be removed; its books are the record of what was sent, and are kept",
		deliver.Cancelled: "news/a is cancelled and cannot be removed; its books are the record of what was sent, and are kept",
	} {
		err := (&deliver.Issue{Name: deliver.IssueName{List: "news", Slug: "a"}, State: state}).CheckRemovable()
		if (want == "") != (err == nil) || err != nil && err.Error() != want {
			t.Errorf("%s: %v", state, err)
		}
	}
}

// TestEmbargo: nothing starts before it, whatever it is scheduled for; moving it moves what
// would start too early, and nothing else.
func TestEmbargo(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 27, 17, 50, 0, 0, time.UTC)
	six, seven := now.Add(10*time.Minute), now.Add(70*time.Minute)
	i := &deliver.Issue{Name: deliver.IssueName{"news", "winter"}, State: deliver.Draft}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(i.SetEmbargo(six, "hanako", time.UTC, now))
	if err := i.Schedule(six.Add(-time.Minute), "hanako", time.UTC, now); err == nil || !strings.Contains(err.Error(), "under embargo until 2026-11-27 18:00 UTC") || i.State != deliver.Draft {
		t.Errorf("%v, %s", err, i.State)
	}
	must(i.Schedule(six, "hanako", time.UTC, now))
	must(i.SetEmbargo(seven, "hanako", time.UTC, now))
	if !i.Due.Equal(seven) || i.State != deliver.Scheduled {
		t.Errorf("due %s, %s", i.Due, i.State)
	}
	must(i.SetEmbargo(six, "hanako", time.UTC, now))
	if !i.Due.Equal(seven) {
		t.Errorf("an earlier embargo has made it due at %s", i.Due)
	}
	i.Due = now // as a database that was changed by hand would have it
	if start, hold := i.Ready(now, time.Hour); start || hold {
		t.Errorf("under embargo: start %v, hold %v", start, hold)
	}
	if start, _ := i.Ready(six, time.Hour); !start {
		t.Error("after the embargo it does not start")
	}
	if err := i.SetEmbargo(now.Add(-time.Minute), "hanako", time.UTC, now); err == nil {
		t.Error("an embargo in the past")
	}
	must(i.SetEmbargo(time.Time{}, "hanako", time.UTC, now))
	if start, _ := i.Ready(now, time.Hour); !start {
		t.Error("lifted, it does not start")
	}
	i.State = deliver.Running
	if err := i.SetEmbargo(seven, "hanako", time.UTC, now); err == nil {
		t.Error("one under way is put under embargo")
	}
}
