package engine

import (
	"fmt"
	"time"
)

const (
	// clockSlack is how far the clock may be off before that matters: whoever
	// keeps it right moves it by less, again and again.
	clockSlack = 10 * time.Second
	// clockSettles is how long a clock that has jumped must then run evenly, if
	// nothing else is said. A machine that was asleep jumps too, and is right.
	clockSettles = 5 * time.Second
)

// sight is what one tick sees of the clocks.
type sight struct {
	wall   time.Time     // as the system tells it
	mono   time.Duration // of a clock that nobody sets
	commit time.Time     // of the last commit; zero: there is none
}

// clock is what is remembered of earlier ticks; the zero clock has seen none.
type clock struct {
	seen    bool
	last    sight
	jumped  time.Duration // by so much, 0: not
	settled time.Duration // when a jump is believed, on the clock that nobody sets
}

// tick judges the clock by what it shows now, by what it showed at the tick
// before, and by the last commit. While why is not empty no issue is started.
//
// A clock that stands before the last commit was set back, or was ahead then: one
// of the two instants is wrong, and which one only the operator knows. A jump may
// be either, too, but a clock that runs evenly after one is believed once settles
// has passed, since most jumps are of machines that slept.
func (c clock) tick(now sight, settles time.Duration) (next clock, why string) {
	next = c
	next.seen, next.last = true, now
	if c.seen {
		by := now.wall.Sub(c.last.wall) - (now.mono - c.last.mono)
		switch {
		case by > clockSlack || by < -clockSlack:
			next.jumped, next.settled = by, now.mono+settles
		case now.mono >= c.settled:
			next.jumped = 0
		}
	}
	switch {
	case now.commit.Sub(now.wall) > clockSlack:
		why = fmt.Sprintf("it stands before the last commit, which was at %s; set it right, and what is due starts by itself (or, if it is right now: kairan serve --trust-clock)",
			now.commit.Format("2006-01-02 15:04:05 MST"))
	case next.jumped > 0:
		why = fmt.Sprintf("it has jumped ahead by %s; what is due starts when it has run evenly for %s", next.jumped.Round(time.Second), settles)
	case next.jumped < 0:
		why = fmt.Sprintf("it has jumped back by %s; what is due starts when it has run evenly for %s", -next.jumped.Round(time.Second), settles)
	}
	return next, why
}
