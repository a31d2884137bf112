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

// queue holds what waits for the committer, which is woken once for a batch and
// not for each operation.
type queue[T any] struct {
	mu      sync.Mutex
	ops     []*Operation[T]
	patient int // of ops
	enough  int // as many patient ones wake the committer
	crowd   int // as many others do
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
	ring := len(q.ops)-q.patient >= q.crowd
	if op.Do == nil {
		q.patient++
		ring = q.patient >= q.enough
	}
	q.mu.Unlock()
	if ring {
		q.ring()
	}
	return true
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

// ready says whether the committer should begin, and if not, sets how many operations,
// patient ones and others, are to wake it.
func (q *queue[T]) ready(enough, crowd int) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.enough, q.crowd = enough, crowd
	return q.closed || len(q.ops)-q.patient >= max(crowd, 1) || q.patient >= max(enough, 1)
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
	for _, op := range q.ops {
		if op.Do == nil {
			q.patient++
		}
	}
	return room
}
