package ledger

import (
	"errors"
	"math/bits"
	"time"

	bolt "go.etcd.io/bbolt"

	"example.jp/kairan/deliver"
	"example.jp/kairan/store/layout"
	"example.jp/kairan/store/record"
	"example.jp/kairan/subscribe"
)

// Recover settles what a crash left in flight: every claimed bit without a record or
// an acceptance, and every record in flight, is uncertain, and due once more at that
// time (zero: never). It calls damaged with the number and the entry of each record
// that cannot be read.
//
// It says whether the bitmaps are whole: who was claimed may otherwise be wrong.
func Recover(b *bolt.Tx, name deliver.IssueName, due time.Time, damaged func(key string)) (whole bool, err error) {
	run := layout.Run(b, name)
	copies := run.Bucket(layout.Copies)
	open, whole, err := inFlight(bitmapsOf(b, run), copies)
	if err != nil {
		return whole, err
	}
	again := map[subscribe.Seq]record.Copy{}
	for _, seq := range open {
		again[seq] = record.Copy{Attempt: 1}
	}
	err = copies.ForEach(func(k, v []byte) error {
		c, err := record.DecodeCopy(v)
		switch {
		case err != nil:
			damaged(string(run.Get(layout.Number)) + string(k))
		case c.State == record.InFlight:
			again[layout.SeqOf(k)] = c
		}
		return nil
	})
	if err != nil {
		return whole, err
	}
	ever := uint64(0)
	for seq, c := range again {
		c.State, c.Due = record.Uncertain, due
		if c.Resend {
			c.Due = time.Time{} // once more was all
		} else {
			ever++
		}
		err = errors.Join(err, copies.Put(layout.SeqKey(seq), record.EncodeCopy(c)))
	}
	if ever > 0 {
		err = errors.Join(err, addEver(run, ever))
	}
	return whole, err
}

// inFlight are the readers who are claimed, and of whose copy nothing else is known.
// Bitmaps that are damaged are written anew, so that it is said once.
func inFlight(l *bitmaps, copies *bolt.Bucket) (open []subscribe.Seq, whole bool, err error) {
	damaged := map[uint32]progress{}
	l.forEach(func(chunk uint32, p progress, whole bool) {
		if !whole {
			damaged[chunk] = append(progress{}, p...)
		}
		for i := range layout.ChunkBytes {
			for todo := p.claimed()[i] &^ p.accepted()[i]; todo != 0; todo &= todo - 1 {
				seq := subscribe.Seq(chunk*layout.ChunkBits + uint32(i*8+bits.TrailingZeros8(todo)))
				if copies.Get(layout.SeqKey(seq)) == nil {
					open = append(open, seq)
				}
			}
		}
	})
	for chunk, p := range damaged {
		err = errors.Join(err, l.put(chunk, p))
	}
	return open, len(damaged) == 0, err
}
