package store

import (
	"errors"
	goflag "flag"
	"fmt"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"

	"example.jp/kairan/deliver"
	"example.jp/kairan/store/layout"
	"example.jp/kairan/subscribe"
)

var migrateReaders = goflag.Int("migrate-readers", 300, "readers of the list whose index of mailboxes is made")

// TestBlockInARun: from the answer to a block on, nobody of the mailbox is
// claimed, whatever the spelling, nor one who was reserved before.
func TestBlockInARun(t *testing.T) {
	t.Parallel()
	keys := newKeys()
	s := open(t, Options{Dir: t.TempDir(), Keys: keys})
	l := &subscribe.List{ID: "japanifornia", ListID: "japanifornia.example.jp", Office: &subscribe.Office{ID: "example"}}
	for _, a := range []string{"you+news@example.jp", "You@example.jp", "me@example.jp"} {
		e := sample(l.ID, a)
		if err := s.Update(t.Context(), func(tx subscribe.Tx) error { tx.Put(e); return nil }); err != nil {
			t.Fatal(err)
		}
	}
	run := startIssue(t, s, named(l.ID, "autumn"))
	reserved, err := run.Reserve(time.Now())
	if err != nil || reserved.Address.Clear() != "you+news@example.jp" {
		t.Fatal("not the first reader", err)
	}
	lists := subscribe.Lists{l.ID: l}
	tokens := subscribe.Tokens{Keys: keys, Lists: lists}
	desk := subscribe.Desk{Store: s, Lists: lists}
	blocks := subscribe.Link{Purpose: subscribe.ToBlock, List: l, Address: sample("", "you@example.jp").Address, Issued: time.Now()}
	if err := desk.Block(t.Context(), followed(t, tokens, blocks)); err != nil {
		t.Fatal(err)
	}
	if err := run.SettleAndClaim(t.Context(), nil, reserved, nil); !errors.Is(err, deliver.ErrWithdrawn) {
		t.Errorf("claimed after the block: %v", err)
	}
	for {
		x, err := run.Reserve(time.Now())
		if err != nil {
			t.Fatal(err)
		}
		if x == nil {
			break
		}
		err = run.SettleAndClaim(t.Context(), nil, x, nil)
		if mine := x.Address.Clear() == "me@example.jp"; mine != (err == nil) || !mine && !errors.Is(err, deliver.ErrWithdrawn) {
			t.Errorf("entry %d: %v", x.Seq, err)
		}
	}
	want := deliver.Balance{Audience: 3, Withdrawn: 2, InFlight: 1}
	if got, err := s.Balance(named(l.ID, "autumn")); got != want || err != nil {
		t.Errorf("books %+v (%v)", got, err)
	}
}

// TestMailboxWithDamage: an entry that cannot be opened keeps no other spelling of
// its mailbox on the list, and can be ended itself.
func TestMailboxWithDamage(t *testing.T) {
	t.Parallel()
	s, err := Open(Options{Dir: t.TempDir(), Keys: newKeys()}) // not audited: it is damaged
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range []string{"you+a@example.jp", "you+b@example.jp"} {
		err = errors.Join(err, s.Update(t.Context(), func(tx subscribe.Tx) error { tx.Put(sample("japanifornia", a)); return nil }))
	}
	err = errors.Join(err, s.update(t.Context(), func(t *txn) error {
		t.Stage(func(b *bolt.Tx) error {
			return layout.List(b, "japanifornia", layout.Entries).Put(layout.SeqKey(1), []byte("torn"))
		})
		return nil
	}))
	err = errors.Join(err, s.Update(t.Context(), func(tx subscribe.Tx) error {
		on, err := tx.ByMailbox("japanifornia", sample("", "you@example.jp").Address)
		if len(on) != 2 || on[0].Seq != 1 || on[0].State != subscribe.Lost || on[1].Seq != 2 || on[1].State != subscribe.Active {
			t.Errorf("%d entries", len(on))
		}
		return err
	}))
	if err := errors.Join(err, s.Close()); err != nil {
		t.Error(err)
	}
}

// TestMailboxesAreIndexed: the migration finds every entry that can be read,
// and one that cannot does not stop it.
func TestMailboxesAreIndexed(t *testing.T) {
	t.Parallel()
	dir, keys := t.TempDir(), newKeys()
	s := open(t, Options{Dir: dir, Keys: keys, migrations: migrations[:1]})
	ids := seedReaders(t, s, "japanifornia", *migrateReaders)
	seedReaders(t, s, "whats-new", 3)
	if err := errors.Join(leaveOne(t.Context(), s, ids[7]), s.Close()); err != nil {
		t.Fatal(err)
	}
	db, err := bolt.Open(s.file.Path(), 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	err = db.Update(func(b *bolt.Tx) error { // as the second schema was
		entries := layout.List(b, "japanifornia", layout.Entries)
		torn := append([]byte{}, entries.Get(layout.SeqKey(9))...)
		torn[len(torn)-1] ^= 1
		return errors.Join(entries.Put(layout.SeqKey(9), torn),
			b.Bucket(layout.Lists).Bucket([]byte("japanifornia")).DeleteBucket(layout.Mailboxes),
			b.Bucket(layout.Lists).Bucket([]byte("whats-new")).DeleteBucket(layout.Mailboxes))
	})
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	s, err = Open(Options{Dir: dir, Keys: keys})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("opened after %v", time.Since(began))
	err = s.Update(t.Context(), func(tx subscribe.Tx) error {
		for i := range ids {
			want := 1
			if i == 7 || i == 8 { // left; torn
				want = 0
			}
			on, err := tx.ByMailbox("japanifornia", sample("", fmt.Sprintf("Reader%d+x@example.jp", i)).Address)
			if err != nil || len(on) != want || want == 1 && on[0].ID != ids[i] {
				t.Errorf("reader %d: %d entries (%v)", i, len(on), err)
			}
		}
		on, err := tx.ByMailbox("whats-new", sample("", "reader2@example.jp").Address)
		if len(on) != 1 {
			t.Errorf("on the other list: %d entries", len(on))
		}
		return err
	})
	if err := errors.Join(err, s.Close()); err != nil {
		t.Error(err)
	}
}
