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
