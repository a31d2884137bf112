package storetest

import (
	"bytes"
	"errors"
	"reflect"
	"testing"
	"time"

	"example.jp/kairan/deliver"
)

func calendarTests() map[string]func(*testing.T, *fixture) {
	return map[string]func(*testing.T, *fixture){
		"an issue comes back as it was put":     issueRoundTrip,
		"a refused change writes nothing":       issueRefused,
		"files come and go with their issue":    issueFiles,
		"an issue without a run can be removed": issueRemoved,
		"live issues are those with work to do": live,
	}
}

func issueRoundTrip(t *testing.T, b *fixture) {
	if _, err := b.Issue(named(autumn)); err == nil {
		t.Fatal("an issue that was never added is found")
	}
	now := b.clock.now()
	want := deliver.Issue{
		Name: named(autumn), Source: []byte("# 秋\r\n"), Subject: "秋の号", State: deliver.Scheduled,
		Due: now.Add(time.Hour), Started: now.Add(2 * time.Hour), Ended: now.Add(3 * time.Hour), Expires: now.Add(4 * time.Hour), PausedAt: now.Add(5 * time.Hour),
		Timeline: []deliver.Event{{At: now, Actor: "uid 1000", What: "added"}, {At: now.Add(time.Second), Actor: deliver.Self, What: "held"}},
	}
	b.must(b.AddIssue(t.Context(), want, nil, nil))
	b.reopen()
	got, err := b.Issue(named(autumn))
	b.must(err)
	for _, p := range []*time.Time{&got.Due, &got.Started, &got.Ended, &got.Expires, &got.PausedAt, &got.Timeline[0].At, &got.Timeline[1].At} {
		*p = p.UTC()
	}
	if !reflect.DeepEqual(*got, want) {
		t.Fatalf("got %+v\nwant %+v", *got, want)
	}
	b.must(b.AddIssue(t.Context(), want, nil, func(i *deliver.Issue, now time.Time) error {
		return i.Replace(deliver.Manuscript{Source: []byte("new")}, "New", "uid 1000", now)
	}))
	if got, err := b.Issue(named(autumn)); err != nil || got.Subject != "New" || got.State != deliver.Scheduled {
		t.Fatalf("%+v, %v", got, err)
	}
	if x := b.books(named(autumn)); x != (deliver.Balance{}) {
		t.Fatalf("books of an issue that has not started: %+v", x)
	}
	if _, err := b.OpenRun(named(autumn)); err == nil {
		t.Fatal("the run of an issue that has not started is opened")
	}
}

func issueFiles(t *testing.T, b *fixture) {
	a, a2 := deliver.File{Name: "a.pdf", Data: bytes.Repeat([]byte("%PDF"), 1<<18)}, deliver.File{Name: "a.pdf", Data: []byte("%PDF-2")}
	chart := deliver.File{Name: "図 1.png", Data: []byte("PNG")}
	add := func(slug string, files ...deliver.File) error {
		m := deliver.Manuscript{Source: []byte("text"), Files: files}
		return b.AddIssue(t.Context(), deliver.Issue{Name: named(slug), Source: m.Source, Files: m.Enclosures(), State: deliver.Draft}, files,
			func(i *deliver.Issue, now time.Time) error { return i.Replace(m, "", "uid 1000", now) })
	}
	has := func(slug string, want ...deliver.File) {
		t.Helper()
		b.reopen()
		got, err := b.Files(named(slug))
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s has %d files, %v; want %d", slug, len(got), err, len(want))
		}
	}
	b.must(add(autumn, a, chart))
	b.must(add(autumn+"-2", a2)) // its name begins like the other's
	has(autumn, a, chart)
	b.must(b.ChangeIssue(t.Context(), named(autumn), func(i *deliver.Issue, now time.Time) error {
		return i.Schedule(now.Add(time.Hour), "uid 1000", time.UTC, now)
	}))
	has(autumn, a, chart)
	b.must(add(autumn, chart, a2)) // in another order
	has(autumn, chart, a2)
	has(autumn+"-2", a2)
	b.must(add(autumn))
	has(autumn)
	b.must(b.RemoveIssue(t.Context(), named(autumn+"-2"), func(*deliver.Issue) error { return nil }))
	b.must(add(autumn + "-2"))
	has(autumn + "-2")
	if _, err := b.Files(named("no-such")); !errors.Is(err, deliver.ErrNoIssue) {
		t.Errorf("files of no issue: %v", err)
	}
}

func issueRefused(t *testing.T, b *fixture) {
	b.readers(1)
	b.must(b.AddIssue(t.Context(), deliver.Issue{Name: named(autumn), Subject: "Autumn", State: deliver.Draft}, nil, nil))
	boom := errors.New("refused")
	spoil := func(i *deliver.Issue, _ time.Time) error { i.Subject, i.State = "spoilt", deliver.Running; return boom }
	for name, err := range map[string]error{
		"change":  b.ChangeIssue(t.Context(), named(autumn), spoil),
		"replace": b.AddIssue(t.Context(), deliver.Issue{Name: named(autumn), Subject: "spoilt"}, nil, spoil),
		"start": b.StartIssue(t.Context(), named(autumn), deliver.Form{}, func(i *deliver.Issue, n int, now time.Time) error {
			if n != 1 {
				t.Errorf("an audience of %d", n)
			}
			return spoil(i, now)
		}),
	} {
		if !errors.Is(err, boom) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if i, err := b.Issue(named(autumn)); err != nil || i.Subject != "Autumn" || i.State != deliver.Draft {
		t.Fatalf("%+v, %v", i, err)
	}
	if _, err := b.OpenRun(named(autumn)); err == nil {
		t.Fatal("a refused start has begun a run")
	}
	if err := b.ChangeIssue(t.Context(), named("no-such"), spoil); err == nil || errors.Is(err, boom) {
		t.Fatalf("an issue that is not there was changed: %v", err)
	}
}

func issueRemoved(t *testing.T, b *fixture) {
	b.readers(1)
	may := func(i *deliver.Issue) error { return i.CheckRemovable() }
	for _, slug := range []string{autumn, "a-draft", "a-held"} {
		b.must(b.AddIssue(t.Context(), deliver.Issue{Name: named(slug), State: deliver.Draft}, nil, nil))
	}
	b.must(b.ChangeIssue(t.Context(), named("a-held"), func(i *deliver.Issue, now time.Time) error {
		i.State, i.Due = deliver.Scheduled, now
		return nil
	}))
	var state *deliver.StateError
	if err := b.RemoveIssue(t.Context(), named("a-held"), may); !errors.As(err, &state) {
		t.Fatalf("a scheduled issue: %v", err)
	}
	b.must(b.ChangeIssue(t.Context(), named("a-held"), func(i *deliver.Issue, now time.Time) error { i.Hold("too late", now); return nil }))
	b.must(b.StartIssue(t.Context(), named(autumn), deliver.Form{}, func(i *deliver.Issue, n int, now time.Time) error { i.Start(n, time.Hour, now); return nil }))
	if err := b.RemoveIssue(t.Context(), named(autumn), func(*deliver.Issue) error { return nil }); err == nil {
		t.Fatal("an issue with books is removed")
	}
	b.must(b.RemoveIssue(t.Context(), named("a-draft"), may))
	b.must(b.RemoveIssue(t.Context(), named("a-held"), may))
	b.reopen()
	for _, slug := range []string{"a-draft", "a-held"} {
		if i, err := b.Issue(named(slug)); err == nil {
			t.Fatalf("%s is still there: %+v", slug, i)
		}
		if err := b.RemoveIssue(t.Context(), named(slug), may); err == nil || errors.As(err, &state) {
			t.Fatalf("%s is removed twice: %v", slug, err)
		}
	}
	if all, err := b.Live(); err != nil || len(all) != 1 || all[0].Name.Slug != autumn {
		t.Fatalf("live: %v, %v", all, err)
	}
	b.must(b.AddIssue(t.Context(), deliver.Issue{Name: named("a-draft"), Subject: "Again", State: deliver.Draft}, nil, nil))
	if i, err := b.Issue(named("a-draft")); err != nil || i.Subject != "Again" || len(i.Timeline) != 0 {
		t.Fatalf("added again: %+v, %v", i, err)
	}
}

func live(t *testing.T, b *fixture) {
	want := func(slugs ...string) {
		t.Helper()
		for range 2 { // as it is, and as it is found again
			all, err := b.Live()
			b.must(err)
			var got []string
			for _, i := range all {
				got = append(got, i.Name.Slug)
			}
			if !reflect.DeepEqual(got, slugs) {
				t.Fatalf("live: %v, want %v", got, slugs)
			}
			b.reopen()
		}
	}
	change := func(slug string, f func(*deliver.Issue, time.Time) error) {
		t.Helper()
		b.must(b.ChangeIssue(t.Context(), named(slug), f))
	}
	want()
	b.readers(1)
	for _, slug := range []string{"b-held", "a-scheduled", autumn} {
		b.must(b.AddIssue(t.Context(), deliver.Issue{Name: named(slug), State: deliver.Draft}, nil, nil))
	}
	want()
	for _, slug := range []string{"b-held", "a-scheduled", autumn} {
		change(slug, func(i *deliver.Issue, now time.Time) error {
			i.State, i.Due = deliver.Scheduled, now.Add(time.Hour)
			return nil
		})
	}
	want("a-scheduled", autumn, "b-held")
	change("b-held", func(i *deliver.Issue, now time.Time) error { i.Hold("too late", now); return nil })
	b.must(b.StartIssue(t.Context(), named(autumn), deliver.Form{}, func(i *deliver.Issue, n int, now time.Time) error { i.Start(n, time.Hour, now); return nil }))
	want("a-scheduled", autumn)
	change("a-scheduled", func(i *deliver.Issue, now time.Time) error { return i.Cancel("uid 1000", now) })
	change(autumn, func(i *deliver.Issue, now time.Time) error { return i.Cancel("uid 1000", now) })
	want(autumn) // cancelled, and without final books
	b.conclude(true)
	want()
}
