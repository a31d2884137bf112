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
func (k Keeper) Pend(b *bolt.Tx, name deliver.IssueName, seq subscribe.Seq, f record.Failure) error {
	return k.put(b, name.List, layout.Pending, layout.PendingKey(seq, name.Slug), record.EncodeFailure(f))
}

// put writes into a bucket that is made when it is first written to.
func (k Keeper) put(b *bolt.Tx, listID string, name, key, v []byte) error {
	if err := layout.Ensure(b, listID, name); err != nil {
		return err
	}
	return k.guard.List(b, listID, name).Put(key, v)
}

// Pending calls do for the failed copies of a run that are pending, behind the key
// after; fault says that one is not as it was written, or cannot be read. It looks at up to most records, of all runs, and returns the key of the last;
// nil at the end.
func (k Keeper) Pending(b *bolt.Tx, name deliver.IssueName, after []byte, most int, do func(seq subscribe.Seq, f record.Failure, fault error) error) (last []byte, err error) {
	pending := k.guard.List(b, name.List, layout.Pending)
	if pending.IsZero() {
		return nil, nil
	}
	c := pending.Cursor()
	key, stored := c.Seek(after)
	if after != nil && bytes.Equal(key, after) {
		key, stored = c.Next()
	}
	for ; key != nil && most > 0; key, stored = c.Next() {
		most--
		last = bytes.Clone(key)
		if string(key[4:]) == name.Slug {
			var f record.Failure
			v, fault := pending.Check(key, stored)
			if fault == nil {
				f, fault = record.DecodeFailure(v)
			}
			if err := do(layout.SeqOf(key), f, fault); err != nil {
				return nil, err
			}
		}
	}
	if key == nil {
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
func (k Keeper) Strikes(b *bolt.Tx, listID string, seq subscribe.Seq) deliver.Strikes {
	v, err := k.guard.List(b, listID, layout.Strikes).Get(layout.SeqKey(seq))
	if err != nil {
		return deliver.Strikes{}
	}
	had, err := record.DecodeStrikes(v)
	if err != nil {
		return deliver.Strikes{}
	}
	return had
}

// PutStrikes stores the strikes of an entry.
func (k Keeper) PutStrikes(b *bolt.Tx, listID string, seq subscribe.Seq, s deliver.Strikes) error {
	return k.put(b, listID, layout.Strikes, layout.SeqKey(seq), record.EncodeStrikes(s))
}

// ForgetStrikes forgets what is held against an entry, and what is pending.
func ForgetStrikes(b *bolt.Tx, listID string, seq subscribe.Seq) error {
	var err error
	if strikes := layout.List(b, listID, layout.Strikes); strikes != nil {
		err = strikes.Delete(layout.SeqKey(seq))
	}
	return errors.Join(err, ForgetPending(b, listID, seq))
}

// ForgetPending forgets what runs have pending against an entry.
func ForgetPending(b *bolt.Tx, listID string, seq subscribe.Seq) error {
	pending := layout.List(b, listID, layout.Pending)
	if pending == nil {
		return nil
	}
	var gone [][]byte
	c := pending.Cursor()
	for k, _ := c.Seek(layout.SeqKey(seq)); bytes.HasPrefix(k, layout.SeqKey(seq)); k, _ = c.Next() {
		gone = append(gone, bytes.Clone(k))
	}
	return layout.DeleteAll(pending, gone)
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
