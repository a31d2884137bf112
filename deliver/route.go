package deliver

import (
	"sync"
	"time"
)

// Relay is one SMTP server, and what it is given.
type Relay struct {
	Name          string // for the timeline, when there are several
	Transport     Transport
	Connections   int // 1 or more
	PerMinute     int // messages; 0: no limit
	PerConnection int // messages over one connection (RULES D-13); 0: 1,000
}

const perConn = 1000

// route is a relay at work.
type route struct {
	Relay
	before []*route // it is used while all of these are held
	gate   gate
	rate   bucket

	mu   sync.Mutex
	open int // connections
	row  int // messages, one after the other, left without an answer at their end
}

// open makes the routes.
func (e *Engine) open() {
	routes := make([]*route, len(e.Relays))
	for n, relay := range e.Relays {
		if relay.PerConnection <= 0 {
			relay.PerConnection = perConn
		}
		routes[n] = &route{Relay: relay, before: routes[:n:n]}
		routes[n].gate.every = e.Policy.probeEvery()
		routes[n].rate.perMinute = relay.PerMinute
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.routes = routes
}

// used says whether it is this relay's turn: those before it are held.
func (r *route) used() bool {
	for _, b := range r.before {
		if held, _, _ := b.gate.state(); !held {
			return false
		}
	}
	return true
}

// unanswered counts the messages in a row that the relay left without an answer
// at their end, whatever they were.
func (r *route) unanswered(x Result) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case x.Outcome == Uncertain:
		r.row++
	case x.Blame != BlameUs:
		r.row = 0
	}
	return r.row
}

// beginRow lets the row begin anew, for a run that an operator lets go on.
func (r *route) beginRow() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.row = 0
}

// connected counts the open connections; it returns how many there are.
func (r *route) connected(by int) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.open += by
	return r.open
}

// fault holds a relay, because it does not take us. The next one, if there is
// one that is not held, takes over by itself.
func (e *Engine) fault(r *route, refusal *Refusal) {
	first, next := r.gate.hold(refusal.Error(), e.now())
	if !first {
		return
	}
	e.Log.Error("RelayHeld", "relay", r.Name, "why", refusal.Error(), "next", next)
	for _, other := range e.routes {
		if held, _, _ := other.gate.state(); !held {
			e.remarkAll(r.Name + ": " + refusal.Error() + "; " + other.Name + " is used meanwhile")
			return
		}
	}
	e.remarkAll("no mail goes out: " + refusal.Error() + "; tried again every " + r.gate.every.String() + " at the latest")
}

// healthy notes that a relay took a message as far as it could; only the probe's
// opens the gate, since others may have begun before it closed.
func (e *Engine) healthy(r *route, probe bool) {
	if r.gate.worked(probe, e.now()) {
		e.Log.Info("RelayBack", "relay", r.Name)
		e.remarkAll("the relay takes mail again")
	}
}

// gate holds all connections while the relay cannot be used, and lets one
// through now and then to try.
type gate struct {
	mu      sync.Mutex
	every   time.Duration
	wait    time.Duration
	held    bool
	probing bool // the one is under way
	why     string
	next    time.Time
	opened  time.Time // when it was last open again
	drops   int
}

// hold closes the gate; first is true when it was open. The wait grows only by
// a probe that failed, not by what was under way when the gate closed, and by a
// relay that takes us and refuses us in turns.
func (g *gate) hold(why string, now time.Time) (first bool, next time.Time) {
	g.mu.Lock()
	defer g.mu.Unlock()
	first = !g.held
	switch {
	case first && (g.opened.IsZero() || now.Sub(g.opened) >= g.every):
		g.wait = min(time.Second, g.every)
	case first:
		g.wait = min(2*g.wait, g.every)
	case g.probing:
		g.wait = min(2*g.wait, g.every)
	default:
		return false, g.next
	}
	g.held, g.probing, g.why, g.next = true, false, why, now.Add(g.wait)
	return first, g.next
}

// pass says whether a connection may be made or used now. While the gate is held
// only one is let through at a time, to probe; it must come back.
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

// back ends a probe; if it showed nothing, the next may follow at once.
func (g *gate) back() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.probing = false
}

// worked ends a row of broken connections; a probe's success opens the gate, and
// it returns whether it did.
func (g *gate) worked(probe bool, now time.Time) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.drops = 0
	if !g.held || !probe {
		return false
	}
	g.held, g.why, g.opened = false, "", now
	return true
}

// dropped counts connections that broke one after the other without a single
// message accepted; the third in a row holds like a refusal.
func (g *gate) dropped() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.drops++
	return g.drops >= 3
}

func (g *gate) state() (bool, string, time.Time) {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.held, g.why, g.next
}
