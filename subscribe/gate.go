package subscribe

import (
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
	return "one network has asked too often; the next request of it is taken at " + b.Until.UTC().Format(time.TimeOnly) + " UTC"
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

// openGate reads all tallies of a request.
func (l Limits) openGate(tx Tx, kind RequestKind, from []network) (*gate, error) {
	g := &gate{Limits: l, networks: from, tallies: make([]Tally, 0, len(from)), kind: kind, fresh: true}
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

// judge says whether the request may be put down: nil, [ErrBusy] or [NetworkBusy]. The
// trouble is why it is not, or cannot be.
func (g *gate) judge(waiting int, now time.Time) (Trouble, error) {
	until := now
	for i, n := range g.networks {
		if n.ceiling == 0 {
			continue
		}
		if free := g.tallies[i].freeAt(n.ceiling, now); free.After(until) {
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
	return TroubleRoom, nil // nothing is against it; if it cannot be stored, the disk is full
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
