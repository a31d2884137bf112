package ledger

import (
	"bytes"
	"encoding/binary"
	"errors"

	bolt "go.etcd.io/bbolt"

	"example.jp/kairan/deliver"
	"example.jp/kairan/store/layout"
	"example.jp/kairan/store/record"
	"example.jp/kairan/subscribe"
)

// What came back of a run, after the relay had taken it, stands beside its books: who it
// was as long as the ledger is kept, how many for as long as the issue is.

// ByNumber is the issue of a list whose run has that number; not ok if there is none.
func (k Keeper) ByNumber(b *bolt.Tx, listID string, number uint32) (name deliver.IssueName, ok bool) {
	runs := layout.List(b, listID, layout.Runs)
	if runs == nil {
		return name, false
	}
	_ = runs.ForEachBucket(func(slug []byte) error {
		of := deliver.IssueName{List: listID, Slug: string(slug)}
		if n, err := k.Number(b, of); err == nil && n == number {
			name, ok = of, true
		}
		return nil
	})
	return name, ok
}

// CameBack says whether a copy came back before. One whose record is damaged did.
func (k Keeper) CameBack(b *bolt.Tx, name deliver.IssueName, seq subscribe.Seq) bool {
	return k.guard.List(b, name.List, layout.Bounced).Has(layout.PendingKey(seq, name.Slug))
}

// BouncedOf is a copy that came back.
func (k Keeper) BouncedOf(b *bolt.Tx, name deliver.IssueName, seq subscribe.Seq) (record.Bounced, error) {
	v, err := k.guard.List(b, name.List, layout.Bounced).Get(layout.PendingKey(seq, name.Slug))
	if err != nil {
		return record.Bounced{}, err
	}
	return record.DecodeBounced(v)
}

// WasTo says whether a run was to an entry, as far as its ledger still tells its copies apart.
func (k Keeper) WasTo(b *bolt.Tx, name deliver.IssueName, seq subscribe.Seq) bool {
	chunk, bit := layout.ChunkOf(seq)
	sent, err := k.guard.Run(b, name).In(layout.Audience).Get(layout.Key4(chunk))
	return err == nil && layout.HasBit(sent, bit)
}

// PutBounced writes down that a copy came back, or what was made of that.
func (k Keeper) PutBounced(b *bolt.Tx, name deliver.IssueName, seq subscribe.Seq, x record.Bounced) error {
	return k.put(b, name.List, layout.Bounced, layout.PendingKey(seq, name.Slug), record.EncodeBounced(x))
}

// CountBounced counts one for its run.
func (k Keeper) CountBounced(b *bolt.Tx, name deliver.IssueName, kind deliver.BounceKind) error {
	bounced, complaints := k.bouncedOf(b, name)
	if kind == deliver.Complained {
		complaints++
	} else {
		bounced++
	}
	v := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, uint32(bounced)), uint32(complaints))
	return k.guard.Run(b, name).Put(layout.Back, v)
}

// bouncedOf are how many came back. They decide nothing, and damaged ones are counted anew.
func (k Keeper) bouncedOf(b *bolt.Tx, name deliver.IssueName) (bounced, complaints int) {
	v, err := k.guard.Run(b, name).Get(layout.Back)
	if err != nil || len(v) != 8 {
		return 0, 0
	}
	return int(binary.BigEndian.Uint32(v)), int(binary.BigEndian.Uint32(v[4:]))
}

// Bounced calls do for each copy of a list that came back; fault says that a record is not as
// it was written.
func (k Keeper) Bounced(b *bolt.Tx, listID string, do func(seq subscribe.Seq, slug string, x record.Bounced, fault error)) error {
	return k.guard.List(b, listID, layout.Bounced).Each(func(key, v []byte, fault error) error {
		var x record.Bounced
		if fault == nil {
			x, fault = record.DecodeBounced(v)
		}
		if len(key) > 4 {
			do(layout.SeqOf(key), string(key[4:]), x, fault)
		}
		return nil
	})
}

// ExcuseBounced lets nothing that came back of a run be held against anybody.
func (k Keeper) ExcuseBounced(b *bolt.Tx, name deliver.IssueName) error {
	judged := map[subscribe.Seq]record.Bounced{}
	err := k.Bounced(b, name.List, func(seq subscribe.Seq, slug string, x record.Bounced, fault error) {
		if x.Judged = true; slug == name.Slug && fault == nil {
			judged[seq] = x
		}
	})
	for seq, x := range judged {
		err = errors.Join(err, k.PutBounced(b, name, seq, x))
	}
	return err
}

// ForgetBounced forgets whose copies of a run came back.
func ForgetBounced(b *bolt.Tx, name deliver.IssueName) error {
	in := layout.List(b, name.List, layout.Bounced)
	var gone [][]byte
	err := layout.Each(in, func(key, _ []byte) error {
		if string(key[4:]) == name.Slug {
			gone = append(gone, bytes.Clone(key))
		}
		return nil
	})
	if in == nil {
		return err
	}
	return errors.Join(err, layout.DeleteAll(in, gone))
}
