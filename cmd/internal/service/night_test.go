package service

import (
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"example.jp/kairan/cmd/internal/config"
	"example.jp/kairan/deliver/engine"
	"example.jp/kairan/store"
	"example.jp/kairan/store/seal"
	"example.jp/kairan/subscribe"
)

// TestChoresAreDoneByNight: once a night, and by day only what was missed for long.
func TestChoresAreDoneByNight(t *testing.T) {
	t.Parallel()
	at := func(day, hour int) time.Time { return time.Date(2026, 11, day, hour, 30, 0, 0, time.Local) }
	daily := chore{name: "x", every: func(*Service) subscribe.Days { return 1 }}
	for name, x := range map[string]struct {
		last, now time.Time
		want      bool
	}{
		"never, by day":            {time.Time{}, at(20, 12), false},
		"never, for long, by day":  {time.Time{}, at(21, 12), true},
		"never, by night":          {time.Time{}, at(20, 2), true},
		"the night before":         {at(19, 3), at(20, 2), true},
		"this night":               {at(20, 2), at(20, 4), false},
		"missed once, by day":      {at(18, 2), at(19, 12), false},
		"missed for long, by day":  {at(17, 2), at(19, 12), true},
		"the clock was once ahead": {at(25, 2), at(20, 2), true},
	} {
		s := &Service{Config: &config.Config{QuietHours: subscribe.Hours{From: 120, To: 300}}, engine: &engine.Engine{}, now: func() time.Time { return x.now }}
		if got := s.isDue(daily, x.last, at(19, 9)); got != x.want {
			t.Errorf("%s: %v, want %v", name, got, x.want)
		}
	}
}

// TestForgettingIsMissed: what the published periods rest on is missed when it was not done
// in time, and no longer when it was, by hand too.
func TestForgettingIsMissed(t *testing.T) {
	t.Parallel()
	began := time.Date(2026, 11, 20, 9, 0, 0, 0, time.Local)
	now := began
	clock := func() time.Time { return now }
	db := openedAt(t, clock)
	s := &Service{Config: &config.Config{Retention: subscribe.Retention{FreePages: 7}}, Store: db, engine: &engine.Engine{}, now: clock, log: slog.New(slog.DiscardHandler)}
	at := func(day int, want ...string) {
		t.Helper()
		now = began.AddDate(0, 0, day)
		late, err := s.lateChores()
		if len(late) != len(want) || err != nil {
			t.Fatalf("after %d days: %q, %v; want %q", day, late, err, want)
		}
		for i, w := range want {
			if !strings.HasPrefix(late[i], w) {
				t.Errorf("after %d days: %q; want %q", day, late[i], w)
			}
		}
	}
	at(30)
	now = began
	s.beginBackups(t.Context())
	at(3)
	at(4, "purge is not done since 2026-11-20")
	at(10, "purge is not done", "compact is not done since 2026-11-20, and is to be done every 7d")
	if _, err := s.purge(t.Context(), Purging{}); err != nil {
		t.Fatal(err)
	}
	at(10, "compact is not done")
	if _, err := s.compact(t.Context()); err != nil {
		t.Fatal(err)
	}
	at(10)
}

// openedAt is an empty store under that clock.
func openedAt(t *testing.T, clock func() time.Time) *store.Store {
	t.Helper()
	db, err := store.Open(store.Options{Dir: filepath.Join(t.TempDir(), "data"), Keys: seal.Generate(clock()), Now: clock})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}
