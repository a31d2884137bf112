package subscribe

import (
	"testing"
	"time"
)

func TestHours(t *testing.T) {
	t.Parallel()
	at := func(clock string) time.Time {
		at, err := time.Parse("15:04", clock)
		if err != nil {
			t.Fatal(err)
		}
		return at
	}
	for _, c := range []struct {
		hours   string
		in, out []string
	}{
		{"07:00-21:00", []string{"07:00", "12:30", "20:59"}, []string{"06:59", "21:00", "00:00"}},
		{"22:30-05:00", []string{"22:30", "23:59", "00:00", "04:59"}, []string{"05:00", "12:00", "22:29"}},
	} {
		h, err := ParseHours(c.hours)
		if err != nil || h.String() != c.hours {
			t.Errorf("%s: %v, %v", c.hours, h, err)
		}
		for _, in := range c.in {
			if !h.Include(at(in)) {
				t.Errorf("%s is not in %s", in, c.hours)
			}
		}
		for _, out := range c.out {
			if h.Include(at(out)) {
				t.Errorf("%s is in %s", out, c.hours)
			}
		}
	}
	if !(Hours{}).Include(at("03:00")) {
		t.Error("without hours it is always time")
	}
	for _, bad := range []string{"", "7-21", "07:00", "07:00-25:00", "07:00-07:00", "a-b"} {
		if h, err := ParseHours(bad); err == nil {
			t.Errorf("%q is %v", bad, h)
		}
	}
}

// Change is held against a look at every minute, over days in which clocks jump
// by an hour, by half of one, and over a whole day.
func TestHoursChange(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ zone, from string }{
		{"UTC", "2026-11-27T09:30:17Z"},
		{"Asia/Tokyo", "2026-11-27T23:59:59+09:00"},
		{"Europe/Berlin", "2026-03-28T20:00:00+01:00"},       // forward
		{"Europe/Berlin", "2026-10-24T20:00:00+02:00"},       // back
		{"Australia/Lord_Howe", "2026-04-04T12:00:30+11:00"}, // back by half an hour
		{"Australia/Lord_Howe", "2026-10-03T12:00:00+10:30"}, // forward by half an hour
		{"Pacific/Apia", "2011-12-29T12:00:00-10:00"},        // a day was left out
		{"America/St_Johns", "2010-11-06T20:00:00-02:30"},    // back at one minute past midnight
	} {
		zone, err := time.LoadLocation(c.zone)
		if err != nil {
			t.Fatal(err)
		}
		start, err := time.Parse(time.RFC3339, c.from)
		if err != nil {
			t.Fatal(err)
		}
		for _, hours := range []string{"07:00-21:00", "22:30-05:00", "02:00-03:00", "02:30-02:45", "01:15-01:45", "00:00-23:59", "23:59-00:00", "03:00-02:00"} {
			h, err := ParseHours(hours)
			if err != nil {
				t.Fatal(err)
			}
			for at := start.In(zone); at.Before(start.Add(60 * time.Hour)); at = at.Add(37 * time.Minute) {
				want := at.Truncate(time.Minute).Add(time.Minute)
				for h.Include(want) == h.Include(at) {
					want = want.Add(time.Minute)
				}
				if got := h.Change(at); !got.Equal(want) {
					t.Fatalf("%s, %s: after %s the next change is %s, want %s", c.zone, hours, at, got, want)
				}
			}
		}
	}
	if !(Hours{}).Change(time.Now()).IsZero() {
		t.Error("hours that are always open change")
	}
}
