package ledger

import (
	"encoding/binary"
	"errors"
	"math/bits"
	"time"

	bolt "go.etcd.io/bbolt"

	"example.jp/kairan/deliver"
	"example.jp/kairan/store/layout"
	"example.jp/kairan/store/record"
)

// Balance returns the books of a run; zero for an issue that has not started.
func Balance(b *bolt.Tx, name deliver.IssueName) (out deliver.Balance, err error) {
	run := layout.Run(b, name)
	if run == nil {
		return out, nil
	}
	if final := run.Get(layout.FinalBalance); final != nil {
		return record.DecodeBalance(final)
	}
	active, bitmaps := layout.List(b, name.List, layout.Active), bitmapsOf(b, run)
	claimed := 0
	err = run.Bucket(layout.Audience).ForEach(func(k, audience []byte) error {
		p, act := bitmaps.get(binary.BigEndian.Uint32(k)), active.Get(k)
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
	err = run.Bucket(layout.Copies).ForEach(func(k, v []byte) error {
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
	ever, _ := binary.Uvarint(run.Get(layout.UncertainEver))
	out.UncertainEver = int(ever)
	if state := run.Get(layout.State); len(state) == 1 && deliver.State(state[0]) == deliver.Cancelled {
		out.Cancelled, out.Pending, out.Deferred = out.Pending+out.Deferred, 0, 0
	}
	return out, err
}

// Final returns the final books of a run, if nothing of it is left to do: whoever is
// pending or deferred at its expiry is expired.
func Final(b *bolt.Tx, i *deliver.Issue, books deliver.Balance, now time.Time) (final deliver.Balance, over bool) {
	switch {
	case books.InFlight > 0:
		return books, false
	case i.State == deliver.Cancelled:
		return books, true
	case i.State != deliver.Running:
		return books, false
	case !now.Before(i.Expires):
		books.Expired += books.Pending + books.Deferred
		books.Pending, books.Deferred = 0, 0
		return books, true
	}
	return books, books.Pending+books.Deferred == 0 && !resendDue(b, i.Name)
}

// resendDue says whether an uncertain copy waits for its one more attempt.
func resendDue(b *bolt.Tx, name deliver.IssueName) (found bool) {
	c := layout.Run(b, name).Bucket(layout.Copies).Cursor()
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

// Close writes the final books of a run, and deletes its bitmaps, which are of no use
// any more.
func Close(b *bolt.Tx, name deliver.IssueName, final deliver.Balance) error {
	run := layout.Run(b, name)
	return errors.Join(RemoveBitmaps(b, run), run.Put(layout.FinalBalance, record.EncodeBalance(final)))
}

// RemoveBitmaps deletes who was claimed and who accepted in a run. They do not lie in
// the run's bucket, and so do not go with it.
func RemoveBitmaps(b *bolt.Tx, run *bolt.Bucket) error { return bitmapsOf(b, run).remove() }
