package smtp

import (
	"sync/atomic"
	"time"
)

// trust is what the replies on a connection are worth. It only falls.
type trust uint8

const (
	trusted trust = iota
	unruly        // the relay does not do what PIPELINING asks of it
	astray        // nor is it known which reply belongs to which command
)

func (t *trust) fall(to trust) { *t = max(*t, to) }

// mistrust is how long a relay that offers something and fails at it is spoken to without.
const mistrust = time.Hour

// doubt is what the connections of a Transport have learnt about what the relay offers,
// such as PIPELINING. A relay, or what stands before it, may offer it and lose or mangle
// whatever follows a command in the same segment: if nobody remembered that,
// every message would fail for ever. It is safe for concurrent use.
type doubt struct{ until atomic.Int64 } // Unix time in nanoseconds; zero: none yet

func (d *doubt) arise(now time.Time)      { d.until.Store(now.Add(mistrust).UnixNano()) }
func (d *doubt) holds(now time.Time) bool { return now.UnixNano() < d.until.Load() }
