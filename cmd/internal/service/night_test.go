package service

import (
	"testing"
	"time"

	"example.jp/kairan/cmd/internal/config"
	"example.jp/kairan/deliver/engine"
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
		"never, by night":          {time.Time{}, at(20, 2), true},
		"the night before":         {at(19, 3), at(20, 2), true},
		"this night":               {at(20, 2), at(20, 4), false},
		"missed once, by day":      {at(18, 2), at(19, 12), false},
		"missed for long, by day":  {at(17, 2), at(19, 12), true},
		"the clock was once ahead": {at(25, 2), at(20, 2), true},
	} {
		s := &Service{Config: &config.Config{QuietHours: subscribe.Hours{From: 120, To: 300}}, engine: &engine.Engine{}, now: func() time.Time { return x.now }}
		if got := s.isDue(daily, x.last); got != x.want {
			t.Errorf("%s: %v, want %v", name, got, x.want)
		}
	}
}
