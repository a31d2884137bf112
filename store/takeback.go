package store

import (
	"context"
	"errors"
	"math"
	"slices"
	"time"

	bolt "go.etcd.io/bbolt"

	"example.jp/kairan/deliver"
	"example.jp/kairan/store/layout"
	"example.jp/kairan/store/record"
	"example.jp/kairan/subscribe"
)

// What a run holds against its readers is pending until the run is judged: only
// its end shows whether the fault was theirs. It is written down, by entry and
// issue, in the commit that settles the copy, and is applied by [Store.Conclude], the
// first page of it in the commit that ends the run; a stop in between loses nothing, since the issue stays live
// until none is left. A run that is paused for refusals takes its own back.

func ofPending(key []byte) (seq subscribe.Seq, slug string) {
	return layout.SeqOf(key), string(key[4:])
}

// pend writes a failed copy down.
func (r *Ledger) pend(t *txn, k *books, x deliver.Settlement) {
	seq, failure := x.Reader.Seq, record.EncodeFailure(record.Failure{Result: x.Result, At: t.Now()})
	t.Stage(func(b *bolt.Tx) error {
		pending, err := layout.EnsureBucket(b, r.name.List, layout.Pending)
		if err != nil {
			return err
		}
		k.struck[seq] = true // at once: the next turn of this commit may be an acceptance
		return pending.Put(layout.PendingKey(seq, r.name.Slug), failure)
	})
	t.After(func() { k.struck[seq] = true }) // also when the turn before it has forgotten
}

// pendingOn calls do for what is pending of an issue, beginning behind a key, until
// it has looked at so many; it returns the last it has looked at, nil at the end.
func pendingOn(b *bolt.Tx, name deliver.IssueName, after []byte, most int, do func(subscribe.Seq, []byte) error) (last []byte, err error) {
	pending := layout.List(b, name.List, layout.Pending)
	if pending == nil {
		return nil, nil
	}
	c := pending.Cursor()
	k, v := c.Seek(after)
	if after != nil && string(k) == string(after) {
		k, v = c.Next()
	}
	for ; k != nil && most > 0; k, v = c.Next() {
		most--
		last = slices.Clone(k)
		if seq, of := ofPending(k); of == name.Slug {
			if err := do(seq, v); err != nil {
				return nil, err
			}
		}
	}
	if k == nil {
		last = nil
	}
	return last, nil
}

// pendingPage is how many pending strikes one commit looks at.
const pendingPage = 256

// applyPending does what the failed copies of a run that has ended mean for the
// entries: strikes, suspension, or nothing if the run was excused. Each is applied
// in the commit that forgets it. after is behind what has been done.
func (s *Store) applyPending(ctx context.Context, name deliver.IssueName, after []byte) error {
	for after != nil {
		err := s.update(ctx, func(t *txn) error {
			r := layout.Run(t.Bolt, name)
			if r == nil { // the list has ended, and took them along
				after = nil
				return nil
			}
			last, err := t.applyPage(name, r.Get(layout.Excused) != nil, after)
			t.After(func() { after = last })
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// applyPage looks at one page of what is pending, behind a key; last is where the
// next one begins, nil if there is none.
func (t *txn) applyPage(name deliver.IssueName, excused bool, after []byte) (last []byte, err error) {
	return pendingOn(t.Bolt, name, after, pendingPage, func(seq subscribe.Seq, failure []byte) error {
		if !excused {
			if err := t.applyStrike(name, seq, failure); err != nil {
				return err
			}
		}
		t.Stage(func(b *bolt.Tx) error {
			return layout.List(b, name.List, layout.Pending).Delete(layout.PendingKey(seq, name.Slug))
		})
		return nil
	})
}

// applyStrike counts one failed copy against its entry, or suspends it.
// One that has ended or moved since has taken what was pending along.
func (t *txn) applyStrike(name deliver.IssueName, seq subscribe.Seq, failure []byte) error {
	failed, err := record.DecodeFailure(failure)
	if err != nil {
		return nil //nolint:nilerr // it is damaged, and nothing is held against anybody
	}
	e, err := t.s.entry(t.Bolt, name.List, seq)
	if err != nil || e == nil || e.State != subscribe.Active {
		return skip(err)
	}
	stored := layout.Get(layout.List(t.Bolt, name.List, layout.Strikes), layout.SeqKey(seq))
	had, err := record.DecodeStrikes(stored)
	if err != nil {
		had = deliver.Strikes{} // they are counted anew
	}
	x := deliver.Settlement{Reader: deliver.Reader{Seq: seq, Address: e.Address}, Result: failed.Result}
	next, suspend := had.After(x, name.Slug, failed.At, *t.s.opt.Suspend)
	if suspend {
		h := t.s.markHash(name.List, e.Address)
		mark := e.Suspend(t.Now())
		t.s.dropUndeclared(e)
		t.Stage(func(b *bolt.Tx) error {
			if err := t.s.putEntry(b, *e); err != nil {
				return err
			}
			return layout.List(b, name.List, layout.Marks).Put(h[:], record.EncodeMark(mark))
		})
		return nil
	}
	t.Stage(func(b *bolt.Tx) error {
		strikes, err := layout.EnsureBucket(b, name.List, layout.Strikes)
		if err != nil {
			return err
		}
		return strikes.Put(layout.SeqKey(seq), record.EncodeStrikes(next))
	})
	return nil
}

// owing are the issues of a list of which something is pending.
func owing(b *bolt.Tx, listID string) map[string]bool {
	out := map[string]bool{}
	if pending := layout.List(b, listID, layout.Pending); pending != nil {
		_ = pending.ForEach(func(k, _ []byte) error {
			_, slug := ofPending(k)
			out[slug] = true
			return nil
		})
	}
	return out
}

// TakeBack changes an issue as ChangeIssue does, for a pause because of refusals.
// In the same commit nothing of its run is held against readers any more, and who
// was refused is deferred, due as soon as it goes on: nothing was delivered to
// them. So it is for what is still in flight, until the issue is resumed.
func (s *Store) TakeBack(ctx context.Context, name deliver.IssueName, change func(*deliver.Issue, time.Time) error) error {
	return s.changeIssue(ctx, name, change, (*txn).pauseTakingBack)
}

// pauseTakingBack stages an issue that is paused because of refusals.
func (t *txn) pauseTakingBack(i *deliver.Issue) error {
	back, err := t.refusedOf(layout.Run(t.Bolt, i.Name))
	if err != nil {
		return err
	}
	t.putChanged(i)
	t.takeBack(i, back)
	return nil
}

// again is a copy that is tried again although it was refused.
type again struct {
	seq subscribe.Seq
	record.Copy
	queued bool // it waits for another attempt already
}

// refusedOf are the copies of a run that were refused, and those refused with a
// code that is about us, which wait.
func (t *txn) refusedOf(r *bolt.Bucket) (all []again, err error) {
	if r == nil || r.Get(layout.FinalBalance) != nil {
		return nil, nil
	}
	err = r.Bucket(layout.Copies).ForEach(func(k, v []byte) error {
		c, err := record.DecodeCopy(v) // one that is damaged was set apart
		waits := c.State == record.Deferred && c.Code/100 == 5
		if err == nil && (c.State == record.Refused || waits) {
			c.State, c.Due = record.Deferred, t.Now()
			all = append(all, again{layout.SeqOf(k), c, waits})
		}
		return nil
	})
	return all, err
}

// takeBack stages what becomes of them, and of all that is pending.
func (t *txn) takeBack(i *deliver.Issue, back []again) {
	t.Stage(func(b *bolt.Tx) error {
		r := layout.Run(b, i.Name)
		if r == nil {
			return nil
		}
		for _, c := range back {
			if err := r.Bucket(layout.Copies).Put(layout.SeqKey(c.seq), record.EncodeCopy(c.Copy)); err != nil {
				return err
			}
		}
		var gone [][]byte // a cursor does not stand a deletion
		_, err := pendingOn(b, i.Name, nil, math.MaxInt, func(seq subscribe.Seq, _ []byte) error {
			gone = append(gone, layout.PendingKey(seq, i.Name.Slug))
			return nil
		})
		if err := errors.Join(err, layout.DeleteAll(layout.List(b, i.Name.List, layout.Pending), gone)); err != nil {
			return err
		}
		return r.Put(layout.TakenBack, []byte{})
	})
	t.After(func() {
		if r := t.s.openRun(i.Name); r != nil {
			r.hurry(back, t.Now())
		}
	})
}

// hurry makes copies due in memory. One that is handed out at this moment is due
// when it is returned.
func (r *Ledger) hurry(back []again, at time.Time) {
	queued := map[uint64]bool{}
	for _, c := range back {
		if c.queued {
			queued[uint64(c.seq)] = true
			continue
		}
		r.waiting.push(at, uint64(c.seq))
	}
	r.waiting.hurry(queued, at)
}

// excuse is what an outcome means in a run whose refusals were taken back while it
// was in flight: who was refused is tried again.
func (k *books) excuse(s deliver.Settlement, now time.Time) deliver.Settlement {
	if k.taken && s.Result.Outcome == deliver.Refused {
		s.Result.Outcome, s.Next = deliver.Deferred, now
	}
	return s
}
