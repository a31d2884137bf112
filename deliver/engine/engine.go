package engine

import (
	"cmp"
	"log/slog"
	"slices"
	"sync"
	"time"

	"example.jp/kairan/deliver"
)

// Engine brings notices and the copies of running issues to the relays, over a
// fixed number of connections to each. Work is pulled by the connections: notices
// first, then the running issues in turn.
type Engine struct {
	Relays   []Relay // in order, at least one: each is used while those before it are held, or beside them
	Composer deliver.Composer
	Outbox   deliver.Outbox
	Policy   Policy
	// Keeper keeps the issues of the runs; nil: nobody does, and a run goes on whatever
	// happens, as fast as the relay's rate allows.
	Keeper deliver.RunKeeper
	Now    func() time.Time // nil: time.Now
	Jitter func() float64   // in [0, 1); nil: none
	Log    *slog.Logger

	mu   sync.Mutex
	runs []*run
	turn int           // of runs, which is asked first for the next copy
	wake chan struct{} // closed when there may be something new to do

	routes []*route // one for each of Relays

	spared  spared
	faults  Faults
	notices NoticeSums
	copies  CopySums
}

// Policy is what the engine does about failures.
type Policy struct {
	Retry          deliver.Retry         // nil: [deliver.DefaultRetry]
	UncertainAfter time.Duration         // until an uncertain copy is sent once more; negative: never
	ProbeEvery     time.Duration         // between log-ins while the relay cannot be used; 0: 5 minutes
	LoginEvery     time.Duration         // between log-ins without a message while there is nothing to send; 0: none
	Grace          time.Duration         // for what is in flight when the engine stops; 0: 80 seconds
	Breaker        deliver.BreakerPolicy // zero: DefaultBreaker
}

const (
	idleClose  = 10 * time.Second       // an unused connection says QUIT after this
	pollEvery  = 200 * time.Millisecond // how often a connection with nothing to do looks, if nothing wakes it
	retryStore = time.Second            // after a fault of the store
	othersTell = 5 * time.Second        // how long one that is refused waits at most for those that are being made
	retryClaim = 10 * time.Second       // of a run, when the store does not take claims
)

// Add lets the engine work on a run until the issue expires. Adding it again
// changes nothing.
func (e *Engine) Add(r deliver.Run, expires time.Time) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.findLocked(r.Name()) != nil {
		return
	}
	run := &run{Run: r, list: r.Name().List, expires: expires}
	if e.Keeper != nil {
		run.pace = newPace(e.Keeper.Terms(r.Name()))
	}
	e.runs = append(e.runs, run)
	for _, r := range e.routes {
		r.beginRow()
	}
	e.wakeLocked()
}

// Remove takes a run away; what is in flight is still settled.
func (e *Engine) Remove(name deliver.IssueName) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.runs = slices.DeleteFunc(e.runs, func(run *run) bool { return run.Name() == name })
}

// Quiet says whether the engine has nothing to do for a run at the moment: no
// copy is due and none is in flight. It is also true of a run it does not have.
func (e *Engine) Quiet(name deliver.IssueName) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	run := e.findLocked(name)
	return run == nil || run.flying == 0 && (run.dry || !e.now().Before(run.expires))
}

// Busy says whether an issue goes out at the moment: a copy is in flight, or one is due.
func (e *Engine) Busy() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	now := e.now()
	return slices.ContainsFunc(e.runs, func(r *run) bool { return r.flying > 0 || !r.dry && now.Before(r.expires) })
}

// Wake tells the engine that there may be something new to do.
func (e *Engine) Wake() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.wakeLocked()
}

func (e *Engine) wakeLocked() {
	if e.wake != nil {
		close(e.wake)
	}
	e.wake = make(chan struct{})
}

// Faults counts the mails that could not be made since the engine began. What is
// wrong is in the log, as ComposeFault.
type Faults struct {
	Copies  int // counted as refused in their issue's books
	Notices int // attempts at confirmations and the like, which are tried again
}

// Faults says how many mails could not be made.
func (e *Engine) Faults() Faults {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.faults
}

// open makes the routes.
func (e *Engine) open() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.Policy, e.routes = e.Policy.orDefaults(), nil
	for n, relay := range e.Relays {
		e.routes = append(e.routes, newRoute(relay, n, e.Policy))
	}
	ranked(e.routes)
}

func (e *Engine) now() time.Time {
	if e.Now != nil {
		return e.Now()
	}
	return time.Now()
}

func (p Policy) orDefaults() Policy {
	if len(p.Retry) == 0 {
		p.Retry = deliver.DefaultRetry()
	}
	p.ProbeEvery = cmp.Or(p.ProbeEvery, 5*time.Minute)
	p.Grace = cmp.Or(p.Grace, 80*time.Second)
	p.Breaker = cmp.Or(p.Breaker, deliver.DefaultBreaker())
	return p
}

func (e *Engine) jitter() float64 {
	if e.Jitter == nil {
		return 0
	}
	return e.Jitter()
}

// findLocked is the run of that name; nil: the engine does not have it.
func (e *Engine) findLocked(name deliver.IssueName) *run {
	for _, run := range e.runs {
		if run.Name() == name {
			return run
		}
	}
	return nil
}
