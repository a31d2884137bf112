package ledger

import (
	"errors"
	"fmt"
	"math/bits"
	"time"

	bolt "go.etcd.io/bbolt"

	"example.jp/kairan/deliver"
	"example.jp/kairan/store/guard"
	"example.jp/kairan/store/layout"
	"example.jp/kairan/store/record"
	"example.jp/kairan/subscribe"
)

// Recover settles what a crash left in flight: every claimed bit without a record or
// an acceptance, and every record in flight, is uncertain since now, and due once more at that
// time (zero: never). It calls damaged with a name for each record that cannot be read: where one is, another may stand under a wrong key, and nobody
// whose record is missing is tried again.
func (k Keeper) Recover(b *bolt.Tx, name deliver.IssueName, now, due time.Time, damaged func(key string)) error {
	run := k.guard.Run(b, name)
	bitmaps, err := k.bitmapsOf(b, run, name, nil)
	if err != nil {
		return err
	}
	copies := run.In(layout.Copies)
	again, spoiled := map[subscribe.Seq]record.Copy{}, false
	err = copies.Each(func(key, v []byte, fault error) error {
		c, err := copyOf(v, fault)
		switch {
		case err != nil || len(key) != 4:
			spoiled = true
			damaged(name.List + "/" + name.Slug + "/" + string(key))
		case c.State == record.InFlight:
			again[layout.SeqOf(key)] = c
		}
		return nil
	})
	if err != nil {
		return err
	}
	open, err := bitmaps.inFlight(func(seq subscribe.Seq) bool { return copies.Has(layout.SeqKey(seq)) })
	if err != nil {
		return err
	}
	for _, seq := range open {
		again[seq] = record.Copy{Attempt: 1, Resend: spoiled}
	}
	ever := uint64(0)
	for seq, c := range again {
		c.State, c.Due, c.Since = record.Uncertain, due, now
		if c.Resend {
			c.Due = time.Time{} // once more was all
		} else {
			ever++
		}
		err = errors.Join(err, copies.Put(layout.SeqKey(seq), record.EncodeCopy(c)))
	}
	if ever > 0 {
		err = errors.Join(err, addEver(run, name, ever))
	}
	return err
}

// inFlight are the readers who are claimed, and of whose copy nothing else is known.
func (l *bitmaps) inFlight(known func(subscribe.Seq) bool) (open []subscribe.Seq, err error) {
	err = l.forEach(func(chunk uint32) error {
		p, err := l.get(chunk, nil)
		if err != nil {
			return err
		}
		for i := range layout.ChunkBytes {
			for todo := p.claimed()[i] &^ p.accepted()[i]; todo != 0; todo &= todo - 1 {
				seq := subscribe.Seq(chunk*layout.ChunkBits + uint32(i*8+bits.TrailingZeros8(todo)))
				if !known(seq) {
					open = append(open, seq)
				}
			}
		}
		return nil
	})
	return open, err
}

// Check holds what a run that has not ended has written against its tags.
func (k Keeper) Check(b *bolt.Tx, name deliver.IssueName) error {
	run := k.guard.Run(b, name)
	for _, key := range [][]byte{layout.Number, layout.UncertainEver, layout.TakenBack, layout.Excused, layout.Again, layout.Back, layout.BackClasses} {
		if _, err := value(run, name, key); err != nil {
			return err
		}
	}
	bitmaps, err := k.bitmapsOf(b, run, name, nil)
	if err != nil {
		return err
	}
	err = bitmaps.forEach(func(chunk uint32) error { _, err := bitmaps.get(chunk, nil); return err })
	if err != nil {
		return err
	}
	_, err = k.Balance(b, name) // which reads all the others
	return err
}

// ExamineProgress calls damaged for each piece of progress, of whatever run, that was not
// written where it stands: it may have been that of another run, which lacks it now and
// would claim its readers once more.
func (k Keeper) ExamineProgress(b *bolt.Tx, damaged func(key string) error) error {
	return k.guard.Top(b, layout.Progress).Each(func(key, _ []byte, fault error) error {
		if fault == nil {
			return nil
		}
		return damaged(fmt.Sprintf("%s/%x", layout.Progress, key))
	})
}

// CheckActive holds the bitmap of a list against its tags.
func (k Keeper) CheckActive(b *bolt.Tx, listID string) error {
	_, err := k.CountActive(b, listID)
	return err
}

// Examine calls damaged for each small record of a list, and of its runs, that is not as
// it was written, and for each bitmap of a run.
func (k Keeper) Examine(b *bolt.Tx, listID string, damaged func(key string)) error {
	look := func(in guard.Bucket, name string) error {
		return in.Each(func(key, _ []byte, fault error) error {
			if fault != nil && name+string(key) != string(layout.Runs)+string(layout.Compiled) {
				damaged(listID + "/" + name + "/" + string(key))
			}
			return nil
		})
	}
	err := errors.Join(look(k.guard.List(b, listID, layout.Strikes), string(layout.Strikes)), look(k.guard.List(b, listID, layout.Pending), string(layout.Pending)),
		look(k.guard.List(b, listID, layout.Bounced), string(layout.Bounced)))
	runs := layout.List(b, listID, layout.Runs)
	if runs == nil {
		return err
	}
	return errors.Join(err, runs.ForEachBucket(func(slug []byte) error {
		run := k.guard.Run(b, deliver.IssueName{List: listID, Slug: string(slug)})
		return errors.Join(look(run, string(layout.Runs)), look(run.In(layout.Audience), string(slug)), look(run.In(layout.Copies), string(slug)), look(run.In(layout.Heard), string(slug)))
	}))
}
