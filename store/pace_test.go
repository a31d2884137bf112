package store

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"example.jp/kairan/deliver"
)

// relays send an issue, each over as many connections as it likes.
type relays struct {
	*town
	run deliver.Run
}

// overRelays runs in time of its own, so that what is waited for can be told.
func overRelays(t *testing.T, do func(t *testing.T, w *relays)) {
	t.Parallel()
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		w := &relays{town: newTown(t, dir)}
		defer w.stop()
		seedReaders(t, w.Store, townList, 40)
		w.schedule("news", w.now)
		w.begin("news")
		var err error
		w.run, err = w.OpenRun(named(townList, "news"))
		w.must(err)
		do(t, w)
	})
}

// turn claims one copy for a relay with what settles the connection's last one, nil for the
// first, and returns what settles this one.
func (w *relays) turn(relay uint8, settle *deliver.Settlement) *deliver.Settlement {
	x, err := w.run.Reserve(w.now)
	w.must(err)
	x.Relay = relay
	w.must(w.run.SettleAndClaim(w.t.Context(), settle, x, nil))
	return &deliver.Settlement{Reader: *x, Result: handedOver}
}

// TestASlowRelayHoldsUpNoOther: copies that are with a relay which hangs are waited for by
// one commit of those that go over another, and by no other.
func TestASlowRelayHoldsUpNoOther(t *testing.T) {
	overRelays(t, func(t *testing.T, w *relays) {
		for range 8 {
			w.turn(1, nil)
		}
		last := w.turn(0, nil)
		for range 5 { // until the committer knows
			last = w.turn(0, last)
		}
		began := time.Now()
		for range 10 {
			last = w.turn(0, last)
		}
		if waited := time.Since(began); waited != 0 || fmt.Sprint(w.flying) != "[1 8]" {
			t.Errorf("ten copies over one relay waited %v for the other; in flight: %v", waited, w.flying)
		}
		w.must(w.run.SettleAndClaim(t.Context(), last, nil, nil))
		if fmt.Sprint(w.flying) != "[0 8]" {
			t.Errorf("in flight: %v", w.flying)
		}
	})
}

// TestRelaysThatKeepPaceShareCommits: those of two relays that come back at one pace are
// waited for together.
func TestRelaysThatKeepPaceShareCommits(t *testing.T) {
	overRelays(t, func(t *testing.T, w *relays) {
		last := []*deliver.Settlement{w.turn(0, nil), w.turn(1, nil)}
		before := w.Commits()
		for range 10 {
			for n := range last {
				go func() { last[n] = w.turn(uint8(n), last[n]) }()
				synctest.Wait()
			}
		}
		if n := w.Commits() - before; n != 10 {
			t.Errorf("ten turns of two relays took %d commits", n)
		}
	})
}
