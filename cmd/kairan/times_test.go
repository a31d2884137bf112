package main

import (
	"testing"
	"time"

	"example.jp/kairan/cmd/internal/manual"
	"example.jp/kairan/cmd/internal/service"
)

// TestWhen: an instant is of the list's zone, with its weekday, and with how far it is.
func TestWhen(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 12, 1, 8, 51, 0, 0, time.UTC)
	for _, c := range []struct {
		lang string
		in   time.Duration
		want string
	}{
		{manual.English, 9 * time.Minute, "Tue 2026-12-01 18:00 JST, in 9 minutes"},
		{manual.Japanese, 9 * time.Minute, "2026年12月1日（火）18:00 JST（9分後）"},
		{manual.English, -2 * time.Hour, "Tue 2026-12-01 15:51 JST, 2 hours ago"},
		{manual.Japanese, -2 * time.Hour, "2026年12月1日（火）15:51 JST（2時間前）"},
	} {
		book, err := manual.Open(c.lang)
		if err != nil {
			t.Fatal(err)
		}
		a := &app{book: book, now: func() time.Time { return now }}
		if got := a.when(now.Add(c.in), "Asia/Tokyo"); got != c.want {
			t.Errorf("%s, %v: %q, want %q", c.lang, c.in, got, c.want)
		}
	}
}

// TestDue: a person is told how soon an issue starts, until it has; a pipe gets the instant.
func TestDue(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 12, 1, 8, 51, 0, 0, time.UTC)
	book, err := manual.Open(manual.English)
	if err != nil {
		t.Fatal(err)
	}
	a := &app{book: book, now: func() time.Time { return now }}
	for _, c := range []struct {
		due    time.Time
		person bool
		want   string
	}{
		{now.Add(9 * time.Minute), true, "Tue 2026-12-01 18:00 JST, in 9 minutes"},
		{now.Add(9 * time.Minute), false, "Tue 2026-12-01 18:00 JST"},
		{now.Add(-2 * time.Hour), true, "Tue 2026-12-01 15:51 JST"},
		{time.Time{}, true, ""},
	} {
		if got := a.due(service.Issue{Due: c.due, Zone: "Asia/Tokyo"}, c.person); got != c.want {
			t.Errorf("%v, %v: %q, want %q", c.due, c.person, got, c.want)
		}
	}
}
