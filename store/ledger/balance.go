package ledger

import (
	"errors"
	"math/bits"
	"time"

	bolt "go.etcd.io/bbolt"

	"example.jp/kairan/deliver"
	"example.jp/kairan/store/guard"
	"example.jp/kairan/store/layout"
	"example.jp/kairan/store/record"
	"example.jp/kairan/subscribe"
)

// Balance returns the books of a run; zero for an issue that has not started.
func (k Keeper) Balance(b *bolt.Tx, name deliver.IssueName) (out deliver.Balance, err error) {
	run := k.guard.Run(b, name)
	if run.IsZero() {
		return out, nil
	}
	if final, err := run.Get(layout.FinalBalance); final != nil || err != nil {
		if err != nil {
			return out, err
		}
		out, err := record.DecodeBalance(final)
		out.Bounced, out.Complaints = k.bouncedOf(b, name)
		return out, err
	}
	if out, err = k.count(b, run, name); err != nil {
		return out, err
	}
	out.Bounced, out.Complaints = k.bouncedOf(b, name)
	if stateOf(run, nil) == deliver.Cancelled {
		out.Cancelled, out.Pending, out.Deferred = out.Pending+out.Deferred, 0, 0
	}
	if !claimsNew(run) { // whoever had no attempt had been given up
		out.Expired, out.Pending = out.Expired+out.Pending, 0
	}
	return out, nil
}

// count counts what a ledger has of each copy.
func (k Keeper) count(b *bolt.Tx, run guard.Bucket, name deliver.IssueName) (out deliver.Balance, err error) {
	bitmaps, err := k.bitmapsOf(b, run, name, nil)
	if err != nil {
		return out, err
	}
	active := k.guard.List(b, name.List, layout.Active)
	claimed, err := countBitmaps(run.In(layout.Audience), active, bitmaps, &out)
	if err != nil {
		return out, err
	}
	recorded, err := countCopies(run.In(layout.Copies), active, &out)
	out.InFlight += claimed - out.Accepted - recorded
	n, fault := ever(run, name)
	err = errors.Join(err, fault)
	out.UncertainEver = int(n)
	return out, err
}

// countBitmaps counts what the bitmaps say, and how many of the audience were claimed.
func countBitmaps(audience, active guard.Bucket, bitmaps *bitmaps, out *deliver.Balance) (claimed int, err error) {
	err = audience.Each(func(key, sent []byte, fault error) error {
		if fault != nil || len(sent) != layout.ChunkBytes {
			return changedBooks(bitmaps.name, "audience")
		}
		p, err := bitmaps.get(chunkOf(key), nil)
		if err != nil {
			return err
		}
		act, fault := active.Get(key)
		if fault != nil {
			return changedActive(bitmaps.name.List, chunkOf(key))
		}
		for i, a := range sent {
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
	return claimed, err
}

// countCopies counts what the small records say, and the records.
func countCopies(copies, active guard.Bucket, out *deliver.Balance) (recorded int, err error) {
	err = copies.Each(func(key, v []byte, fault error) error {
		c, fault := copyOf(v, fault)
		recorded++
		if fault != nil { // nobody knows what became of it, and it is not tried again
			out.Uncertain++
			return nil //nolint:nilerr // see above
		}
		switch c.State {
		case record.InFlight:
			out.InFlight++
		case record.Deferred:
			if c.Resend { // the first may have arrived, whatever becomes of this one
				out.Uncertain++
			} else if isOn(active, layout.SeqOf(key)) {
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
	return recorded, err
}

// isOn says whether an entry is active.
func isOn(active guard.Bucket, seq subscribe.Seq) bool {
	chunk, bit := layout.ChunkOf(seq)
	on, err := active.Get(layout.Key4(chunk))
	return err == nil && layout.HasBit(on, bit)
}

// Final returns the final books of a run, if nothing of it is left to do: whoever is
// pending or deferred at its expiry is expired.
func (k Keeper) Final(b *bolt.Tx, i *deliver.Issue, books deliver.Balance, now time.Time) (final deliver.Balance, over bool) {
	switch {
	case books.InFlight > 0:
		return books, false
	case i.State == deliver.Cancelled:
		return books, true
	case i.State == deliver.Finished: // sending it once more was stopped
		return givenUp(books), true
	case i.State != deliver.Running:
		return books, false
	case !now.Before(i.Expires):
		return givenUp(books), true
	}
	return books, books.Pending+books.Deferred == 0 && !k.resendDue(b, i.Name)
}

// givenUp are the books of a run that ends with copies for which nothing more is done.
func givenUp(books deliver.Balance) deliver.Balance {
	books.Expired += books.Pending + books.Deferred
	books.Pending, books.Deferred = 0, 0
	return books
}

// resendDue says whether an uncertain copy waits for its one more attempt.
func (k Keeper) resendDue(b *bolt.Tx, name deliver.IssueName) (found bool) {
	copies := k.guard.Run(b, name).In(layout.Copies)
	c := copies.Cursor()
	for key, v := c.First(); key != nil; key, v = c.Next() {
		rec, err := copyOf(copies.Check(key, v))
		if err != nil {
			continue // it was set apart
		}
		if (rec.State == record.Uncertain || rec.Resend) && !rec.Due.IsZero() {
			return true
		}
	}
	return false
}

// Close writes the final books of a run, and deletes its bitmaps if they are of no use
// any more: the relay's log may settle uncertain copies by the others, and whoever did not
// get theirs may be sent it once more, and nobody else.
func (k Keeper) Close(b *bolt.Tx, name deliver.IssueName, final deliver.Balance) error {
	err := k.guard.Run(b, name).Put(layout.FinalBalance, record.EncodeBalance(final))
	if !isSettled(final) {
		return err
	}
	return errors.Join(err, k.RemoveBitmaps(b, name))
}

// isSettled says whether nothing can follow for any copy of a run that has ended.
func isSettled(final deliver.Balance) bool { return final.Uncertain+final.Refused+final.Expired == 0 }

// RemoveBitmaps deletes who was claimed and who accepted in a run. They do not lie in
// the run's bucket, and so do not go with it.
func (k Keeper) RemoveBitmaps(b *bolt.Tx, name deliver.IssueName) error {
	bitmaps, err := k.bitmapsOf(b, k.guard.Run(b, name), name, nil)
	if err != nil {
		return err
	}
	return bitmaps.remove()
}
