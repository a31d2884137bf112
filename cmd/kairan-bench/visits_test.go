package main

import (
	"encoding/json"
	"testing"
	"time"
)

// TestSignUps: a confirmation does not wait for the issue that goes out.
func TestSignUps(t *testing.T) {
	t.Parallel()
	// A slow relay makes the issue last long enough on any machine.
	code, out, errs := bench(t, "send", "--json", "--dir", t.TempDir(), "--readers", "1500", "--connections", "4",
		"--slow", "100", "--slow-by", "5ms", "--sign-ups", "15")
	if code != 0 {
		t.Fatalf("exit %d: %s", code, errs)
	}
	var r report
	if err := json.Unmarshal([]byte(out), &r); err != nil || r.Waits == nil {
		t.Fatalf("%v in %s", err, out)
	}
	w := r.Waits
	// The README promises a second. Three leave room for a busy machine.
	if w.Relay.P99 > 3000 {
		t.Errorf("a confirmation took %.0f ms", w.Relay.P99)
	}
	// The intake's own tick is 250 ms, so a confirmation cannot be there at once.
	if w.SignUps != 15 || w.Answer.P50 <= 0 || w.Relay.P50 <= w.Answer.P50 || w.Relay.Max < w.Relay.P99 {
		t.Errorf("%+v", w)
	}
}

func TestQuantiles(t *testing.T) {
	t.Parallel()
	var times []time.Duration
	for n := range 200 {
		times = append(times, time.Duration(200-n)*time.Millisecond)
	}
	if got, want := quantilesOf(times), (quantiles{100, 180, 198, 200}); got != want {
		t.Errorf("%v, want %v", got, want)
	}
	if got := quantilesOf(times[:1]); got != (quantiles{200, 200, 200, 200}) {
		t.Errorf("of one: %v", got)
	}
}
