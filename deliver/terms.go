package deliver

import (
	"slices"
	"time"

	"example.jp/kairan/subscribe"
)

// Terms is how one run is sent.
type Terms struct {
	Pace            // without PerMinute: the rate is the relay's
	Sent  int       // copies begun before, as before a pause or a restart
	Began time.Time // when the run began; a wait that was cut short by a restart ends SlowFor later
}

// Pace is what decides how long an issue takes to go out.
type Pace struct {
	PerMinute float64         // messages that the relay is given or takes; 0: no limit
	Relays    []RelayPace     // in their order, each with a rate; if there are any they replace PerMinute
	Hours     subscribe.Hours // in which they are sent, by the clock of Zone; zero: always
	Zone      *time.Location  // nil: UTC
	Slow      int             // after so many copies it waits once, for a look at the refusals; 0: never
	SlowFor   time.Duration
}

// Open says whether at lies within the hours.
func (p Pace) Open(at time.Time) bool {
	return p.Hours == (subscribe.Hours{}) || p.Hours.Include(p.local(at))
}

func (p Pace) local(t time.Time) time.Time {
	if p.Zone == nil {
		return t.UTC()
	}
	return t.In(p.Zone)
}

// RelayPace is how fast a relay takes messages.
type RelayPace struct {
	PerMinute float64 // more than 0
	Beside    bool    // it takes them at the same time as the one before; false: while all before it rest
	Rest      Rest
}

// Rate is how many messages a minute are taken at an instant, and until when, zero: for
// ever. open: any are; a rate of 0 has no limit then.
func (p Pace) Rate(at time.Time) (perMinute float64, open bool, until time.Time) {
	if len(p.Relays) == 0 {
		return p.PerMinute, true, time.Time{}
	}
	for _, r := range p.Relays {
		if !r.Beside && open {
			break
		}
		until = earlier(until, r.Rest.Change(at))
		if !r.Rest.Include(at) {
			perMinute, open = perMinute+r.PerMinute, true
		}
	}
	return perMinute, open, until
}

// earlier is the earlier of two instants; zero is never.
func earlier(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

// AtRate is the pace at which so many messages a minute go out at an instant, while relays
// share and rest as they do in p.
func (p Pace) AtRate(perMinute float64, at time.Time) Pace {
	now, open, _ := p.Rate(at)
	if len(p.Relays) == 0 || !open || now <= 0 {
		p.PerMinute = perMinute
		return p
	}
	p.Relays = slices.Clone(p.Relays)
	for n := range p.Relays {
		p.Relays[n].PerMinute *= perMinute / now
	}
	return p
}

// Full is how many messages a minute are taken while no relay rests.
func (p Pace) Full() (perMinute float64) {
	p.Relays = slices.Clone(p.Relays)
	for n := range p.Relays {
		p.Relays[n].Rest = Rest{}
	}
	perMinute, _, _ = p.Rate(time.Time{})
	return perMinute
}

// Rest is when a relay is given nothing. The zero Rest is never.
type Rest struct {
	Hours subscribe.Hours
	Zone  *time.Location // by whose clock they are; nil: UTC
}

// Include says whether at lies within them.
func (r Rest) Include(at time.Time) bool {
	return r.Hours != (subscribe.Hours{}) && r.Hours.Include(r.local(at))
}

// Change is when, after at, they next begin or end; zero: never.
func (r Rest) Change(at time.Time) time.Time { return r.Hours.Change(r.local(at)) }

func (r Rest) local(t time.Time) time.Time { return Pace{Zone: r.Zone}.local(t) }
