package store

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"example.jp/kairan/deliver"
)

// TestASlowRelayHoldsUpNoOther: copies that are with a relay which hangs are waited for by
// one commit of those that go over another, and by no other.
func TestASlowRelayHoldsUpNoOther(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		w := newTown(t, dir)
		defer w.stop()
		seedReaders(t, w.Store, townList, 40)
		w.schedule("news", w.now)
		w.begin("news")
		r, err := w.OpenRun(named(townList, "news"))
		w.must(err)
		claim := func(relay uint8, settle *deliver.Settlement) *deliver.Settlement {
			x, err := r.Reserve(w.now)
			w.must(err)
			x.Relay = relay
			w.must(r.SettleAndClaim(t.Context(), settle, x, nil))
			return &deliver.Settlement{Reader: *x, Result: handedOver}
		}
		for range 8 {
			claim(1, nil)
		}
		last := claim(0, nil)
		for range 5 { // until the committer knows
			last = claim(0, last)
		}
		began := time.Now()
		for range 10 {
			last = claim(0, last)
		}
		if waited := time.Since(began); waited != 0 || fmt.Sprint(w.flying) != "[1 8]" {
			t.Errorf("ten copies over one relay waited %v for the other; in flight: %v", waited, w.flying)
		}
		w.must(r.SettleAndClaim(t.Context(), last, nil, nil))
		if fmt.Sprint(w.flying) != "[0 8]" {
			t.Errorf("in flight: %v", w.flying)
		}
	})
}

// TestRelaysThatKeepPaceShareCommits: those of two relays that come back at one pace are
// waited for together.
func TestRelaysThatKeepPaceShareCommits(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		w := newTown(t, dir)
		defer w.stop()
		seedReaders(t, w.Store, townList, 40)
		w.schedule("news", w.now)
		w.begin("news")
		r, err := w.OpenRun(named(townList, "news"))
		w.must(err)
		var last [2]*deliver.Settlement
		turn := func(relay int) {
			x, err := r.Reserve(w.now)
			w.must(err)
			x.Relay = uint8(relay)
			w.must(r.SettleAndClaim(t.Context(), last[relay], x, nil))
			last[relay] = &deliver.Settlement{Reader: *x, Result: handedOver}
		}
		turn(0)
		turn(1)
		before := w.Commits()
		for range 10 {
			go turn(0)
			synctest.Wait()
			go turn(1)
			synctest.Wait()
		}
		if n := w.Commits() - before; n != 10 {
			t.Errorf("ten turns of two relays took %d commits", n)
		}
	})
}
