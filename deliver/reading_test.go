package deliver

import (
	"slices"
	"testing"
	"time"
)

// run makes the readings of a run that sends so many copies each minute of its plan, looked
// at every five seconds.
func readingsOf(t *testing.T, start time.Time, perMinute []int) *Issue {
	t.Helper()
	i := &Issue{State: Scheduled}
	i.Start(0, time.Hour, start)
	sent, idle, now := 0, Reading{}, start
	for _, n := range perMinute {
		for s := range 12 {
			sent += n * (s + 1) / 12
			sent -= n * s / 12
			now = now.Add(5 * time.Second)
			b := Balance{Accepted: sent}
			more := i.ReadAgain(b, idle, now)
			i.Note(more...)
			idle = ReadingOf(b, now)
		}
	}
	i.NoteEnd(Balance{Accepted: sent}, now)
	return i
}

// TestBars: a chart has as many bars as can be read, they add up to what was sent, and a
// pause is one.
func TestBars(t *testing.T) {
	t.Parallel()
	zone, err := time.LoadLocation("America/Los_Angeles")
	if err != nil {
		t.Fatal(err)
	}
	every := func(n, minutes int) []int { return slices.Repeat([]int{n}, minutes) }
	for name, x := range map[string]struct {
		plan []int
		step time.Duration
		bars int
		zero int // of them without a copy
	}{
		"nothing":      {nil, time.Minute, 1, 1},
		"nine minutes": {every(600, 9), time.Minute, 10, 0},
		"an hour":      {every(60, 60), 5 * time.Minute, 13, 0},
		"twenty hours": {every(60, 20*60), time.Hour, 21, 0},
		"with a night": {slices.Concat(every(60, 3*60), every(0, 12*60), every(60, 3*60)), time.Hour, 19, 11},
		"nine days":    {slices.Concat(every(10, 60), every(0, 9*24*60), every(10, 60)), 24 * time.Hour, 10, 8},
		"a year":       {slices.Concat(every(10, 60), every(0, 366*24*60), every(10, 60)), 15 * 24 * time.Hour, 25, 23},
	} {
		start := time.Date(2026, 10, 30, 9, 0, 30, 0, zone) // clocks are set back on the 1st
		i := readingsOf(t, start, x.plan)
		step, bars := Bars(i.Readings, zone)
		sum, want, zero := 0, 0, 0
		for n, b := range bars {
			sum += b.Accepted
			if b.Accepted == 0 {
				zero++
			}
			if b.Accepted < 0 || n > 0 && !b.From.After(bars[n-1].From) {
				t.Errorf("%s: bar %d is %v", name, n, b)
			}
		}
		for _, n := range x.plan {
			want += n
		}
		if sum != want || step != x.step || len(bars) != x.bars || zero != x.zero {
			t.Errorf("%s: %d of %d copies in %d bars of %s, %d of them without one: %v", name, sum, want, len(bars), step, zero, bars)
		}
		if len(i.Readings) > mostReadings+10 {
			t.Errorf("%s: %d readings are kept", name, len(i.Readings))
		}
	}
	if _, bars := Bars(nil, zone); bars != nil {
		t.Error("a run that was never read has bars")
	}
}

// TestReadingsAreBounded: whatever a run does, few readings of it are kept.
func TestReadingsAreBounded(t *testing.T) {
	t.Parallel()
	var plan []int
	for n := range 3000 { // it sends in every third minute
		plan = append(plan, (n%3)/2)
	}
	i := readingsOf(t, time.Date(2026, 10, 30, 9, 0, 0, 0, time.UTC), plan)
	if n := len(i.Readings); n > 2*mostReadings+2 {
		t.Errorf("%d readings", n)
	}
	_, bars := Bars(i.Readings, time.UTC)
	sum := 0
	for _, b := range bars {
		sum += b.Accepted
	}
	if sum != 1000 {
		t.Errorf("the bars have %d copies", sum)
	}
}
