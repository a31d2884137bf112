package engine

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"example.jp/kairan/deliver"
)

// Relay is one SMTP server, and what it is given.
type Relay struct {
	Name          string // for the timeline, when there are several
	Transport     deliver.Transport
	Connections   int // 1 or more
	PerMinute     int // messages; 0: no limit
	PerConnection int // messages over one connection; 0: 1,000
	// Beside: it shares the load with the one before it, as one rank. False: it is used
	// while all before it are held, or rest.
	Beside bool
	Share  int          // its weight within its rank; 0: 1
	Rest   deliver.Rest // when it is given nothing, which is no fault
}

const perConn = 1000

// route is a relay at work.
type route struct {
	Relay
	number uint8    // among all, from 0
	before []*route // it is used while all of these are held, or rest
	rank   *rank    // those with which it shares the load; nil: it has none
	nth    int      // of its rank
	// lenders are those of which it takes notices over whose sender they refuse.
	lenders []*route
	hand    chan job     // what a sibling leaves to it; nil: it has none
	idle    atomic.Int32 // connections that have nothing to do
	gate    gate
	rate    bucket
	// senders are the lists that wait, because the relay refuses their sender.
	senders *senders
	limits  limits
	login   *watched // nil without Policy.LoginEvery

	mu     sync.Mutex
	open   int // connections
	making int // connections that are being made
	row    int // messages, one after the other, left without an answer at their end
}

func newRoute(relay Relay, number int, p Policy) *route {
	relay.PerConnection = cmp.Or(relay.PerConnection, perConn)
	r := &route{Relay: relay, number: uint8(number), senders: newSenders(p.ProbeEvery)}
	r.gate.every = p.ProbeEvery
	r.rate.perMinute = relay.PerMinute
	if p.LoginEvery > 0 {
		r.login = &watched{Transport: r.Transport, route: r}
		r.Transport = r.login
	}
	return r
}

// rests says whether a relay is given nothing, because these are its hours of rest.
func (r *route) rests(now time.Time) bool { return r.Rest.Include(now) }

// works says whether a relay is given mail: it is not held, and does not rest.
func (r *route) works(now time.Time) bool { return !r.gate.isHeld() && !r.rests(now) }

// hasTurn says whether it is this relay's turn: it does not rest, and those before it do,
// or are held.
func (r *route) hasTurn(now time.Time) bool {
	return !r.rests(now) && !slices.ContainsFunc(r.before, func(b *route) bool { return b.works(now) })
}

// standsIn says whether a relay before this one, although it is not held, refuses
// the sender of some list, which this one may take.
func (r *route) standsIn(now time.Time) bool {
	return !r.rests(now) && slices.ContainsFunc(r.before, func(b *route) bool { return b.senders.anyHeld() })
}

// serves says whether it is this relay's turn for a list: those before it are
// held, or rest, or hold that list.
func (r *route) serves(list string, now time.Time) bool {
	return !slices.ContainsFunc(r.before, func(b *route) bool { return b.works(now) && !b.senders.waits(list, now) })
}

// countUnanswered counts the messages in a row that the relay left without an answer
// at their end, whatever they were.
func (r *route) countUnanswered(x deliver.Result) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case x.Outcome == deliver.Uncertain:
		r.row++
	case !x.Blame.Spares():
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

// countOpen counts the open connections; it returns how many there are.
func (r *route) countOpen(by int) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.open += by
	return r.open
}

// countMaking counts the connections that are being made; it returns how many there are.
func (r *route) countMaking(by int) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.making += by
	return r.making
}

// watched is a relay's transport that remembers how the last login went. One that
// is refused while other connections are open says nothing: the relay only takes
// no more at once.
type watched struct {
	deliver.Transport
	route *route

	mu      sync.Mutex
	refusal *deliver.Refusal // of the last login that was tried; nil: it was taken
	at      time.Time        // of it; zero: none yet
}

// Dial implements [deliver.Transport].
func (t *watched) Dial(ctx context.Context) (deliver.Conn, error) {
	c, err := t.Transport.Dial(ctx)
	if errors.Is(ctx.Err(), context.Canceled) || err != nil && t.route.countOpen(0) > 0 {
		return c, err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.refusal = nil; err != nil {
		t.refusal = deliver.RefusalOf(err)
	}
	return c, err
}

func (t *watched) last() (refusal *deliver.Refusal, at time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.refusal, t.at
}

func (t *watched) tried(now time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.at = now
}
