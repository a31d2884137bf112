package ledger

import (
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
func (k Keeper) CountActive(b *bolt.Tx, listID string) (n int, err error) {
	err = k.guard.List(b, listID, layout.Active).Each(func(chunk, v []byte, fault error) error {
		if fault != nil || len(v) != layout.ChunkBytes || len(chunk) != 4 {
			return changedActive(listID, chunkOf(chunk))
		}
		n += layout.CountBits(v)
		return nil
	})
	return n, err
}

// chunkOf is the chunk of a key; of one that is none, 0.
func chunkOf(key []byte) uint32 {
	if len(key) != 4 {
		return 0
	}
	return binary.BigEndian.Uint32(key)
}

// Begin makes the ledger of a run: the list's active bitmap is copied, and that is the
// audience. compiled is sealed.
func (k Keeper) Begin(b *bolt.Tx, i *deliver.Issue, compiled []byte) error {
	run, err := layout.List(b, i.Name.List, layout.Runs).CreateBucket([]byte(i.Name.Slug))
	if err != nil {
		return err
	}
	for _, name := range layout.RunBuckets {
		if _, err := run.CreateBucket(name); err != nil {
			return err
		}
	}
	if err := errors.Join(k.number(b, i.Name), k.PutState(b, i), run.Put(layout.Compiled, compiled)); err != nil {
		return err
	}
	audience := k.guard.Run(b, i.Name).In(layout.Audience)
	return k.guard.List(b, i.Name.List, layout.Active).Each(func(chunk, v []byte, fault error) error {
		switch {
		case fault != nil:
			return changedActive(i.Name.List, chunkOf(chunk))
		case layout.CountBits(v) == 0:
			return nil
		}
		return audience.Put(chunk, v)
	})
}

// Position is how far the audience of a run has been read.
type Position struct {
	chunk uint32
	bit   int
}

// Unclaimed calls do for each reader of the audience behind a position who is active
// and not claimed, and moves the position on, until do has enough. It returns whether
// there may be more.
func (k Keeper) Unclaimed(b *bolt.Tx, p *Position, name deliver.IssueName, do func(subscribe.Seq) (enough bool, err error)) (more bool, err error) {
	run := k.guard.Run(b, name)
	if !claimsNew(run) {
		return false, nil
	}
	bitmaps, err := k.bitmapsOf(b, run, name, nil)
	if err != nil {
		return false, err
	}
	sent, active := run.In(layout.Audience), k.guard.List(b, name.List, layout.Active)
	c := sent.Cursor()
	for key, stored := c.Seek(layout.Key4(p.chunk)); key != nil; key, stored = c.Next() {
		chunk := chunkOf(key)
		audience, fault := sent.Check(key, stored)
		if fault != nil || len(audience) != layout.ChunkBytes {
			return false, changedBooks(name, "audience")
		}
		if chunk != p.chunk {
			p.chunk, p.bit = chunk, 0
		}
		claimed, err := bitmaps.get(chunk, nil)
		if err != nil {
			return false, err
		}
		on, fault := active.Get(key)
		if fault != nil || on != nil && len(on) != layout.ChunkBytes {
			return false, changedActive(name.List, chunk)
		}
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
