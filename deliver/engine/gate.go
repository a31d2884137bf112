package engine

import (
	"sync"
	"time"
)

// gate holds all connections while the relay cannot be used, and lets one
// through now and then to try.
type gate struct {
	mu      sync.Mutex
	every   time.Duration // after so long without a hold the waits begin short again
	wait    time.Duration // before the next probe
	held    bool
	probing bool // a probe is under way
	why     string
	next    time.Time // when the next probe may begin
	opened  time.Time // when it was last open again
	drops   int       // connections that broke one after the other
}

// backoff is how a held relay is tried again: after the first wait, and then each
// time after twice as long, up to the most.
type backoff struct{ first, most time.Duration }

// ourBackoff is for a relay that does not take us, and whose operator may mend that
// at any moment.
func (p Policy) ourBackoff() backoff {
	return backoff{min(time.Second, p.ProbeEvery), p.ProbeEvery}
}

// limitBackoff is for one that has taken from us what it takes in an hour or in a day.
func (p Policy) limitBackoff() backoff {
	every := p.ProbeEvery
	return backoff{every / 10, max(every, min(12*every, time.Hour))}
}

// hold closes the gate; first is true when it was open. The wait grows when a probe
// fails, and when a relay takes us and refuses us in turns, but not by what was under
// way when the gate closed.
func (g *gate) hold(why string, b backoff, now time.Time) (first bool, next time.Time) {
	g.mu.Lock()
	defer g.mu.Unlock()
	first = !g.held
	switch {
	case first && (g.opened.IsZero() || now.Sub(g.opened) >= g.every):
		g.wait = min(b.first, b.most)
	case first, g.probing:
		g.wait = min(max(2*g.wait, b.first), b.most)
	default:
		return false, g.next
	}
	g.held, g.probing, g.why, g.next = true, false, why, now.Add(g.wait)
	return first, g.next
}

// pass says whether a connection may be made or used now. While the gate is held
// only one is let through at a time, to probe; hold, reopen or endProbe must follow.
func (g *gate) pass(now time.Time) (ok, probe bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if !g.held {
		return true, false
	}
	if g.probing || now.Before(g.next) {
		return false, false
	}
	g.probing = true
	return true, true
}

// endProbe ends a probe; if it showed nothing, the next may follow at once.
func (g *gate) endProbe() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.probing = false
}

// reopen notes that the relay is at work: the count of drops begins anew, and a probe
// opens the gate. It says whether it did.
func (g *gate) reopen(probe bool, now time.Time) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.drops = 0
	if !g.held || !probe {
		return false
	}
	g.held, g.why, g.opened = false, "", now
	return true
}

// countDrop counts a connection that broke, and says whether three did so in a row: they
// hold the relay like a refusal. A whole reply to RCPT or to the data that is not about
// us, be it a refusal, ends the row.
func (g *gate) countDrop() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.drops++
	return g.drops >= 3
}

// waiting is the wait between the last probe and the next.
func (g *gate) waiting() time.Duration {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.wait
}

// lastOpened is when it was last open again; zero: it was never held.
func (g *gate) lastOpened() time.Time {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.opened
}

// isHeld says whether nothing but a probe passes.
func (g *gate) isHeld() bool { held, _, _ := g.state(); return held }

func (g *gate) state() (bool, string, time.Time) {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.held, g.why, g.next
}
