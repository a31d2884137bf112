package subscribe

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Slot is when a list's issues go out by habit: times of the day, and the days on which
// they come, by the wall clock of the list's zone.
type Slot struct {
	Text string // as it was declared
	// Bit n of each is set where n is among them: minutes 0 to 59, hours 0 to 23, days of the
	// month 1 to 31, months 1 to 12, weekdays 0 (Sunday) to 6.
	Minutes, Hours, Days, Months, Weekdays uint64
}

// Slots are those of a list, without the days on which there are none. None have no next.
type Slots struct {
	Of    []Slot
	NotOn []time.Time // midnight UTC of the days
}

// searchDays is how far ahead a slot is looked for: to the next 29 February, over a
// century that has none.
const searchDays = 9 * 366

// Next is the first slot after an instant, in a zone; zero if there is none. A wall clock
// that a change of clocks skips stands for the instant of the change, and of one that it
// repeats the first counts, so that each slot comes once.
func (s Slots) Next(after time.Time, zone *time.Location) time.Time {
	year, month, day := after.In(zone).Date()
	for n := range searchDays {
		noon := time.Date(year, month, day+n, 12, 0, 0, 0, time.UTC)
		var next time.Time
		for _, at := range s.on(noon, zone) {
			if at.After(after) && (next.IsZero() || at.Before(next)) {
				next = at
			}
		}
		if !next.IsZero() {
			return next
		}
	}
	return time.Time{}
}

// Upcoming are the next n slots after an instant, or as many as there are.
func (s Slots) Upcoming(after time.Time, zone *time.Location, n int) (all []time.Time) {
	for range n {
		if after = s.Next(after, zone); after.IsZero() {
			break
		}
		all = append(all, after)
	}
	return all
}

// on are the slots of a day.
func (s Slots) on(noon time.Time, zone *time.Location) (all []time.Time) {
	off := func(d time.Time) bool { return d.Format(time.DateOnly) == noon.Format(time.DateOnly) }
	if slices.ContainsFunc(s.NotOn, off) {
		return nil
	}
	for _, x := range s.Of {
		if !has(x.Months, int(noon.Month())) || !has(x.Days, noon.Day()) || !has(x.Weekdays, int(noon.Weekday())) {
			continue
		}
		for minute := range 24 * 60 {
			if has(x.Hours, minute/60) && has(x.Minutes, minute%60) {
				all = append(all, onTheWall(noon, minute, zone))
			}
		}
	}
	return all
}

func has(set uint64, n int) bool { return set>>n&1 == 1 }

// onTheWall is the instant at which the clocks of a zone first show a minute of a day, or
// at which they are put past it.
func onTheWall(day time.Time, minute int, zone *time.Location) time.Time {
	at := time.Date(day.Year(), day.Month(), day.Day(), minute/60, minute%60, 0, 0, zone)
	began, ends := at.ZoneBounds()
	if shown := at.Hour()*60 + at.Minute(); shown != minute || at.Day() != day.Day() { // it is skipped
		if before := time.Date(day.Year(), day.Month(), day.Day(), minute/60, minute%60, 0, 0, time.UTC); wallOf(at).Before(before) {
			return ends
		}
		return began
	}
	return FirstShown(at)
}

// FirstShown is the first of the instants at which the clocks of its zone show what they
// show at that one: they show it twice when they are set back.
func FirstShown(at time.Time) time.Time {
	began, _ := at.ZoneBounds()
	if began.IsZero() {
		return at
	}
	_, now := at.Zone()
	_, before := began.Add(-time.Second).Zone()
	if first := at.Add(time.Duration(now-before) * time.Second); before > now && first.Before(began) {
		return first
	}
	return at
}

// wallOf is what the clocks show, as if it were UTC.
func wallOf(t time.Time) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), 0, time.UTC)
}

// Words say when the slot comes, for people to see that it is what they meant.
func (s Slot) Words() string {
	var times []string
	for minute := range 24 * 60 {
		if has(s.Hours, minute/60) && has(s.Minutes, minute%60) {
			times = append(times, fmt.Sprintf("%02d:%02d", minute/60, minute%60))
		}
	}
	const most = 4
	if more := len(times) - most; more > 1 {
		times = append(times[:most], fmt.Sprintf("%d times more", more))
	}
	return s.daysInWords() + " at " + join(times)
}

func (s Slot) daysInWords() string {
	words := "every day"
	switch {
	case s.Weekdays&0b1111111 == 0b0111110:
		words = "Monday to Friday"
	case s.Weekdays&0b1111111 != 0b1111111:
		words = "each " + join(named(s.Weekdays, 0, 6, func(n int) string { return time.Weekday(n).String() }))
	case !all(s.Days, 1, 31):
		words = "on day " + join(named(s.Days, 1, 31, func(n int) string { return fmt.Sprint(n) })) + " of the month"
	}
	if !all(s.Months, 1, 12) {
		words += " in " + join(named(s.Months, 1, 12, func(n int) string { return time.Month(n).String() }))
	}
	return words
}

func all(set uint64, from, to int) bool {
	for n := from; n <= to; n++ {
		if !has(set, n) {
			return false
		}
	}
	return true
}

func named(set uint64, from, to int, name func(int) string) (names []string) {
	for n := from; n <= to; n++ {
		if has(set, n) {
			names = append(names, name(n))
		}
	}
	return names
}

// join joins words with commas and, before the last, "and".
func join(words []string) string {
	if n := len(words) - 1; n > 0 {
		return strings.Join(words[:n], ", ") + " and " + words[n]
	}
	return strings.Join(words, "")
}
