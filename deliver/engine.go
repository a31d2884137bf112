package deliver

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"time"
)

// Engine brings notices and the copies of running issues to a relay, over a
// fixed number of connections. Work is pulled by the connections: notices
// first, then the running issues in turn.
type Engine struct {
	Relays   []Relay // in order, at least one: each is used while those before it are held
	Composer Composer
	Outbox   Outbox
	Policy   Policy
	Now      func() time.Time // nil: time.Now
	Jitter   func() float64   // in [0, 1); nil: none
	Log      *slog.Logger
	// Remark is told what an editor should find in the timeline of a running
	// issue; nil: nobody is.
	Remark func(run IssueName, what string)
	// Trip pauses a run in which something is wrong, as an operator would; the
	// run is taken away when it is called. nil: nothing is paused.
	Trip func(run IssueName, why string)
	// TakeBack is Trip for a run that is paused because of refusals: nothing of it
	// is held against its readers, and who was refused is tried again when it goes
	// on. nil: Trip does.
	TakeBack func(run IssueName, why string)
	// Books are the books of a run. Where it is for a few readers only, they tell
	// that nobody but those who were refused is left; nil: that is not asked.
	Books func(run IssueName) Balance
	// Terms says how a run is sent; nil: as fast as the relay's rate allows.
	Terms func(run IssueName) Terms

	mu   sync.Mutex
	runs []*active
	turn int
	wake chan struct{}

	routes []*route   // one for each of Relays
	logins []*watched // likewise, with Policy.LoginEvery; none without

	spared map[copyKey]int // how often a copy was spared an attempt because of a limit
	faults Faults
}

// Terms is how one run is sent.
type Terms struct {
	Open    func(now time.Time) bool // the hours in which it is sent; nil: always
	Slow    int                      // after so many copies it waits once, for a look at the refusals; 0: never
	SlowFor time.Duration
	Sent    int       // copies begun before, as before a pause or a restart
	Began   time.Time // when the run began; a wait that was cut short by a restart ends SlowFor later
}

// Policy is what the engine does about failures.
type Policy struct {
	Retry          Retry         // nil: [DefaultRetry]
	UncertainAfter time.Duration // until an uncertain copy is sent once more; negative: never
	ProbeEvery     time.Duration // between log-ins while the relay cannot be used; 0: 5 minutes
	LoginEvery     time.Duration // between log-ins without a message while there is nothing to send; 0: none
	Grace          time.Duration // for what is in flight when the engine stops; 0: 80 seconds
	Breaker        BreakerPolicy // zero: DefaultBreaker
}

// active is a run that the engine works on.
type active struct {
	Ledger
	list       string
	expires    time.Time
	flying     int  // reserved or in flight
	dry        bool // the last reservation found nothing
	terms      Terms
	sent       int // reserved, with those before it was added
	slow       slowness
	waits      time.Time
	why        string // it waits, in an editor's words
	breaker    breaker
	uncomposed int // copies that could not be made
}

// slowness is where a slow start stands.
type slowness uint8

const (
	slowNone    slowness = iota // it is over, or there is none
	slowCounts                  // the first copies go out
	slowWaiting                 // for the look at the refusals
)

const slowWords = "the first copies are out (start_slow); the rest waits for a look at the refusals"

// held says whether the run's own terms keep it back at now.
func (a *active) held(now time.Time) bool {
	return !now.Before(a.expires) || now.Before(a.waits) || a.terms.Open != nil && !a.terms.Open(now)
}

const (
	idleClose  = 10 * time.Second // an unused connection says QUIT after this
	pollEvery  = 200 * time.Millisecond
	retryStore = time.Second
	retryClaim = 10 * time.Second // of a run, when the store does not take claims
)

// Add lets the engine work on a run until the issue expires. Adding it again
// changes nothing.
func (e *Engine) Add(r Ledger, expires time.Time) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.findLocked(r.Name()) != nil {
		return
	}
	a := &active{Ledger: r, list: r.Name().List, expires: expires}
	if e.Terms != nil {
		a.begin(e.Terms(r.Name()))
	}
	e.runs = append(e.runs, a)
	for _, r := range e.routes {
		r.beginRow()
	}
	e.wakeLocked()
}

// begin puts a run where its slow start stood before.
func (a *active) begin(t Terms) {
	a.terms, a.sent = t, t.Sent
	switch {
	case t.Slow == 0:
	case t.Sent < t.Slow:
		a.slow = slowCounts
	default:
		a.waits, a.why = t.Began.Add(t.SlowFor), slowWords
	}
}

// Remove takes a run away; what is in flight is still settled.
func (e *Engine) Remove(name IssueName) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for i, a := range e.runs {
		if a.Name() == name {
			e.runs = append(e.runs[:i:i], e.runs[i+1:]...)
			return
		}
	}
}

// Quiet says whether the engine has nothing to do for a run at the moment: no
// copy is due and none is in flight. It is also true of a run it does not have.
func (e *Engine) Quiet(name IssueName) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	a := e.findLocked(name)
	return a == nil || a.flying == 0 && (a.dry || !e.now().Before(a.expires))
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

// Relay says whether no relay takes mail, and if so why the first does not, and
// when that one is tried next.
func (e *Engine) Relay() (held bool, why string, next time.Time) {
	for n, r := range e.relays() {
		h, w, at := r.gate.state()
		if !h {
			return false, "", time.Time{}
		}
		if n == 0 {
			held, why, next = h, w, at
		}
	}
	return held, why, next
}

// Run works until ctx ends. Then it claims nobody any more, gives what is in
// flight the grace to end, settles it, and returns.
func (e *Engine) Run(ctx context.Context) error {
	e.open()
	grace := e.Policy.Grace
	if grace <= 0 {
		grace = 80 * time.Second
	}
	kill, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	stop := context.AfterFunc(ctx, func() { time.AfterFunc(grace, cancel) })
	defer stop()
	var wg sync.WaitGroup
	e.watchLogins(ctx, &wg)
	for _, r := range e.routes {
		for range r.Connections {
			wg.Go(func() { newWorker(ctx, kill, e, r).loop() })
		}
	}
	wg.Wait()
	return nil
}

func (e *Engine) now() time.Time {
	if e.Now != nil {
		return e.Now()
	}
	return time.Now()
}

// trip is a run that is to be paused.
type trip struct {
	run *active
	why string
}

// weigh counts an outcome for its run's breaker.
func (e *Engine) weigh(a *active, x attempt) {
	e.mu.Lock()
	why := a.breaker.note(e.breakerLocked(), x)
	e.mu.Unlock()
	if why != "" {
		e.trip(a, why)
	}
}

// trip pauses a run in which something is wrong. What was still in flight then
// says nothing new, nor about the run as it was resumed since.
// It says whether the run was paused.
func (e *Engine) trip(a *active, why string) bool {
	e.mu.Lock()
	pause := e.Trip
	if a.breaker.refusals && e.TakeBack != nil {
		pause = e.TakeBack
	}
	n := slices.Index(e.runs, a)
	if n >= 0 && pause != nil {
		e.runs = append(e.runs[:n:n], e.runs[n+1:]...)
	}
	e.mu.Unlock()
	if n < 0 || pause == nil {
		return false
	}
	e.Log.Error("BreakerTripped", "run", a.Name(), "why", why)
	pause(a.Name(), why)
	return true
}

func (e *Engine) landed(a *active) {
	e.mu.Lock()
	defer e.mu.Unlock()
	a.flying--
}

// rest lets a run wait, or each connection would dial in vain.
func (e *Engine) rest(a *active) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if until := e.now().Add(retryClaim); until.After(a.waits) {
		a.waits, a.why = until, "the database takes no claims; the log says why"
	}
}

func (p Policy) probeEvery() time.Duration {
	if p.ProbeEvery <= 0 {
		return 5 * time.Minute
	}
	return p.ProbeEvery
}

// after decides when a copy is tried again; zero: never.
func (p Policy) after(v verdict, attempt int, once bool, now, expires time.Time, jitter float64) time.Time {
	var next time.Time
	switch r := v.Result; {
	case r.Outcome == Uncertain && (once || p.UncertainAfter < 0):
		return time.Time{}
	case r.Outcome == Uncertain:
		next = now.Add(p.UncertainAfter)
	case r.Outcome == Deferred && r.Blame.Spares():
		next = now.Add(v.wait) // a gate decides when
	case r.Outcome == Deferred:
		retry := p.Retry
		if len(retry) == 0 {
			retry = DefaultRetry()
		}
		next = now.Add(retry.Wait(attempt, jitter))
	default:
		return time.Time{}
	}
	if !next.Before(expires) {
		return time.Time{}
	}
	return next
}

func (e *Engine) jitter() float64 {
	if e.Jitter == nil {
		return 0
	}
	return e.Jitter()
}
