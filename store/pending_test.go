package store

import (
	"errors"
	"testing"

	bolt "go.etcd.io/bbolt"

	"example.jp/kairan/deliver"
	"example.jp/kairan/store/guard"
	"example.jp/kairan/store/layout"
	"example.jp/kairan/store/record"
)

// TestPendingSurvivesAStop: a stop behind each commit of a run's judgement loses
// no strike and counts none twice.
func TestPendingSurvivesAStop(t *testing.T) {
	t.Parallel()
	const all, unknown, bare = 1200, 300, 290
	for pages := range 4 {
		dir, keys := t.TempDir(), newKeys()
		s := open(t, Options{Dir: dir, Keys: keys})
		seedReaders(t, s, "japanifornia", all)
		r := startIssue(t, s, named("japanifornia", "one"))
		settling := make(chan struct{}, 64) // many at a time share a commit
		for n := range all {
			x, err := r.Reserve(s.opt.Now())
			if err != nil || x == nil {
				t.Fatal(x, err)
			}
			result := handedOver
			switch {
			case n < unknown:
				result = unknownUser
			case n < unknown+bare:
				result = bareRefusal
			}
			settling <- struct{}{}
			go func() {
				defer func() { <-settling }()
				claimed := r.SettleAndClaim(t.Context(), nil, x, nil)
				settled := r.SettleAndClaim(t.Context(), &deliver.Settlement{Reader: *x, Result: result}, nil, nil)
				if err := errors.Join(claimed, settled); err != nil {
					t.Error(err)
				}
			}()
		}
		for range cap(settling) {
			settling <- struct{}{}
		}
		var after []byte
		for page := range pages {
			err := s.update(t.Context(), func(tx *txn) (err error) {
				if page == 0 {
					_, after, err = tx.conclude(named("japanifornia", "one"), (*deliver.Issue).End)
				} else {
					after, err = tx.applyPage(named("japanifornia", "one"), false, after)
				}
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		s = open(t, Options{Dir: dir, Keys: keys})
		if live, err := s.Live(); err != nil || (len(live) == 1) != (pages < 3) {
			t.Fatalf("after %d pages %d issues are live (%v)", pages, len(live), err)
		}
		if ended, err := s.Conclude(t.Context(), named("japanifornia", "one"), (*deliver.Issue).End); err != nil || !ended {
			t.Fatalf("ended %v, %v", ended, err)
		}
		if live, err := s.Live(); err != nil || len(live) != 0 {
			t.Errorf("%d issues are still live (%v)", len(live), err)
		}
		wantStrikes(t, s, unknown, bare)
	}
}

// wantStrikes expects so many suspended entries, and so many with one strike.
func wantStrikes(t *testing.T, s *Store, suspended, struck int) {
	t.Helper()
	if n, err := s.Suspended("japanifornia"); n != suspended || err != nil {
		t.Errorf("%d suspended, want %d (%v)", n, suspended, err)
	}
	err := s.file.View(func(b *bolt.Tx) error {
		if n := layout.List(b, "japanifornia", layout.Pending).Stats().KeyN; n != 0 {
			t.Errorf("%d are still pending", n)
		}
		return guard.New(s.keys).List(b, "japanifornia", layout.Strikes).Each(func(_, v []byte, fault error) error {
			x, err := record.DecodeStrikes(v)
			err = errors.Join(err, fault)
			struck--
			if x.Hard != 1 || x.HardIssue != "one" {
				t.Errorf("%+v", x)
			}
			return err
		})
	})
	if err != nil || struck != 0 {
		t.Errorf("%d too few have a strike (%v)", struck, err)
	}
}
