package engine

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"example.jp/kairan/deliver"
)

// Run works until ctx ends. Then it claims nobody any more, gives what is in
// flight the grace to end, settles it, and returns.
func (e *Engine) Run(ctx context.Context) error {
	e.open()
	grace := e.Policy.Grace
	kill, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	stop := context.AfterFunc(ctx, func() { time.AfterFunc(grace, cancel) })
	defer stop()
	var wg sync.WaitGroup
	for _, r := range e.routes {
		if r.login != nil {
			wg.Go(func() { e.watchLogin(ctx, r) })
		}
		for range r.Connections {
			wg.Go(func() { newWorker(ctx, kill, e, r).loop() })
		}
	}
	wg.Wait()
	e.putAllBack()
	return nil
}

// worker is one connection's goroutine.
type worker struct {
	connection
	pipeline
	ctx   context.Context // no new work after it
	calm  context.Context // kill's values without its end: for what must be written down
	kept  job             // for the next connection, since the last one was spent
	idle  bool            // it has nothing to do, and its relay counts it
	probe bool            // this job tries whether the relay can be used again
}

// newWorker makes the goroutine's state; loop is the goroutine.
func newWorker(ctx, kill context.Context, e *Engine, r *route) *worker {
	w := &worker{connection: connection{e: e, route: r, kill: kill}, ctx: ctx, calm: context.WithoutCancel(kill)}
	w.look = w.lookAhead
	return w
}

func (w *worker) loop() {
	for w.ctx.Err() == nil {
		w.e.mu.Lock()
		if w.e.wake == nil {
			w.e.wakeLocked()
		}
		wake := w.e.wake
		w.e.mu.Unlock()
		if !w.step() {
			w.settle()
			w.closeIdle()
			w.await(wake)
		}
	}
	w.work()
	w.drop()
	w.settle()
	w.close()
}

// step does one job; false means that there was none, or that it could not be begun.
func (w *worker) step() bool {
	now := w.e.now()
	if now.Before(w.resting) || !w.route.hasTurn(now) && !w.route.standsIn(now) {
		w.drop()
		return false
	}
	ok, probe := w.route.gate.pass(now)
	if !ok {
		w.drop()
		return false
	}
	if w.probe = probe; probe {
		defer w.endProbe()
	}
	j, err := w.kept, error(nil)
	if w.kept = (job{}); j.none() {
		j, err = w.e.next(w.route, now)
	}
	if err != nil {
		w.e.Log.Error("LedgerFault", "err", err)
		w.settle()
		w.sleep(nil, nil, retryStore)
		return false
	}
	if j.none() {
		return false
	}
	w.work()
	if !w.connect() {
		w.e.giveBack(j)
		return false
	}
	if j.notice != nil {
		w.settle()
		return w.notice(j)
	}
	return w.copy(j)
}

// drop gives back the job that was kept for another connection, and what waits for another
// relay in vain.
func (w *worker) drop() {
	w.e.returnAside(w.route.rank, w.e.now())
	if !w.kept.none() {
		w.e.giveBack(w.kept)
		w.kept = job{}
	}
}

// connect makes sure of a connection before anything is claimed.
func (w *worker) connect() bool {
	if w.conn != nil && w.sent < w.most {
		return true
	}
	w.settle() // a dial can take long, and what is done is done
	w.close()
	if err := w.dial(w.ctx); err != nil {
		if w.ctx.Err() == nil {
			w.restOrHold(deliver.RefusalOf(err))
		}
		return false
	}
	return true
}

// endProbe ends a probe that showed nothing.
func (w *worker) endProbe() {
	if w.probe {
		w.route.gate.endProbe()
	}
}

// restOrHold decides what it means that a connection was not made. While others are
// open the relay can be used and only takes no more at once: this one waits by
// itself. A refusal is quicker than a login, so those that are being made may tell.
func (w *worker) restOrHold(r *deliver.Refusal) {
	for waited := time.Duration(0); waited < othersTell && w.ctx.Err() == nil && w.route.countOpen(0) == 0 && w.route.countMaking(0) > 0; waited += pollEvery {
		w.sleep(nil, nil, pollEvery)
	}
	if w.probe || w.route.countOpen(0) == 0 {
		w.holdRelay(r.Error(), w.e.Policy.ourBackoff())
		return
	}
	w.rest = min(max(2*w.rest, time.Second), w.e.Policy.ProbeEvery)
	w.resting = w.e.now().Add(w.rest)
	w.e.Log.Warn("ConnectionRefused", "why", r.Error(), "next", w.resting)
}

// copy brings one reader's copy to the relay.
func (w *worker) copy(j job) bool {
	m, fault := w.compose(j, &w.room)
	if s, ok := w.conn.(deliver.Streamer); ok && fault == nil {
		return w.stream(s, j, m)
	}
	if ok, claimed := w.claim(j, nil); !claimed {
		return ok
	}
	w.noteOutcome(j, w.attempt(j, m, fault, deliver.Refused))
	return true
}

// errNoAddress is of a copy whose entry has ended since it was put off; the claim will
// say so.
var errNoAddress = errors.New("the entry has no address")

// envelopeRoom is room behind a copy for what a Streamer sends with its end: the longest
// envelope there is, so that nothing has to be moved (RFC 5321 §4.5.3.1).
const envelopeRoom = 1 << 10

// compose makes a copy in room.
func (w *worker) compose(j job, room *[]byte) (deliver.Message, error) {
	if j.reader.Address.IsZero() {
		return deliver.Message{}, errNoAddress
	}
	m, err := w.e.Composer.Copy((*room)[:0], j.run.Name(), *j.reader)
	if err == nil {
		m.Data = slices.Grow(m.Data, envelopeRoom)
		*room = m.Data
	}
	return m, err
}

// claim claims a reader in the commit that settles the connection's last one, and
// does meanwhile while that is under way. If the reader was not claimed, ok says
// whether there is reason to go on at once.
func (w *worker) claim(j job, meanwhile func()) (ok, claimed bool) {
	var settle *deliver.Settlement
	if w.last.run == j.run {
		settle = &w.last.s
	} else {
		w.settle()
	}
	j.reader.Relay = w.route.number
	err := j.run.SettleAndClaim(w.calm, settle, j.reader, meanwhile)
	if err != nil && !errors.Is(err, deliver.ErrWithdrawn) && !errors.Is(err, deliver.ErrStopped) {
		w.e.Log.Error("ClaimFault", "run", j.run.Name(), "err", err)
		w.e.giveBack(j)
		w.forget()
		w.e.pauseClaims(j.run)
		w.settle()
		w.sleep(nil, nil, retryStore)
		return false, false
	}
	if settle != nil {
		w.landLast()
	}
	switch {
	case errors.Is(err, deliver.ErrStopped):
		w.e.giveBack(j)
		return false, false
	case err != nil:
		j.route.rate.giveBack() // nothing was sent
		w.e.land(j.run)
		return true, false
	}
	return true, true
}

// noteOutcome notes the outcome of a copy, to be settled with the next claim. What is to be
// tried again waits from when the relay was last heard.
func (w *worker) noteOutcome(j job, v consequence) {
	r := v.Result
	next := w.e.Policy.after(v, j.reader.Attempt, j.reader.Resend, w.used, j.run.expires, w.e.jitter())
	w.last = unsettled{j.run, deliver.Settlement{Reader: *j.reader, Result: r, Next: next}}
	if !next.IsZero() {
		w.route.rank.notePutOff(j)
	}
	x := outcome{Result: r, domain: j.reader.Address.Domain(), again: j.reader.Attempt > 1, row: w.route.countUnanswered(r)}
	x.carried = w.carried(j, x)
	w.e.weigh(j.run, x)
	if r.Outcome != deliver.Accepted {
		w.e.Log.Info("SendAttempt", "run", j.run.Name(), "reader", j.reader.ID, "attempt", j.reader.Attempt,
			"outcome", r.Outcome, "stage", r.Stage, "code", r.Code, "enhanced", r.Enhanced, "text", r.Text)
	}
}

// attempt sends a message, or, if it could not be made, says what becomes of it.
func (w *worker) attempt(j job, m deliver.Message, fault error, unmade deliver.Outcome) consequence {
	if fault == nil {
		return w.send(m, j)
	}
	w.e.noteUncomposed(j, fault)
	return consequence{Result: deliver.Result{Outcome: unmade, Blame: deliver.BlameMessage, Text: deliver.Scrub(fault.Error())}}
}

// send makes one attempt. When the relay has given up a connection that was
// used before, nothing of the message was said, and a new one gets it at once.
func (w *worker) send(m deliver.Message, j job) consequence {
	r := w.conn.Send(w.kill, m)
	w.sent++
	if w.isSpent(r) {
		w.renew(r)
		if !w.connect() {
			return consequence{Result: deliver.Result{Outcome: deliver.Deferred, Blame: deliver.BlameUs, Stage: deliver.StageDial}}
		}
		r = w.conn.Send(w.kill, m)
		w.sent++
	}
	return w.judgeReply(r, j)
}

// notice claims, sends and settles one notice.
func (w *worker) notice(j job) bool {
	o := *j.notice
	m, fault := w.e.Composer.Notice(o)
	err := w.e.Outbox.ClaimNotice(w.calm, o)
	if errors.Is(err, deliver.ErrWithdrawn) {
		return true
	}
	if err != nil {
		w.e.Log.Error("ClaimFault", "notice", o.N, "err", err)
		w.e.Outbox.ReturnNotice(o)
		w.sleep(nil, nil, retryStore)
		return false
	}
	// One that cannot be made is tried again, since a visitor waits for it: until its
	// link expires somebody may have mended what is wrong.
	v := w.attempt(j, m, fault, deliver.Deferred)
	r := v.Result
	w.route.countUnanswered(r)
	if o.Report.Kind != 0 && r.Outcome == deliver.Refused { // it may be about that very relay, which refuses everybody
		v.Outcome = deliver.Deferred
	}
	next := w.e.Policy.after(v, o.Attempt, o.Uncertain, w.e.now(), o.Notice.Expires, w.e.jitter())
	w.e.countNotice(r)
	w.insist(func() error { return w.e.Outbox.SettleNotice(w.calm, o, r, next) })
	return true
}

// settle commits the last outcome by itself, when nothing is claimed with it.
func (w *worker) settle() {
	if w.last.run == nil {
		return
	}
	w.insist(func() error { return w.last.run.SettleAndClaim(w.calm, &w.last.s, nil, nil) })
	w.landLast()
}

func (w *worker) landLast() {
	if w.last.run != nil {
		w.e.land(w.last.run)
		w.last = unsettled{}
	}
}

// insist repeats what must be written down, as long as there is time: an
// outcome that is not settled is uncertain after a restart.
func (w *worker) insist(do func() error) {
	for {
		err := do()
		if err == nil {
			return
		}
		w.e.Log.Error("SettleFault", "err", err)
		if w.kill.Err() != nil || w.ctx.Err() != nil {
			return
		}
		w.sleep(nil, nil, retryStore)
	}
}

// await waits for something to do, or for what a sibling of the relay leaves to it.
func (w *worker) await(wake <-chan struct{}) {
	var hand chan job
	if !w.e.now().Before(w.resting) {
		if hand = w.route.hand; !w.idle {
			w.idle = true
			w.route.beIdle()
		}
	}
	w.sleep(wake, hand, pollEvery)
}

// work notes that the connection is not idle any more.
func (w *worker) work() {
	if w.idle {
		w.idle = false
		w.e.beBusy(w.route)
	}
}

// sleep waits for something to do, at most d; nil: for nothing of that kind.
func (w *worker) sleep(wake <-chan struct{}, hand <-chan job, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-w.ctx.Done():
	case <-wake:
	case <-t.C:
	case w.kept = <-hand:
		w.work()
	}
}
