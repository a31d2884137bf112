package store

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"sync"

	bolt "go.etcd.io/bbolt"

	"example.jp/kairan/store/layout"
	"example.jp/kairan/store/ledger"
	"example.jp/kairan/store/record"
	"example.jp/kairan/store/seal"
	"example.jp/kairan/subscribe"
)

// A record that cannot be read is set apart: it stays where it is, is counted, and
// whatever goes through many records goes on behind it. Leaving works on, above all.

// recordKind is a kind of records that may be set apart.
type recordKind int

const (
	kindEntry recordKind = iota
	kindIssue
	kindNotice
	kindRequest
	kindCopy
	recordKinds
)

// Unreadable counts the records that have been met since the opening and could not
// be read. Nothing else is known of them.
type Unreadable struct {
	Entries, Issues, Notices, Requests, Copies int
}

// Sum is how many there are of all kinds.
func (u Unreadable) Sum() int { return u.Entries + u.Issues + u.Notices + u.Requests + u.Copies }

// String is "2 entries, 1 issue".
func (u Unreadable) String() string {
	var parts []string
	for _, p := range []struct {
		n         int
		one, many string
	}{
		{u.Entries, "entry", "entries"}, {u.Issues, "issue", "issues"}, {u.Notices, "notice", "notices"},
		{u.Requests, "request", "requests"}, {u.Copies, "note of a copy", "notes of copies"},
	} {
		switch {
		case p.n == 1:
			parts = append(parts, "1 "+p.one)
		case p.n > 1:
			parts = append(parts, fmt.Sprintf("%d %s", p.n, p.many))
		}
	}
	if parts == nil {
		return "none"
	}
	return strings.Join(parts, ", ")
}

// apart remembers which records were met, so that each counts once.
type apart struct {
	mu   sync.Mutex
	met  [recordKinds]map[string]bool
	tell func(Unreadable) // nil: nobody is told
}

func (a *apart) note(k recordKind, key string) {
	a.mu.Lock()
	first := len(a.met[k]) == 0
	if a.met[k] == nil {
		a.met[k] = map[string]bool{}
	}
	a.met[k][key] = true
	a.mu.Unlock()
	if first && a.tell != nil {
		a.tell(a.counts(""))
	}
}

// forget is for one that has been written anew.
func (a *apart) forget(k recordKind, key string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.met[k], key)
}

// counts those whose key begins with prefix.
func (a *apart) counts(prefix string) Unreadable {
	a.mu.Lock()
	defer a.mu.Unlock()
	var n [recordKinds]int
	for k, met := range a.met {
		for key := range met {
			if strings.HasPrefix(key, prefix) {
				n[k]++
			}
		}
	}
	return Unreadable{n[kindEntry], n[kindIssue], n[kindNotice], n[kindRequest], n[kindCopy]}
}

// Unreadable counts the records that were met since the opening and could not be read.
func (s *Store) Unreadable() Unreadable { return s.apart.counts("") }

// UnreadableOf counts those of one list: entries and issues.
func (s *Store) UnreadableOf(listID string) Unreadable { return s.apart.counts(listID + "/") }

// unreadable says whether an error is of one record only.
func unreadable(err error) bool {
	return errors.Is(err, seal.ErrOpen) || errors.Is(err, record.ErrDamaged)
}

// skip is nil for the fault of one record, which has been noted.
func skip(err error) error {
	if unreadable(err) {
		return nil
	}
	return err
}

// Examine opens every record there is, a page at a time, and counts those that
// cannot be read. It takes about three seconds for a million readers.
func (s *Store) Examine(ctx context.Context) (Unreadable, error) {
	var lists []string
	err := s.view(func(b *bolt.Tx) error {
		err := b.Bucket(layout.Outbox).ForEach(func(k, _ []byte) error {
			_, err := s.owed(b, binary.BigEndian.Uint64(k))
			return skip(err)
		})
		if err != nil {
			return err
		}
		return b.Bucket(layout.Lists).ForEachBucket(func(id []byte) error { lists = append(lists, string(id)); return nil })
	})
	if err == nil {
		_, err = s.WaitingRequests(ctx, int(^uint(0)>>1))
	}
	for _, id := range lists {
		if err == nil {
			_, err = s.Issues(id)
		}
		for from := subscribe.Seq(0); err == nil; {
			var more bool
			if from, more, err = s.examineEntries(id, from); !more {
				break
			}
			err = ctx.Err()
		}
	}
	return s.Unreadable(), err
}

func (s *Store) examineEntries(listID string, from subscribe.Seq) (next subscribe.Seq, more bool, err error) {
	err = s.view(func(b *bolt.Tx) error {
		entries := layout.List(b, listID, layout.Entries)
		if entries == nil {
			return nil
		}
		c, active, seen := entries.Cursor(), layout.List(b, listID, layout.Active), 0
		for k, _ := c.Seek(layout.SeqKey(from)); k != nil; k, _ = c.Next() {
			if next, more = layout.SeqOf(k), seen == 4096; more {
				return nil
			}
			seen++
			e, err := s.entry(b, listID, next)
			if skip(err) != nil {
				return err
			}
			chunk, bit := layout.ChunkOf(next)
			if e != nil && layout.HasBit(active.Get(layout.Key4(chunk)), bit) != (e.State == subscribe.Active) {
				s.apart.note(kindEntry, entryName(listID, next)) // the bitmap is damaged
			}
		}
		return nil
	})
	return next, more, err
}

// entryName is what an entry is noted under.
func entryName(listID string, seq subscribe.Seq) string { return fmt.Sprintf("%s/%d", listID, seq) }

// lost stands for an entry that is there and cannot be read: its ID is all that is
// left of it, and can end it. Without the ID, it is looked for in the index.
func lost(b *bolt.Tx, listID string, seq subscribe.Seq, id subscribe.ID) *subscribe.Subscriber {
	e := &subscribe.Subscriber{ID: id, Seq: seq, List: listID, State: subscribe.Lost}
	if id.IsZero() {
		c := layout.List(b, listID, layout.IDs).Cursor()
		for k, v := c.First(); k != nil; k, v = c.Next() {
			if len(k) == len(e.ID) && string(v) == string(layout.SeqKey(seq)) {
				e.ID = subscribe.ID(k)
				break
			}
		}
	}
	return e
}

// search finds an entry by its ID without the index, if it has to: it opens all of
// them, which takes two seconds for a million. Of several the last counts.
func (s *Store) search(b *bolt.Tx, listID string, id subscribe.ID) (found *subscribe.Subscriber, err error) {
	err = layout.List(b, listID, layout.Entries).ForEach(func(k, _ []byte) error {
		e, err := s.entry(b, listID, layout.SeqOf(k))
		if err == nil && e.ID == id {
			found = e
		}
		return skip(err)
	})
	return found, err
}

// unindexLost takes an entry that cannot be read out of the indexes. That of
// addresses goes on leading to it, in place of the mark, for which one would have
// to know the address; see formerly.
func unindexLost(b *bolt.Tx, listID string, seq subscribe.Seq) error {
	key, mailboxes := layout.SeqKey(seq), layout.List(b, listID, layout.Mailboxes)
	var gone [][]byte
	if mailboxes != nil {
		c := mailboxes.Cursor()
		for k, _ := c.First(); k != nil; k, _ = c.Next() {
			if strings.HasSuffix(string(k), string(key)) {
				gone = append(gone, append([]byte{}, k...))
			}
		}
	}
	if err := layout.DeleteAll(mailboxes, gone); err != nil {
		return err
	}
	return ledger.ForgetStrikes(b, listID, seq)
}

// formerly is the mark of an address whose entry could not be read when it ended.
func (t *txn) formerly(listID string, a subscribe.Address) (*subscribe.Mark, error) {
	h := t.s.addressHash(listID, a)
	key := layout.Get(layout.List(t.Bolt, listID, layout.Addresses), h[:])
	if len(key) != 4 {
		return nil, nil
	}
	e, err := t.s.entry(t.Bolt, listID, layout.SeqOf(key))
	if err != nil || e == nil || e.State != subscribe.Ended {
		return nil, skip(err)
	}
	return &subscribe.Mark{Kind: subscribe.MarkLeft, At: e.EndedAt, ID: e.ID}, nil
}
