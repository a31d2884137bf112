package deliver

import (
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
