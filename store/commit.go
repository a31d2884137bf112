package store

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	bolt "go.etcd.io/bbolt"

	"example.jp/kairan/store/boltfile"
)

// operation is one thing to do in some commit.
type operation struct {
	do   func(*txn) error // nil: it is a turn
	turn turn
	done chan error // holds one
	err  error
	tell []func() // what memory must learn once the commit is down
}

func newOperation() *operation { return &operation{done: make(chan error, 1)} }

// most is how many operations share a commit at the most: it bounds how long
// the first of them waits.
const most = 512

// update hands do to the committer and waits until its commit is on disk.
func (s *Store) update(ctx context.Context, do func(*txn) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	op := newOperation()
	op.do = do
	if !s.queue.put(op) {
		return ErrClosed
	}
	return <-op.done
}

// queue holds what waits for the committer, which is woken once for a batch and
// not for each operation.
type queue struct {
	mu     sync.Mutex
	ops    []*operation
	turns  int // of ops
	enough int // as many turns wake the committer; anything else does at once
	closed bool
	wake   chan struct{} // holds one
}

func newQueue() *queue { return &queue{wake: make(chan struct{}, 1)} }

// put reports whether the operation was taken. If so it will be answered.
func (q *queue) put(op *operation) bool {
	q.mu.Lock()
	if q.closed {
		q.mu.Unlock()
		return false
	}
	q.ops = append(q.ops, op)
	ring := true
	if op.do == nil {
		q.turns++
		ring = q.turns >= q.enough
	}
	q.mu.Unlock()
	if ring {
		q.ring()
	}
	return true
}

func (q *queue) ring() {
	select {
	case q.wake <- struct{}{}:
	default:
	}
}

// close lets nothing more in; what is in it is still done.
func (q *queue) close() {
	q.mu.Lock()
	q.closed = true
	q.mu.Unlock()
	q.ring()
}

// ready says whether the committer should begin, and if not, sets how many turns
// are to wake it.
func (q *queue) ready(enough int) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.enough = enough
	return q.closed || q.turns < len(q.ops) || q.turns >= max(enough, 1)
}

// take empties the queue into room, as far as one commit goes.
func (q *queue) take(room []*operation) []*operation {
	q.mu.Lock()
	defer q.mu.Unlock()
	n := min(len(q.ops), most)
	room = append(room, q.ops[:n]...)
	left := copy(q.ops, q.ops[n:])
	clear(q.ops[left:])
	q.ops, q.turns = q.ops[:left], 0
	for _, op := range q.ops {
		if op.do == nil {
			q.turns++
		}
	}
	return room
}

// commitLoop is the committer: the only goroutine that writes.
func (s *Store) commitLoop() {
	defer close(s.done)
	for {
		batch := s.gather()
		if len(batch) == 0 {
			return
		}
		s.commit(batch)
		clear(batch)
	}
}

// gather waits for work and takes it; nothing when the store closes. When only
// turns wait, it gives the connections that will come back at any moment a little
// time to share the commit: until nine in ten of them wait, at most patience.
// Whatever else is waiting is never made to wait.
func (s *Store) gather() []*operation {
	for !s.queue.ready(0) {
		<-s.queue.wake
	}
	if enough := (9*s.flying + 9) / 10; !s.queue.ready(enough) {
		s.patient.Reset(patience)
		for waiting := true; waiting && !s.queue.ready(enough); {
			select {
			case <-s.queue.wake:
			case <-s.patient.C:
				waiting = false
			}
		}
		s.patient.Stop()
	}
	s.batch = s.queue.take(s.batch[:0])
	return s.batch
}

// patience is how long a turn waits for others at the most. Giving up sooner, after
// twice the time of a commit, cost 0.040 commits a message instead of 0.034 over 32
// connections at no more messages a second (kairan-bench send).
const patience = time.Millisecond

// commit runs a batch in one transaction. If that fails, each operation is tried
// by itself, so that one that asks for too much space does not take a leaving
// down with it.
func (s *Store) commit(batch []*operation) {
	if err := s.attempt(batch); err != nil && len(batch) > 1 {
		for _, op := range batch {
			s.commit([]*operation{op})
		}
		return
	} else if err != nil {
		batch[0].err = err
		batch[0].tell = nil
	}
	for _, op := range batch {
		if op.err == nil {
			for _, tell := range op.tell {
				tell()
			}
		}
		op.done <- op.err
	}
}

// attempt leaves each operation's own refusal in its err, and returns what
// kept the whole transaction from being committed.
func (s *Store) attempt(batch []*operation) error {
	return s.file.Try(func(b *bolt.Tx) error { return s.attemptIn(b, batch) })
}

func (s *Store) attemptIn(b *bolt.Tx, batch []*operation) error {
	t := txn{s: s, b: b, flying: s.flying, now: s.opt.Now().Round(0).Truncate(time.Millisecond), waiting: s.waiting}
	wrote := false
	for _, op := range batch {
		did, err := t.run(op)
		if err != nil {
			return boltfile.WrapFull(err)
		}
		wrote = wrote || did
	}
	if err := t.closeBooks(); err != nil {
		return boltfile.WrapFull(err)
	}
	if !wrote {
		return nil
	}
	db, err := noteCommit(b, t.now)
	if err != nil {
		return boltfile.WrapFull(err)
	}
	written, err := t.journal()
	if err != nil {
		return boltfile.WrapFull(err)
	}
	defer func() {
		if err := written(); err != nil { // what has ended has ended all the same
			s.trouble(err)
		}
	}()
	if err := b.Commit(); err != nil {
		return fmt.Errorf("store: the commit failed: %w", boltfile.WrapFull(err))
	}
	s.standing.Store(&db)
	select {
	case s.toNote <- struct{}{}:
	default:
	}
	slower(2 * s.opt.SyncDelay) // bbolt syncs the data, then the meta page
	s.commits.Add(1)
	s.waiting, s.flying = t.waiting, max(t.flying, 0)
	return nil
}

// slower makes the disk so much slower, for measuring.
func slower(by time.Duration) {
	if by > 0 {
		nap(by)
	}
}

// run does one operation: its own refusal goes into its err, and what makes the
// whole transaction impossible is returned.
func (t *txn) run(op *operation) (wrote bool, fault error) {
	t.writes, t.tell, t.fault, t.hashed = t.writes[:0], nil, nil, t.hashed[:0]
	if op.do == nil {
		wrote, op.err, fault = t.turn(&op.turn)
		op.tell = t.tell
		return wrote, fault
	}
	if err := t.closeBooks(); err != nil {
		return false, err
	}
	op.err = op.do(t)
	op.tell = t.tell
	if op.err == nil {
		op.err = t.fault
	}
	if op.err != nil {
		return false, nil //nolint:nilerr // it is the operation's own, and its caller gets it
	}
	return t.write()
}

// write makes the staged writes.
func (t *txn) write() (wrote bool, fault error) {
	for _, write := range t.writes {
		if err := write(t.b); err != nil {
			return wrote, err
		}
		wrote = true
	}
	return wrote, nil
}

// Commits is how many commits the store has made since it was opened; each of
// them costs two fsyncs.
func (s *Store) Commits() uint64 { return s.commits.Load() }

// errOrder is a programming fault: an operation that reads after it has written
// would not see its own writes.
var errOrder = errors.New("store: an operation read after its first write")

// txn is one operation's view of the transaction that it shares. Writes are
// staged, and made when the operation has ended well.
type txn struct {
	s       *Store
	b       *bolt.Tx
	now     time.Time
	writes  []func(*bolt.Tx) error
	tell    []func()
	fault   error
	waiting int // requests in the intake as of the operations before
	flying  int // claims that are not settled yet, likewise
	open    map[*Ledger]*books
	hashed  []hashedTally // of this operation
	left    []leaving     // what ends in this commit, for the journal

	measured, noRoom bool // see cramped
}

func (t *txn) stage(write func(*bolt.Tx) error) { t.writes = append(t.writes, write) }

// after runs once the commit is down.
func (t *txn) after(tell func()) { t.tell = append(t.tell, tell) }

// reading guards the order of reads and writes.
func (t *txn) reading() error {
	if len(t.writes) > 0 {
		return errOrder
	}
	return nil
}

// fail refuses the operation from inside a writing method.
func (t *txn) fail(err error) {
	if t.fault == nil {
		t.fault = err
	}
}
