package deliver

import (
	"testing"
	"time"

	"example.jp/kairan/subscribe"
)

func tokyo(t *testing.T) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation("Asia/Tokyo")
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

func TestForecast(t *testing.T) {
	t.Parallel()
	zone := tokyo(t)
	at := func(clock string) time.Time {
		at, err := time.ParseInLocation("2 15:04:05", clock, zone)
		if err != nil {
			t.Fatal(err)
		}
		return at
	}
	day := subscribe.Hours{From: 9 * 60, To: 17 * 60}
	night := subscribe.Hours{From: 22 * 60, To: 5 * 60}
	// Relays rest by the clock of their machine, here another zone than the list's.
	_, offset := at("1 12:00:00").Zone() // of a year in which that was no whole number of hours
	another := time.FixedZone("", offset-9*60*60)
	rest := func(from, to int) Rest {
		const ahead = 9 * 60
		return Rest{Hours: subscribe.Hours{From: (from - ahead + 24*60) % (24 * 60), To: (to - ahead + 24*60) % (24 * 60)}, Zone: another}
	}
	for _, c := range []struct {
		name          string
		pace          Pace
		from          string
		copies, begun int
		expires       string
		first, last   string
		inTime        int
		narrow        bool // if copies are tried for 12 hours
	}{
		{"relays that share", Pace{Relays: []RelayPace{{PerMinute: 400}, {PerMinute: 200, Beside: true}, {PerMinute: 5000}}}, "1 18:00:00", 12000, 0, "2 06:00:00", "1 18:00:00", "1 18:20:00", 12000, false},
		{"of which one begins to rest", Pace{Relays: []RelayPace{{PerMinute: 400, Rest: rest(18*60+10, 23*60)}, {PerMinute: 200, Beside: true}}}, "1 18:00:00", 12000, 0, "2 06:00:00", "1 18:00:00", "1 18:40:00", 12000, false},
		{"of which one wakes", Pace{Relays: []RelayPace{{PerMinute: 400, Rest: rest(17*60, 18*60+30)}, {PerMinute: 200, Beside: true}}}, "1 18:00:00", 12000, 0, "2 06:00:00", "1 18:00:00", "1 18:40:00", 12000, false},
		{"one that waits, while the first rests", Pace{Relays: []RelayPace{{PerMinute: 600, Rest: rest(17*60, 18*60+30)}, {PerMinute: 100}}}, "1 18:00:00", 12000, 0, "2 06:00:00", "1 18:00:00", "1 18:45:00", 12000, false},
		{"all rest at first", Pace{Relays: []RelayPace{{PerMinute: 600, Rest: rest(17*60, 20*60)}, {PerMinute: 100, Rest: rest(17*60, 19*60)}}}, "1 18:00:00", 12000, 0, "2 06:00:00", "1 19:00:00", "1 20:10:00", 12000, false},
		{"hours that are when all rest", Pace{Hours: day, Relays: []RelayPace{{PerMinute: 600, Rest: rest(9*60, 16*60)}}}, "1 18:00:00", 12000, 0, "2 06:00:00", "2 16:00:00", "2 16:20:00", 0, true},
		{"by the rate alone", Pace{PerMinute: 600}, "1 18:00:00", 12000, 0, "2 06:00:00", "1 18:00:00", "1 18:20:00", 12000, false},
		{"without a rate", Pace{}, "1 18:00:00", 12000, 0, "2 06:00:00", "1 18:00:00", "1 18:00:00", 12000, false},
		{"without readers", Pace{PerMinute: 1}, "1 18:00:00", 0, 0, "2 06:00:00", "1 18:00:00", "1 18:00:00", 0, false},
		{"a rate that cannot serve the list", Pace{PerMinute: 10}, "1 18:00:00", 12000, 0, "2 06:00:00", "1 18:00:00", "2 14:00:00", 7200, true},
		{"a rate that just can", Pace{PerMinute: 20}, "1 18:00:00", 12000, 0, "2 06:00:00", "1 18:00:00", "2 04:00:00", 12000, true},
		{"within the hours", Pace{PerMinute: 100, Hours: day}, "1 10:00:00", 12000, 0, "1 22:00:00", "1 10:00:00", "1 12:00:00", 12000, false},
		{"hours that are shut at the start", Pace{PerMinute: 100, Hours: day}, "1 17:00:00", 100, 0, "2 05:00:00", "2 09:00:00", "2 09:01:00", 0, true},
		{"hours that open before copies are given up", Pace{PerMinute: 100, Hours: day}, "1 23:00:00", 100, 0, "2 11:00:00", "2 09:00:00", "2 09:01:00", 100, true},
		{"hours that end before a second attempt", Pace{PerMinute: 100, Hours: day}, "1 16:45:00", 100, 0, "2 04:45:00", "1 16:45:00", "1 16:46:00", 100, true},
		{"hours that end, and open again in time", Pace{PerMinute: 100, Hours: day}, "1 23:30:00", 100, 0, "2 11:30:00", "2 09:00:00", "2 09:01:00", 100, false},
		{"hours that end in the midst", Pace{PerMinute: 100, Hours: day}, "1 16:00:00", 12000, 0, "2 04:00:00", "1 16:00:00", "2 10:00:00", 6000, true},
		{"hours that pass midnight", Pace{PerMinute: 100, Hours: night}, "1 21:00:00", 6000, 0, "2 09:00:00", "1 22:00:00", "1 23:00:00", 6000, false},
		{"over three days", Pace{PerMinute: 1, Hours: day}, "1 09:00:00", 1000, 0, "4 09:00:00", "1 09:00:00", "3 09:40:00", 1000, false},
		{"a slow start", Pace{PerMinute: 60, Slow: 60, SlowFor: time.Hour}, "1 18:00:00", 120, 0, "2 06:00:00", "1 18:00:00", "1 19:02:00", 120, false},
		{"a slow start that is over", Pace{PerMinute: 60, Slow: 60, SlowFor: time.Hour}, "1 18:00:00", 60, 60, "2 06:00:00", "1 18:00:00", "1 18:01:00", 60, false},
		{"a slow start in its midst", Pace{PerMinute: 60, Slow: 60, SlowFor: time.Hour}, "1 18:00:00", 60, 30, "2 06:00:00", "1 18:00:00", "1 19:01:00", 60, false},
		{"fewer readers than a slow start has", Pace{PerMinute: 60, Slow: 60, SlowFor: time.Hour}, "1 18:00:00", 60, 0, "2 06:00:00", "1 18:00:00", "1 18:01:00", 60, false},
		{"a slow start that waits into the night", Pace{PerMinute: 60, Slow: 60, SlowFor: time.Hour, Hours: day}, "1 16:30:00", 120, 0, "2 04:30:00", "1 16:30:00", "2 09:01:00", 60, true},
	} {
		c.pace.Zone = zone
		f := c.pace.Forecast(at(c.from), c.copies, c.begun, at(c.expires))
		if !f.First.Equal(at(c.first)) || !f.Last.Equal(at(c.last)) || f.InTime != c.inTime || f.Narrow(12*time.Hour) != c.narrow {
			t.Errorf("%s: first %s, last %s, %d in time, narrow %v; want %s, %s, %d, %v", c.name,
				f.First.Format("2 15:04:05"), f.Last.Format("2 15:04:05"), f.InTime, f.Narrow(12*time.Hour), c.first, c.last, c.inTime, c.narrow)
		}
	}
}

// A forecast ends, whatever is asked of it.
func TestForecastEnds(t *testing.T) {
	t.Parallel()
	from := time.Date(2026, 11, 27, 9, 0, 0, 0, time.UTC)
	minute := subscribe.Hours{From: 9 * 60, To: 9*60 + 1}
	for _, p := range []Pace{{PerMinute: 1}, {PerMinute: 1, Hours: minute}, {PerMinute: 0.5, Hours: minute},
		{Hours: minute, Relays: []RelayPace{{PerMinute: 1, Rest: Rest{Hours: minute}}}}} {
		f := p.Forecast(from, 1<<40, 0, from.Add(72*time.Hour))
		if !f.Last.IsZero() || f.InTime > 72*60 || !f.Narrow(72*time.Hour) {
			t.Errorf("%+v: %+v", p, f)
		}
	}
}

// TestAtRate: what was seen of relays that share at one hour says what they take at another.
func TestAtRate(t *testing.T) {
	t.Parallel()
	noon := time.Date(2026, 12, 1, 12, 0, 0, 0, time.UTC)
	p := Pace{Relays: []RelayPace{{PerMinute: 400, Rest: Rest{Hours: subscribe.Hours{From: 13 * 60, To: 14 * 60}}}, {PerMinute: 200, Beside: true}, {PerMinute: 50}}}
	if p.Full() != 600 {
		t.Errorf("together %v", p.Full())
	}
	half := p.AtRate(300, noon)
	for at, want := range map[time.Duration]float64{0: 300, time.Hour: 100, 2 * time.Hour: 300} {
		if got, open, _ := half.Rate(noon.Add(at)); !open || got != want {
			t.Errorf("after %s: %v, %v", at, got, open)
		}
	}
	if p.Relays[0].PerMinute != 400 {
		t.Error("the pace that was given is another now")
	}
	if got, _, _ := (Pace{PerMinute: 600}).AtRate(250, noon).Rate(noon); got != 250 {
		t.Errorf("without relays %v", got)
	}
}

func TestMeter(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 27, 9, 0, 0, 0, time.UTC)
	var m Meter
	look := func(after time.Duration, begun int, waits bool) float64 {
		now = now.Add(after)
		m.Note(now, begun, waits)
		return m.PerMinute()
	}
	if got := look(0, 5000, false); got != 0 {
		t.Errorf("%v after one look: what was sent before is of no known time", got)
	}
	for n := range 12 {
		if got := look(5*time.Second, 5000+(n+1)*50, false); got < 599 || got > 601 {
			t.Errorf("600 a minute look like %v", got)
		}
	}
	if got := look(8*time.Hour, 5600, true); got < 599 || got > 601 {
		t.Errorf("a night makes %v of it", got)
	}
	for range 24 {
		now = now.Add(5 * time.Second)
		m.Note(now, m.begun+5, false)
	}
	if got := m.PerMinute(); got < 55 || got > 80 {
		t.Errorf("60 a minute, after 600, look like %v", got)
	}
	m = Meter{}
	for n := range 12 { // a relay that asks for less, which is said and is no standstill
		look(5*time.Second, n*10, true)
	}
	if got := m.PerMinute(); got < 119 || got > 121 {
		t.Errorf("120 a minute look like %v while the relay asks for less", got)
	}
	m = Meter{}
	for n := range 60 { // one message a minute, seen every five seconds
		look(5*time.Second, n/12, false)
	}
	if got := m.PerMinute(); got < 0.9 || got > 1.1 {
		t.Errorf("one a minute looks like %v", got)
	}
	if got := look(20*time.Minute, 4, false); got != 0 {
		t.Errorf("after a long silence %v", got)
	}
	if got := look(-time.Hour, 5, false); got != 0 {
		t.Errorf("after the clock was set back %v", got)
	}
}
