package store

import (
	"errors"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"

	"example.jp/kairan/deliver"
	"example.jp/kairan/store/layout"
	"example.jp/kairan/subscribe"
)

// erase takes an entry out of the file as forgetting it would: the record and its
// indexes go, and the active bit in the same commit.
func erase(t *testing.T, s *Store, seq subscribe.Seq) {
	t.Helper()
	err := s.update(t.Context(), func(tx *txn) error {
		e, err := s.people.Entry(tx.Bolt, "japanifornia", seq)
		if err != nil {
			return err
		}
		h := addressKey(s, "japanifornia", e.Address)
		tx.Stage(func(b *bolt.Tx) error {
			in := func(name []byte) *bolt.Bucket { return layout.List(b, "japanifornia", name) }
			return errors.Join(in(layout.Entries).Delete(layout.SeqKey(seq)), in(layout.Addresses).Delete(h[:]), in(layout.Mailboxes).Delete(mailboxKey(s, *e)), in(layout.IDs).Delete(e.ID[:]),
				s.people.SetActive(b, "japanifornia", seq, false))
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestErasedEntries: who is erased while an issue goes out is withdrawn, wherever
// the copy stood, and the books balance at each step.
func TestErasedEntries(t *testing.T) {
	t.Parallel()
	s := open(t, Options{Dir: t.TempDir(), Keys: newKeys()})
	seedReaders(t, s, "japanifornia", 4)
	r := startIssue(t, s, named("japanifornia", "autumn"))
	put, flying := claimFirst(t, r), claimFirst(t, r) // the first is put off
	later := deliver.Judge(deliver.StageRcpt, 450, "4.2.0", "")
	if err := r.SettleAndClaim(t.Context(), &deliver.Settlement{Reader: put, Result: later, Next: time.Now()}, nil, nil); err != nil {
		t.Fatal(err)
	}
	want := func(what string, x deliver.Balance) {
		t.Helper()
		got, err := s.Balance(named("japanifornia", "autumn"))
		if got != x || !got.Balances() || err != nil {
			t.Errorf("%s: %+v (%v), want %+v", what, got, err, x)
		}
	}
	want("before", deliver.Balance{Audience: 4, Deferred: 1, InFlight: 1, Pending: 2})
	for seq := subscribe.Seq(1); seq <= 3; seq++ {
		erase(t, s, seq)
	}
	want("erased", deliver.Balance{Audience: 4, Withdrawn: 2, InFlight: 1, Pending: 1})
	settleAs(t, r, flying, handedOver) // its copy was on its way
	left := 0
	for x, err := r.Reserve(time.Now()); x != nil; x, err = r.Reserve(time.Now()) {
		if err != nil {
			t.Fatal(err)
		}
		switch err := r.SettleAndClaim(t.Context(), nil, x, nil); {
		case errors.Is(err, deliver.ErrWithdrawn):
		case err != nil:
			t.Fatal(err)
		default:
			left++
			settleAs(t, r, *x, handedOver)
		}
	}
	want("in the end", deliver.Balance{Audience: 4, Accepted: 2, Withdrawn: 2})
	if left != 1 {
		t.Errorf("%d of those who were not erased got a copy", left)
	}
}
