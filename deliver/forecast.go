package deliver

import "time"

// Forecast is when the copies of a run have their first attempt, if the relay
// takes them at the pace.
type Forecast struct {
	First  time.Time // of the first copy
	Last   time.Time // of the last; zero: more than a year from now
	InTime int       // copies whose attempt comes before they are given up
	// Spare is what is left of the copies' lives at Last; negative if they are
	// given up before it, nothing if Last is zero.
	Spare time.Duration
	// Open is how much of Spare lies within the hours: the time for further attempts.
	Open time.Duration
}

// farthest is how far a forecast looks.
const farthest = 366 * 24 * time.Hour

// Forecast computes when so many copies go out that begin at from, after begun
// others of the same run, and are given up at expires.
func (p Pace) Forecast(from time.Time, copies, begun int, expires time.Time) (f Forecast) {
	t := p.local(from)
	for copies > 0 || f.First.IsZero() {
		if t.Sub(from) > farthest {
			return f
		}
		rate, open, shut := p.at(t)
		if !open {
			t = shut
			continue
		}
		if f.First.IsZero() {
			f.First = t
		}
		n := copies
		if p.Slow > begun {
			n = min(n, p.Slow-begun)
		}
		end := t.Add(takes(n, rate))
		if !shut.IsZero() && end.After(shut) {
			n, end = min(n, within(shut.Sub(t), n, rate)), shut
		}
		f.InTime += within(expires.Sub(t), n, rate)
		copies, begun, t = copies-n, begun+n, end
		if n > 0 && begun == p.Slow && copies > 0 {
			t = t.Add(p.SlowFor)
		}
	}
	if t.Sub(from) > farthest {
		return f
	}
	f.Last, f.Spare, f.Open = t, expires.Sub(t), p.open(t, expires)
	return f
}

// at is the rate at an instant in the list's zone, 0: no limit, and when that changes; open:
// something goes out, as far as the hours and the relays' rest let it.
func (p Pace) at(t time.Time) (rate float64, open bool, until time.Time) {
	rate, open, until = p.Rate(t)
	if until = earlier(until, p.Hours.Change(t)); !until.IsZero() {
		until = p.local(until)
	}
	return rate, open && p.Hours.Include(t), until
}

// open is how much of the time between two instants lies within the hours.
func (p Pace) open(from, to time.Time) (sum time.Duration) {
	for from.Before(to) {
		_, open, next := p.at(from)
		if next.IsZero() || next.After(to) {
			next = to
		}
		if open {
			sum += next.Sub(from)
		}
		from = next
	}
	return sum
}

// takes is how long n copies take at a rate, a year at most.
func takes(n int, perMinute float64) time.Duration {
	if perMinute <= 0 {
		return 0
	}
	return time.Duration(min(float64(n)/perMinute*float64(time.Minute), float64(2*farthest)))
}

// within is how many of n copies go out in d at a rate.
func within(d time.Duration, n int, perMinute float64) int {
	switch {
	case d <= 0:
		return 0
	case perMinute <= 0:
		return n
	}
	return int(min(d.Minutes()*perMinute, float64(n)))
}

// Narrow says whether little would be left of the copies' lives when the last of
// them has its first attempt: less than a fifth, or less than an hour within the
// hours, so that a slower relay, or a deferral, would let copies be given up.
// lifetime is what they have from the start.
func (f Forecast) Narrow(lifetime time.Duration) bool {
	return f.Last.IsZero() || f.Spare < lifetime/5 || f.Shut(lifetime)
}

// Shut says whether it is the hours that leave little time.
func (f Forecast) Shut(lifetime time.Duration) bool {
	return f.Open < min(lifetime/5, time.Hour) && f.Open < f.Spare
}

// Meter sees at which rate a run's copies go out. The zero Meter has seen nothing.
type Meter struct {
	at        time.Time
	begun     int
	perMinute float64
}

const (
	meterMemory = 30 * time.Second // what lies further back hardly counts
	meterForget = 10 * time.Minute // after so long without a copy nothing is known
)

// Note tells the meter to how many readers an attempt was made until now. Time in
// which there was none does not count if the run waits for something that is not
// the relay's speed, such as its hours.
func (m *Meter) Note(now time.Time, begun int, waits bool) {
	passed, sent := now.Sub(m.at), begun-m.begun
	switch {
	case m.at.IsZero() || passed < 0 || sent < 0 || !waits && passed > meterForget:
		*m = Meter{at: now, begun: begun}
	case waits && sent == 0:
		m.at = now
	case sent > 0 && passed > 0:
		rate := float64(sent) / passed.Minutes()
		if m.perMinute == 0 {
			m.perMinute = rate
		}
		m.perMinute += min(passed.Seconds()/meterMemory.Seconds(), 1) * (rate - m.perMinute)
		m.at, m.begun = now, begun
	}
}

// PerMinute is the rate of late, in messages a minute; 0 while it is not known.
func (m *Meter) PerMinute() float64 { return m.perMinute }
