package commit

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	bolt "go.etcd.io/bbolt"

	"example.jp/kairan/store/boltfile"
)

// ErrClosed says that the committer takes no more operations.
var ErrClosed = errors.New("the database is closed")

// Owner is whose operations a committer does. All its functions are called by the
// committer's goroutine alone.
type Owner[T any] struct {
	File *boltfile.File
	Now  func() time.Time
	// SyncDelay is added to each of the two fsyncs of a commit. For measuring only:
	// what a slower disk costs.
	SyncDelay time.Duration

	// Begin makes what the operations of a transaction share.
	Begin func(*Tx) T
	// Flush writes what they keep in memory until others must see it: it is called
	// before each [Operation.Do] and after the last operation.
	Flush func(T) error
	// Note writes what belongs into each commit; wait is called when it has been
	// made, or has failed, and before anybody is answered.
	Note func(T) (wait func(), err error)
	// Committed learns that the commit is on disk, and says how many patient operations
	// of each group are soon to be expected. The slice may be used again by the next call.
	Committed func(T) (company []int)
}

// Committer runs operations, many to a commit.
type Committer[T any] struct {
	owner   Owner[T]
	queue   queue[T]
	batch   []*Operation[T]
	company company
	crowd   int       // how many operations that are not patient may come together now, with those that wait
	until   time.Time // the crowd is waited for
	patient *time.Timer
	commits atomic.Uint64
	took    atomic.Int64          // by all commits together, in nanoseconds
	fault   atomic.Pointer[error] // of the last commit that was tried; nil: it was made
	done    chan struct{}         // closed when it has ended

	once   sync.Once
	broken chan struct{} // closed when the disk has failed
	why    error         // set before that
}

// Start sets a committer going.
func Start[T any](o Owner[T]) *Committer[T] {
	c := &Committer[T]{owner: o, queue: newQueue[T](), patient: time.NewTimer(patience), done: make(chan struct{}), broken: make(chan struct{})}
	go c.loop()
	return c
}

// Do hands an operation to the committer and waits until its commit is on disk.
func (c *Committer[T]) Do(ctx context.Context, do func(T) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	op := &Operation[T]{Do: do}
	if err := c.Put(op); err != nil {
		return err
	}
	return op.Wait()
}

// Put hands an operation in; [ErrClosed] if it is too late for that. Without an
// error the operation will be answered.
func (c *Committer[T]) Put(op *Operation[T]) error {
	if op.done == nil {
		op.done = make(chan error, 1)
	}
	if !c.queue.put(op) {
		return ErrClosed
	}
	return nil
}

// Close lets nothing more in, and waits until what is in is done.
func (c *Committer[T]) Close() {
	c.queue.close()
	<-c.done
}

// Done is closed when the committer has ended.
func (c *Committer[T]) Done() <-chan struct{} { return c.done }

// ErrDisk says that the disk has failed while something was brought to it. The kernel has
// forgotten by then what it could not write, and a second fsync that succeeds says nothing
// of that (fsync(2), NOTES): so nothing is written any more until the file is opened again.
var ErrDisk = errors.New("the disk did not take what was written, so nothing is written any more; look at the disk (the kernel's log says more), and then start the service again")

// Break lets nothing be written from now on, because the disk has failed so.
func (c *Committer[T]) Break(err error) {
	c.once.Do(func() {
		c.why = fmt.Errorf("%w: %w", ErrDisk, err)
		c.fault.Store(&c.why)
		close(c.broken)
	})
}

// Broken is closed when the disk has failed; [Committer.Failure] then says how.
func (c *Committer[T]) Broken() <-chan struct{} { return c.broken }

// Failure is why nothing is written any more; nil: it is.
func (c *Committer[T]) Failure() error {
	select {
	case <-c.broken:
		return c.why
	default:
		return nil
	}
}

// Commits is how many commits have been made; each of them costs two fsyncs.
func (c *Committer[T]) Commits() uint64 { return c.commits.Load() }

// Took is how long all commits together took to get to the disk.
func (c *Committer[T]) Took() time.Duration { return time.Duration(c.took.Load()) }

// Fault is what the last commit failed with; nil: it was made. What a single operation is
// refused for is no fault.
func (c *Committer[T]) Fault() error {
	if fault := c.fault.Load(); fault != nil {
		return *fault
	}
	return nil
}

func (c *Committer[T]) loop() {
	defer close(c.done)
	for {
		batch := c.gather()
		if len(batch) == 0 {
			return
		}
		hasty, began := hastyOf(batch), time.Now()
		c.commit(batch)
		c.expect(hasty, time.Since(began))
		clear(batch)
	}
}

// expect notes that those whose operations were answered, so many of them, may ask again at
// once, and how long that is waited for: half as long as their commit took, at most patience.
func (c *Committer[T]) expect(answered int, took time.Duration) {
	c.crowd = answered + c.queue.hasty()
	c.until = time.Now().Add(min(took/2, patience))
}

// patience is how long a patient operation waits for others at the most. Giving up
// sooner, after twice the time of a commit, cost 0.040 commits a message instead of
// 0.034 over 32 connections at no more messages a second (kairan-bench send).
const patience = time.Millisecond

// gather waits for work and takes it; nothing when the committer closes. When only
// patient operations wait, it gives those that will come at any moment a little
// time to share the commit: until nine in ten of them wait, of each group that does not
// come late, at most patience.
// Whatever else waits is made to wait for a crowd alone, right after a commit that others
// had shared: else those who ask over and over come in two halves, each of which waits for
// the other's commit, and there are twice as many.
func (c *Committer[T]) gather() []*Operation[T] {
	for !c.queue.ready(quorum{}) {
		<-c.queue.wake
	}
	most, enough := patience, c.company.quorum()
	if left := time.Until(c.until); left > 0 && c.queue.hasty() > 0 {
		most, enough.crowd = left, c.crowd
	}
	there := c.wait(most, enough)
	c.company.learn(c.queue.waiting, !there && most == patience)
	c.batch = c.queue.take(c.batch[:0])
	return c.batch
}

// wait waits until so many are there, but no longer than most; it says whether they are.
func (c *Committer[T]) wait(most time.Duration, q quorum) bool {
	if c.queue.ready(q) {
		return true
	}
	c.patient.Reset(most)
	defer c.patient.Stop()
	for !c.queue.ready(q) {
		select {
		case <-c.queue.wake:
		case <-c.patient.C:
			return false
		}
	}
	return true
}

// commit runs a batch in one transaction. If that fails, each operation is tried
// by itself, so that one that asks for too much space does not take a leaving
// down with it.
func (c *Committer[T]) commit(batch []*Operation[T]) {
	err := c.Failure()
	if err == nil {
		err = c.owner.File.Try(func(b *bolt.Tx) error { return c.attempt(b, batch) })
	}
	if err != nil && c.Failure() == nil && len(batch) > 1 {
		for n := range batch {
			c.commit(batch[n : n+1])
		}
		return
	}
	if err != nil && c.Failure() == nil {
		c.fault.Store(&err)
	}
	for _, op := range batch {
		if err != nil {
			op.err = err
		}
		op.answer()
	}
}

// attempt leaves each operation's own refusal in its err, and returns what kept the
// whole transaction from being committed.
func (c *Committer[T]) attempt(b *bolt.Tx, batch []*Operation[T]) error {
	tx := &Tx{Bolt: b, now: c.owner.Now().Round(0).Truncate(time.Millisecond)}
	t, wrote := c.owner.Begin(tx), false
	for _, op := range batch {
		did, err := c.run(op, tx, t)
		if err != nil {
			return boltfile.WrapFull(err)
		}
		wrote = wrote || did
	}
	if err := c.owner.Flush(t); err != nil {
		return boltfile.WrapFull(err)
	}
	if !wrote {
		return nil
	}
	wait, err := c.owner.Note(t)
	if err != nil {
		return boltfile.WrapFull(err)
	}
	defer wait()
	if err := c.Failure(); err != nil { // while the transaction was waited for
		return err
	}
	began := time.Now()
	if err := b.Commit(); err != nil {
		full := boltfile.WrapFull(err)
		if !errors.Is(full, boltfile.ErrFull) || boltfile.IsSync(err) {
			c.Break(err)
			return c.why
		}
		return fmt.Errorf("the commit failed: %w", full)
	}
	c.took.Add(int64(time.Since(began)))
	c.fault.Store(nil)
	if c.owner.SyncDelay > 0 {
		nap(2 * c.owner.SyncDelay) // bbolt syncs the data, then the meta page
	}
	c.commits.Add(1)
	c.company.of = c.owner.Committed(t)
	return nil
}

// run does one operation: its own refusal goes into its err, and what makes the
// whole transaction impossible is returned.
func (c *Committer[T]) run(op *Operation[T], tx *Tx, t T) (wrote bool, fault error) {
	tx.next()
	if op.Do == nil {
		wrote, op.err, fault = op.Patient(t)
		op.after = tx.after
		return wrote, fault
	}
	if err := c.owner.Flush(t); err != nil {
		return false, err
	}
	op.err = op.Do(t)
	op.after = tx.after
	if op.err == nil {
		op.err = tx.fault
	}
	if op.err != nil {
		return false, nil //nolint:nilerr // it is the operation's own, and its caller gets it
	}
	return tx.Write()
}
