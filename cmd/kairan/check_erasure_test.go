package main

import (
	"strings"
	"testing"
	"time"

	"example.jp/kairan/cmd/internal/config"
)

// TestCheckErasure: a day that has begun is named while the list has readers, and no other.
func TestCheckErasure(t *testing.T) {
	t.Parallel()
	cfg, err := config.Parse("kairan.toml", config.Sample())
	if err != nil {
		t.Fatal(err)
	}
	l := cfg.Lists["ajc-event"]
	readers := map[string]int{"ajc-event": 20, "whats-new": 3}
	begins := time.Date(2036, 6, 30, 0, 0, 0, 0, l.Zone)
	if err := checkErasure(cfg, readers, begins.Add(-time.Second)); err != nil {
		t.Errorf("before its day: %v", err)
	}
	err = checkErasure(cfg, readers, begins)
	if err == nil || !strings.Contains(err.Error(), "lists.ajc-event.erase_by is 2036-06-30: ") || !strings.Contains(err.Error(), "with 20 readers; ") {
		t.Errorf("on its day: %v", err)
	}
	if err := checkErasure(cfg, nil, begins); err != nil {
		t.Errorf("without readers: %v", err)
	}
}
