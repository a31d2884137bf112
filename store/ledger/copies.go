package ledger

import (
	"errors"
	"math"
	"time"

	bolt "go.etcd.io/bbolt"

	"example.jp/kairan/deliver"
	"example.jp/kairan/store/layout"
	"example.jp/kairan/store/record"
	"example.jp/kairan/subscribe"
)

// Waiting calls do for each copy of a run that is due for a further attempt some time.
func (k Keeper) Waiting(b *bolt.Tx, name deliver.IssueName, do func(seq subscribe.Seq, due time.Time)) error {
	return k.guard.Run(b, name).In(layout.Copies).Each(func(key, v []byte, fault error) error {
		c, err := copyOf(v, fault) // one that is damaged was set apart
		if err == nil && waits(c) && !c.Due.IsZero() {
			do(layout.SeqOf(key), c.Due)
		}
		return nil
	})
}

// copyOf reads a copy of what its bucket gave.
func copyOf(v []byte, fault error) (record.Copy, error) {
	if fault != nil {
		return record.Copy{}, fault
	}
	return record.DecodeCopy(v)
}

// WaitingCopy returns the copy of a reader, if it waits for a further attempt.
func (k Keeper) WaitingCopy(b *bolt.Tx, name deliver.IssueName, seq subscribe.Seq) (c record.Copy, ok bool, err error) {
	copies := k.guard.Run(b, name).In(layout.Copies)
	if !copies.Has(layout.SeqKey(seq)) {
		return c, false, nil
	}
	c, err = copyOf(copies.Get(layout.SeqKey(seq)))
	return c, err == nil && waits(c) && !c.Due.IsZero(), err
}

func waits(c record.Copy) bool { return c.State == record.Deferred || c.State == record.Uncertain }

// RefusedCopy is a copy that is tried again although it was refused.
type RefusedCopy struct {
	Seq    subscribe.Seq
	Queued bool // it waits for another attempt already
	copy   record.Copy
}

// Refused returns the copies of a run that were refused, and those that wait after a
// refusal that was about us, each made due now. A run that has ended has none, nor one that
// goes once more to some of its readers: it is for nobody else.
func (k Keeper) Refused(b *bolt.Tx, name deliver.IssueName, now time.Time) (all []RefusedCopy, err error) {
	run := k.guard.Run(b, name)
	if run.Has(layout.FinalBalance) || run.Has(layout.Again) {
		return nil, nil
	}
	err = run.In(layout.Copies).Each(func(key, v []byte, fault error) error {
		c, err := copyOf(v, fault) // one that is damaged was set apart
		queued := c.State == record.Deferred && c.Code/100 == 5
		if err == nil && (c.State == record.Refused || queued) {
			c.State, c.Due = record.Deferred, now
			all = append(all, RefusedCopy{layout.SeqOf(key), queued, c})
		}
		return nil
	})
	return all, err
}

// TakeBack defers those copies, and forgets what is pending of the run.
func (k Keeper) TakeBack(b *bolt.Tx, name deliver.IssueName, refused []RefusedCopy) error {
	run := k.guard.Run(b, name)
	if run.IsZero() {
		return nil
	}
	var put error
	for _, c := range refused {
		put = errors.Join(put, run.In(layout.Copies).Put(layout.SeqKey(c.Seq), record.EncodeCopy(c.copy)))
	}
	var gone [][]byte
	_, err := k.Pending(b, name, nil, math.MaxInt, func(seq subscribe.Seq, _ record.Failure, _ error) error {
		gone = append(gone, layout.PendingKey(seq, name.Slug))
		return nil
	})
	return errors.Join(put, err, k.ExcuseBounced(b, name), layout.DeleteAll(layout.List(b, name.List, layout.Pending), gone), run.Put(layout.TakenBack, nil))
}
