package commit

import "sync"

// Operation is one thing to do in some commit: one of Do and Patient. It may be
// handed in again when it has been answered.
type Operation[T any] struct {
	// Do reads, checks and stages its writes; with an error none of them is made.
	Do func(T) error
	// Patient is for an operation that does not mind waiting a little for others to
	// share its commit, and makes its writes itself. With a refusal it must not have
	// written anything; a fault is the whole transaction's.
	Patient func(T) (wrote bool, refusal, fault error)
	// Group is for a patient one, 0 or more and few: those of one group come back at one
	// pace. A group that comes late is not waited for.
	Group int

	done  chan error // holds one
	err   error
	after []func() // what memory must learn once the commit is down
}

// Wait returns the answer to an operation that has been handed in.
func (op *Operation[T]) Wait() error { return <-op.done }

// answer tells memory, and then whoever waits.
func (op *Operation[T]) answer() {
	err, after := op.err, op.after
	op.err, op.after = nil, nil // from now on it may be handed in again
	if err == nil {
		for _, tell := range after {
			tell()
		}
	}
	op.done <- err
}

// most is how many operations share a commit at the most: it bounds how long
// the first of them waits.
const most = 512

// quorum is how many operations are waited for; a zero one: for any.
type quorum struct {
	each  []int // of the patient ones, by group
	all   int   // of the patient ones
	crowd int   // of others
}

// queue holds what waits for the committer, which is woken once for a batch and
// not for each operation.
type queue[T any] struct {
	mu      sync.Mutex
	ops     []*Operation[T]
	patient int   // of ops
	groups  []int // of those, by group
	quorum  quorum
	closed  bool
	wake    chan struct{} // holds one
}

func newQueue[T any]() queue[T] { return queue[T]{wake: make(chan struct{}, 1)} }

// put reports whether the operation was taken. If so it will be answered.
func (q *queue[T]) put(op *Operation[T]) bool {
	q.mu.Lock()
	if q.closed {
		q.mu.Unlock()
		return false
	}
	q.ops = append(q.ops, op)
	q.count(op)
	ring := q.full()
	q.mu.Unlock()
	if ring {
		q.ring()
	}
	return true
}

// count counts an operation that waits.
func (q *queue[T]) count(op *Operation[T]) {
	if op.Do != nil {
		return
	}
	q.patient++
	for len(q.groups) <= op.Group {
		q.groups = append(q.groups, 0)
	}
	q.groups[op.Group]++
}

func (q *queue[T]) ring() {
	select {
	case q.wake <- struct{}{}:
	default:
	}
}

// close lets nothing more in; what is in it is still done.
func (q *queue[T]) close() {
	q.mu.Lock()
	q.closed = true
	q.mu.Unlock()
	q.ring()
}

// ready says whether so many wait that the committer should begin, and if not, has the
// one wake it with whom they do.
func (q *queue[T]) ready(enough quorum) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.quorum = enough
	return q.full()
}

// full says whether the quorum waits, of the patient or of the others.
func (q *queue[T]) full() bool {
	if q.closed || len(q.ops)-q.patient >= max(q.quorum.crowd, 1) {
		return true
	}
	if q.patient < max(q.quorum.all, 1) {
		return false
	}
	for group, n := range q.quorum.each {
		if n > 0 && (group >= len(q.groups) || q.groups[group] < n) {
			return false
		}
	}
	return true
}

// waiting is how many patient operations of a group wait.
func (q *queue[T]) waiting(group int) int {
	q.mu.Lock()
	defer q.mu.Unlock()
	if group >= len(q.groups) {
		return 0
	}
	return q.groups[group]
}

// hasty is how many operations wait that are not patient.
func (q *queue[T]) hasty() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.ops) - q.patient
}

func hastyOf[T any](ops []*Operation[T]) (n int) {
	for _, op := range ops {
		if op.Do != nil {
			n++
		}
	}
	return n
}

// take empties the queue into room, as far as one commit goes.
func (q *queue[T]) take(room []*Operation[T]) []*Operation[T] {
	q.mu.Lock()
	defer q.mu.Unlock()
	n := min(len(q.ops), most)
	room = append(room, q.ops[:n]...)
	left := copy(q.ops, q.ops[n:])
	clear(q.ops[left:])
	q.ops, q.patient = q.ops[:left], 0
	clear(q.groups)
	for _, op := range q.ops {
		q.count(op)
	}
	return room
}
