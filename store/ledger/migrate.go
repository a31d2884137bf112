package ledger

import (
	"encoding/binary"
	"errors"

	bolt "go.etcd.io/bbolt"

	"example.jp/kairan/store/layout"
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
			run := runs.Bucket(slug)
			l, err := newBitmaps(b, run)
			if err != nil {
				return err
			}
			err = run.Bucket(layout.Progress).ForEach(func(k, v []byte) error { return l.put(binary.BigEndian.Uint32(k), v) })
			if err := errors.Join(err, run.DeleteBucket(layout.Progress)); err != nil {
				return err
			}
		}
		return nil
	})
}
