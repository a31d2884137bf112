package store

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"

	"example.jp/kairan/store/guard"
	"example.jp/kairan/store/layout"
	"example.jp/kairan/store/people"
	"example.jp/kairan/store/seal"
	"example.jp/kairan/store/storetest"
	"example.jp/kairan/subscribe"
)

// TestMain lets the test binary play the process that is killed or that holds
// the lock: children are told what to do by the environment.
func TestMain(m *testing.M) {
	if what := os.Getenv(childWhat); what != "" {
		os.Exit(child(what))
	}
	os.Exit(m.Run())
}

func TestStore(t *testing.T) {
	t.Parallel()
	keys := seal.Generate(time.Unix(1795251600, 0))
	storetest.Run(t, func(t storetest.TB, o storetest.Options) storetest.Store {
		s, err := Open(Options{Dir: o.Dir, Keys: keys, Now: o.Now, UncertainAfter: o.UncertainAfter})
		if err != nil {
			t.Fatal(err)
		}
		return audited{s}
	})
}

// audited is a store whose check also looks at what belongs together.
type audited struct{ *Store }

func (a audited) Check() error { return errors.Join(a.Store.Check(), a.audit()) }

// audit opens every sealed record and holds every index against what it indexes:
// nothing is half-written.
func (s *Store) audit() error {
	return s.file.View(func(b *bolt.Tx) error {
		err := b.Bucket(layout.Lists).ForEachBucket(func(id []byte) error { return s.auditList(b, string(id)) })
		if err != nil {
			return err
		}
		return errors.Join(
			b.Bucket(layout.Outbox).ForEach(func(k, _ []byte) error { _, err := s.notice(b, binary.BigEndian.Uint64(k)); return err }),
			b.Bucket(layout.Intake).ForEach(func(k, v []byte) error { _, err := s.keys.Open(seal.Data, layout.RequestLabel, v, k); return err }),
		)
	})
}

func (s *Store) auditList(b *bolt.Tx, id string) error {
	active, suspended, entries, ids := 0, 0, layout.List(b, id, layout.Entries), map[subscribe.ID]subscribe.Seq{}
	err := entries.ForEach(func(k, _ []byte) error {
		seq := layout.SeqOf(k)
		e, err := s.people.Entry(b, id, seq)
		if err != nil {
			return err
		}
		ids[e.ID] = seq
		if e.State == subscribe.Suspended {
			suspended++
			if since := guarded(s, b, id, layout.Suspended, k); !bytes.Equal(since, layout.Key8(uint64(e.EndedAt.UnixMilli()))) {
				return fmt.Errorf("%s: entry %d is not noted as suspended", id, seq)
			}
		}
		if e.State != subscribe.Active && layout.Get(layout.List(b, id, layout.Strikes), k) != nil {
			return fmt.Errorf("%s: entry %d has strikes and is not active", id, seq)
		}
		chunk, bit := layout.ChunkOf(seq)
		if on := layout.HasBit(guarded(s, b, id, layout.Active, layout.Key4(chunk)), bit); on != (e.State == subscribe.Active) {
			return fmt.Errorf("%s: entry %d: the active bit is %v", id, seq, on)
		}
		if e.State == subscribe.Active {
			active++
			if h := addressKey(s, id, e.Address); !bytes.Equal(guarded(s, b, id, layout.Addresses, h[:]), k) {
				return fmt.Errorf("%s: entry %d is not found by its address", id, seq)
			}
		}
		if e.State != subscribe.Ended && guarded(s, b, id, layout.Mailboxes, mailboxKey(s, *e)) == nil {
			return fmt.Errorf("%s: entry %d is not found by its mailbox", id, seq)
		}
		return nil
	})
	if err != nil {
		return err
	}
	if n := people.Suspended(b, id); n != suspended {
		return fmt.Errorf("%s: %d noted as suspended, want %d", id, n, suspended)
	}
	for name, want := range map[string]int{string(layout.Addresses): active, string(layout.Mailboxes): active + suspended, string(layout.IDs): len(ids)} {
		if n := layout.List(b, id, []byte(name)).Stats().KeyN; n != want {
			return fmt.Errorf("%s: %d %s, want %d", id, n, name, want)
		}
	}
	for x, seq := range ids {
		if !bytes.Equal(guarded(s, b, id, layout.IDs, x[:]), layout.SeqKey(seq)) {
			return fmt.Errorf("%s: entry %d is not found by its id", id, seq)
		}
	}
	if n, err := s.ledger.CountActive(b, id); err != nil || n != active {
		return fmt.Errorf("%s: %d active bits for %d entries (%v)", id, n, active, err)
	}
	return layout.List(b, id, layout.Runs).ForEachBucket(func(slug []byte) error {
		x, err := s.ledger.Balance(b, named(id, string(slug)))
		if err == nil && !x.Balances() {
			err = fmt.Errorf("%s/%s: the books do not balance: %+v", id, slug, x)
		}
		return err
	})
}

// guarded is a value as it was written; nil if it was not, or is not there.
func guarded(s *Store, b *bolt.Tx, id string, name, key []byte) []byte {
	v, err := guard.New(s.keys).List(b, id, name).Get(key)
	if err != nil {
		return nil
	}
	return v
}

// open opens a store in dir, and checks and closes it at the end of the test.
func open(t testing.TB, o Options) *Store {
	t.Helper()
	s, err := Open(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := errors.Join(audited{s}.Check(), s.Close()); err != nil && !errors.Is(err, berrors.ErrDatabaseNotOpen) {
			t.Errorf("at the end of the test: %v", err)
		}
	})
	return s
}

func newKeys() *seal.Keyring { return seal.Generate(time.Unix(1795251600, 0)) }

// addressKey is the key of an address in its index.
func addressKey(s *Store, listID string, a subscribe.Address) [16]byte {
	return s.keys.Hash(seal.Index, "address v1", listID, a.Identity())
}

// mailboxKey is the key of an entry in the index of mailboxes.
func mailboxKey(s *Store, e subscribe.Subscriber) []byte {
	h := s.keys.Hash(seal.Index, "mailbox v1", e.List, e.Address.Mailbox())
	return append(h[:], layout.SeqKey(e.Seq)...)
}
