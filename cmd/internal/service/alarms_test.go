package service

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// TestBoard: an alarm is told when it has lasted for a minute, again each day, and when it
// is over; what nobody was told of is over in silence.
func TestBoard(t *testing.T) {
	t.Parallel()
	began := time.Date(2026, 11, 27, 3, 0, 0, 0, time.UTC)
	relay, late := Alarm{Name: "relay", Why: "no mail goes out"}, Alarm{Name: "issue-late", Of: "japanifornia/autumn", Why: "it is late"}
	other := Alarm{Name: "issue-late", Of: "japanifornia/winter", Why: "it is late"}
	var b board
	for _, x := range []struct {
		after time.Duration
		found []Alarm
		blind string
		tells string
		since time.Duration // of the first that hangs
	}{
		{0, nil, "", "", 0},
		{5 * time.Second, []Alarm{relay}, "", "", 5 * time.Second},
		{10 * time.Second, nil, "", "", 0}, // a relay that was started again
		{time.Minute, []Alarm{relay}, "", "", time.Minute},
		{119 * time.Second, []Alarm{relay}, "", "", time.Minute},
		{2 * time.Minute, []Alarm{relay}, "", "begins relay", time.Minute},
		{3 * time.Minute, []Alarm{relay, late}, "", "", time.Minute},
		{4 * time.Minute, []Alarm{relay, late, other}, "", "begins issue-late japanifornia/autumn", time.Minute},
		{5 * time.Minute, []Alarm{relay, other}, "", "over issue-late japanifornia/autumn, begins issue-late japanifornia/winter", time.Minute},
		{6 * time.Minute, []Alarm{relay}, "issue-late", "", time.Minute}, // nobody knows
		{7 * time.Minute, []Alarm{relay}, "", "over issue-late japanifornia/winter", time.Minute},
		{24 * time.Hour, []Alarm{relay}, "", "", time.Minute},
		{24*time.Hour + 2*time.Minute, []Alarm{relay}, "", "lasts relay", time.Minute},
		{24*time.Hour + 3*time.Minute, nil, "", "over relay", 0},
		{24*time.Hour + 4*time.Minute, nil, "", "", 0},
		{25 * time.Hour, []Alarm{relay}, "", "", 25 * time.Hour},
		{24 * time.Hour, []Alarm{relay}, "", "", 24 * time.Hour}, // the clock was set back
		{25 * time.Hour, []Alarm{relay}, "", "begins relay", 24 * time.Hour},
	} {
		now := began.Add(x.after)
		b.note(x.found, []string{x.blind}, now)
		var tells []string
		for _, a := range b.toTell(now) {
			tells = append(tells, strings.TrimSpace(fmt.Sprint(a.news, " ", a.Name, " ", a.Of)))
		}
		if got := strings.Join(tells, ", "); got != x.tells {
			t.Errorf("after %s it tells %q, want %q", x.after, got, x.tells)
		}
		all := b.all()
		if len(x.found) > 0 && !all[0].Since.Equal(began.Add(x.since)) {
			t.Errorf("after %s the first hangs since %s", x.after, all[0].Since)
		}
		if x.blind == "" && len(all) != len(x.found) {
			t.Errorf("after %s %d hang", x.after, len(all))
		}
	}
}

// TestEachAlarmHasARow that says what to do, under a name that can be a label.
func TestEachAlarmHasARow(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, r := range alarmRows {
		if seen[r.name] || r.hint == "" || r.look == nil || strings.Trim(r.name, "abcdefghijklmnopqrstuvwxyz-") != "" {
			t.Errorf("row %q: %+v", r.name, r)
		}
		seen[r.name] = true
	}
}

// TestUntold: whoever could not be told is told later, and of nothing that is over by then.
func TestUntold(t *testing.T) {
	t.Parallel()
	now, b, relay := time.Date(2026, 11, 27, 3, 0, 0, 0, time.UTC), board{}, Alarm{Name: "relay", Hint: "see to it"}
	step := func(by time.Duration, found []Alarm, want news) {
		t.Helper()
		now = now.Add(by)
		b.note(found, nil, now)
		all := b.toTell(now)
		for _, x := range all {
			if (x.Hint == relay.Hint) == (x.news == over) {
				t.Errorf("%s: what is to be done when it %s: %s", now, x.news, x.Hint)
			}
		}
		if len(all) > 1 || want == "" != (len(all) == 0) || want != "" && all[0].news != want {
			t.Errorf("%s: %v, want %q", now, all, want)
		}
	}
	fails := func(x news) { b.untold(told{relay, x}, now) }
	up := []Alarm{relay}
	step(0, up, "")
	step(time.Minute, up, begins)
	fails(begins)
	step(9*time.Minute, up, "")
	step(time.Minute, up, begins)
	fails(begins)
	step(time.Minute, nil, "")
	step(time.Minute, up, "")
	step(time.Minute, up, begins)
	step(24*time.Hour, up, lasts)
	fails(lasts)
	step(10*time.Minute, up, lasts)
	step(time.Minute, nil, over)
}

// TestBoardTellsWhatComesTo: another thing that comes to an alarm of several is told like one
// that begins, once for as long as the alarm hangs.
func TestBoardTellsWhatComesTo(t *testing.T) {
	t.Parallel()
	now, b := time.Date(2026, 11, 27, 3, 0, 0, 0, time.UTC), board{}
	step := func(by time.Duration, want string, kinds ...string) {
		t.Helper()
		now = now.Add(by)
		var found []Alarm
		if kinds != nil {
			found = []Alarm{{Name: "issue-unready", Of: "a/1", Kinds: kinds}}
		}
		b.note(found, nil, now)
		var tells []string
		for _, x := range b.toTell(now) {
			tells = append(tells, strings.Join(append([]string{string(x.news)}, x.Kinds...), " "))
		}
		if got := strings.Join(tells, ", "); got != want {
			t.Errorf("%s: it tells %q, want %q", now, got, want)
		}
	}
	step(0, "", "disk")
	step(30*time.Second, "", "disk", "login")
	step(30*time.Second, "begins disk login", "disk", "login")
	step(time.Minute, "", "login")
	step(time.Minute, "", "disk", "login")
	step(time.Minute, "", "rate", "login")
	step(30*time.Second, "", "login")
	step(30*time.Second, "", "login")
	step(time.Minute, "", "approval", "login")
	step(30*time.Second, "", "approval", "clock", "login")
	step(30*time.Second, "begins approval clock login", "approval", "clock", "login")
	step(time.Minute, "", "clock", "login")
	step(24*time.Hour, "lasts login", "login")
	step(time.Minute, "over login")
}
