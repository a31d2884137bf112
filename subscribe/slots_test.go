package subscribe

import (
	"slices"
	"testing"
	"time"
)

const every63 = ^uint64(0) >> 1

// halfHours are slots at each half hour of each day.
func halfHours() Slots {
	return Slots{Of: []Slot{{Minutes: 1 | 1<<30, Hours: every63, Days: every63, Months: every63, Weekdays: every63}}}
}

// TestSlotsOfTheCalendars walks every minute of five years in four zones, and writes down
// when the clocks first show each half hour, or pass it. Next finds these, and no others.
func TestSlotsOfTheCalendars(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"America/Los_Angeles", "Pacific/Auckland", "Europe/London", "Asia/Tokyo", "Australia/Lord_Howe"} {
		zone, err := time.LoadLocation(name)
		if err != nil {
			t.Fatal(err)
		}
		from, until := time.Date(2026, 1, 1, 0, 0, 0, 0, zone), time.Date(2031, 1, 1, 0, 0, 0, 0, zone)
		var want []time.Time
		shown := wallOf(from).Add(-time.Minute) // the latest that the clocks have shown
		for at := from; at.Before(until); at = at.Add(time.Minute) {
			wall := wallOf(at.In(zone))
			due := false
			for ; shown.Before(wall); shown = shown.Add(time.Minute) {
				due = due || shown.Add(time.Minute).Minute()%30 == 0
			}
			if due {
				want = append(want, at)
			}
		}
		var got []time.Time
		slots := halfHours()
		for at := slots.Next(from.Add(-time.Second), zone); at.Before(until); at = slots.Next(at, zone) {
			got = append(got, at)
		}
		if !slices.EqualFunc(got, want, time.Time.Equal) {
			t.Errorf("%s: %d slots, want %d", name, len(got), len(want))
			for i := range min(len(got), len(want)) {
				if !got[i].Equal(want[i]) {
					t.Errorf("the first that differs is %s, want %s", got[i].In(zone), want[i].In(zone))
					break
				}
			}
		}
	}
}

func TestNextSlot(t *testing.T) {
	t.Parallel()
	tokyo, losAngeles := time.FixedZone("JST", 9*3600), zoneNamed(t, "America/Los_Angeles")
	nine := Slot{Minutes: 1, Hours: 1 << 9, Days: every63, Months: every63, Weekdays: 0b0111110}
	night := Slot{Minutes: 1 << 30, Hours: 1<<1 | 1<<2, Days: every63, Months: every63, Weekdays: every63}
	leap := Slot{Minutes: 1, Hours: 1, Days: 1 << 29, Months: 1 << 2, Weekdays: every63}
	for _, c := range []struct {
		name  string
		slots Slots
		zone  *time.Location
		after string
		want  []string
	}{
		{"working days", Slots{Of: []Slot{nine}}, tokyo, "2026-11-27T08:59:59+09:00", []string{"2026-11-27T09:00:00+09:00", "2026-11-30T09:00:00+09:00"}},
		{"not at it again", Slots{Of: []Slot{nine}}, tokyo, "2026-11-27T09:00:00+09:00", []string{"2026-11-30T09:00:00+09:00"}},
		{"not on a holiday", Slots{Of: []Slot{nine}, NotOn: []time.Time{time.Date(2026, 11, 30, 0, 0, 0, 0, time.UTC)}}, tokyo, "2026-11-27T10:00:00+09:00", []string{"2026-12-01T09:00:00+09:00"}},
		{"the day of the zone", Slots{Of: []Slot{nine}}, tokyo, "2026-11-29T23:30:00Z", []string{"2026-11-30T09:00:00+09:00"}},
		{"a skipped time", Slots{Of: []Slot{night}}, losAngeles, "2026-03-08T00:00:00-08:00", []string{"2026-03-08T01:30:00-08:00", "2026-03-08T03:00:00-07:00", "2026-03-09T01:30:00-07:00"}},
		{"a repeated time", Slots{Of: []Slot{night}}, losAngeles, "2026-11-01T00:00:00-07:00", []string{"2026-11-01T01:30:00-07:00", "2026-11-01T02:30:00-08:00", "2026-11-02T01:30:00-08:00"}},
		{"the leap day", Slots{Of: []Slot{leap}}, tokyo, "2026-11-27T00:00:00+09:00", []string{"2028-02-29T00:00:00+09:00", "2032-02-29T00:00:00+09:00"}},
		{"the leap day, over 2100", Slots{Of: []Slot{leap}}, tokyo, "2096-03-01T00:00:00+09:00", []string{"2104-02-29T00:00:00+09:00"}},
		{"two in order", Slots{Of: []Slot{nine, {Minutes: 1, Hours: 1 << 8, Days: 1 << 30, Months: every63, Weekdays: every63}}}, tokyo, "2026-11-29T12:00:00+09:00", []string{"2026-11-30T08:00:00+09:00", "2026-11-30T09:00:00+09:00"}},
	} {
		after, err := time.Parse(time.RFC3339, c.after)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, at := range c.slots.Upcoming(after, c.zone, len(c.want)) {
			got = append(got, at.In(c.zone).Format(time.RFC3339))
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
	if next := (Slots{}).Next(time.Now(), tokyo); !next.IsZero() {
		t.Errorf("a list without slots has one at %s", next)
	}
}

func TestSlotInWords(t *testing.T) {
	t.Parallel()
	for want, s := range map[string]Slot{
		"Monday to Friday at 09:00":                         {Minutes: 1, Hours: 1 << 9, Days: every63, Months: every63, Weekdays: 0b0111110},
		"every day at 00:00":                                {Minutes: 1, Hours: 1, Days: every63, Months: every63, Weekdays: every63},
		"each Tuesday and Thursday at 17:30":                {Minutes: 1 << 30, Hours: 1 << 17, Days: every63, Months: every63, Weekdays: 0b0010100},
		"on day 1 and 15 of the month in December at 08:00": {Minutes: 1, Hours: 1 << 8, Days: 1<<1 | 1<<15, Months: 1 << 12, Weekdays: every63},
	} {
		if got := s.Words(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	if got := halfHours().Of[0].Words(); got != "every day at 00:00, 00:30, 01:00, 01:30 and 44 times more" {
		t.Errorf("%q", got)
	}
}

func zoneNamed(t *testing.T, name string) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return zone
}
