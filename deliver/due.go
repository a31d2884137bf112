package deliver

import (
	"fmt"
	"time"
)

const dueLayout = "2006-01-02 15:04"

// ParseDue reads a wall-clock time in a list's zone, such as "2026-12-01 09:00".
// A time that a clock change skips is refused; of one that it repeats the first
// is taken, so that every due time means one instant.
func ParseDue(s string, zone *time.Location) (time.Time, error) {
	t, err := time.ParseInLocation(dueLayout, s, zone)
	if err != nil {
		return time.Time{}, fmt.Errorf("the time %q is not understood; write it as \"2026-12-01 09:00\", in the list's time zone (%s)", s, zone)
	}
	wall, _ := time.Parse(dueLayout, s) // UTC has no clock changes
	if t.Format(dueLayout) != wall.Format(dueLayout) {
		return time.Time{}, fmt.Errorf("there is no %s in %s: the clocks go forward then; give a time an hour earlier or later", s, zone)
	}
	if change, _ := t.ZoneBounds(); !change.IsZero() {
		_, before := change.Add(-time.Second).Zone()
		_, after := t.Zone()
		first := t.Add(time.Duration(after-before) * time.Second)
		if before > after && first.Before(change) {
			t = first
		}
	}
	return t, nil
}
