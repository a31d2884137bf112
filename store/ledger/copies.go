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
func Waiting(b *bolt.Tx, name deliver.IssueName, do func(seq subscribe.Seq, due time.Time)) error {
	return layout.Run(b, name).Bucket(layout.Copies).ForEach(func(k, v []byte) error {
		c, err := record.DecodeCopy(v) // one that is damaged was set apart
		if err == nil && waits(c) && !c.Due.IsZero() {
			do(layout.SeqOf(k), c.Due)
		}
		return nil
	})
}

// WaitingCopy returns the copy of a reader, if it waits for a further attempt.
func WaitingCopy(b *bolt.Tx, name deliver.IssueName, seq subscribe.Seq) (c record.Copy, ok bool, err error) {
	v := layout.Run(b, name).Bucket(layout.Copies).Get(layout.SeqKey(seq))
	if v == nil {
		return c, false, nil
	}
	c, err = record.DecodeCopy(v)
	return c, err == nil && waits(c), err
}

func waits(c record.Copy) bool { return c.State == record.Deferred || c.State == record.Uncertain }

// RefusedCopy is a copy that is tried again although it was refused.
type RefusedCopy struct {
	Seq    subscribe.Seq
	Queued bool // it waits for another attempt already
	copy   record.Copy
}

// Refused returns the copies of a run that were refused, and those that wait after a
// refusal that was about us, each made due now. A run that has ended has none.
func Refused(b *bolt.Tx, name deliver.IssueName, now time.Time) (all []RefusedCopy, err error) {
	run := layout.Run(b, name)
	if run == nil || run.Get(layout.FinalBalance) != nil {
		return nil, nil
	}
	err = run.Bucket(layout.Copies).ForEach(func(k, v []byte) error {
		c, err := record.DecodeCopy(v) // one that is damaged was set apart
		queued := c.State == record.Deferred && c.Code/100 == 5
		if err == nil && (c.State == record.Refused || queued) {
			c.State, c.Due = record.Deferred, now
			all = append(all, RefusedCopy{layout.SeqOf(k), queued, c})
		}
		return nil
	})
	return all, err
}

// TakeBack defers those copies, and forgets what is pending of the run.
func TakeBack(b *bolt.Tx, name deliver.IssueName, refused []RefusedCopy) error {
	run := layout.Run(b, name)
	if run == nil {
		return nil
	}
	var put error
	for _, c := range refused {
		put = errors.Join(put, run.Bucket(layout.Copies).Put(layout.SeqKey(c.Seq), record.EncodeCopy(c.copy)))
	}
	var gone [][]byte
	_, err := Pending(b, name, nil, math.MaxInt, func(seq subscribe.Seq, _ []byte) error {
		gone = append(gone, layout.PendingKey(seq, name.Slug))
		return nil
	})
	return errors.Join(put, err, layout.DeleteAll(layout.List(b, name.List, layout.Pending), gone), run.Put(layout.TakenBack, []byte{}))
}
