package ledger

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"

	bolt "go.etcd.io/bbolt"

	"example.jp/kairan/deliver"
	"example.jp/kairan/store/guard"
	"example.jp/kairan/store/layout"
	"example.jp/kairan/store/record"
)

// GatherBitmaps brings the bitmaps of all runs into one bucket, for a database of the
// first schema. There each run had a bucket of its own, and every commit also wrote the
// four pages above it.
func GatherBitmaps(b *bolt.Tx) error {
	if _, err := b.CreateBucketIfNotExists(layout.Progress); err != nil {
		return err
	}
	return b.Bucket(layout.Lists).ForEachBucket(func(id []byte) error {
		runs := layout.List(b, string(id), layout.Runs)
		var slugs [][]byte
		if err := runs.ForEachBucket(func(slug []byte) error { slugs = append(slugs, slug); return nil }); err != nil {
			return err
		}
		for _, slug := range slugs {
			run, progress := runs.Bucket(slug), b.Bucket(layout.Progress)
			n, err := progress.NextSequence()
			if err != nil {
				return err
			}
			number := layout.Key4(uint32(n))
			err = run.Put(layout.Number, number)
			err = errors.Join(err, run.Bucket(layout.Progress).ForEach(func(k, v []byte) error { return progress.Put(append(bytes.Clone(number), k...), v) }))
			if err := errors.Join(err, run.DeleteBucket(layout.Progress)); err != nil {
				return err
			}
		}
		return nil
	})
}

// Guard gives the books of all runs, and the bitmaps and the strikes of all lists, the tags
// that they had not before schema 5.
func (k Keeper) Guard(b *bolt.Tx) error {
	err := k.guard.Top(b, layout.Progress).Adopt(oldProgress)
	if err != nil {
		return err
	}
	return b.Bucket(layout.Lists).ForEachBucket(func(id []byte) error {
		list := func(name []byte) guard.Bucket { return k.guard.List(b, string(id), name) }
		err := errors.Join(
			list(layout.Active).Adopt(oldBitmap),
			list(layout.Strikes).Adopt(oldIf(record.DecodeStrikes)),
			list(layout.Pending).Adopt(oldIf(record.DecodeFailure)),
		)
		var slugs []string
		err = errors.Join(err, layout.List(b, string(id), layout.Runs).ForEachBucket(func(slug []byte) error { slugs = append(slugs, string(slug)); return nil }))
		for _, slug := range slugs {
			run := k.guard.Run(b, deliver.IssueName{List: string(id), Slug: slug})
			err = errors.Join(err,
				run.Adopt(func(key, stored []byte) ([]byte, bool) { return stored, !bytes.Equal(key, layout.Compiled) }),
				run.In(layout.Audience).Adopt(oldBitmap),
				run.In(layout.Copies).Adopt(oldIf(record.DecodeCopy)),
			)
		}
		return err
	})
}

func oldBitmap(_, stored []byte) ([]byte, bool) { return stored, len(stored) == layout.ChunkBytes }

// oldIf takes the values that can be read.
func oldIf[T any](read func([]byte) (T, error)) func(_, stored []byte) ([]byte, bool) {
	return func(_, stored []byte) ([]byte, bool) {
		_, err := read(stored)
		return stored, err == nil
	}
}

// oldProgress is a value of progress, behind which there was a checksum, or nothing.
func oldProgress(_, stored []byte) ([]byte, bool) {
	if len(stored) < progressBytes {
		return nil, false
	}
	p, sum := stored[:progressBytes:progressBytes], stored[progressBytes:]
	want := binary.BigEndian.AppendUint32(nil, crc32.Checksum(p, crc32.MakeTable(crc32.Castagnoli)))
	return p, len(sum) == 0 || bytes.Equal(sum, want)
}
