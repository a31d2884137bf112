package service

import (
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"example.jp/kairan/cmd/internal/config"
	"example.jp/kairan/deliver"
	"example.jp/kairan/deliver/engine"
	"example.jp/kairan/store"
	"example.jp/kairan/store/seal"
	"example.jp/kairan/subscribe"
)

// TestNightForgets: the purge is a chore of every night, by the configuration's periods.
func TestNightForgets(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 27, 3, 0, 0, 0, time.Local)
	clock := func() time.Time { return now }
	db, err := store.Open(store.Options{Dir: filepath.Join(t.TempDir(), "data"), Keys: seal.Generate(now), Now: clock})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	s := &Service{Config: &config.Config{Retention: subscribe.Retention{Audit: 2, Marks: 45}}, Store: db, engine: &engine.Engine{}, now: clock, log: slog.New(slog.DiscardHandler)}
	if err := db.AddDeed(t.Context(), deliver.Deed{What: "issue pause"}); err != nil {
		t.Fatal(err)
	}
	for night := range 4 {
		s.night(t.Context())
		if at, err := db.LastDone(purgeChore); err != nil || !at.Equal(now) {
			t.Errorf("night %d: last done %v, %v", night+1, at, err)
		}
		now = now.Add(24 * time.Hour)
	}
	deeds, err := db.Deeds(time.Time{}, "")
	if err != nil || len(deeds) == 0 || deeds[0].What == "issue pause" {
		t.Errorf("what was done four nights ago, and kept for two: %+v, %v", deeds, err)
	}
}
