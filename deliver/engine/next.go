package engine

import (
	"time"

	"example.jp/kairan/deliver"
)

// job is one thing for a connection to do: a notice, or a reader's copy.
type job struct {
	route  *route // whose rate it takes from
	notice *deliver.QueuedNotice
	run    *run
	reader *deliver.Reader
	until  time.Time // so long it waits for another relay, if it is put aside
	trial  bool      // of whether the sender of its list, who was refused, is taken now
}

// list is the list whose sender the job names at MAIL.
func (j job) list() string {
	if j.notice != nil {
		return j.notice.Notice.List
	}
	return j.run.list
}

// domain is the recipient's.
func (j job) domain() string {
	if j.notice != nil {
		return j.notice.Notice.To.Domain()
	}
	return j.reader.Address.Domain()
}

func (j job) key() copyKey {
	if j.notice != nil {
		return copyKey{n: j.notice.N}
	}
	return copyKey{run: j.run.Name(), n: uint64(j.reader.Seq)}
}

// none says that there is nothing to do.
func (j job) none() bool { return j.route == nil }

// next reserves the next job for a relay, if there is one and the rate allows it.
func (e *Engine) next(r *route, now time.Time) (job, error) {
	for {
		j, err := e.reserve(r, now)
		if j.none() {
			return j, err
		}
		if !e.leave(j) {
			r.count(+1)
			return j, err
		}
	}
}

// reserve reserves notices first, so that copies give way to them.
func (e *Engine) reserve(r *route, now time.Time) (job, error) {
	granted := r.rate.take(now)
	if granted == grantNothing {
		return job{}, nil
	}
	notice, trial, err := e.nextNotice(r, now)
	if notice != nil {
		return job{route: r, notice: notice, trial: trial}, nil
	}
	if err != nil || granted == grantNotice {
		r.rate.giveBack()
		return job{}, err
	}
	j := e.recall(r, now)
	if j.none() {
		j, err = e.nextCopy(r, now)
	}
	if j.none() {
		r.rate.giveBack()
	}
	return j, err
}

// nextNotice reserves the next notice, if there is one whose sender is not held.
func (e *Engine) nextNotice(r *route, now time.Time) (o *deliver.QueuedNotice, trial bool, err error) {
	if o := r.senders.unpark(now); o != nil {
		return o, true, nil
	}
	if o := r.borrow(now); o != nil || !r.hasTurn(now) {
		return o, false, nil
	}
	for {
		o, err := e.Outbox.ReserveNotice(now)
		if err != nil || o == nil {
			return nil, false, err
		}
		if ok, trial := r.senders.try(o.Notice.List, o, now); ok {
			return o, trial, nil
		}
		if r.rank != nil { // a sibling may borrow it
			e.Wake()
		}
	}
}

// borrow is a notice that waits at a relay before or beside this one, which refuses its
// sender; nil: there is none.
func (r *route) borrow(now time.Time) *deliver.QueuedNotice {
	for _, b := range r.lenders {
		for _, list := range b.senders.parking(now) {
			if !r.serves(list, now) || r.senders.waits(list, now) {
				continue
			}
			if o := b.senders.lend(list); o != nil {
				return o
			}
		}
	}
	return nil
}

// nextCopy reserves the next copy of the running issues, in turn, for a relay.
func (e *Engine) nextCopy(to *route, now time.Time) (found job, err error) {
	e.mu.Lock()
	var room [8]*run // few go out at one time, and this happens for every copy
	runs := room[:0]
	var tripped []trip
	for i := range e.runs {
		run := e.runs[(e.turn+i)%len(e.runs)]
		if run.isWaiting(now) {
			run.dry = true
			continue
		}
		if run.pace.start == startWaiting { // and that wait is over: isWaiting says so
			if why := run.breaker.judgeSlowStart(e.Policy.Breaker); why != "" {
				tripped = append(tripped, trip{run, why})
				continue
			}
			run.pace.start = startOver
		}
		if to.senders.waits(run.list, now) || !to.serves(run.list, now) {
			continue
		}
		run.flying++ // so that Quiet cannot be true while one is being reserved
		runs = append(runs, run)
	}
	e.turn++
	e.mu.Unlock()
	for _, run := range runs {
		var r *deliver.Reader
		if found.none() && err == nil {
			r, err = run.Reserve(now)
		}
		asked, trial := found.none() && err == nil, false
		if r != nil {
			ok := false
			if ok, trial = to.senders.try(run.list, nil, now); !ok { // another connection tries it
				run.Return(*r)
				r, asked = nil, false
			}
		}
		if e.book(run, r, now, asked) {
			found = job{route: to, run: run, reader: r, trial: trial}
		}
	}
	for _, t := range tripped {
		e.trip(t.run, t.why)
	}
	return found, err
}

// giveBack returns a job that was not begun.
func (e *Engine) giveBack(j job) {
	j.route.rate.giveBack()
	j.route.count(-1)
	e.putBack(j)
}

// putBack returns a job that the relay was asked about, which counts for the rate.
func (e *Engine) putBack(j job) {
	if j.notice != nil {
		e.Outbox.ReturnNotice(*j.notice)
		return
	}
	j.run.Return(*j.reader)
	e.mu.Lock()
	defer e.mu.Unlock()
	j.run.flying--
	j.run.pace.sent--
	j.run.dry = false // others may have looked while it was reserved
}
