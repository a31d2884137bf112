package smtp

import (
	"sync/atomic"
	"time"

	"example.jp/kairan/deliver"
)

// mistrust is how long a relay that offers PIPELINING and fails at it is spoken
// to in lockstep.
const mistrust = time.Hour

// doubt is what the connections of a Transport have learnt about the relay's
// PIPELINING. A relay, or what stands before it, may offer it and lose or mangle
// whatever follows a command in the same segment: if nobody remembered that,
// every message would fail for ever. It is safe for concurrent use.
type doubt struct{ until atomic.Int64 } // Unix time in nanoseconds; zero: none yet

func (d *doubt) arise(now time.Time)      { d.until.Store(now.Add(mistrust).UnixNano()) }
func (d *doubt) holds(now time.Time) bool { return now.UnixNano() < d.until.Load() }

// short notes that a reply to a group did not come (r), after so many to its
// envelope that did. If they were some, a reply may have been left out, and each
// that was read may be the one before its command's: what they said of the dot is
// not known. If it was only the dot's, that stands. An end that is
// announced (421), or our own doing, says nothing.
func (c *conn) short(r deliver.Result, read int, behindDot bool) {
	if r.Code != 0 || c.unruly || c.wire.ended.Load() {
		return
	}
	c.astray = c.astray || read > 0
	c.unruly = read > 0 || behindDot && c.silent
}

// groupReply reads one reply to a group. inPlace says that the relay took the
// command before; if it does not understand this one then, it was mangled on its
// way, and that says nothing about anybody.
func (c *conn) groupReply(stage deliver.Stage, limit time.Duration, want int, inPlace bool) (r deliver.Result, ok bool) {
	c.wait(limit)
	r, ok = c.quickReply(stage, want)
	if inPlace && (r.Code == 500 || r.Code == 503) {
		c.unruly = true
		return c.lost(stage, errMangled), false
	}
	return r, ok
}

// unasked says whether a reply has been read that nobody asked for. A 421 may
// come at any time (RFC 5321 §3.8); after another the relay is out of step.
func (c *conn) unasked() bool {
	n := c.text.R.Buffered()
	if n+c.in.waiting() == 0 {
		return false
	}
	code, _ := c.text.R.Peek(min(n, 3))
	c.unruly = c.unruly || string(code) != "421"
	return true
}
