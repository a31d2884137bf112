package store

import (
	"errors"
	"slices"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"

	"example.jp/kairan/store/layout"
	"example.jp/kairan/subscribe"
)

// TestTalliesOfOneCommit: operations that share a commit see what those before them have
// counted, not what one that was refused has, and the file is written to once, at the end.
func TestTalliesOfOneCommit(t *testing.T) {
	t.Parallel()
	s := open(t, Options{Dir: t.TempDir(), Keys: newKeys()})
	all, other := subscribe.TallyKey{Scope: "all"}, subscribe.TallyKey{Scope: "other"}
	counting := func(keys ...subscribe.TallyKey) func(*txn) error {
		return func(tx *txn) error {
			for n, k := range keys {
				c, err := tx.Tally(k)
				if err != nil {
					return err
				}
				c.Slots, c.Until = append(slices.Clone(c.Slots), n), tx.Now().Add(time.Hour)
				defer tx.SetTally(k, c)
			}
			return nil
		}
	}
	written := func(b *bolt.Tx) (n int) {
		_ = b.Bucket(layout.Tallies).ForEach(func([]byte, []byte) error { n++; return nil })
		return n
	}
	refused := errors.New("refused")
	for n, err := range s.together(
		doing(counting(all, other)), doing(func(tx *txn) error { return errors.Join(counting(all, other)(tx), refused) }), doing(counting(all)),
		doing(func(tx *txn) error { tx.SetTally(other, subscribe.Tally{}); return nil }),
		doing(func(tx *txn) error {
			if n := written(tx.Bolt); n != 0 {
				t.Errorf("%d tallies are written before the commit's end", n)
			}
			return nil
		}),
	) {
		if err != nil && (n != 1 || !errors.Is(err, refused)) {
			t.Errorf("operation %d: %v", n, err)
		}
	}
	err := s.update(t.Context(), func(tx *txn) error {
		a, fault := tx.Tally(all)
		o, more := tx.Tally(other)
		if len(a.Slots) != 2 || len(o.Slots) != 0 || written(tx.Bolt) != 1 {
			t.Errorf("counted %v and %v in %d tallies", a.Slots, o.Slots, written(tx.Bolt))
		}
		return errors.Join(fault, more)
	})
	if err != nil {
		t.Error(err)
	}
}

// TestTallyOfAnOlderKairan: what it had counted before the gate had a bucket of its own counts
// on.
func TestTallyOfAnOlderKairan(t *testing.T) {
	t.Parallel()
	s := open(t, Options{Dir: t.TempDir(), Keys: newKeys()})
	k := subscribe.TallyKey{Scope: "installation"}
	set := func(k subscribe.TallyKey, slots ...int) {
		err := s.Update(t.Context(), func(tx subscribe.Tx) error {
			tx.SetTally(k, subscribe.Tally{Slots: slots, Until: tx.Now().Add(time.Hour)})
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	set(k, 7)
	k.Gate = true
	for _, want := range []int{7, 8} {
		err := s.Update(t.Context(), func(tx subscribe.Tx) error {
			got, err := tx.Tally(k)
			if !slices.Equal(got.Slots, []int{want}) {
				t.Errorf("counted %v, want %d", got.Slots, want)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		set(k, 8)
	}
}
