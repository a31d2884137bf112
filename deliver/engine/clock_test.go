package engine

import (
	"strings"
	"testing"
	"time"

	"example.jp/kairan/deliver"
)

func TestClock(t *testing.T) {
	t.Parallel()
	type tick struct {
		wall, mono time.Duration // since the tick before
		commit     time.Duration // since noon; 0: none
		why        string        // a part of it; "": the clock is right
	}
	second := tick{wall: time.Second, mono: time.Second}
	seconds := func(n int, why string) (out []tick) {
		for range n {
			out = append(out, tick{wall: time.Second, mono: time.Second, why: why})
		}
		return out
	}
	for name, ticks := range map[string][]tick{
		"a new database":                 {{}, second},
		"before the last commit":         {{commit: time.Minute, why: "before the last commit, which was at 2026-11-21 12:01:00 UTC"}},
		"a little before":                {{commit: 10 * time.Second}},
		"long after":                     {{commit: -1000 * time.Hour}},
		"until it has passed the commit": {{commit: time.Minute, why: "before"}, {wall: 40 * time.Second, mono: 40 * time.Second, commit: time.Minute, why: "before"}, {wall: 10 * time.Second, mono: 10 * time.Second, commit: time.Minute}},
		"a tick that came late":          {second, {wall: 3 * time.Hour, mono: 3 * time.Hour}},
		"set by a little":                {second, {wall: 10 * time.Second, mono: time.Second}, {wall: -9 * time.Second, mono: time.Second}},
		"ahead, then even": append(append([]tick{second, {wall: 3*time.Hour + time.Second, mono: time.Second, why: "jumped ahead by 3h0m0s"}},
			seconds(4, "ahead")...), second, second),
		"back, then even": append(append([]tick{second, {wall: -time.Hour, mono: time.Second, why: "jumped back by 1h0m1s"}},
			seconds(4, "back")...), second, second),
		"ahead, and again": append(append([]tick{second, {wall: time.Hour, mono: time.Second, why: "ahead"}, {wall: time.Second, mono: time.Second, why: "ahead"},
			{wall: time.Hour, mono: time.Second, why: "ahead"}}, seconds(4, "ahead")...), second),
		"ahead and back": append(append([]tick{second, {wall: time.Hour, mono: time.Second, why: "ahead"}, {wall: -time.Hour, mono: time.Second, why: "back"}},
			seconds(4, "back")...), second),
		"back behind the commit, then right again": append(append([]tick{second,
			{wall: -time.Hour, mono: time.Second, commit: time.Second, why: "before the last commit"},
			{wall: time.Minute, mono: time.Minute, commit: time.Second, why: "before the last commit"},
			{wall: time.Hour, mono: time.Second, commit: time.Second, why: "ahead"}}, seconds(4, "ahead")...), second),
	} {
		var c clock
		noon := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
		at := sight{wall: noon}
		for n, x := range ticks {
			at.wall, at.mono = at.wall.Add(x.wall), at.mono+x.mono
			at.commit = time.Time{}
			if x.commit != 0 {
				at.commit = noon.Add(x.commit)
			}
			var why string
			if c, why = c.tick(at, 5*time.Second); !strings.Contains(why, x.why) || (why == "") != (x.why == "") {
				t.Errorf("%s: tick %d: %q, want %q", name, n, why, x.why)
			}
		}
	}
}

// shift is a wall clock that can be set, beside one that cannot.
type shift struct{ by time.Duration }

func (s *shift) now() time.Time { return time.Now().Add(s.by) }

// TestAJumpHoldsStarts: an issue that a jump makes due stays scheduled, says so
// once, and starts when the clock has run evenly again. One that the jump makes
// too late is not held for that before.
func TestAJumpHoldsStarts(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		jump  time.Duration
		state deliver.State
		words string
	}{
		"due": {time.Hour, deliver.Finished, "not started while the clock is wrong: it has jumped ahead by 1h0m0s; what is due starts when it has run evenly for 1m0s; " +
			"started for 3 readers, 1m late; finished: 3 accepted of 3"},
		"too late": {4 * time.Hour, deliver.Held, "not started while the clock is wrong: it has jumped ahead by 4h0m0s; what is due starts when it has run evenly for 1m0s; " +
			"held: it was due 3h2m ago, and the list sends up to 2h late; schedule it again to send it"},
		"not due": {20 * time.Minute, deliver.Scheduled, ""},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				c := newCalendar(t, 3)
				clock := &shift{}
				c.s.Now, c.s.Settles, c.now = clock.now, time.Minute, clock.now
				c.run(10 * time.Second)
				if wrong, why := c.s.Clock(); wrong {
					t.Errorf("wrong: %s", why)
				}
				clock.by = tc.jump
				if wrong, why := c.s.Clock(); !wrong || !strings.Contains(why, "jumped ahead") {
					t.Errorf("before the next tick: wrong %v %q", wrong, why)
				}
				c.run(50 * time.Second)
				if wrong, why := c.s.Clock(); !wrong || !strings.Contains(why, "jumped ahead") || c.starts != 0 || c.issue.State != deliver.Scheduled {
					t.Errorf("wrong %v %q, %d starts, %s", wrong, why, c.starts, c.issue.State)
				}
				c.run(20 * time.Second)
				if wrong, why := c.s.Clock(); wrong {
					t.Errorf("still wrong: %s", why)
				}
				c.want(tc.state, tc.words)
				if n, m := strings.Count(c.log.String(), "level=ERROR msg=ClockWrong"), strings.Count(c.log.String(), "msg=ClockRight"); n != 1 || m != 1 {
					t.Errorf("%d alarms, %d all-clears:\n%s", n, m, &c.log)
				}
			})
		})
	}
}

// TestAClockBehindTheLastCommit holds what may be due, lets what runs go on, and
// starts what is due when it is set right.
func TestAClockBehindTheLastCommit(t *testing.T) {
	bubble(t, func(t *testing.T) {
		c := newCalendar(t, 3)
		clock := &shift{by: -2 * time.Hour}
		commit := time.Now().Add(time.Hour) // when the issue was due
		c.s.Now, c.now = clock.now, clock.now
		c.s.LastCommit = func() (time.Time, error) { return commit, nil }
		c.run(4 * time.Hour / 60)
		words := "not started while the clock is wrong: it stands before the last commit, which was at " +
			commit.Format("2006-01-02 15:04:05 MST") + "; set it right, and what is due starts by itself (or, if it is right now: kairan serve --trust-clock)"
		c.want(deliver.Scheduled, words)
		clock.by = time.Hour
		c.run(10 * time.Second)
		c.want(deliver.Finished, words+"; started for 3 readers, 4m late; finished: 3 accepted of 3")
	})
}

// TestARunGoesOnWhileTheClockIsWrong: only starts are held.
func TestARunGoesOnWhileTheClockIsWrong(t *testing.T) {
	bubble(t, func(t *testing.T) {
		c := newCalendar(t, 3)
		c.issue.State, c.issue.Expires = deliver.Running, time.Now().Add(time.Hour)
		c.s.LastCommit = func() (time.Time, error) { return time.Now().Add(time.Hour), nil }
		c.run(5 * time.Second)
		c.want(deliver.Finished, "finished: 3 accepted of 3")
		if wrong, _ := c.s.Clock(); !wrong {
			t.Error("the clock is believed")
		}
	})
}
