package service

import (
	"log/slog"
	"testing"
	"time"

	"example.jp/kairan/cmd/internal/config"
	"example.jp/kairan/deliver/editor"
	"example.jp/kairan/deliver/engine"
	"example.jp/kairan/store"
	"example.jp/kairan/subscribe"
)

// TestNextNight: a chore is next done in the first quiet hour in which it is due.
func TestNextNight(t *testing.T) {
	t.Parallel()
	at := func(day, hour, minute int) time.Time {
		return time.Date(2026, 11, day, hour, minute, 0, 0, time.Local)
	}
	for _, x := range []struct{ now, due, want time.Time }{
		{at(20, 12, 30), time.Time{}, at(21, 2, 0)},
		{at(20, 3, 30), time.Time{}, at(20, 3, 30)},
		{at(20, 12, 30), at(22, 14, 0), at(23, 2, 0)},
		{at(20, 12, 30), at(22, 3, 10), at(22, 3, 10)},
		{at(20, 5, 0), at(19, 3, 0), at(21, 2, 0)},
	} {
		s := &Service{Config: &config.Config{QuietHours: subscribe.Hours{From: 120, To: 300}}, now: func() time.Time { return x.now }}
		if got := s.nextNight(x.due); !got.Equal(x.want) {
			t.Errorf("at %s, due %s: %s, want %s", x.now, x.due, got, x.want)
		}
	}
}

// TestStatus: what chores did and will do, and a size from which nobody can tell what a
// request has written.
func TestStatus(t *testing.T) {
	t.Parallel()
	began := time.Date(2026, 11, 20, 12, 0, 0, 0, time.Local)
	now := began
	clock := func() time.Time { return now }
	db := openedAt(t, clock)
	cfg := &config.Config{QuietHours: subscribe.Hours{From: 120, To: 300}, Retention: subscribe.Retention{FreePages: 7}}
	e := &engine.Engine{}
	s := &Service{
		Config: cfg, Store: db, engine: e, now: clock, log: slog.New(slog.DiscardHandler), since: began, scheduler: &engine.Scheduler{}, blind: func(error) {},
		editor: &editor.Editor{Store: db, Engine: e, Held: func() string { return "" }, Clock: func() (bool, string) { return false, "" }, Now: clock},
	}
	s.feeds = &editor.Feeds{Editor: s.editor, Store: db}
	s.mustNoteDone(t.Context(), purgeChore, began.Add(-9*time.Hour))
	s.mustNoteDone(t.Context(), verified, began.Add(-24*time.Hour))
	s.mustNoteDone(t.Context(), handBackup, began.Add(-time.Hour))
	out, err := s.status(t.Context(), struct{}{})
	if err != nil {
		t.Fatal(err)
	}
	tonight := time.Date(2026, 11, 21, 2, 0, 0, 0, time.Local)
	want := []ChoreNow{
		{Chore: purgeChore, Last: began.Add(-9 * time.Hour), Next: tonight.Add(0)},
		{Chore: store.CompactChore, Next: tonight},
		{Chore: backupChore, Last: began.Add(-time.Hour)}, // none is made by itself
	}
	for n, c := range out.Chores {
		if w := want[n]; c.Chore != w.Chore || !c.Last.Equal(w.Last) || !c.Next.Equal(w.Next) {
			t.Errorf("%+v, want %+v", c, w)
		}
	}
	d := out.Database
	if len(out.Chores) != len(want) || d.Schema != 6 || d.Octets == 0 || d.Octets%mib != 0 || d.Room == 0 || d.Room%mib != 0 ||
		!out.Since.Equal(began) || !out.Verified.Equal(began.Add(-24*time.Hour)) || out.Version == "" || len(out.Issues)+len(out.Next) != 0 {
		t.Errorf("%+v", out)
	}
	if out.Well != (len(out.Alarms) == 0) {
		t.Errorf("well: %v, with %d alarms", out.Well, len(out.Alarms))
	}
}

// TestRelaysNow: each is well, or not since its alarm hangs.
func TestRelaysNow(t *testing.T) {
	t.Parallel()
	since := time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	states := []engine.RelayState{{Name: "a", Why: "no"}, {Name: "b"}, {Name: "c", Why: "new"}}
	got := relaysNow(states, []Alarm{{Name: "relay", Of: "a", Since: since}, {Name: "relay", Of: "b", Since: since}})
	if len(got) != 3 || !got[0].Since.Equal(since) || !got[1].Since.IsZero() || got[1].Why != "" || !got[2].Since.IsZero() || got[2].Why != "new" {
		t.Errorf("%+v", got)
	}
}
