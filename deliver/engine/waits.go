package engine

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"example.jp/kairan/deliver"
)

// Waits says what a running issue waits for. Of several reasons it tells one:
// that no mail goes out before the run's own terms, and those before what the relay
// asks for. Of an issue that the engine does not have it knows nothing.
func (e *Engine) Waits(name deliver.IssueName) deliver.Wait {
	now := e.now()
	held, why, next := e.NoRelay()
	wakes := e.allRest(now)
	refused, retry, slow := e.atRelay(name.List, now)
	e.mu.Lock()
	defer e.mu.Unlock()
	run := e.findLocked(name)
	switch {
	case run == nil:
		return deliver.Wait{}
	case held:
		return deliver.Wait{Why: "no mail goes out: " + why, Next: next}
	case !now.Before(run.expires):
		return deliver.Wait{}
	case !wakes.IsZero():
		return deliver.Wait{Why: restWords, Next: wakes, Sure: true}
	case !run.pace.terms.Open(now):
		return deliver.Wait{Why: "it is outside the hours in which the list sends"}
	case now.Before(run.pace.waits) && run.pace.why != "":
		return deliver.Wait{Why: run.pace.why, Next: run.pace.waits, Sure: run.pace.why == slowWords}
	case refused != "":
		return deliver.Wait{Why: refused, Next: retry}
	case slow > 0:
		return deliver.Wait{Why: fmt.Sprintf("the relay asks for less; it is given %d messages a minute, and slowly more again", slow)}
	}
	return deliver.Wait{}
}

// atRelay says what keeps a list back at the relay that is used now.
func (e *Engine) atRelay(list string, now time.Time) (refused string, next time.Time, slow int) {
	for _, r := range e.allRoutes() {
		if !r.works(now) {
			continue
		}
		why, at := r.senders.of(list)
		if why == "" {
			return "", time.Time{}, r.slowedTo(list, now)
		}
		if refused == "" {
			refused, next = why, at
		}
	}
	return refused, next, 0
}

// restWords are what a run waits for while every relay rests that is not held.
const restWords = "the relays rest (`rest`)"

// slowedTo is how many messages a minute the relays give that share the load of a list, if
// all of them have asked for less; 0: they have not.
func (r *route) slowedTo(list string, now time.Time) (sum int) {
	if r.rank == nil {
		return r.rate.slowedTo(now)
	}
	for _, s := range r.rank.all {
		if !s.couldTake(list, now) {
			continue
		}
		slow := s.rate.slowedTo(now)
		if slow == 0 {
			return 0
		}
		sum += slow
	}
	return sum
}

// allRest is when the first relay is given mail again, while each that is not held rests;
// zero: one works, or all are held.
func (e *Engine) allRest(now time.Time) (wakes time.Time) {
	for _, r := range e.allRoutes() {
		switch at := r.Rest.Change(now); {
		case r.gate.isHeld():
		case !r.rests(now):
			return time.Time{}
		case wakes.IsZero() || at.Before(wakes):
			wakes = at
		}
	}
	return wakes
}

// allRoutes are the routes; none before Run.
func (e *Engine) allRoutes() []*route {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.routes
}

// NoRelay says whether no relay takes mail, and if so why the first does not, and
// when that one is tried next. One that rests is no fault.
func (e *Engine) NoRelay() (held bool, why string, next time.Time) {
	return e.eachHeld(func(r *route) (bool, string, time.Time) { return r.gate.state() })
}

// Stopped is [Engine.NoRelay] with what logins without a message have shown: a relay counts
// as held, too, that did not take our login when that was last tried.
func (e *Engine) Stopped() (stopped bool, why string, next time.Time) {
	return e.eachHeld(e.stateOf)
}

func (e *Engine) eachHeld(state func(*route) (bool, string, time.Time)) (held bool, why string, next time.Time) {
	now := e.now()
	for _, r := range e.allRoutes() {
		h, w, at := state(r)
		if !h && !r.rests(now) {
			return false, "", time.Time{}
		}
		if h && !held {
			held, why, next = h, w, at
		}
	}
	return held, why, next
}

// HeldList is a list whose sender a relay refuses.
type HeldList struct {
	List string
	Why  string    // in words, for an operator
	Next time.Time // when it is tried again
}

// Held are the lists that wait because each relay that takes mail refuses their
// sender, by name.
func (e *Engine) Held() (all []HeldList) {
	now := e.now()
	for _, r := range e.allRoutes() {
		for _, list := range r.senders.lists() {
			why, next, _ := e.atRelay(list, now)
			if why != "" && !slices.ContainsFunc(all, func(x HeldList) bool { return x.List == list }) {
				all = append(all, HeldList{list, why, next})
			}
		}
	}
	slices.SortFunc(all, func(a, b HeldList) int { return strings.Compare(a.List, b.List) })
	return all
}
