package main

import (
	"errors"
	"strings"
	"testing"

	"example.jp/kairan/cmd/internal/config"
	"example.jp/kairan/subscribe"
)

// TestCheckRest: hours in which no relay takes mail are told, and no others.
func TestCheckRest(t *testing.T) {
	t.Parallel()
	for rests, want := range map[string]string{
		"02:00-05:00":                         "from 02:00 to 05:00:",
		"22:00-06:00":                         "from 22:00 to 06:00:",
		"22:00-06:00 02:00-08:00":             "from 02:00 to 06:00:",
		"22:00-06:00 23:00-01:00 20:00-00:30": "from 23:00 to 00:30:",
		"22:00-06:00 06:00-22:00":             "",
		"22:00-06:00 -":                       "",
		"-":                                   "",
	} {
		cfg := &config.Config{}
		for n, s := range strings.Fields(rests) {
			h, err := subscribe.ParseHours(s)
			if err != nil {
				h = subscribe.Hours{}
			}
			if r := (config.Relay{Rest: h}); n == 0 {
				cfg.Relay = r
			} else {
				cfg.Fallback = append(cfg.Fallback, r)
			}
		}
		_, err := checkRest(cfg)
		if (err != nil) != (want != "") || err != nil && (!errors.As(err, new(errWarned)) || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: %v", rests, err)
		}
	}
}

// TestSharing: each relay is told with those of its rank alone.
func TestSharing(t *testing.T) {
	t.Parallel()
	cfg := &config.Config{Relay: config.Relay{Host: "a", Port: 25}, Fallback: []config.Relay{
		{Host: "b", Port: 25, Share: 3}, {Host: "c", Port: 25}, {Host: "d", Port: 25, Share: 9}, {Host: "e", Port: 25},
	}}
	all := declaredRelays(cfg)
	for n, want := range []string{"1 of 4 of the load, with b:25", "3 of 4 of the load, with a:25", "1 of 10 of the load, with d:25", "9 of 10 of the load, with c:25", ""} {
		if got := sharing(all, n); got != want {
			t.Errorf("%d: %q", n, got)
		}
	}
}
