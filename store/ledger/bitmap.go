package ledger

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"

	bolt "go.etcd.io/bbolt"

	"example.jp/kairan/store/layout"
)

// progress is one chunk's claimed and accepted bitmaps, in one value. On disk a
// checksum follows, since a bit of it is what keeps a reader from a second copy;
// older databases have none.
type progress []byte

const progressBytes = 2 * layout.ChunkBytes

// newProgress has room behind it for the checksum, so that storing it copies nothing.
func newProgress() progress { return make(progress, progressBytes, progressBytes+4) }

// stored is what is written for a progress; it may lie in the same memory.
func (p progress) stored() []byte {
	return binary.BigEndian.AppendUint32(p, crc32.Checksum(p, crc32.MakeTable(crc32.Castagnoli)))
}

// progressOf returns the bitmaps of a stored value, and whether they are as they
// were written.
func progressOf(stored []byte) (p progress, whole bool) {
	if len(stored) < progressBytes {
		return newProgress(), false
	}
	p = progress(stored[:progressBytes:progressBytes])
	return p, len(stored) == progressBytes || bytes.Equal(stored, p.stored())
}

func (p progress) claimed() []byte  { return p[:layout.ChunkBytes] }
func (p progress) accepted() []byte { return p[layout.ChunkBytes:] }

// bitmaps is where the progress of one run is kept.
type bitmaps struct {
	b   *bolt.Bucket
	key [8]byte // the run's number and a chunk's
}

// bitmapsOf returns the bitmaps of a run that has started.
func bitmapsOf(b *bolt.Tx, run *bolt.Bucket) *bitmaps {
	l := &bitmaps{b: b.Bucket(layout.Progress)}
	copy(l.key[:], run.Get(layout.Number))
	return l
}

func (l *bitmaps) at(chunk uint32) []byte {
	binary.BigEndian.PutUint32(l.key[4:], chunk)
	return l.key[:]
}

// get is nil for a chunk of which nobody was claimed.
func (l *bitmaps) get(chunk uint32) progress {
	stored := l.b.Get(l.at(chunk))
	if stored == nil {
		return nil
	}
	return progress(stored[:progressBytes:progressBytes]) // its checksum was held against it at the opening
}

func (l *bitmaps) put(chunk uint32, p progress) error { return l.b.Put(l.at(chunk), p.stored()) }

// forEach goes through the chunks, and says of each whether it is whole.
func (l *bitmaps) forEach(do func(chunk uint32, p progress, whole bool)) {
	c := l.b.Cursor()
	for k, v := c.Seek(l.at(0)); len(k) == 8 && [4]byte(k[:4]) == [4]byte(l.key[:4]); k, v = c.Next() {
		p, whole := progressOf(v)
		do(binary.BigEndian.Uint32(k[4:]), p, whole)
	}
}

// remove deletes the progress of a run.
func (l *bitmaps) remove() error {
	var chunks []uint32 // a cursor does not stand a deletion
	l.forEach(func(chunk uint32, _ progress, _ bool) { chunks = append(chunks, chunk) })
	var err error
	for _, chunk := range chunks {
		err = errors.Join(err, l.b.Delete(l.at(chunk)))
	}
	return err
}

// newBitmaps gives a run that starts its number.
func newBitmaps(b *bolt.Tx, run *bolt.Bucket) (*bitmaps, error) {
	n, err := b.Bucket(layout.Progress).NextSequence()
	if err != nil {
		return nil, err
	}
	if err := run.Put(layout.Number, layout.Key4(uint32(n))); err != nil {
		return nil, err
	}
	return bitmapsOf(b, run), nil
}
