package editor

import (
	"strings"
	"testing"
	"time"

	"example.jp/kairan/deliver"
	"example.jp/kairan/deliver/compose/composetest"
	"example.jp/kairan/deliver/compose/finding"
	"example.jp/kairan/subscribe"
)

const (
	who    = "hanako"
	autumn = "japanifornia/autumn"
)

// verbs are all that take an issue's name.
func (o *office) verbs() map[string]func(name string) error {
	ctx := o.t.Context()
	return map[string]func(string) error{
		"status":   func(n string) error { _, err := o.Status(ctx, n); return err },
		"preview":  func(n string) error { _, err := o.Preview(ctx, n, nil); return err },
		"lint":     func(n string) error { _, err := o.LintStored(ctx, n); return err },
		"foresee":  func(n string) error { _, err := o.Foresee(ctx, who, n, When{At: "19:00"}); return err },
		"test":     func(n string) error { _, err := o.Test(ctx, who, n); return err },
		"schedule": func(n string) error { _, err := o.Schedule(ctx, who, n, When{At: "19:00"}); return err },
		"pause":    func(n string) error { _, err := o.Pause(ctx, who, n); return err },
		"resume":   func(n string) error { _, err := o.Resume(ctx, who, n); return err },
		"cancel":   func(n string) error { _, err := o.Cancel(ctx, who, n, true); return err },
		"rm":       func(n string) error { return o.Remove(ctx, who, n) },
	}
}

func TestNamesThatAreNone(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	for verb, do := range o.verbs() {
		for name, want := range map[string]string{
			"autumn":        "an issue is named list/slug, such as japanifornia/autumn",
			"other/autumn":  "there is no list \"other\"; `kairan list ls` shows the lists",
			"japanifornia/": "an issue is named list/slug",
			autumn:          "there is no issue japanifornia/autumn; add it with `kairan issue add`, or see `kairan issue ls`",
		} {
			t.Run(verb, func(t *testing.T) { wantError[Misuse](t, do(name), want) })
		}
	}
	_, err := o.Add(t.Context(), who, "other/autumn", deliver.Manuscript{Source: composetest.Source("x")})
	wantError[Misuse](t, err, "there is no list")
	_, err = o.Lint(t.Context(), "other", "", deliver.Manuscript{Source: composetest.Source("x")})
	wantError[Misuse](t, err, "there is no list")
	_, err = o.Statuses(t.Context(), "other")
	wantError[Misuse](t, err, "there is no list")
}

// TestStatesThatDoNotAllowIt: nothing is changed, and what to do instead is said.
func TestStatesThatDoNotAllowIt(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	allowed := map[deliver.State]string{
		deliver.Draft: "schedule rm", deliver.Scheduled: "schedule cancel", deliver.Held: "schedule cancel rm",
		deliver.Running: "pause cancel", deliver.Paused: "resume cancel", deliver.Finished: "", deliver.Cancelled: "",
	}
	for state, verbs := range allowed {
		for _, verb := range []string{"schedule", "pause", "resume", "cancel", "rm"} {
			name := o.has("autumn", state, nil)
			err := o.verbs()[verb](name)
			if strings.Contains(" "+verbs+" ", " "+verb+" ") {
				if err != nil {
					t.Errorf("%s of one that is %s: %v", verb, state, err)
				}
				continue
			}
			says := " and cannot be "
			if verb == "pause" && state == deliver.Paused || verb == "cancel" && state == deliver.Cancelled {
				says = " already"
			}
			wantError[*deliver.StateError](t, err, name+" is "+state.String()+says)
			if i := o.issues[first(o)]; i.State != state || len(i.Timeline) != 0 {
				t.Errorf("%s of one that is %s: it is %s, %v", verb, state, i.State, i.Timeline)
			}
		}
	}
}

func TestAdd(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	ctx := t.Context()
	s, err := o.Add(ctx, who, autumn, deliver.Manuscript{Source: composetest.Source("本文")})
	o.must(err)
	if i := s.Issue; i.State != deliver.Draft || i.Subject != "お知らせ" || len(i.Timeline) != 1 || i.Timeline[0] != (deliver.Event{At: o.now, Actor: who, What: "added"}) || s.Findings != nil {
		t.Errorf("%+v, %v", i, s.Findings)
	}
	s, err = o.Add(ctx, who, autumn, deliver.Manuscript{Source: []byte("+++\nsubject = \"" + strings.Repeat("長", 41) + "\"\n+++\n本文")})
	o.must(err)
	if len(s.Findings) != 1 || !strings.HasPrefix(s.Findings.Error(), "line 2: the subject is longer") || len(s.Issue.Timeline) != 2 {
		t.Errorf("%v, %v", s.Findings, s.Issue.Timeline)
	}
	_, err = o.Add(ctx, who, autumn, deliver.Manuscript{Source: []byte("no front matter")})
	wantError[finding.List](t, err, "line 1: ")
	o.has("begun", deliver.Running, nil)
	_, err = o.Add(ctx, who, "japanifornia/begun", deliver.Manuscript{Source: composetest.Source("x")})
	wantError[*deliver.StateError](t, err, "add it under another name")
}

// TestReplacingAScheduledIssue: it stays scheduled, so that its new text must be able
// to reach everybody by its own time.
func TestReplacingAScheduledIssue(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.Sending.Pace = paces(100) // two hours
	name := o.has("autumn", deliver.Scheduled, nil)
	s, err := o.Add(t.Context(), who, name, deliver.Manuscript{Source: composetest.Source("新しい本文")})
	o.must(err)
	if s.Issue.State != deliver.Scheduled || !s.Ends.Equal(o.now.Add(3*time.Hour)) {
		t.Errorf("%s, ends %s", s.Issue.State, s.Ends)
	}
	_, err = o.Add(t.Context(), who, name, deliver.Manuscript{Source: []byte("+++\nsubject = \"x\"\nexpires = \"1h\"\n+++\nx")})
	wantError[Refused](t, err, "would reach only about 6,000 of 12,000 readers", "1 hour after the start")
	if i, _ := o.Issue(s.Issue.Name); string(i.Source) != string(composetest.Source("新しい本文")) {
		t.Error("the text that was refused is stored")
	}
}

// TestFilesOfAnIssue: those that the text names are kept, tested and scheduled with it.
// TestScheduledIsWhatWasLookedAt: a text that comes in between is not scheduled unseen.
func TestScheduledIsWhatWasLookedAt(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	name := o.has("autumn", deliver.Draft, nil)
	o.during = func() {
		i := *o.issues[first(o)]
		i.Source = composetest.Source("別の本文")
		o.issues[i.Name] = &i
	}
	_, err := o.Schedule(t.Context(), who, name, When{At: "19:00"})
	wantError[Refused](t, err, name+" has just been replaced")
	o.during = nil
	if i := o.issues[first(o)]; i.State != deliver.Draft || len(i.Timeline) != 0 {
		t.Errorf("it is %s, %v", i.State, i.Timeline)
	}
}

func TestFilesOfAnIssue(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	ctx, name := t.Context(), "japanifornia/autumn"
	m := deliver.Manuscript{
		Source: []byte("+++\nsubject = \"x\"\nattachments = [\"a.pdf\"]\n+++\nx ![x](b.png)"),
		Files:  []deliver.File{{Name: "a.pdf", Data: composetest.PDF(2 << 20)}, {Name: "b.png", Data: composetest.PNG(t, 4, 4)}, {Name: "not-named.pdf", Data: composetest.PDF(9)}},
	}
	s, err := o.Add(ctx, who, name, m)
	o.must(err)
	if got := s.Issue.Files; len(got) != 2 || got[0].Name != "b.png" || got[1].Name != "a.pdf" || got[1].Size != 2<<20 {
		t.Fatalf("it has %v", got)
	}
	p, err := o.Preview(ctx, name, nil)
	o.must(err)
	if len(p.Compiled.Files) != 2 || len(p.Compiled.Files[1].Data) != 2<<20 {
		t.Errorf("it is seen with %d files", len(p.Compiled.Files))
	}
	o.list.Testers = []subscribe.Address{composetest.Address(t, "editor@example.org")}
	_, err = o.Test(ctx, who, name)
	o.must(err)
	if i, _ := o.Issue(s.Issue.Name); !i.WasTested() || len(o.sent) != 1 || len(o.sent[0].Data) < 2<<20 {
		t.Errorf("tested %v, %d sent", i.WasTested(), len(o.sent))
	}
	m.Files[0].Data = composetest.PDF(1 << 20)
	s, err = o.Add(ctx, who, name, m)
	if o.must(err); s.Issue.WasTested() {
		t.Error("another file was tested")
	}
	before, _ := o.Issue(s.Issue.Name)
	_, err = o.Schedule(ctx, who, name, When{At: "19:00"})
	o.must(err)
	if form, err := o.Compile(ctx, before, o.now); err != nil || !strings.Contains(string(form.Compiled), `"name":"a.pdf"`) {
		t.Errorf("what is started is %.100s, %v", form.Compiled, err)
	}
	m.Files[0].Data = composetest.PDF(1<<20 + 1)
	_, err = o.Add(ctx, who, name, m)
	o.must(err)
	_, err = o.Compile(ctx, before, o.now)
	wantError[Refused](t, err, "has just been replaced")
}

// TestFilesThatAreTooLarge: neither added nor, when the configuration has become
// another, scheduled.
func TestFilesThatAreTooLarge(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	ctx, name := t.Context(), "japanifornia/autumn"
	m := deliver.Manuscript{
		Source: []byte("+++\nsubject = \"x\"\nattachments = [\"a.pdf\", \"b.pdf\"]\n+++\nx"),
		Files:  []deliver.File{{Name: "a.pdf", Data: composetest.PDF(2 << 20)}, {Name: "b.pdf", Data: composetest.PDF(1 << 20)}},
	}
	_, err := o.Add(ctx, who, name, m)
	o.must(err)
	o.largest = 5 << 20
	_, err = o.Add(ctx, who, name, m)
	o.must(err)
	o.largest = 4 << 20
	_, err = o.Schedule(ctx, who, name, When{At: "19:00"})
	wantError[finding.List](t, err, "each copy would have 4.1 MB with its pictures and attachments, which a mail makes a third larger, and the relay takes messages up to 4.0 MB")
	o.Sending.MaxEnclosed--
	l, err := o.Lint(ctx, o.list.ID, "autumn", m)
	if got := found(t, l, err); !strings.Contains(got, "max_attachments") {
		t.Errorf("found %q", got)
	}
	_, err = o.Add(ctx, who, name, m)
	wantError[finding.List](t, err, "the pictures and attachments have 3.0 MB together, of which a.pdf has 2.0 MB, and at most 3.0 MB go out with each copy (max_attachments)")
	_, err = o.Schedule(ctx, who, name, When{At: "19:00"})
	wantError[finding.List](t, err, "max_attachments")
}

func TestSchedule(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	ctx, name := t.Context(), o.has("autumn", deliver.Draft, nil)
	s, err := o.Schedule(ctx, who, name, When{At: "tomorrow 09:00"})
	o.must(err)
	if want := time.Date(2026, 12, 2, 9, 0, 0, 0, tokyo); s.Issue.State != deliver.Scheduled || !s.Issue.Due.Equal(want) || !s.First.Equal(want) || !s.Ends.Equal(want.Add(20*time.Minute)) || s.PerMinute != 600 {
		t.Errorf("%s at %s, first %s, last %s at %v a minute", s.Issue.State, s.Issue.Due, s.First, s.Ends, s.PerMinute)
	}
	s, err = o.Schedule(ctx, who, name, When{Soon: true})
	o.must(err)
	if !s.Issue.Due.Equal(o.now.Add(time.Minute)) {
		t.Errorf("now is %s", s.Issue.Due)
	}
	_, err = o.Schedule(ctx, who, name, When{At: "soon"})
	wantError[Misuse](t, err, `the time "soon" is not understood`)
	_, err = o.Schedule(ctx, who, name, When{At: ""})
	wantError[Misuse](t, err, `the time "" is not understood`)
	_, err = o.Schedule(ctx, who, name, When{At: "2026-11-30 09:00"})
	wantError[*deliver.DueError](t, err, "cannot be scheduled in the past")
	o.Sending.Pace = paces(1)
	_, err = o.Schedule(ctx, who, name, When{At: "tomorrow 09:00"})
	wantError[Refused](t, err, "would reach only about 4,320 of 12,000 readers")
	o.list.ListID = ""
	if _, err = o.Schedule(ctx, who, o.has("other", deliver.Draft, func(i *deliver.Issue) { i.Source = composetest.Source("別") }), When{At: "19:00"}); err == nil || !strings.Contains(err.Error(), "list_id") {
		t.Errorf("it is scheduled, and cannot be composed: %v", err)
	}
	o.Serving = false
	_, err = o.Schedule(ctx, who, name, When{Soon: true})
	wantError[Refused](t, err, "no server is running that could start japanifornia/autumn now; start it with: kairan serve")
}

// TestNothingGoesOutOfACopy that was put back, by anybody's order.
func TestNothingGoesOutOfACopy(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.held = "the database is a copy"
	o.list.Testers = []subscribe.Address{composetest.Address(t, "tester@example.jp")}
	for verb, state := range map[string]deliver.State{"test": deliver.Draft, "schedule": deliver.Draft, "resume": deliver.Paused} {
		wantError[Refused](t, o.verbs()[verb](o.has("autumn", state, nil)), "nothing goes out: the database is a copy")
	}
	if len(o.sent) != 0 {
		t.Error("test copies went out")
	}
	for _, state := range []deliver.State{deliver.Scheduled, deliver.Running} {
		if s, err := o.Status(t.Context(), o.has("autumn", state, nil)); err != nil || s.Copy != o.held || !s.Ends.IsZero() || s.Wait.Why != "" {
			t.Errorf("%s: promised %s; %q, %v", state, s.Ends, s.Wait.Why, err)
		}
	}
}

// TestCancel: what is under way is lost only by who was told what is lost.
func TestCancel(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	ctx := t.Context()
	s, err := o.Cancel(ctx, who, o.has("autumn", deliver.Scheduled, nil), false)
	o.must(err)
	if s.Issue.State != deliver.Draft || !s.Issue.Due.IsZero() {
		t.Errorf("%s at %s", s.Issue.State, s.Issue.Due)
	}
	for _, state := range []deliver.State{deliver.Running, deliver.Paused} {
		name := o.has("autumn", state, nil)
		_, err = o.Cancel(ctx, who, name, false)
		wantError[Refused](t, err, autumn+" is "+state.String()+": 2,900 readers of 12,000 would never get it (100 more are uncertain: nobody knows whether they have it), and it cannot be begun again; to go on: kairan issue cancel japanifornia/autumn --yes")
		if s, err = o.Cancel(ctx, who, name, true); err != nil || s.Issue.State != deliver.Cancelled {
			t.Errorf("%s, %v", s.Issue.State, err)
		}
	}
}

func TestRemove(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.must(o.Remove(t.Context(), who, o.has("autumn", deliver.Draft, nil)))
	if len(o.issues) != 0 || !strings.Contains(o.log.String(), "msg=IssueRemoved issue=japanifornia/autumn was=draft by=hanako") {
		t.Errorf("%v; %s", o.issues, &o.log)
	}
}

func TestPauseAndResume(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	name := o.has("autumn", deliver.Running, nil)
	s, err := o.Pause(t.Context(), who, name)
	o.must(err)
	if s.Issue.State != deliver.Paused || s.Wait.Why != "paused (hanako, Tue 2026-12-01 18:00 JST)" {
		t.Errorf("%s, %q", s.Issue.State, s.Wait.Why)
	}
	if s, err = o.Resume(t.Context(), who, name); err != nil || s.Issue.State != deliver.Running {
		t.Errorf("%s, %v", s.Issue.State, err)
	}
}

// TestASourceIsReadOnce: whatever is done with it until its run has begun, and it is
// dated then.
func TestASourceIsReadOnce(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.list.Testers = []subscribe.Address{composetest.Address(t, "tester@example.jp")}
	_, err := o.Add(t.Context(), who, autumn, deliver.Manuscript{Source: composetest.Source("本文")})
	o.must(err)
	_, err = o.Schedule(t.Context(), who, autumn, When{At: "tomorrow 09:00"})
	o.must(err)
	for _, verb := range []string{"status", "preview", "test"} {
		o.must(o.verbs()[verb](autumn))
	}
	o.now = o.now.Add(15 * time.Hour)
	i, err := o.Issue(first(o))
	o.must(err)
	form, err := o.Compile(t.Context(), i, o.now)
	if text := string(form.Compiled); err != nil || form.Expiry != 72*time.Hour || !strings.Contains(text, "2026年12月2日") || !strings.Contains(text, `"date":"2026-12-02T09:00:00+09:00"`) {
		t.Errorf("not dated when it begins: %v, %v, %s", err, form.Expiry, text)
	}
	if len(o.drafts) != 1 {
		t.Errorf("the source was read %d times", len(o.drafts))
	}
	i.Source = []byte("+++\nsubject = \"x\"\nexpires = \"5h\"\n+++\nx")
	if form, err = o.Compile(t.Context(), i, o.now); form.Expiry != 5*time.Hour || err != nil {
		t.Errorf("%s, %v", form.Expiry, err)
	}
	i.Source = []byte("x")
	if _, err = o.Compile(t.Context(), i, o.now); err == nil {
		t.Error("what is no issue was compiled")
	}
}

func TestTest(t *testing.T) {
	t.Parallel()
	refusal := deliver.Judge(deliver.StageRcpt, 550, "5.1.1", "5.1.1 hanako... User unknown")
	broken := deliver.Judge(deliver.StageData, 0, "", "reset")
	for name, c := range map[string]struct {
		answers []deliver.Result
		want    []string
		reached int
	}{
		"all are accepted":      {nil, []string{"accepted ", "accepted ", "accepted "}, 3},
		"one is refused":        {[]deliver.Result{refusal}, []string{"refused RCPT: 550 5.1.1 hanako... User unknown", "accepted ", "accepted "}, 2},
		"the connection breaks": {[]deliver.Result{broken}, []string{"deferred DATA: 0 reset"}, 0},
	} {
		o := newOffice(t)
		for _, to := range []string{"a@example.jp", "b@example.jp", "c@example.jp"} {
			o.list.Testers = append(o.list.Testers, composetest.Address(t, to))
		}
		o.answers = c.answers
		issue := o.has("autumn", deliver.Draft, nil)
		copies, err := o.Test(t.Context(), who, issue)
		o.must(err)
		for n, got := range copies {
			if said := got.Outcome + " " + got.Reply; n >= len(c.want) || said != c.want[n] || got.Tester != n+1 {
				t.Errorf("%s: tester %d: %s", name, got.Tester, said)
			}
		}
		if len(copies) != len(c.want) || len(o.sent) != len(c.want) {
			t.Errorf("%s: %d copies, %d sent", name, len(copies), len(o.sent))
		}
		if s, err := o.Status(t.Context(), issue); err != nil || s.Issue.WasTested() != (c.reached > 0) || len(s.Issue.Timeline) != 1 || s.Issue.Timeline[0].Actor != who {
			t.Errorf("%s: %+v, %v", name, s.Issue.Timeline, err)
		}
	}
}

func TestTestThatCannotBe(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	name := o.has("autumn", deliver.Draft, nil)
	_, err := o.Test(t.Context(), who, name)
	wantError[Refused](t, err, "the list japanifornia has no testers; write their addresses into `testers` of [lists.japanifornia] and restart")
	o.list.Testers = []subscribe.Address{composetest.Address(t, "tester@example.jp")}
	o.dial = &deliver.Refusal{Result: deliver.Judge(deliver.StageAuth, 535, "5.7.8", "your account is locked")}
	if _, err = o.Test(t.Context(), who, name); err == nil || !strings.Contains(err.Error(), "your account is locked") {
		t.Errorf("not in the relay's words: %v", err)
	}
	if i, _ := o.Issue(first(o)); len(i.Timeline) != 0 {
		t.Errorf("%v", i.Timeline)
	}
}

// TestNextSlot: the first that is free, and not before the embargo.
func TestNextSlot(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	ctx := t.Context()
	a, b := o.has("autumn", deliver.Draft, nil), o.has("winter", deliver.Draft, nil)
	_, err := o.Schedule(ctx, who, a, When{Slot: true})
	wantError[Refused](t, err, `has no slots; give a time with --at, or declare them: slots = ["Mon-Fri 09:00"]`)
	all := ^uint64(0) >> 1
	o.list.Slots.Of = []subscribe.Slot{{Minutes: 1, Hours: 1 << 9, Days: all, Months: all, Weekdays: all}}
	day := func(d int) time.Time { return time.Date(2026, 12, d, 9, 0, 0, 0, tokyo) }
	for _, c := range []struct {
		issue string
		want  time.Time
	}{{a, day(2)}, {b, day(3)}, {a, day(2)}} {
		s, err := o.Schedule(ctx, who, c.issue, When{Slot: true})
		o.must(err)
		if !s.Issue.Due.Equal(c.want) {
			t.Errorf("%s is due %s, want %s", c.issue, s.Issue.Due, c.want)
		}
	}
	if _, err := o.Embargo(ctx, who, a, "2026-12-05 09:00"); err != nil {
		t.Fatal(err)
	}
	s, err := o.Schedule(ctx, who, a, When{Slot: true})
	o.must(err)
	if !s.Issue.Due.Equal(day(5)) {
		t.Errorf("under embargo it is due %s", s.Issue.Due)
	}
	_, err = o.Schedule(ctx, who, a, When{At: "2026-12-05 08:59"})
	wantError[*deliver.DueError](t, err, "under embargo")
	_, err = o.Embargo(ctx, who, a, "noon")
	wantError[Misuse](t, err, "is not understood")
}
