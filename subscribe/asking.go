package subscribe

import (
	"context"
	"errors"
	"time"
)

// NetworkBusy says that a network has asked as often as it may. It depends on the
// network alone, never on the address that was typed; nothing was put down.
type NetworkBusy struct {
	Until time.Time     // when the next request is let through
	In    time.Duration // how long that is from now; more than 0
}

// Error says until when, for the log.
func (b NetworkBusy) Error() string {
	return "subscribe: one network has asked too often; the next request of it is taken at " + b.Until.UTC().Format(time.TimeOnly) + " UTC"
}

// AskJoin puts down that somebody wants to join.
func (d *Desk) AskJoin(ctx context.Context, a Ask) error { return d.ask(ctx, RequestJoin, a) }

// AskCorrection puts down that somebody wants a correction link.
func (d *Desk) AskCorrection(ctx context.Context, a Ask) error { return d.ask(ctx, RequestCorrect, a) }

// ask writes the same tallies for everybody. What is not taken is not counted
// either: a flood that is refused costs no commit, and the file holds no more
// tallies than requests were taken.
func (d *Desk) ask(ctx context.Context, kind RequestKind, a Ask) error {
	if d.Lists[a.List] == nil {
		return ErrList
	}
	var why Trouble
	err := d.Store.Update(ctx, func(tx Tx) error {
		why = TroubleRoom
		g, err := d.Limits.gate(tx, kind, a)
		if err != nil {
			return err
		}
		if why, err = g.judge(tx.Waiting(), tx.Now()); err != nil {
			return err
		}
		tx.PutRequest(Request{Kind: kind, List: a.List, Address: a.Address, Lang: a.Lang, At: tx.Now(), Fresh: g.fresh})
		g.count(tx)
		return nil
	})
	var busy NetworkBusy
	if errors.Is(err, ErrBusy) || errors.As(err, &busy) {
		d.alarms.ring(why, d.Alarm, instant(d.Now))
	}
	return err
}

// gate is what a request must get past.
type gate struct {
	Limits
	networks  []network
	tallies   []Tally // of networks
	all, seen Tally
	kind      RequestKind
	fresh     bool // its network has hardly asked within the hour
}

// gate reads all tallies of a request.
func (l Limits) gate(tx Tx, kind RequestKind, a Ask) (*gate, error) {
	g := &gate{Limits: l, networks: l.networks(kind, a.From), kind: kind, fresh: true}
	for _, n := range g.networks {
		t, err := tx.Tally(n.key)
		if err != nil {
			return nil, err
		}
		g.tallies = append(g.tallies, t)
		g.fresh = g.fresh && t.count(tx.Now()) < n.fresh
	}
	var err error
	if g.all, err = tx.Tally(installationTally(kind)); err != nil {
		return nil, err
	}
	g.seen, err = tx.Tally(seenTally(kind))
	return g, err
}

// judge says whether the request may be put down, and if not, why.
func (g *gate) judge(waiting int, now time.Time) (Trouble, error) {
	until := now
	for i, n := range g.networks {
		if n.ceiling == 0 {
			continue
		}
		if free := g.tallies[i].free(n.ceiling, now); free.After(until) {
			until = free
		}
	}
	room := g.Intake
	if !g.fresh {
		room = max(g.Intake/seenIntakeShare, 1)
	}
	switch {
	case until.After(now):
		return TroubleNetwork, NetworkBusy{until, until.Sub(now)}
	case g.all.count(now) >= g.PerHour:
		return TroubleCeiling, ErrBusy
	case !g.fresh && g.seen.count(now) >= max(g.PerHour/seenHourShare, 1):
		return TroubleShare, ErrBusy
	case waiting >= room:
		return TroubleRoom, ErrBusy
	}
	return TroubleRoom, nil // of a disk that is full
}

// count writes the request into all tallies.
func (g *gate) count(tx Tx) {
	now := tx.Now()
	for i, n := range g.networks {
		g.tallies[i].hit(now)
		tx.SetTally(n.key, g.tallies[i])
	}
	g.all.hit(now)
	tx.SetTally(installationTally(g.kind), g.all)
	if !g.fresh {
		g.seen.hit(now)
		tx.SetTally(seenTally(g.kind), g.seen)
	}
}
