package engine

import "time"

// RelayState is how a relay is at the moment.
type RelayState struct {
	Name string
	Why  string    // why it is given nothing but trials, in words; "": it takes mail, as far as is known
	Next time.Time // the next trial
	// Open is how many connections are open, and PerMinute how many messages it is given in
	// a minute, 0: no limit. Notices move both, so they are told only while an issue goes out:
	// at other times they would tell who asks whether the address that he typed is known.
	Open, PerMinute int
	// Share is its weight within its rank, if others share the load with it; 0: none does.
	// Beside: it is of the rank of the one before it.
	Share  int
	Beside bool
	Rests  time.Time // until when it rests; zero: it does not
}

// RelayStates say how each relay is, in the order in which they are used; none before Run.
func (e *Engine) RelayStates() (all []RelayState) {
	busy, now := e.Busy(), e.now()
	for _, r := range e.allRoutes() {
		x := RelayState{Name: r.Name, PerMinute: r.PerMinute, Beside: r.Beside}
		if r.rank != nil {
			x.Share = r.rank.shares.of[r.nth]
		}
		if r.rests(now) {
			x.Rests = r.Rest.Change(now)
		}
		if held, why, next := e.stateOf(r); held {
			x.Why, x.Next = why, next
		}
		if busy {
			x.Open = r.countOpen(0)
			if slow := r.rate.slowedTo(now); slow > 0 {
				x.PerMinute = slow
			}
		}
		all = append(all, x)
	}
	return all
}

// stateOf says whether a relay is held, or did not take our login when that was last
// tried; why, and when it is tried next.
func (e *Engine) stateOf(r *route) (held bool, why string, next time.Time) {
	held, why, next = r.gate.state()
	if !held && r.login != nil {
		if refusal, tried := r.login.last(); refusal != nil {
			return true, refusal.Error(), tried.Add(e.Policy.ProbeEvery)
		}
	}
	return held, why, next
}
