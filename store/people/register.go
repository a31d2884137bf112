package people

import (
	"bytes"
	"errors"
	"fmt"
	"sync/atomic"

	bolt "go.etcd.io/bbolt"

	"example.jp/kairan/store/apart"
	"example.jp/kairan/store/guard"
	"example.jp/kairan/store/layout"
	"example.jp/kairan/store/ledger"
	"example.jp/kairan/store/record"
	"example.jp/kairan/store/seal"
	"example.jp/kairan/subscribe"
)

// Register holds the entries of all lists, their indexes and their marks. Several
// goroutines may use it; a transaction is for one.
type Register struct {
	// Month names the present month for a list, such as 2026-11; nil: nothing is counted.
	// It is set before the register is used.
	Month func(listID string) string

	keys     *seal.Keyring
	guard    guard.Guard
	apart    *apart.Set
	declared atomic.Pointer[map[string]map[string]bool] // list, field; see checkDeclared
}

// New returns a register that notes in set what cannot be read.
func New(keys *seal.Keyring, set *apart.Set) *Register {
	return &Register{keys: keys, guard: guard.New(keys), apart: set}
}

// Entry opens one entry; nil if there is none.
func (r *Register) Entry(b *bolt.Tx, listID string, seq subscribe.Seq) (*subscribe.Subscriber, error) {
	sealed := layout.Get(layout.List(b, listID, layout.Entries), layout.SeqKey(seq))
	if sealed == nil {
		return nil, nil
	}
	plain, err := r.Open(nil, sealed, listID, layout.AppendEntryBound(nil, listID, seq))
	if err == nil {
		var e *subscribe.Subscriber
		if e, err = record.DecodeSubscriber(listID, seq, plain); err == nil {
			return e, nil
		}
	}
	r.apart.Note(apart.Entry, Name(listID, seq))
	return nil, err
}

// Open appends the record of a sealed entry to dst; bound is the additional data of where it stands.
func (r *Register) Open(dst, sealed []byte, listID string, bound []byte) ([]byte, error) {
	plain, err := r.keys.AppendOpen(dst, seal.Data, layout.EntryLabel, sealed, bound)
	if err != nil {
		return nil, fmt.Errorf("an entry of %s cannot be opened: %w", listID, err)
	}
	return plain, nil
}

// Name is the name under which an entry is set apart.
func Name(listID string, seq subscribe.Seq) string { return fmt.Sprintf("%s/%d", listID, seq) }

// Put stores an entry, and keeps the indexes and the active bit in line with it. One
// without a number is new. What its list does not declare is refused.
func (r *Register) Put(b *bolt.Tx, p subscribe.Subscriber) error {
	if err := r.checkDeclared(&p); err != nil {
		return err
	}
	buckets, err := layout.EnsureList(b, p.List)
	if err != nil {
		return err
	}
	entries := buckets.Bucket(layout.Entries)
	if p.Seq == 0 {
		n, err := entries.NextSequence()
		if err != nil {
			return err
		}
		p.Seq = subscribe.Seq(n)
	} else if err := r.unindex(b, p); err != nil {
		return err
	}
	key := layout.SeqKey(p.Seq)
	sealed, err := r.keys.Seal(seal.Data, layout.EntryLabel, record.EncodeSubscriber(&p), layout.AppendEntryBound(nil, p.List, p.Seq))
	if err != nil {
		return err
	}
	active := p.State == subscribe.Active
	err = errors.Join(entries.Put(key, sealed), r.noteSuspended(b, &p), r.SetActive(b, p.List, p.Seq, active))
	if !p.ID.IsZero() { // of a lost one it may be unknown
		err = errors.Join(err, r.guard.List(b, p.List, layout.IDs).Put(p.ID[:], key))
	}
	if active {
		h := r.addressHash(p.List, p.Address)
		err = errors.Join(err, r.guard.List(b, p.List, layout.Addresses).Put(h[:], key))
	}
	if p.State != subscribe.Ended {
		err = errors.Join(err, r.guard.List(b, p.List, layout.Mailboxes).Put(r.mailboxKey(p), nil))
	}
	return err
}

// unindex takes the address of an entry's stored form out of the indexes, and
// forgets the strikes of one that ends or moves.
func (r *Register) unindex(b *bolt.Tx, p subscribe.Subscriber) error {
	before, err := r.Entry(b, p.List, p.Seq)
	if apart.Is(err) {
		return unindexLost(b, p.List, p.Seq)
	}
	if err != nil || before == nil || before.State == subscribe.Ended {
		return err
	}
	if err := layout.List(b, p.List, layout.Mailboxes).Delete(r.mailboxKey(*before)); err != nil {
		return err
	}
	if before.State != subscribe.Active {
		return nil
	}
	if p.State != subscribe.Active || p.Address.Identity() != before.Address.Identity() {
		err = ledger.ForgetStrikes(b, p.List, p.Seq)
	}
	h := r.addressHash(p.List, before.Address)
	return errors.Join(err, layout.List(b, p.List, layout.Addresses).Delete(h[:]))
}

// unindexLost takes an entry that cannot be read out of the indexes. That of
// addresses goes on leading to it, in place of the mark, for which one would have
// to know the address; see formerly.
func unindexLost(b *bolt.Tx, listID string, seq subscribe.Seq) error {
	key, mailboxes := layout.SeqKey(seq), layout.List(b, listID, layout.Mailboxes)
	var gone [][]byte
	err := layout.Each(mailboxes, func(k, _ []byte) error {
		if bytes.HasSuffix(k, key) {
			gone = append(gone, bytes.Clone(k))
		}
		return nil
	})
	return errors.Join(err, layout.DeleteAll(mailboxes, gone), ledger.ForgetStrikes(b, listID, seq))
}

// SetActive sets or clears the bit of an entry. A bitmap that is not as it was written is
// made anew of the entries themselves: leaving must not wait for a person, and what is
// wrong in it must not be made right by the way.
func (r *Register) SetActive(b *bolt.Tx, listID string, seq subscribe.Seq, on bool) error {
	active := r.guard.List(b, listID, layout.Active)
	chunk, bit := layout.ChunkOf(seq)
	bits := make([]byte, layout.ChunkBytes, layout.ChunkBytes+guard.TagSize)
	stored, err := active.Get(layout.Key4(chunk))
	if copy(bits, stored); err != nil || stored != nil && len(stored) != layout.ChunkBytes {
		if err := r.readActive(b, listID, chunk, bits); err != nil {
			return err
		}
	}
	if layout.HasBit(bits, bit) != on {
		if err := r.countChange(b, listID, on); err != nil {
			return err
		}
	}
	layout.SetBit(bits, bit, on)
	return active.Put(layout.Key4(chunk), bits)
}

// readActive sets the bits of a chunk by its entries.
func (r *Register) readActive(b *bolt.Tx, listID string, chunk uint32, bits []byte) error {
	r.apart.Note(apart.Entry, fmt.Sprintf("%s/%d", layout.Active, chunk))
	c := layout.List(b, listID, layout.Entries).Cursor()
	for k, _ := c.Seek(layout.Key4(chunk * layout.ChunkBits)); len(k) == 4; k, _ = c.Next() {
		in, bit := layout.ChunkOf(layout.SeqOf(k))
		if in != chunk {
			break
		}
		e, err := r.Entry(b, listID, layout.SeqOf(k))
		if apart.Skip(err) != nil {
			return err
		}
		layout.SetBit(bits, bit, e != nil && e.State == subscribe.Active)
	}
	return nil
}

// noteSuspended keeps the index of suspended entries in line with an entry.
func (r *Register) noteSuspended(b *bolt.Tx, p *subscribe.Subscriber) error {
	if p.State != subscribe.Suspended {
		return r.guard.List(b, p.List, layout.Suspended).Delete(layout.SeqKey(p.Seq))
	}
	if err := layout.Ensure(b, p.List, layout.Suspended); err != nil {
		return err
	}
	return r.guard.List(b, p.List, layout.Suspended).Put(layout.SeqKey(p.Seq), layout.Key8(uint64(p.EndedAt.UnixMilli())))
}

// Suspended is how many entries of a list are suspended.
func Suspended(b *bolt.Tx, listID string) int {
	if since := layout.List(b, listID, layout.Suspended); since != nil {
		return since.Stats().KeyN
	}
	return 0
}

// addressHash is the key of an address in its index.
func (r *Register) addressHash(list string, a subscribe.Address) [16]byte {
	return r.keys.Hash(seal.Index, "address v1", list, a.Identity())
}

// mailboxHash begins the keys of a mailbox's entries, under all of its spellings.
func (r *Register) mailboxHash(list string, a subscribe.Address) [16]byte {
	return r.keys.Hash(seal.Index, "mailbox v1", list, a.Mailbox())
}

// mailboxKey is the key under which the index of mailboxes has an entry.
func (r *Register) mailboxKey(p subscribe.Subscriber) []byte {
	h := r.mailboxHash(p.List, p.Address)
	return append(h[:], layout.SeqKey(p.Seq)...)
}
