package main

import (
	"encoding/json"
	"strings"
	"testing"
	"time"
)

// lasting makes an issue last long enough for a few sign-ups on any machine.
var lasting = []string{"--readers", "1500", "--connections", "4", "--slow", "100", "--slow-by", "5ms", "--posts", "15", "--every", "10ms"}

func TestNotice(t *testing.T) {
	t.Parallel()
	code, out, errs := bench(t, append([]string{"notice", "--json", "--dir", t.TempDir()}, lasting...)...)
	if code != 0 {
		t.Fatalf("exit %d: %s", code, errs)
	}
	var r noticeReport
	if err := json.Unmarshal([]byte(out), &r); err != nil {
		t.Fatalf("%v in %s", err, out)
	}
	// The README promises a second. Three leave room for a busy machine.
	if r.Relay.P99 > 3000 {
		t.Errorf("a confirmation took %.0f ms", r.Relay.P99)
	}
	// The intake's own tick is 250 ms, so a confirmation cannot be there at once.
	if r.Posts != 15 || r.MessagesPerSecond <= 0 || r.Answer.P50 <= 0 || r.Relay.P50 <= r.Answer.P50 || r.Relay.Max < r.Relay.P99 ||
		r.AnonMiBPeak <= 0 { // how much it may be, only a program without -race can show
		t.Errorf("%+v", r)
	}
}

func TestWrongNotices(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"--posts", "0"}, "--posts 0"},
		{[]string{"--every", "0s"}, "--every 0s"},
		{[]string{"--connections", "4,8"}, "give one number"},
		{[]string{"--readers", "20", "--posts", "20", "--every", "100ms"}, "before the last sign-up"},
	} {
		if code, _, errs := bench(t, append([]string{"notice"}, c.args...)...); code != 1 || !strings.Contains(errs, c.want) {
			t.Errorf("%v: exit %d, %q; want 1 and %q", c.args, code, errs, c.want)
		}
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
