package engine

import (
	"fmt"
	"slices"
	"time"

	"example.jp/kairan/deliver"
)

// book books what a run gave when it was asked for a reader. If asked is set the run was
// really asked, so that a nil reader means that nothing is due.
func (e *Engine) book(run *run, r *deliver.Reader, now time.Time, asked bool) bool {
	e.mu.Lock()
	if r == nil {
		run.flying--
		run.dry = run.dry || asked
		e.mu.Unlock()
		return false
	}
	if run.pace.start == startWaiting { // another connection has just had the last of the first
		run.flying--
		run.dry = true
		e.mu.Unlock()
		run.Return(*r)
		return false
	}
	run.dry = false
	last, terms := run.pace.count(now), &run.pace.terms
	e.mu.Unlock()
	if last && e.Keeper != nil {
		e.Keeper.Remark(run.Name(), fmt.Sprintf("the first %d copies go out; the rest wait %s, for a look at the refusals", terms.Slow, deliver.FormatDuration(terms.SlowFor)))
	}
	return true
}

// land notes that a copy is no longer in flight.
func (e *Engine) land(run *run) {
	e.mu.Lock()
	defer e.mu.Unlock()
	run.flying--
}

// pauseClaims lets a run wait whose claims the store does not take, because each
// connection would dial in vain.
func (e *Engine) pauseClaims(run *run) {
	e.mu.Lock()
	defer e.mu.Unlock()
	run.pace.delay(e.now().Add(retryClaim), "the database takes no claims; the log says why")
}

// otherListDue says whether a run of another list has copies that can go out.
func (e *Engine) otherListDue(list string, now time.Time) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return slices.ContainsFunc(e.runs, func(run *run) bool { return run.list != list && !run.dry && !run.isWaiting(now) })
}

// weigh counts an outcome for its run's breaker.
func (e *Engine) weigh(run *run, x outcome) {
	e.mu.Lock()
	why := run.breaker.note(e.Policy.Breaker, x)
	e.copies[x.Outcome]++
	e.mu.Unlock()
	if why != "" {
		e.trip(run, why)
	}
}

// CameBack counts a copy that the relay had taken, and that came back, for its run's breaker,
// if the run still goes on: an issue to stale addresses stops itself, also where the relay
// takes everything and reports later.
func (e *Engine) CameBack(x deliver.Returned) {
	e.mu.Lock()
	run, why := e.findLocked(x.Run), ""
	if run != nil {
		why = run.breaker.cameBack(e.Policy.Breaker, outcome{Result: x.Result, domain: x.Domain})
	}
	e.mu.Unlock()
	if why != "" {
		e.trip(run, why)
	}
}

// PauseIfRefused pauses a run of which everybody has been tried, as far as the engine
// knows, and nearly everybody or most were refused: on a list of few readers or of one
// domain no window ever fills. It says whether it has.
func (e *Engine) PauseIfRefused(name deliver.IssueName) bool {
	now := e.now()
	e.mu.Lock()
	run, why, few := e.findLocked(name), "", false
	if run != nil && run.dry && run.flying == 0 && !run.isWaiting(now) {
		why = run.breaker.judgeEnd(e.Policy.Breaker)
		few = why == "" && run.breaker.all.isAllOfFew(e.Policy.Breaker)
	}
	e.mu.Unlock()
	if few && e.Keeper != nil {
		books := e.Keeper.Books(name)
		e.mu.Lock()
		if run.breaker.all.isAudience(books) {
			why, run.breaker.refusals = run.breaker.sayNearlyAll(), true
		}
		e.mu.Unlock()
	}
	return why != "" && e.trip(run, why)
}

// trip pauses a run in which something is wrong, and says whether it did: outcomes
// that land after the pause pause it no second time, even if it was resumed since.
func (e *Engine) trip(run *run, why string) bool {
	if e.Keeper == nil {
		return false
	}
	e.mu.Lock()
	n, refusals := slices.Index(e.runs, run), run.breaker.refusals
	if n >= 0 {
		e.runs = slices.Delete(e.runs, n, n+1)
	}
	e.mu.Unlock()
	if n < 0 {
		return false
	}
	e.Log.Error("BreakerTripped", "run", run.Name(), "why", why)
	e.Keeper.Pause(run.Name(), why, refusals)
	return true
}
