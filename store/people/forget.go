package people

import (
	"bytes"
	"errors"

	bolt "go.etcd.io/bbolt"

	"example.jp/kairan/store/layout"
	"example.jp/kairan/store/ledger"
	"example.jp/kairan/subscribe"
)

// Forget takes an entry that has ended out of the file, with whatever leads to it. Its
// number is not used again.
func (r *Register) Forget(b *bolt.Tx, e *subscribe.Subscriber) error {
	in := func(name []byte) *bolt.Bucket { return layout.List(b, e.List, name) }
	key := layout.SeqKey(e.Seq)
	err := errors.Join(in(layout.Entries).Delete(key), ledger.ForgetStrikes(b, e.List, e.Seq))
	if ids := in(layout.IDs); bytes.HasPrefix(ids.Get(e.ID[:]), key) { // or its reader is back, under the same ID
		err = errors.Join(err, ids.Delete(e.ID[:]))
	}
	if !StandsForMark(e) {
		return err
	}
	var gone [][]byte
	each := layout.Each(in(layout.Addresses), func(k, v []byte) error {
		if bytes.HasPrefix(v, key) {
			gone = append(gone, bytes.Clone(k))
		}
		return nil
	})
	return errors.Join(err, each, layout.DeleteAll(in(layout.Addresses), gone))
}

// StandsForMark says whether an entry that has ended is all that is left in place of the
// mark of its address: it could not be read when it ended, and proves nothing. See formerly.
func StandsForMark(e *subscribe.Subscriber) bool { return e.Consent == (subscribe.Consent{}) }
