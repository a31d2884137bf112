package engine

import (
	"fmt"
	"slices"
	"time"

	"example.jp/kairan/deliver"
)

// book books what a run gave when it was asked for a reader. If dry is set the run was
// really asked, so that a nil reader means that nothing is due.
func (e *Engine) book(a *run, r *deliver.Reader, now time.Time, dry bool) bool {
	e.mu.Lock()
	if r == nil {
		a.flying--
		a.dry = a.dry || dry
		e.mu.Unlock()
		return false
	}
	if a.pace.start == startWaiting { // another connection has just had the last of the first
		a.flying--
		a.dry = true
		e.mu.Unlock()
		a.Return(*r)
		return false
	}
	a.dry = false
	last, terms := a.pace.count(now), &a.pace.terms
	e.mu.Unlock()
	if last && e.Keeper != nil {
		e.Keeper.Remark(a.Name(), fmt.Sprintf("the first %d copies go out; the rest wait %s, for a look at the refusals", terms.Slow, deliver.FormatDuration(terms.SlowFor)))
	}
	return true
}

// land notes that a copy is no longer in flight.
func (e *Engine) land(a *run) {
	e.mu.Lock()
	defer e.mu.Unlock()
	a.flying--
}

// pauseClaims lets a run wait, or each connection would dial in vain.
func (e *Engine) pauseClaims(a *run) {
	e.mu.Lock()
	defer e.mu.Unlock()
	a.pace.hold(e.now().Add(retryClaim), "the database takes no claims; the log says why")
}

// otherListDue says whether a run of another list has copies that can go out.
func (e *Engine) otherListDue(list string, now time.Time) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return slices.ContainsFunc(e.runs, func(a *run) bool { return a.list != list && !a.dry && !a.held(now) })
}

// weigh counts an outcome for its run's breaker.
func (e *Engine) weigh(a *run, x outcome) {
	e.mu.Lock()
	why := a.breaker.note(e.Policy.Breaker, x)
	e.mu.Unlock()
	if why != "" {
		e.trip(a, why)
	}
}

// PauseIfRefused pauses a run of which everybody has been tried, as far as the engine
// knows, and nearly everybody or most were refused: on a list of few readers or of one
// domain no window ever fills. It says whether it has.
func (e *Engine) PauseIfRefused(name deliver.IssueName) bool {
	now := e.now()
	e.mu.Lock()
	a, why, few := e.findLocked(name), "", false
	if a != nil && a.dry && a.flying == 0 && !a.held(now) {
		why = a.breaker.judgeEnd(e.Policy.Breaker)
		few = why == "" && a.breaker.all.isAllOfFew(e.Policy.Breaker)
	}
	e.mu.Unlock()
	if few && e.Keeper != nil {
		books := e.Keeper.Books(name)
		e.mu.Lock()
		if a.breaker.all.isAudience(books) {
			why, a.breaker.refusals = a.breaker.sayNearlyAll(), true
		}
		e.mu.Unlock()
	}
	return why != "" && e.trip(a, why)
}

// trip pauses a run in which something is wrong, and says whether it did: outcomes
// that land after the pause pause it no second time, even if it was resumed since.
func (e *Engine) trip(a *run, why string) bool {
	if e.Keeper == nil {
		return false
	}
	e.mu.Lock()
	n, refusals := slices.Index(e.runs, a), a.breaker.refusals
	if n >= 0 {
		e.runs = slices.Delete(e.runs, n, n+1)
	}
	e.mu.Unlock()
	if n < 0 {
		return false
	}
	e.Log.Error("BreakerTripped", "run", a.Name(), "why", why)
	e.Keeper.Pause(a.Name(), why, refusals)
	return true
}
