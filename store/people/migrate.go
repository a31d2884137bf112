package people

import (
	"bytes"
	"errors"
	"slices"

	bolt "go.etcd.io/bbolt"

	"example.jp/kairan/store/guard"
	"example.jp/kairan/store/layout"
	"example.jp/kairan/store/record"
	"example.jp/kairan/subscribe"
)

// IndexMailboxes makes the index by which a block finds all spellings of a
// mailbox. The keys of a list go in sorted, page by page, since a million of them
// in random order would take minutes. An entry that cannot be opened is left out:
// no mail can go to it either, and it must not keep everybody else from leaving.
func (r *Register) IndexMailboxes(b *bolt.Tx) error {
	return b.Bucket(layout.Lists).ForEachBucket(func(id []byte) error {
		l := b.Bucket(layout.Lists).Bucket(id)
		mailboxes, err := l.CreateBucketIfNotExists(layout.Mailboxes)
		if err != nil {
			return err
		}
		var keys [][]byte
		err = l.Bucket(layout.Entries).ForEach(func(k, _ []byte) error {
			e, err := r.Entry(b, string(id), layout.SeqOf(k))
			if err == nil && e.State != subscribe.Ended {
				keys = append(keys, r.mailboxKey(*e))
			}
			return nil
		})
		slices.SortFunc(keys, bytes.Compare)
		for _, k := range keys {
			err = errors.Join(err, mailboxes.Put(k, []byte{}))
		}
		return err
	})
}

// Guard gives the indexes and the marks of all lists, and the blocks, the tags that they
// had not before schema 5.
func (r *Register) Guard(b *bolt.Tx) error {
	isMark := func(_, stored []byte) ([]byte, bool) {
		_, err := record.DecodeMark(stored)
		return stored, err == nil
	}
	long := func(n int) func(_, stored []byte) ([]byte, bool) {
		return func(_, stored []byte) ([]byte, bool) { return stored, len(stored) == n }
	}
	err := r.marks(b, "").Adopt(isMark)
	if err != nil {
		return err
	}
	return b.Bucket(layout.Lists).ForEachBucket(func(id []byte) error {
		list := func(name []byte) guard.Bucket { return r.guard.List(b, string(id), name) }
		return errors.Join(
			list(layout.Marks).Adopt(isMark),
			list(layout.IDs).Adopt(long(4)), list(layout.Addresses).Adopt(long(4)),
			list(layout.Mailboxes).Adopt(long(0)), list(layout.Suspended).Adopt(long(8)),
		)
	})
}
