package store

import (
	"errors"
	"testing"
	"time"

	"example.jp/kairan/deliver"
)

// TestListEnding: a list ends in the commit that schedules its last issue, or not at all;
// that outlives a restart, and goes with the list.
func TestListEnding(t *testing.T) {
	t.Parallel()
	dir, keys, now := t.TempDir(), newKeys(), auditDay
	opt := Options{Dir: dir, Keys: keys, Now: func() time.Time { return now }}
	s := open(t, opt)
	seedReaders(t, s, "news", 2)
	last, other := named("news", "last"), named("news", "other")
	for _, name := range []deliver.IssueName{last, other} {
		if err := s.AddIssue(t.Context(), deliver.Issue{Name: name, State: deliver.Draft, Source: []byte("x")}, nil, nil); err != nil {
			t.Fatal(err)
		}
	}
	boom := errors.New("boom")
	want := func(since time.Time, farewell string) {
		t.Helper()
		if got, name, err := s.ListEnding("news"); err != nil || !got.Equal(since) || name != farewell {
			t.Errorf("ended %s with %q, %v; want %s with %q", got, name, err, since, farewell)
		}
	}
	if err := s.CloseList(t.Context(), last, func(*deliver.Issue, time.Time) error { return boom }); !errors.Is(err, boom) {
		t.Errorf("a change that fails: %v", err)
	}
	want(time.Time{}, "")
	schedule := func(i *deliver.Issue, at time.Time) error {
		return i.Schedule(at.Add(time.Hour), "hanako", time.UTC, at)
	}
	for range 2 { // said again, it keeps its day
		if err := s.CloseList(t.Context(), last, schedule); err != nil {
			t.Fatal(err)
		}
		want(auditDay, "last")
		now = now.Add(time.Minute)
	}
	if err := s.CloseList(t.Context(), other, schedule); err == nil {
		t.Error("it ends a second time, with another issue")
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = open(t, opt)
	want(auditDay, "last")
	if i, err := s.Issue(last); err != nil || i.State != deliver.Scheduled {
		t.Errorf("its last issue is %v, %v", i, err)
	}
	if err := s.ReopenList(t.Context(), "news"); err != nil {
		t.Fatal(err)
	}
	want(time.Time{}, "")
	if err := s.CloseList(t.Context(), other, schedule); err != nil {
		t.Fatal(err)
	}
	if err := s.EndList(t.Context(), "news"); err != nil {
		t.Fatal(err)
	}
	want(time.Time{}, "")
}
