package store

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"example.jp/kairan/deliver"
	"example.jp/kairan/store/commit"
	"example.jp/kairan/subscribe"
)

// TestVisitorsAmongCopies: who signs up or leaves while an issue goes out at full speed is in
// the very next commit, however many connections claim, and waits for no other but the one that
// is under way. It is commits that are counted, so a busy machine changes nothing.
func TestVisitorsAmongCopies(t *testing.T) {
	t.Parallel()
	const connections, visitors = 32, 100
	s := open(t, Options{Dir: t.TempDir(), Keys: newKeys()})
	ids := seedReaders(t, s, "japanifornia", 20_000)
	r := startIssue(t, s, named("japanifornia", "autumn"))
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var copies atomic.Int64
	sending := make(chan struct{})
	go func() {
		defer close(sending)
		crowd(connections, func() bool {
			send(ctx, t, r, &copies)
			return false
		})
	}()
	for copies.Load() == 0 {
		time.Sleep(time.Millisecond)
	}
	for n := range visitors {
		var during uint64
		visit := doing(func(tx *txn) error {
			during = s.Commits()
			if n%2 == 0 {
				tx.PutRequest(subscribe.Request{Kind: subscribe.RequestJoin, List: "japanifornia", Address: sample("", fmt.Sprintf("visitor%d@example.jp", n)).Address, At: tx.Now()})
				return nil
			}
			return leaveNow(tx, ids[len(ids)-n])
		})
		waited := commitsUntil(t, s, visit, &during)
		if waited > 1 {
			t.Errorf("visitor %d waited for %d commits", n, waited)
		}
		if t.Failed() {
			break
		}
	}
	if left := len(ids) - int(copies.Load()); left < connections {
		t.Errorf("the issue was out before the last visitor had come: %d copies are left", left)
	}
	stop()
	<-sending
}

// commitsUntil hands an operation in, and says how many commits were made from then until it
// was done.
func commitsUntil(t *testing.T, s *Store, op *commit.Operation[*txn], during *uint64) uint64 {
	t.Helper()
	if err := s.committer.Put(op); err != nil {
		t.Fatal(err)
	}
	before := s.Commits() // it waits by now, so that a commit that begins later takes it
	if err := op.Wait(); err != nil {
		t.Fatal(err)
	}
	return *during - min(before, *during)
}

// send claims and settles one copy after the other, as a connection does, until ctx ends or
// there are none.
func send(ctx context.Context, t *testing.T, r deliver.Run, copies *atomic.Int64) {
	var last *deliver.Settlement
	for ctx.Err() == nil {
		next, err := r.Reserve(time.Now())
		if err == nil {
			err = r.SettleAndClaim(context.Background(), last, next, nil)
		}
		if err != nil && err != deliver.ErrWithdrawn {
			t.Error(err)
			return
		}
		if next == nil {
			return
		}
		last = nil
		if err == nil {
			last = &deliver.Settlement{Reader: *next, Result: deliver.Result{Outcome: deliver.Accepted}}
			copies.Add(1)
		}
	}
}

// leaveNow ends an entry as its reader does.
func leaveNow(tx *txn, id subscribe.ID) error {
	e, err := tx.ByID("japanifornia", id)
	if err != nil || e == nil {
		return err
	}
	to := e.Address
	tx.SetMark("japanifornia", to, e.End(subscribe.MarkLeft, tx.Now()))
	tx.Put(e)
	return nil
}
