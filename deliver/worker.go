package deliver

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"
)

// worker is one connection's goroutine.
type worker struct {
	e         *Engine
	route     *route
	ctx, kill context.Context // no new work after ctx; nothing at all after kill
	calm      context.Context // kill's values without its end: for what must be written down
	conn      Conn
	shut      func()      // closes conn, once
	uncut     func() bool // takes back that kill shuts it
	room      []byte      // for a copy
	spare     []byte      // for the one behind it
	sent      int         // over conn
	used      time.Time   // when conn was last used
	last      unsettled
	behind    ahead         // reserved behind the copy whose claim is under way; none otherwise
	look      func()        // lookAhead
	probe     bool          // this job tries whether the relay can be used again
	rest      time.Duration // of a connection refused while others are open
	resting   time.Time     // until then
	kept      job           // for the next connection, since the last one was spent
	most      int           // messages that conn is given
	full      bool          // conn is to be given no more
	proves    int           // if conn takes its first message, the last connection took so many
}

// unsettled is what the connection has just done, to be settled in the commit
// that claims what it does next.
type unsettled struct {
	run *active // nil: nothing is unsettled
	s   Settlement
}

// newWorker makes the goroutine's state; loop is the goroutine.
func newWorker(ctx, kill context.Context, e *Engine, r *route) *worker {
	w := &worker{e: e, route: r, ctx: ctx, kill: kill, calm: context.WithoutCancel(kill)}
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
			w.sleep(wake, pollEvery)
		}
	}
	w.drop()
	w.settle()
	w.closeConn()
}

// step does one job; false means that there was none, or that it could not be begun.
func (w *worker) step() bool {
	if w.e.now().Before(w.resting) || !w.route.used() && !w.route.standsIn() {
		w.drop()
		return false
	}
	ok, probe := w.route.gate.pass(w.e.now())
	if !ok {
		w.drop()
		return false
	}
	if w.probe = probe; probe {
		defer w.back()
	}
	j, err := w.kept, error(nil)
	if w.kept = (job{}); j.none() {
		j, err = w.e.next(w.route)
	}
	if err != nil {
		w.e.Log.Error("LedgerFault", "err", err)
		w.settle()
		w.sleep(nil, retryStore)
		return false
	}
	if j.none() {
		return false
	}
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

// drop gives back the job that was kept for another connection.
func (w *worker) drop() {
	if !w.kept.none() {
		w.e.giveBack(w.kept)
		w.kept = job{}
	}
}

// connect makes sure of a connection before anything is claimed.
func (w *worker) connect() bool {
	if w.conn != nil && (w.full || w.sent >= w.most) {
		w.settle()
		w.closeConn()
	}
	if w.conn != nil {
		return true
	}
	w.settle() // a dial can take long, and what is done is done
	conn, err := w.route.Transport.Dial(w.ctx)
	if err != nil {
		if w.ctx.Err() == nil {
			w.refused(isRefusal(err))
		}
		return false
	}
	w.conn, w.sent, w.full, w.used = conn, 0, false, w.e.now()
	w.most = w.route.perConnection(w.used)
	w.shut = sync.OnceFunc(func() { _ = conn.Close() })
	w.uncut = context.AfterFunc(w.kill, w.shut) // also while it waits for the reply to a final dot
	w.route.connected(+1)
	return true
}

// back ends a probe that showed nothing.
func (w *worker) back() {
	if w.probe {
		w.route.gate.back()
	}
}

// fault holds everything, and healthy ends a hold; a probe has then shown
// what it was for.
func (w *worker) fault(why string, p pace) {
	w.e.fault(w.route, why, p)
	w.probe = false
}

func (w *worker) healthy() {
	w.e.healthy(w.route, w.probe)
	w.probe = false
}

// refused draws what a connection that was not made means. While others are
// open the relay can be used and only takes no more at once: this one waits by
// itself.
func (w *worker) refused(r *Refusal) {
	if w.probe || w.route.connected(0) == 0 {
		w.fault(r.Error(), w.e.Policy.ourPace())
		return
	}
	w.rest = min(max(2*w.rest, time.Second), w.e.Policy.probeEvery())
	w.resting = w.e.now().Add(w.rest)
	w.e.Log.Warn("ConnectionRefused", "why", r.Error(), "next", w.resting)
}

// copy brings one reader's copy to the relay.
func (w *worker) copy(j job) bool {
	m, fault := w.compose(j, &w.room)
	if s, ok := w.conn.(Streamer); ok && fault == nil {
		return w.stream(s, j, m)
	}
	if ok, claimed := w.claim(j, nil); !claimed {
		return ok
	}
	var r Result
	if fault != nil {
		w.e.uncomposed(j, fault)
		r = Result{Outcome: Refused, Blame: BlameMessage, Text: Scrub(fault.Error())}
	} else {
		r = w.send(m, j)
	}
	w.done(j, r)
	return true
}

// errNoAddress: the entry has ended since the copy was put off, and the claim
// will say so.
var errNoAddress = errors.New("the entry has no address")

// tail is room behind a copy for what a Streamer sends with its end: the longest
// envelope there is, so that nothing has to be moved (RFC 5321 §4.5.3.1).
const tail = 1 << 10

// compose makes a copy in room.
func (w *worker) compose(j job, room *[]byte) (Message, error) {
	if j.reader.Address.IsZero() {
		return Message{}, errNoAddress
	}
	m, err := w.e.Composer.Copy((*room)[:0], j.run.Name(), *j.reader)
	if err == nil {
		m.Data = slices.Grow(m.Data, tail)
		*room = m.Data
	}
	return m, err
}

// claim claims a reader in the commit that settles the connection's last one, and
// does meanwhile while that is under way. If the reader was not claimed, ok says
// whether there is reason to go on at once.
func (w *worker) claim(j job, meanwhile func()) (ok, claimed bool) {
	var settle *Settlement
	if w.last.run == j.run {
		settle = &w.last.s
	} else {
		w.settle()
	}
	err := j.run.SettleAndClaim(w.calm, settle, j.reader, meanwhile)
	if err != nil && !errors.Is(err, ErrWithdrawn) && !errors.Is(err, ErrStopped) {
		w.e.Log.Error("ClaimFault", "run", j.run.Name(), "err", err)
		w.e.giveBack(j)
		w.forget()
		w.e.rest(j.run)
		w.settle()
		w.sleep(nil, retryStore)
		return false, false
	}
	if settle != nil {
		w.settled()
	}
	switch {
	case errors.Is(err, ErrStopped):
		w.e.giveBack(j)
		return false, false
	case err != nil:
		j.route.rate.giveBack() // nothing was sent
		w.e.landed(j.run)
		return true, false
	}
	return true, true
}

// done notes the outcome of a copy, to be settled with the next claim.
func (w *worker) done(j job, r Result) {
	now := w.e.now()
	next := w.e.Policy.after(r, j.reader.Attempt, j.reader.Resend, now, j.run.expires, w.e.jitter())
	w.last = unsettled{j.run, Settlement{Reader: *j.reader, Result: r, Next: next}}
	w.e.weigh(j.run, attempt{Result: r, domain: j.reader.Address.Domain(), again: j.reader.Attempt > 1, row: w.route.unanswered(r)})
	if r.Outcome != Accepted {
		w.e.Log.Info("SendAttempt", "run", j.run.Name(), "reader", j.reader.ID, "attempt", j.reader.Attempt,
			"outcome", r.Outcome, "stage", r.Stage, "code", r.Code, "enhanced", r.Enhanced, "text", r.Text)
	}
}

// send makes one attempt. When the relay has given up a connection that was
// used before, nothing of the message was said, and a new one gets it at once.
func (w *worker) send(m Message, j job) Result {
	r := w.conn.Send(w.kill, m)
	w.sent++
	if w.spent(r) {
		w.renew(r)
		if !w.connect() {
			return Result{Outcome: Deferred, Blame: BlameUs, Stage: StageDial}
		}
		r = w.conn.Send(w.kill, m)
		w.sent++
	}
	return w.judge(r, j)
}

// judge draws what an attempt means for the connection, for the relay and for the
// list, and returns the result as it is to be settled.
func (w *worker) judge(r Result, j job) Result {
	w.used = w.e.now()
	if w.proves > 0 && r.Stage >= StageRcpt && r.limit() == limitNone {
		w.learn(w.proves, false)
	}
	w.proves = 0
	if r.Broken {
		w.closeConn()
	}
	switch {
	case r.Blame == BlameList && r.Stage > StageMail:
		return w.senderAtRCPT(r, j)
	case r.Blame == BlameList, r.Blame == BlameLimit && w.strange(r, j):
		return w.sender(r, j)
	case r.Blame == BlameLimit:
		return w.limited(r, j)
	}
	if r.Stage >= StageRcpt && r.Blame != BlameUs && !r.Broken {
		w.healthy()
	}
	if w.route.senders.any() && r.Stage >= StageRcpt && r.Code != 0 {
		w.e.senderTaken(w.route, j)
	}
	w.draw(r)
	return r
}

// draw draws what the result means for whoever is to blame.
func (w *worker) draw(r Result) {
	switch {
	case r.Outcome == Accepted:
		w.rest = 0
		w.route.accepted()
	case r.Blame == BlameUs:
		w.closeConn()
		w.fault((&Refusal{r}).Error(), w.e.Policy.ourPace())
	case r.Broken && w.kill.Err() == nil && w.route.gate.dropped():
		w.fault((&Refusal{r}).Error(), w.e.Policy.ourPace())
	case r.limit() == limitPair && w.route.pair():
		w.route.rate.cut(w.used, 2, pairPace)
	}
}

// sender draws what a refusal of the sender means.
func (w *worker) sender(r Result, j job) Result {
	rate := r.Blame == BlameLimit
	r.Blame = BlameList
	switch every := w.held() || w.e.senderRefused(w.route, j, r); {
	case every && rate:
		w.route.everybody(w.used)
		r.Blame = BlameLimit
		return w.limited(r, j)
	case every:
		w.fault("every sender is refused: "+r.Stage.String()+": "+r.reply(), w.e.Policy.ourPace())
	case rate:
		w.route.rate.resume() // what was cut while that list was alone
	}
	return r
}

// senderAtRCPT draws what a refusal of the sender means that came with a recipient.
// It may be that reader's own server that says so: a copy that met it before waits,
// so that the next trial is another one's, and holds nothing by itself.
func (w *worker) senderAtRCPT(r Result, j job) Result {
	n := w.e.spare(j.key())
	if n == 0 {
		return w.sender(r, j)
	}
	if why, _ := w.route.senders.of(j.list()); why != "" {
		w.sender(r, j)
	}
	r.Blame = BlameLimit
	return w.soon(r, n)
}

// notice claims, sends and settles one notice.
func (w *worker) notice(j job) bool {
	o := *j.notice
	m, fault := w.e.Composer.Notice(o)
	err := w.e.Outbox.ClaimNotice(w.calm, o)
	if errors.Is(err, ErrWithdrawn) {
		return true
	}
	if err != nil {
		w.e.Log.Error("ClaimFault", "notice", o.N, "err", err)
		w.e.Outbox.ReturnNotice(o)
		w.sleep(nil, retryStore)
		return false
	}
	var r Result
	if fault != nil {
		// It is tried again, since a visitor waits for it: until its link expires
		// somebody may have mended what is wrong.
		w.e.uncomposed(j, fault)
		r = Result{Outcome: Deferred, Blame: BlameMessage, Text: Scrub(fault.Error())}
	} else {
		r = w.send(m, j)
	}
	w.route.unanswered(r)
	next := w.e.Policy.after(r, o.Attempt, o.Uncertain, w.e.now(), o.Notice.Expires, w.e.jitter())
	// The kind stays out of the log: it would tell who is on a list.
	w.e.Log.Info("NoticeAttempt", "list", o.Notice.List, "attempt", o.Attempt,
		"outcome", r.Outcome, "stage", r.Stage, "code", r.Code, "enhanced", r.Enhanced, "text", r.Text)
	w.insist(func() error { return w.e.Outbox.SettleNotice(w.calm, o, r, next) })
	return true
}

// settle commits the last outcome by itself, when nothing is claimed with it.
func (w *worker) settle() {
	if w.last.run == nil {
		return
	}
	w.insist(func() error { return w.last.run.SettleAndClaim(w.calm, &w.last.s, nil, nil) })
	w.settled()
}

func (w *worker) settled() {
	if w.last.run != nil {
		w.e.landed(w.last.run)
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
		w.sleep(nil, retryStore)
	}
}

// sleep waits for something to do, at most d.
func (w *worker) sleep(wake <-chan struct{}, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-w.ctx.Done():
	case <-wake:
	case <-t.C:
	}
}

func (w *worker) closeIdle() {
	if w.conn != nil && w.e.now().Sub(w.used) >= idleClose {
		w.closeConn()
	}
}

func (w *worker) closeConn() {
	if w.conn != nil {
		w.uncut()
		w.shut()
		w.conn = nil
		w.route.connected(-1)
	}
}
