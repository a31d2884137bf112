package engine

import (
	"context"
	"time"

	"example.jp/kairan/deliver"
)

// A relay that nothing was sent to for a while may have stopped taking us: a
// password has expired, a certificate has run out. So an idle engine logs in now
// and then and sends nothing. What that shows is logged and shown. It begins no hold, since whether a
// message goes out only a message can tell; but it may prolong or end one that a refused
// login began.

const (
	loginPatience = time.Minute     // how long a login without a message may take
	loginFirst    = 2 * time.Second // after the start: what is due then goes first, and is the proof
)

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
		timer.Reset(min(e.Policy.LoginEvery, e.Policy.ProbeEvery))
	}
}

// tryLogin logs in if it is time to and nothing else does. It also probes a relay that is
// held because it did not take our login, and ends that hold if it does now. If the relay
// is held for what it said at MAIL, a login would show nothing.
func (e *Engine) tryLogin(ctx context.Context, r *route) {
	w, now := r.login, e.now()
	before, at := w.last()
	held := r.gate.isHeld()
	if r.countOpen(0) > 0 || held && before == nil || !held && before == nil && !at.IsZero() && now.Sub(at) < e.Policy.LoginEvery {
		return
	}
	if r.rests(now) {
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
		r.gate.endProbe()
	case err != nil:
		e.holdRelay(r, deliver.RefusalOf(err).Error(), e.Policy.ourBackoff())
	default:
		e.relayWorks(r, true)
	}
}

// sayLogin logs what a login has shown.
func (e *Engine) sayLogin(r *route, before *deliver.Refusal, err error) {
	switch {
	case err != nil:
		e.Log.Error("LoginFailed", "relay", r.Name, "why", deliver.RefusalOf(err).Error())
	case before != nil:
		e.Log.Info("LoginWorks", "relay", r.Name)
	}
}
