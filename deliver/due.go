package deliver

import (
	"strings"
	"time"

	"example.jp/kairan/deliver/phrase"
	"example.jp/kairan/subscribe"
)

const dueLayout = "2006-01-02 15:04"

// ParseDue reads a wall-clock time in a list's zone: a date with a time, such as
// "2026-12-01 09:00", "today 18:00" or "tomorrow 09:00", or a time alone, which is
// the next such one after now. A time that a clock change skips is refused; of one
// that it repeats the first is taken, so that every due time means one instant.
func ParseDue(typed string, zone *time.Location, now time.Time) (time.Time, error) {
	s := strings.Join(strings.Fields(strings.Map(halfWidth, typed)), " ")
	if n := len(time.DateOnly); len(s) > n && s[n] == 'T' { // ISO 8601
		s = s[:n] + " " + s[n+1:]
	}
	date, clock, found := strings.Cut(s, " ")
	if !found {
		date, clock = "", date
	}
	now = now.In(zone)
	year, month, day := now.Date()
	today := now.Format(time.DateOnly)
	tomorrow := time.Date(year, month, day+1, 12, 0, 0, 0, time.UTC).Format(time.DateOnly)
	switch strings.ToLower(date) {
	case "":
		if at, err := wall(today, clock, zone); err == nil && at.After(now) {
			return at, nil
		}
		date = tomorrow
	case "today", "今日":
		date = today
	case "tomorrow", "明日":
		date = tomorrow
	}
	at, err := wall(date, clock, zone)
	if at.IsZero() && err == nil {
		return at, phrase.Say("the time %q is not understood; write it as \"2026-12-01 09:00\", \"tomorrow 09:00\" or \"18:00\", in the list's time zone (%s)", typed, zone)
	}
	return at, err
}

// wall is the instant of a date and a time; zero without an error if they are none.
func wall(date, clock string, zone *time.Location) (time.Time, error) {
	s := date + " " + clock
	t, err := time.ParseInLocation(dueLayout, s, zone)
	if err != nil {
		return time.Time{}, nil //nolint:nilerr // the caller knows what was typed
	}
	face, _ := time.Parse(dueLayout, s) // UTC has no clock changes
	if t.Format(dueLayout) != face.Format(dueLayout) {
		return time.Time{}, phrase.Say("there is no %s in %s: the clocks go forward then; give a time an hour earlier or later", s, zone)
	}
	return subscribe.FirstShown(t), nil
}

// halfWidth folds what a Japanese keyboard types for digits and their signs.
func halfWidth(r rune) rune {
	switch {
	case r >= '！' && r <= '～':
		return r - '！' + '!'
	case r == '\u3000':
		return ' '
	}
	return r
}
