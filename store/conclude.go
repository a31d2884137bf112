package store

import (
	"context"
	"encoding/binary"
	"errors"
	"math/bits"
	"time"

	bolt "go.etcd.io/bbolt"

	"example.jp/kairan/deliver"
	"example.jp/kairan/store/layout"
	"example.jp/kairan/store/record"
	"example.jp/kairan/subscribe"
)

func addEver(b *bolt.Bucket, n uint64) error {
	have, _ := binary.Uvarint(b.Get(layout.UncertainEver))
	return b.Put(layout.UncertainEver, binary.AppendUvarint(nil, have+n))
}

// recoverRun settles what a crash left in flight: every claimed bit without a
// record or an acceptance, and every record in flight, is uncertain.
//
// It says whether the ledger is whole: who was claimed may otherwise be wrong.
func (s *Store) recoverRun(tx *bolt.Tx, b *bolt.Bucket) (whole bool, err error) {
	var fix []subscribe.Seq
	copies, l, damaged := b.Bucket(layout.Copies), ledgerOf(tx, b), map[uint32]progress{}
	l.forEach(func(chunk uint32, p progress, whole bool) {
		if !whole {
			damaged[chunk] = append(progress{}, p...)
		}
		base := chunk * layout.ChunkBits
		for i := range layout.ChunkBytes {
			open := p.claimed()[i] &^ p.accepted()[i]
			for ; open != 0; open &= open - 1 {
				seq := subscribe.Seq(base + uint32(i*8+bits.TrailingZeros8(open)))
				if copies.Get(layout.SeqKey(seq)) == nil {
					fix = append(fix, seq)
				}
			}
		}
	})
	for chunk, p := range damaged { // so that it is said once
		if err := l.put(chunk, p); err != nil {
			return false, err
		}
	}
	whole = len(damaged) == 0
	var due time.Time
	if s.opt.UncertainAfter > 0 {
		due = s.opt.Now().Add(s.opt.UncertainAfter)
	}
	again := map[subscribe.Seq]record.Copy{}
	err = copies.ForEach(func(k, v []byte) error {
		c, err := record.DecodeCopy(v)
		switch {
		case err != nil:
			s.apart.note(kindCopy, string(b.Get(layout.Number))+string(k))
		case c.State == record.InFlight:
			again[layout.SeqOf(k)] = c
		}
		return nil
	})
	if err != nil {
		return whole, err
	}
	for _, seq := range fix {
		again[seq] = record.Copy{Attempt: 1}
	}
	ever := uint64(0)
	for seq, c := range again {
		c.State, c.Due = record.Uncertain, due
		if c.Resend {
			c.Due = time.Time{} // once more was all
		} else {
			ever++
		}
		if err := copies.Put(layout.SeqKey(seq), record.EncodeCopy(c)); err != nil {
			return whole, err
		}
	}
	if ever == 0 {
		return whole, nil
	}
	return whole, addEver(b, ever)
}

// Balance returns the books of a run; zero for an issue that has not started.
func (s *Store) Balance(name deliver.IssueName) (out deliver.Balance, err error) {
	err = s.view(func(b *bolt.Tx) error {
		out, err = balance(b, name)
		return err
	})
	if unreadable(err) { // its final books
		s.apart.note(kindCopy, name.String())
		return deliver.Balance{}, nil
	}
	return out, err
}

func balance(b *bolt.Tx, name deliver.IssueName) (out deliver.Balance, err error) {
	r := layout.Run(b, name)
	if r == nil {
		return out, nil
	}
	if final := r.Get(layout.FinalBalance); final != nil {
		return record.DecodeBalance(final)
	}
	active, ledger := layout.List(b, name.List, layout.Active), ledgerOf(b, r)
	claimed := 0
	err = r.Bucket(layout.Audience).ForEach(func(k, audience []byte) error {
		p, act := ledger.get(binary.BigEndian.Uint32(k)), active.Get(k)
		for i, a := range audience {
			var done, ok, on byte
			if p != nil {
				done, ok = p.claimed()[i], p.accepted()[i]
			}
			if act != nil {
				on = act[i]
			}
			out.Audience += bits.OnesCount8(a)
			claimed += bits.OnesCount8(a & done)
			out.Accepted += bits.OnesCount8(a & ok)
			out.Pending += bits.OnesCount8(a &^ done & on)
			out.Withdrawn += bits.OnesCount8(a &^ done &^ on)
		}
		return nil
	})
	if err != nil {
		return out, err
	}
	recorded := 0
	err = r.Bucket(layout.Copies).ForEach(func(k, v []byte) error {
		c, fault := record.DecodeCopy(v)
		recorded++
		if fault != nil { // nobody knows what became of it, and it is not tried again
			out.Uncertain++
			return nil //nolint:nilerr // see above
		}
		seq := layout.SeqOf(k)
		switch chunk, bit := layout.ChunkOf(seq); c.State {
		case record.InFlight:
			out.InFlight++
		case record.Deferred:
			if c.Resend { // the first may have arrived, whatever becomes of this one
				out.Uncertain++
			} else if layout.HasBit(active.Get(layout.Key4(chunk)), bit) {
				out.Deferred++
			} else {
				out.Withdrawn++
			}
		case record.Refused:
			out.Refused++
		case record.Expired:
			out.Expired++
		case record.Uncertain:
			out.Uncertain++
		case record.Withdrawn:
			out.Withdrawn++
		}
		return nil
	})
	out.InFlight += claimed - out.Accepted - recorded
	ever, _ := binary.Uvarint(r.Get(layout.UncertainEver))
	out.UncertainEver = int(ever)
	if state := r.Get(layout.State); len(state) == 1 && deliver.State(state[0]) == deliver.Cancelled {
		out.Cancelled, out.Pending, out.Deferred = out.Pending+out.Deferred, 0, 0
	}
	return out, err
}

// Conclude ends a run in which nothing is left to do, and writes its final
// books; it returns whether it has ended. finish is called for a run that came
// to its own end (a cancelled one has been ended by its canceller); if it pauses
// the issue, the run has not ended, and its refusals are taken back. What a run that
// has ended holds against its readers is applied then, unless most of them were
// refused; after a stop in between, by the next call.
func (s *Store) Conclude(ctx context.Context, name deliver.IssueName, finish func(*deliver.Issue, deliver.Balance, time.Time)) (ended bool, err error) {
	var rest []byte
	err = s.update(ctx, func(t *txn) error {
		ended, rest, err = t.conclude(name, finish)
		return err
	})
	if err != nil || !ended {
		return false, err
	}
	if err := s.applyPending(ctx, name, rest); err != nil {
		return false, err
	}
	s.live.note(&deliver.Issue{Name: name}, true) // also one that a late remark has brought back
	return true, nil
}

// conclude is Conclude in one commit; rest is where what is pending goes on.
func (t *txn) conclude(name deliver.IssueName, finish func(*deliver.Issue, deliver.Balance, time.Time)) (ended bool, rest []byte, err error) {
	r := layout.Run(t.Bolt, name)
	i, err := t.s.issue(t.Bolt, name)
	if err != nil || i == nil {
		return false, nil, err
	}
	if r == nil || r.Get(layout.FinalBalance) != nil {
		rest, err = t.applyPage(name, r == nil || r.Get(layout.Excused) != nil, nil) // what a stop has left
		return true, rest, err
	}
	books, err := balance(t.Bolt, name)
	if err != nil {
		return false, nil, err
	}
	excused := books.MostlyRefused()
	if !over(i, &books, resendDue(r.Bucket(layout.Copies)), t.Now()) {
		return false, nil, nil
	}
	if i.State == deliver.Running {
		finish(i, books, t.Now())
	}
	if i.State == deliver.Paused {
		return false, nil, t.pauseTakingBack(i)
	}
	t.putChanged(i)
	t.After(func() { t.s.closeRun(name) })
	t.Stage(func(b *bolt.Tx) error {
		r := layout.Run(b, name)
		if excused {
			if err := r.Put(layout.Excused, []byte{}); err != nil {
				return err
			}
		}
		// Who was claimed and who accepted is of no use any more.
		return errors.Join(ledgerOf(b, r).remove(), r.Put(layout.FinalBalance, record.EncodeBalance(books)))
	})
	rest, err = t.applyPage(name, excused, nil)
	return true, rest, err
}

// over says whether nothing is left to do, and books what the expiry leaves.
func over(i *deliver.Issue, books *deliver.Balance, resends bool, now time.Time) bool {
	switch {
	case books.InFlight > 0:
		return false
	case i.State == deliver.Cancelled:
		return true
	case i.State != deliver.Running:
		return false
	case !now.Before(i.Expires):
		books.Expired += books.Pending + books.Deferred
		books.Pending, books.Deferred = 0, 0
		return true
	}
	return books.Pending+books.Deferred == 0 && !resends
}

// resendDue says whether an uncertain copy waits for its one more attempt.
func resendDue(copies *bolt.Bucket) (found bool) {
	c := copies.Cursor()
	for k, v := c.First(); k != nil; k, v = c.Next() {
		rec, err := record.DecodeCopy(v)
		if err != nil {
			continue // it was set apart
		}
		if (rec.State == record.Uncertain || rec.Resend) && !rec.Due.IsZero() {
			return true
		}
	}
	return false
}
