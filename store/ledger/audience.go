package ledger

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math/bits"

	bolt "go.etcd.io/bbolt"

	"example.jp/kairan/deliver"
	"example.jp/kairan/store/layout"
	"example.jp/kairan/subscribe"
)

// CountActive is how many entries of a list are active: the audience of an issue that
// would begin now.
func CountActive(b *bolt.Tx, listID string) (n int) {
	_ = layout.Each(layout.List(b, listID, layout.Active), func(_, v []byte) error { n += layout.CountBits(v); return nil })
	return n
}

// Begin makes the ledger of a run: the list's active bitmap is copied, and that is the
// audience. compiled is sealed.
func Begin(b *bolt.Tx, i *deliver.Issue, compiled []byte) error {
	run, err := layout.List(b, i.Name.List, layout.Runs).CreateBucket([]byte(i.Name.Slug))
	if err != nil {
		return err
	}
	for _, name := range layout.RunBuckets {
		if _, err := run.CreateBucket(name); err != nil {
			return err
		}
	}
	_, err = newBitmaps(b, run)
	err = errors.Join(err, run.Put(layout.State, []byte{byte(i.State)}), run.Put(layout.Compiled, compiled))
	if err != nil {
		return err
	}
	return layout.List(b, i.Name.List, layout.Active).ForEach(func(k, v []byte) error {
		if layout.CountBits(v) == 0 {
			return nil
		}
		return run.Bucket(layout.Audience).Put(k, bytes.Clone(v)) // what bbolt lends may be moved
	})
}

// Position is how far the audience of a run has been read.
type Position struct {
	chunk uint32
	bit   int
}

// Unclaimed calls do for each reader of the audience behind the position who is active
// and not claimed, and moves the position on, until do has enough. It returns whether
// there may be more.
func (p *Position) Unclaimed(b *bolt.Tx, name deliver.IssueName, do func(subscribe.Seq) (enough bool, err error)) (more bool, err error) {
	run, active := layout.Run(b, name), layout.List(b, name.List, layout.Active)
	bitmaps, c := bitmapsOf(b, run), run.Bucket(layout.Audience).Cursor()
	for k, audience := c.Seek(layout.Key4(p.chunk)); k != nil; k, audience = c.Next() {
		chunk := binary.BigEndian.Uint32(k)
		if chunk != p.chunk {
			p.chunk, p.bit = chunk, 0
		}
		claimed, on := bitmaps.get(chunk), active.Get(k)
		for p.bit < layout.ChunkBits {
			at := p.bit / 8
			todo := audience[at] & (0xff << (p.bit % 8))
			if claimed != nil {
				todo &^= claimed[at]
			}
			if on != nil {
				todo &= on[at]
			}
			if todo == 0 {
				p.bit = (at + 1) * 8
				continue
			}
			bit := at*8 + bits.TrailingZeros8(todo)
			p.bit = bit + 1
			if enough, err := do(subscribe.Seq(chunk*layout.ChunkBits + uint32(bit))); enough || err != nil {
				return true, err
			}
		}
	}
	return false, nil
}
