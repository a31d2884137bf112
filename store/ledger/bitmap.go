package ledger

import (
	"encoding/binary"
	"errors"

	bolt "go.etcd.io/bbolt"

	"example.jp/kairan/deliver"
	"example.jp/kairan/store/guard"
	"example.jp/kairan/store/layout"
)

// progress is one chunk's claimed and accepted bitmaps, in one value: a bit of it is what
// keeps a reader from a second copy.
type progress []byte

const progressBytes = 2 * layout.ChunkBytes

// newProgress has room behind it for the tag, so that storing it copies nothing.
func newProgress() progress { return make(progress, progressBytes, progressBytes+guard.TagSize) }

func (p progress) claimed() []byte  { return p[:layout.ChunkBytes] }
func (p progress) accepted() []byte { return p[layout.ChunkBytes:] }

// bitmaps is where the progress of one run is kept.
type bitmaps struct {
	b    guard.Bucket
	name deliver.IssueName
	key  [8]byte // the run's number and a chunk's
}

// bitmapsOf returns the bitmaps of a run that has started. What was seen is its number.
func (k Keeper) bitmapsOf(b *bolt.Tx, run guard.Bucket, name deliver.IssueName, seen *guard.Seen) (*bitmaps, error) {
	number, err := run.GetSeen(layout.Number, seen)
	if err != nil || len(number) != 4 {
		return nil, changedBooks(name, string(layout.Number))
	}
	l := &bitmaps{b: k.guard.Top(b, layout.Progress), name: name}
	copy(l.key[:], number)
	return l, nil
}

// Number is that under which the bitmaps of a run stand.
func (k Keeper) Number(b *bolt.Tx, name deliver.IssueName) (uint32, error) {
	l, err := k.bitmapsOf(b, k.guard.Run(b, name), name, nil)
	if err != nil {
		return 0, err
	}
	return binary.BigEndian.Uint32(l.key[:]), nil
}

func (l *bitmaps) at(chunk uint32) []byte {
	binary.BigEndian.PutUint32(l.key[4:], chunk)
	return l.key[:]
}

// get is nil for a chunk of which nobody was claimed.
func (l *bitmaps) get(chunk uint32, seen *guard.Seen) (progress, error) {
	p, err := l.b.GetSeen(l.at(chunk), seen)
	if err != nil || p != nil && len(p) != progressBytes {
		return nil, changedBooks(l.name, "who was claimed")
	}
	return p, nil
}

// put writes the progress of a chunk, which nobody changes afterwards.
func (l *bitmaps) put(chunk uint32, p progress, seen *guard.Seen) error {
	return l.b.PutSeen(l.at(chunk), p, seen)
}

// forEach goes through the keys of the run's chunks.
func (l *bitmaps) forEach(do func(chunk uint32) error) error {
	c := l.b.Cursor()
	for k, _ := c.Seek(l.at(0)); len(k) == 8 && [4]byte(k[:4]) == [4]byte(l.key[:4]); k, _ = c.Next() {
		if err := do(binary.BigEndian.Uint32(k[4:])); err != nil {
			return err
		}
	}
	return nil
}

// remove deletes the progress of a run.
func (l *bitmaps) remove() error {
	var chunks []uint32 // a cursor does not stand a deletion
	err := l.forEach(func(chunk uint32) error { chunks = append(chunks, chunk); return nil })
	for _, chunk := range chunks {
		err = errors.Join(err, l.b.Delete(l.at(chunk)))
	}
	return err
}

// number gives a run that starts its number.
func (k Keeper) number(b *bolt.Tx, name deliver.IssueName) error {
	n, err := b.Bucket(layout.Progress).NextSequence()
	if err != nil {
		return err
	}
	return k.guard.Run(b, name).Put(layout.Number, layout.Key4(uint32(n)))
}
