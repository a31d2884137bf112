package ledger

import (
	"bytes"
	"errors"

	bolt "go.etcd.io/bbolt"

	"example.jp/kairan/deliver"
	"example.jp/kairan/store/layout"
	"example.jp/kairan/store/record"
	"example.jp/kairan/subscribe"
)

// What a run holds against its readers is pending until the run is judged: only its
// end shows whether the fault was theirs. Then it becomes strikes.

// Pend writes a failed copy down.
func Pend(b *bolt.Tx, name deliver.IssueName, seq subscribe.Seq, f record.Failure) error {
	return layout.Put(b, name.List, layout.Pending, layout.PendingKey(seq, name.Slug), record.EncodeFailure(f))
}

// Pending calls do for the failed copies of a run that are pending, behind the key
// after. It looks at up to most records, of all runs, and returns the key of the last;
// nil at the end.
func Pending(b *bolt.Tx, name deliver.IssueName, after []byte, most int, do func(subscribe.Seq, []byte) error) (last []byte, err error) {
	pending := layout.List(b, name.List, layout.Pending)
	if pending == nil {
		return nil, nil
	}
	c := pending.Cursor()
	k, v := c.Seek(after)
	if after != nil && bytes.Equal(k, after) {
		k, v = c.Next()
	}
	for ; k != nil && most > 0; k, v = c.Next() {
		most--
		last = bytes.Clone(k)
		if string(k[4:]) == name.Slug {
			if err := do(layout.SeqOf(k), v); err != nil {
				return nil, err
			}
		}
	}
	if k == nil {
		last = nil
	}
	return last, nil
}

// Unjudged are the issues of a list of which something is pending, by slug.
func Unjudged(b *bolt.Tx, listID string) map[string]bool {
	out := map[string]bool{}
	_ = layout.Each(layout.List(b, listID, layout.Pending), func(k, _ []byte) error { out[string(k[4:])] = true; return nil })
	return out
}

// Strikes are those of an entry. Damaged ones are counted anew.
func Strikes(b *bolt.Tx, listID string, seq subscribe.Seq) deliver.Strikes {
	had, err := record.DecodeStrikes(layout.Get(layout.List(b, listID, layout.Strikes), layout.SeqKey(seq)))
	if err != nil {
		return deliver.Strikes{}
	}
	return had
}

// PutStrikes stores the strikes of an entry.
func PutStrikes(b *bolt.Tx, listID string, seq subscribe.Seq, s deliver.Strikes) error {
	return layout.Put(b, listID, layout.Strikes, layout.SeqKey(seq), record.EncodeStrikes(s))
}

// ForgetStrikes forgets what is held against an entry, and what is pending.
func ForgetStrikes(b *bolt.Tx, listID string, seq subscribe.Seq) error {
	var err error
	if strikes := layout.List(b, listID, layout.Strikes); strikes != nil {
		err = strikes.Delete(layout.SeqKey(seq))
	}
	pending := layout.List(b, listID, layout.Pending)
	if pending == nil {
		return err
	}
	var gone [][]byte
	c := pending.Cursor()
	for k, _ := c.Seek(layout.SeqKey(seq)); bytes.HasPrefix(k, layout.SeqKey(seq)); k, _ = c.Next() {
		gone = append(gone, bytes.Clone(k))
	}
	return errors.Join(err, layout.DeleteAll(pending, gone))
}

// Struck are the entries of one list that may have strikes, or have some pending: all
// that have, and perhaps a few that have none any more. So an acceptance, which forgets
// them, costs no look-up for anybody else.
type Struck map[subscribe.Seq]bool

// StruckOn reads them from the file.
func StruckOn(b *bolt.Tx, listID string) Struck {
	set := Struck{}
	for _, name := range [][]byte{layout.Strikes, layout.Pending} {
		_ = layout.Each(layout.List(b, listID, name), func(k, _ []byte) error { set[layout.SeqOf(k)] = true; return nil })
	}
	return set
}
