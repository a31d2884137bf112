package storetest

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"example.jp/kairan/deliver"
	"example.jp/kairan/subscribe"
)

// connections is the engine's loop without its mail: many goroutines drive one
// run, and keep a record of what each was told.
type connections struct {
	t    *testing.T
	b    *fixture
	run  deliver.Run
	gone sync.Map // ids of those whose leaving was answered

	mu   sync.Mutex
	held map[subscribe.Seq]bool
	done map[subscribe.Seq]int // acceptances
}

// manyConnections drives a run while readers leave.
func manyConnections(t *testing.T, b *fixture) {
	const many, people = 16, 600
	ids := b.readers(people)
	c := &connections{t: t, b: b, run: b.start(named(autumn), 24*time.Hour), held: map[subscribe.Seq]bool{}, done: map[subscribe.Seq]int{}}
	var wg sync.WaitGroup
	wg.Go(func() {
		for i := 0; i < people; i += 7 {
			c.leave(ids[i])
		}
	})
	for i := range many {
		wg.Go(func() { c.drive(rand.New(rand.NewPCG(uint64(i), 1))) })
	}
	wg.Wait()
	for seq, n := range c.done {
		if n > 1 {
			t.Errorf("entry %d was accepted %d times", seq, n)
		}
	}
	// A deferral that was settled last may have found no connection looking.
	for x := b.reserve(c.run); x != nil; x = b.reserve(c.run) {
		if err := c.run.SettleAndClaim(t.Context(), nil, x, nil); err == nil {
			b.settle(c.run, *x, accepted, time.Time{})
			c.done[x.Seq]++
		}
	}
	books := b.books(named(autumn))
	if books.Accepted != len(c.done) || books.Accepted+books.Withdrawn != people {
		t.Errorf("%d were accepted; the books say %+v", len(c.done), books)
	}
	b.conclude(true)
}

func (c *connections) leave(id subscribe.ID) {
	err := c.b.Update(context.Background(), func(tx subscribe.Tx) error {
		s, err := tx.ByID(journal, id)
		if err != nil {
			return err
		}
		a := s.Address
		tx.SetMark(journal, a, s.End(subscribe.MarkLeft, tx.Now()))
		tx.Put(s)
		return nil
	})
	if err != nil {
		c.t.Error(err)
	}
	c.gone.Store(id, true)
}

// drive is one connection, until nobody is left for it.
func (c *connections) drive(random *rand.Rand) {
	var settle *deliver.Settlement
	for {
		x, err := c.run.Reserve(c.b.clock.now())
		if err != nil {
			c.t.Error(err)
			return
		}
		left := x != nil && c.hold(x)
		if settle != nil {
			c.release(settle.Reader.Seq) // a deferral may be handed out as soon as it is settled
		}
		err = c.run.SettleAndClaim(context.Background(), settle, x, nil)
		if settle != nil && settle.Result.Outcome == deliver.Accepted {
			c.mu.Lock()
			c.done[settle.Reader.Seq]++
			c.mu.Unlock()
		}
		settle = nil
		switch {
		case x == nil && err == nil:
			return
		case err == nil && left:
			c.t.Errorf("entry %d was claimed after its leaving was answered", x.Seq)
		case err != nil && !errors.Is(err, deliver.ErrWithdrawn):
			c.t.Error(err)
			return
		}
		if err != nil {
			c.release(x.Seq)
			continue
		}
		settle = &deliver.Settlement{Reader: *x, Result: accepted}
		if random.IntN(4) == 0 {
			settle.Result, settle.Next = deferred, c.b.clock.now()
		}
	}
}

// hold notes that a reader is in somebody's hands, reserved or in flight, and
// says whether its leaving has been answered already.
func (c *connections) hold(x *deliver.Reader) (left bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.held[x.Seq] {
		c.t.Errorf("entry %d is handed out twice at a time", x.Seq)
	}
	c.held[x.Seq] = true
	_, left = c.gone.Load(x.ID)
	return left
}

func (c *connections) release(seq subscribe.Seq) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.held[seq] = false
}
