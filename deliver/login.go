package deliver

import (
	"context"
	"errors"
	"sync"
	"time"
)

// A relay that nothing was sent to for a while may have stopped taking us: a
// password has expired, a certificate has run out. So an idle engine logs in now
// and then and sends nothing. What that shows is said, and holds nothing: whether
// a message goes out, only a message can tell.

const (
	loginPatience = time.Minute     // how long a login without a message may take
	loginFirst    = 2 * time.Second // after the start: what is due then goes first, and is the proof
)

// watched is a relay's transport that remembers how the last login went. One that
// is refused while other connections are open says nothing: the relay only takes
// no more at once.
type watched struct {
	Transport
	route *route

	mu      sync.Mutex
	refusal *Refusal  // of the last login that was tried; nil: it was taken
	at      time.Time // of it; zero: none yet
}

// Dial implements [Transport].
func (t *watched) Dial(ctx context.Context) (Conn, error) {
	c, err := t.Transport.Dial(ctx)
	if errors.Is(ctx.Err(), context.Canceled) || err != nil && t.route.connected(0) > 0 {
		return c, err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.refusal = nil; err != nil {
		t.refusal = RefusalOf(err)
	}
	return c, err
}

func (t *watched) last() (refusal *Refusal, at time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.refusal, t.at
}

func (t *watched) tried(now time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.at = now
}

// watchLogin logs in at a relay while it is idle, until ctx ends.
func (e *Engine) watchLogin(ctx context.Context, r *route) {
	timer := time.NewTimer(loginFirst)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		}
		e.tryLogin(ctx, r)
		timer.Reset(min(e.Policy.LoginEvery, e.Policy.probeEvery()))
	}
}

// tryLogin logs in if it is time to and nothing else does. A relay that is held
// because it did not take our login is one again as soon as it does; of what it
// said at MAIL a login shows nothing.
func (e *Engine) tryLogin(ctx context.Context, r *route) {
	w, now := r.login, e.now()
	before, at := w.last()
	held, _, _ := r.gate.state()
	if r.connected(0) > 0 || held && before == nil || !held && before == nil && !at.IsZero() && now.Sub(at) < e.Policy.LoginEvery {
		return
	}
	ok, probe := r.gate.pass(now)
	if !ok {
		return
	}
	dialling, cancel := context.WithTimeout(ctx, loginPatience)
	defer cancel()
	c, err := w.Dial(dialling)
	if ctx.Err() == nil {
		w.tried(now)
		e.sayLogin(r, before, err)
	}
	if err == nil {
		_ = c.Close()
	}
	switch {
	case !probe:
	case ctx.Err() != nil:
		r.gate.back()
	case err != nil:
		e.holdRelay(r, RefusalOf(err).Error(), e.Policy.ourBackoff())
	default:
		e.relayWorks(r, true)
	}
}

// sayLogin logs what a login has shown.
func (e *Engine) sayLogin(r *route, before *Refusal, err error) {
	switch {
	case err != nil:
		e.Log.Error("LoginFailed", "relay", r.Name, "why", RefusalOf(err).Error())
	case before != nil:
		e.Log.Info("LoginWorks", "relay", r.Name)
	}
}
