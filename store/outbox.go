package store

import (
	"container/heap"
	"context"
	"encoding/binary"
	"fmt"
	"sync"
	"time"

	bolt "go.etcd.io/bbolt"

	"example.jp/kairan/deliver"
	"example.jp/kairan/store/apart"
	"example.jp/kairan/store/layout"
	"example.jp/kairan/store/record"
	"example.jp/kairan/store/seal"
	"example.jp/kairan/subscribe"
)

func (s *Store) putOwed(b *bolt.Tx, o record.Notice) error {
	sealed, err := s.keys.Seal(seal.Data, layout.NoticeLabel, record.EncodeNotice(o), layout.Key8(o.N))
	if err != nil {
		return err
	}
	return b.Bucket(layout.Outbox).Put(layout.Key8(o.N), sealed)
}

func (s *Store) owed(b *bolt.Tx, n uint64) (*record.Notice, error) {
	sealed := b.Bucket(layout.Outbox).Get(layout.Key8(n))
	if sealed == nil {
		return nil, nil
	}
	plain, err := s.keys.Open(seal.Data, layout.NoticeLabel, sealed, layout.Key8(n))
	if err == nil {
		var o record.Notice
		if o, err = record.DecodeNotice(n, plain); err == nil {
			return &o, nil
		}
	}
	s.apart.Note(apart.Notice, string(layout.Key8(n)))
	return nil, fmt.Errorf("store: a notice of the outbox cannot be read: %w", err)
}

// ReserveNotice implements [deliver.Outbox].
func (s *Store) ReserveNotice(now time.Time) (out *deliver.QueuedNotice, err error) {
	for {
		n, ok := s.outbox.pop(now)
		if !ok {
			return nil, nil
		}
		err := s.view(func(b *bolt.Tx) error {
			o, err := s.owed(b, n)
			if err != nil || o == nil {
				return apart.Skip(err)
			}
			o.Attempt++
			out = &o.QueuedNotice
			return nil
		})
		if err != nil || out != nil {
			return out, err
		}
	}
}

// ReturnNotice implements [deliver.Outbox].
func (s *Store) ReturnNotice(o deliver.QueuedNotice) { s.outbox.push(s.opt.Now(), o.N) }

// OutboxLen is how many notices wait for an attempt.
func (s *Store) OutboxLen() int { return s.outbox.len() }

// ClaimNotice implements [deliver.Outbox]: in one commit it asks again whether
// the notice is owed, and notes that an attempt begins.
func (s *Store) ClaimNotice(ctx context.Context, o deliver.QueuedNotice) error {
	withdrawn := false
	err := s.update(ctx, func(t *txn) error {
		stored, err := s.owed(t.Bolt, o.N)
		if err != nil {
			return err
		}
		owing := false
		if stored != nil {
			if owing, err = t.stillOwed(stored.Notice); err != nil {
				return err
			}
		}
		if withdrawn = !owing; withdrawn {
			t.Stage(func(b *bolt.Tx) error { return b.Bucket(layout.Outbox).Delete(layout.Key8(o.N)) })
			return nil
		}
		stored.Attempt, stored.InFlight = o.Attempt, true
		t.Stage(func(b *bolt.Tx) error { return s.putOwed(b, *stored) })
		return nil
	})
	if err == nil && withdrawn {
		return deliver.ErrWithdrawn
	}
	return err
}

func (t *txn) stillOwed(n subscribe.Notice) (bool, error) {
	block, mark, err := subscribe.MarksOf(t, n.List, n.To)
	if err != nil {
		return false, err
	}
	var about *subscribe.Subscriber
	if n.Reader.IsZero() {
		about, err = t.ByAddress(n.List, n.To)
	} else {
		about, err = t.ByID(n.List, n.Reader)
	}
	if err != nil {
		return false, err
	}
	return n.StillOwed(block, mark, about, t.Now()), nil
}

// SettleNotice implements [deliver.Outbox]. A final notice is gone, with its address.
func (s *Store) SettleNotice(ctx context.Context, o deliver.QueuedNotice, r deliver.Result, next time.Time) error {
	return s.update(ctx, func(t *txn) error {
		if next.IsZero() {
			t.Stage(func(b *bolt.Tx) error { return b.Bucket(layout.Outbox).Delete(layout.Key8(o.N)) })
			return nil
		}
		stored, err := s.owed(t.Bolt, o.N)
		if err != nil || stored == nil {
			return err
		}
		stored.Due, stored.InFlight = next, false
		stored.Attempt = o.Attempt
		if r.Blame.Spares() {
			stored.Attempt-- // our own fault uses up no attempt
		}
		stored.Uncertain = stored.Uncertain || r.Outcome == deliver.Uncertain
		t.Stage(func(b *bolt.Tx) error { return s.putOwed(b, *stored) })
		t.After(func() { s.outbox.push(next, o.N) })
		return nil
	})
}

// SweepNotices deletes the notices whose link has expired while they waited, for
// a relay that refuses us for days: the addresses in them are kept no longer than
// the links (DESIGN.md, promise 1). It returns how many. One whose attempt is
// under way is left to that attempt.
func (s *Store) SweepNotices(ctx context.Context) (swept int, err error) {
	err = s.update(ctx, func(t *txn) error {
		swept = 0
		var gone [][]byte
		err := t.Bolt.Bucket(layout.Outbox).ForEach(func(k, _ []byte) error {
			o, err := s.owed(t.Bolt, binary.BigEndian.Uint64(k))
			if err == nil && !o.InFlight && !t.Now().Before(o.Notice.Expires) {
				gone = append(gone, append([]byte{}, k...))
			}
			return apart.Skip(err)
		})
		if err != nil || len(gone) == 0 {
			return err
		}
		swept = len(gone)
		t.Stage(func(b *bolt.Tx) error {
			return layout.DeleteAll(b.Bucket(layout.Outbox), gone)
		})
		return nil
	})
	return swept, err
}

// recoverOutbox queues what is owed. A notice that was in flight is uncertain:
// it is sent once more, and if that was the second time it is given up.
func (s *Store) recoverOutbox(b *bolt.Tx) error {
	box, now := b.Bucket(layout.Outbox), s.opt.Now()
	var fix []record.Notice
	c := box.Cursor()
	for k, _ := c.First(); k != nil; k, _ = c.Next() {
		o, err := s.owed(b, binary.BigEndian.Uint64(k))
		if apart.Is(err) {
			continue
		}
		if err != nil {
			return err
		}
		if o.InFlight {
			fix = append(fix, *o)
			continue
		}
		s.outbox.push(o.Due, o.N)
	}
	for _, o := range fix {
		if o.Uncertain || s.opt.UncertainAfter < 0 {
			if err := box.Delete(layout.Key8(o.N)); err != nil {
				return err
			}
			continue
		}
		o.InFlight, o.Uncertain, o.Due = false, true, now.Add(s.opt.UncertainAfter)
		if err := s.putOwed(b, o); err != nil {
			return err
		}
		s.outbox.push(o.Due, o.N)
	}
	return nil
}

// dueQueue orders numbers by the time at which they are due, in memory.
type dueQueue struct {
	mu sync.Mutex
	h  dueHeap
}

type dueItem struct {
	at time.Time
	n  uint64
}

func newDueQueue() *dueQueue { return &dueQueue{} }

func (q *dueQueue) push(at time.Time, n uint64) {
	q.mu.Lock()
	defer q.mu.Unlock()
	heap.Push(&q.h, dueItem{at, n})
}

// pop takes the number that is due first, if it is due at now.
func (q *dueQueue) pop(now time.Time) (uint64, bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.h) == 0 || q.h[0].at.After(now) {
		return 0, false
	}
	return heap.Pop(&q.h).(dueItem).n, true
}

// hurry makes the numbers due at that time that are in the queue.
func (q *dueQueue) hurry(numbers map[uint64]bool, at time.Time) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for i := range q.h {
		if numbers[q.h[i].n] {
			q.h[i].at = at
		}
	}
	heap.Init(&q.h)
}

func (q *dueQueue) len() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.h)
}

type dueHeap []dueItem

func (h dueHeap) Len() int           { return len(h) }
func (h dueHeap) Less(i, j int) bool { return h[i].at.Before(h[j].at) }
func (h dueHeap) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }
func (h *dueHeap) Push(x any)        { *h = append(*h, x.(dueItem)) }
func (h *dueHeap) Pop() any {
	old := *h
	last := old[len(old)-1]
	*h = old[:len(old)-1]
	return last
}
