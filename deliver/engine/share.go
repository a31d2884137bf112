package engine

import (
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"example.jp/kairan/deliver"
)

// rank are the relays that share the load at the same time. Their shares decide while
// there is choice: who is ahead of its own leaves a message to a sibling that has a
// connection waiting for work. When all are busy each takes what it can, so that a slow,
// a throttled or a dead one holds up nobody.
type rank struct {
	all []*route

	mu     sync.Mutex
	shares shares
	tried  map[copyKey]*route // who last put off a copy that is tried again
	aside  []job              // copies that wait for another relay than theirs, which put them off
	asides atomic.Int32       // how many of those; without any nobody takes the lock
}

// shares is how much of the load each relay of a rank has had.
type shares struct {
	of  []int     // by weight, 1 or more
	had []float64 // messages, divided by the weight
}

// owed is the most that a relay is owed that could take nothing for a while, in messages
// for each unit of its weight: it does not get everything when it is back.
const owed = 8

// give counts messages for a relay; -1 takes one back.
func (s *shares) give(to, messages int) {
	s.had[to] += float64(messages) / float64(s.of[to])
	for n := range s.had {
		s.had[n] = max(s.had[n], s.had[to]-owed)
	}
}

// due is how much a relay would have had with the next message.
func (s *shares) due(n int) float64 { return s.had[n] + 1/float64(s.of[n]) }

// behind are the relays that are to have the next message rather than this one, the first
// first; none: it is not ahead of its share.
func (s *shares) behind(this int) (all []int) {
	const level = 1e-9 // of what is had in fractions
	for n := range s.had {
		if s.due(n) < s.due(this)-level {
			all = append(all, n)
		}
	}
	slices.SortStableFunc(all, func(a, b int) int {
		switch x := s.due(a) - s.due(b); {
		case x < -level:
			return -1
		case x > level:
			return 1
		}
		return 0
	})
	return all
}

const (
	asideFor  = 30 * time.Second // so long a copy waits for another relay, at most
	asideMost = 1000             // so many do; more go by the same one again
)

// ranked puts routes that stand in their order into ranks: each knows those before its
// own, and its siblings, if it has any.
func ranked(all []*route) {
	for from := 0; from < len(all); {
		to := from + 1
		for to < len(all) && all[to].Beside {
			to++
		}
		var k *rank
		if to-from > 1 {
			k = &rank{all: all[from:to]}
		}
		for n, r := range all[from:to] {
			r.before, r.rank, r.nth = all[:from:from], k, n
			r.lenders = r.before
			if k != nil {
				r.lenders = slices.Concat(r.before, k.all[:n], k.all[n+1:])
				k.shares.of = append(k.shares.of, max(r.Share, 1))
				k.shares.had = append(k.shares.had, 0)
				r.hand = make(chan job, max(r.Connections, 1))
			}
		}
		from = to
	}
}

// count counts messages for a relay's share.
func (r *route) count(messages int) {
	if r.rank == nil {
		return
	}
	r.rank.mu.Lock()
	defer r.rank.mu.Unlock()
	r.rank.shares.give(r.nth, messages)
}

// couldTake says whether a relay would be given a mail of a list, if it had a connection.
func (r *route) couldTake(list string, now time.Time) bool {
	if !r.works(now) {
		return false
	}
	why, _ := r.senders.of(list)
	return why == ""
}

// leave leaves a job to a sibling: one that is behind its share and could begin at once, or,
// if this relay has put the copy off before, any that takes mail. It says whether it did.
func (e *Engine) leave(j job) bool {
	r, k := j.route, j.route.rank
	if k == nil || j.trial {
		return false
	}
	by := k.putOffBy(j)
	again := by == r
	if !again && !k.anyIdle(r) {
		return false
	}
	now := e.now()
	k.mu.Lock()
	to := k.shares.behind(r.nth)
	k.mu.Unlock()
	if again {
		for n := range k.all {
			if n != r.nth && !slices.Contains(to, n) {
				to = append(to, n)
			}
		}
	}
	for _, n := range to {
		if s := k.all[n]; s != by && j.handTo(s, now) {
			return true
		}
	}
	return again && k.putAside(j, now)
}

// putAside lets a copy wait for another relay; false: none takes mail, or very many wait.
func (k *rank) putAside(j job, now time.Time) bool {
	if !k.otherCouldTake(j, now) {
		return false
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if len(k.aside) >= asideMost {
		return false
	}
	j.route.rate.giveBack()
	j.until = now.Add(asideFor)
	k.aside = append(k.aside, j)
	k.asides.Store(int32(len(k.aside)))
	return true
}

// handTo hands a job to a connection of another relay that has none.
func (j job) handTo(s *route, now time.Time) bool {
	if s.idle.Load() == 0 || !s.couldTake(j.list(), now) {
		return false
	}
	switch s.rate.take(now) {
	case grantAny:
	case grantNotice:
		if j.notice == nil {
			s.rate.giveBack()
			return false
		}
	default:
		return false
	}
	s.rank.mu.Lock()
	defer s.rank.mu.Unlock()
	if len(s.hand) >= int(s.idle.Load()) { // they have just found work
		s.rate.giveBack()
		return false
	}
	j.route.rate.giveBack()
	j.route = s
	s.rank.shares.give(s.nth, +1)
	s.hand <- j // which has room for one for each connection
	return true
}

// beIdle counts a connection that has nothing to do: a sibling may leave a job to it.
func (r *route) beIdle() {
	if r.rank != nil {
		r.idle.Add(+1)
	}
}

// beBusy ends that. What was left to a connection that has found work by itself goes back.
func (e *Engine) beBusy(r *route) {
	if r.rank == nil {
		return
	}
	r.rank.mu.Lock()
	var back job
	if n := r.idle.Add(-1); len(r.hand) > int(n) {
		select {
		case back = <-r.hand:
		default: // another has just taken it
		}
	}
	r.rank.mu.Unlock()
	if !back.none() {
		e.giveBack(back)
		e.Wake()
	}
}

// anyIdle says whether a connection of a sibling waits for work.
func (k *rank) anyIdle(but *route) bool {
	return slices.ContainsFunc(k.all, func(s *route) bool { return s != but && s.idle.Load() > 0 })
}

// otherCouldTake says whether another relay than the job's takes its mail at present.
func (k *rank) otherCouldTake(j job, now time.Time) bool {
	return slices.ContainsFunc(k.all, func(s *route) bool { return s != j.route && s.couldTake(j.list(), now) })
}

// notePutOff remembers which relay put off a copy, so that another is given it next. When
// there are very many it begins anew.
func (k *rank) notePutOff(j job) {
	if k == nil {
		return
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	const most = 1 << 14
	if k.tried == nil || len(k.tried) >= most {
		k.tried = map[copyKey]*route{}
	}
	k.tried[j.key()] = j.route
}

// putOffBy is the relay that last put off the copy that is the job; nil: none did, as far
// as is remembered.
func (k *rank) putOffBy(j job) *route {
	if j.reader == nil || !j.reader.Again && j.reader.Attempt < 2 {
		return nil
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.tried[j.key()]
}

// recall gives a relay a copy that another of its rank has put aside; none: there is none
// for it.
func (e *Engine) recall(r *route, now time.Time) job {
	if !r.rank.hasAside() { // and nothing is allocated
		return job{}
	}
	e.returnAside(r.rank, now)
	var found job
	r.rank.takeAside(func(j job) bool {
		mine := found.none() && j.route != r && r.couldTake(j.list(), now)
		if mine {
			found = j
			found.route = r
		}
		return mine
	})
	return found
}

// returnAside returns to its run what was put aside and no other relay takes, for whoever
// comes.
func (e *Engine) returnAside(k *rank, now time.Time) {
	if !k.hasAside() {
		return
	}
	var back []job
	k.takeAside(func(j job) bool {
		over := !now.Before(j.until) || !k.otherCouldTake(j, now) || e.isOver(j.run, now)
		if over {
			back = append(back, j)
			delete(k.tried, j.key()) // or it would be put aside again
		}
		return over
	})
	for _, j := range back {
		e.putBack(j)
	}
}

func (k *rank) hasAside() bool { return k != nil && k.asides.Load() > 0 }

// takeAside takes out what the function takes of the copies that were put aside.
func (k *rank) takeAside(takes func(job) bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.aside = slices.DeleteFunc(k.aside, takes)
	k.asides.Store(int32(len(k.aside)))
}

// carried says whether the run goes on by a sibling although the relay left this message
// without an answer. A row of them holds that relay then, and pauses nothing.
func (w *worker) carried(j job, x outcome) bool {
	k := w.route.rank
	if k == nil || x.Outcome != deliver.Uncertain || !k.otherCouldTake(j, w.e.now()) {
		return false
	}
	if x.row >= w.e.Policy.Breaker.Row {
		w.holdRelay(sayRow(x.row), w.e.Policy.ourBackoff())
	}
	return w.route.gate.isHeld()
}

// putAllBack gives back all that is aside, when the engine has stopped.
func (e *Engine) putAllBack() {
	for _, r := range e.routes {
		if k := r.rank; k != nil {
			for _, j := range k.aside {
				e.putBack(j)
			}
			k.aside = nil
		}
	}
}

// isOver says whether a run does not go on at present.
func (e *Engine) isOver(run *run, now time.Time) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return run.isWaiting(now) || !slices.Contains(e.runs, run)
}
