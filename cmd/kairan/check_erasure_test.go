package main

import (
	"strings"
	"testing"
	"time"

	"example.jp/kairan/cmd/internal/config"
	"example.jp/kairan/cmd/internal/service"
)

// TestCheckErasure: a day that comes within a week is named while anything of the list is
// stored, and no other.
func TestCheckErasure(t *testing.T) {
	t.Parallel()
	cfg, err := config.Parse("kairan.toml", config.Sample())
	if err != nil {
		t.Fatal(err)
	}
	l := cfg.Lists["ajc-event"]
	found := service.Examined{Readers: map[string]int{"ajc-event": 20}, Holds: map[string]bool{"ajc-event": true, "whats-new": true}}
	begins := time.Date(2036, 6, 30, 0, 0, 0, 0, l.Zone)
	for before, want := range map[time.Duration]bool{8 * 24 * time.Hour: false, 7 * 24 * time.Hour: true, time.Second: true, 0: false} {
		err = checkErasure(cfg, found, begins.Add(-before))
		if (err != nil) != want || want && (!strings.Contains(err.Error(), "lists.ajc-event.erase_by is 2036-06-30: ") || !strings.Contains(err.Error(), "with 20 readers; ")) {
			t.Errorf("%s before: %v", before, err)
		}
	}
	if err := checkErasure(cfg, service.Examined{}, begins.Add(-time.Hour)); err != nil {
		t.Errorf("with nothing stored: %v", err)
	}
}
