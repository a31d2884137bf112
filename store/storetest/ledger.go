package storetest

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"example.jp/kairan/deliver"
	"example.jp/kairan/subscribe"
)

const (
	journal = "japanifornia"
	autumn  = "autumn"
)

var (
	accepted  = deliver.Result{Outcome: deliver.Accepted, Stage: deliver.StageDot, Code: 250}
	deferred  = deliver.Result{Outcome: deliver.Deferred, Stage: deliver.StageRcpt, Code: 450, Enhanced: "4.2.0"}
	ourFault  = deliver.Result{Outcome: deliver.Deferred, Blame: deliver.BlameUs, Stage: deliver.StageAuth, Code: 535}
	rejected  = deliver.Result{Outcome: deliver.Refused, Blame: deliver.BlameAddress, Stage: deliver.StageRcpt, Code: 550, Enhanced: "5.1.1"}
	uncertain = deliver.Result{Outcome: deliver.Uncertain, Stage: deliver.StageDot, Broken: true}
)

func ledgerTests() map[string]func(*testing.T, *fixture) {
	return map[string]func(*testing.T, *fixture){
		"an empty list makes an empty run":             emptyRun,
		"the audience is a copy":                       audienceIsCopy,
		"every outcome is booked":                      everyOutcome,
		"settle and claim are one":                     settleAndClaim,
		"nobody is claimed after leaving":              notAfterLeaving,
		"a deferred reader who leaves is withdrawn":    deferredLeaves,
		"nobody is claimed twice":                      notTwice,
		"what is returned is handed out again":         returned,
		"our own fault uses up no attempt":             noAttempt,
		"the last attempt expires, a resend does not":  lastAttempt,
		"a resend that is put off stays uncertain":     resendPutOff,
		"what was in flight is uncertain after a kill": killed,
		"an uncertain copy is held if so configured":   heldUncertain,
		"a cancelled run claims nobody":                cancelled,
		"expiry ends a run":                            expiry,
		"final books stay":                             finalBooks,
		"many connections share a run":                 manyConnections,
	}
}

func (b *fixture) readers(n int) (ids []subscribe.ID) {
	b.t.Helper()
	var all []*subscribe.Subscriber
	for i := range n {
		all = append(all, entry(journal, fmt.Sprintf("reader%d@example.jp", i)))
		ids = append(ids, all[i].ID)
	}
	b.update(func(tx subscribe.Tx) error {
		for _, s := range all {
			tx.Put(s)
		}
		return nil
	})
	return ids
}

func (b *fixture) conclude(want bool) {
	b.t.Helper()
	ended, err := b.Conclude(b.t.Context(), named(autumn), func(i *deliver.Issue, x deliver.Balance, _ bool, now time.Time) { i.Finish(x, now) })
	b.must(err)
	if ended != want {
		b.t.Fatalf("ended: %v, want %v; %+v", ended, want, b.books(named(autumn)))
	}
}

func (b *fixture) nobody(r deliver.Run) {
	b.t.Helper()
	if x := b.reserve(r); x != nil {
		b.t.Fatalf("entry %d is handed out, attempt %d", x.Seq, x.Attempt)
	}
}

func emptyRun(_ *testing.T, b *fixture) {
	r := b.start(named(autumn), time.Hour)
	b.nobody(r)
	b.wantBooks(named(autumn), deliver.Balance{})
	b.conclude(true)
}

func audienceIsCopy(t *testing.T, b *fixture) {
	b.readers(3)
	r := b.start(named(autumn), time.Hour)
	late := b.join(journal, "late@example.jp")
	for range 3 {
		x := b.claim(r)
		if x.ID == late.ID {
			t.Fatal("a reader who joined after the start is in the audience")
		}
		if s := b.byID(journal, x.ID); s.Seq != x.Seq || s.Address.Clear() != x.Address.Clear() || x.Fields.Of("name") != s.Fields["name"] ||
			x.Attempt != 1 || x.Again || x.Resend || x.Run == 0 || x.Generation != 5 {
			t.Fatalf("reader %+v", x)
		}
		b.settle(r, x, accepted, time.Time{})
	}
	b.nobody(r)
	b.wantBooks(named(autumn), deliver.Balance{Audience: 3, Accepted: 3})
}

func everyOutcome(_ *testing.T, b *fixture) {
	b.readers(5)
	r := b.start(named(autumn), 24*time.Hour)
	want := deliver.Balance{Audience: 5, Pending: 5}
	b.wantBooks(named(autumn), want)
	due := b.clock.now().Add(15 * time.Minute)
	for _, c := range []struct {
		res  deliver.Result
		next time.Time
		book *int
	}{
		{accepted, time.Time{}, &want.Accepted}, {rejected, time.Time{}, &want.Refused}, {deferred, due, &want.Deferred},
		{deferred, time.Time{}, &want.Expired}, {uncertain, due, &want.Uncertain},
	} {
		x := b.claim(r)
		want.Pending--
		want.InFlight++
		b.wantBooks(named(autumn), want)
		b.settle(r, x, c.res, c.next)
		want.InFlight--
		*c.book++
		if c.book == &want.Uncertain {
			want.UncertainEver++
		}
		b.wantBooks(named(autumn), want)
	}
	b.nobody(r) // nothing is due yet
	b.conclude(false)
	b.clock.move(15 * time.Minute)
	for range 2 {
		x := b.claim(r)
		if x.Attempt != 2 || !x.Again || x.Address.IsZero() {
			b.t.Fatalf("further attempt: %+v", x)
		}
		if x.Resend {
			want.Uncertain--
		} else {
			want.Deferred--
		}
		want.InFlight++
		b.wantBooks(named(autumn), want)
		b.settle(r, x, accepted, time.Time{})
		want.InFlight--
		want.Accepted++
		b.wantBooks(named(autumn), want)
	}
	b.conclude(true)
	b.wantBooks(named(autumn), want)
}

func settleAndClaim(t *testing.T, b *fixture) {
	ids := b.readers(3)
	r := b.start(named(autumn), time.Hour)
	first, second := b.claim(r), b.reserve(r)
	b.leave(journal, ids[second.Seq-1])
	err := r.SettleAndClaim(t.Context(), &deliver.Settlement{Reader: first, Result: accepted}, second, nil)
	if !errors.Is(err, deliver.ErrWithdrawn) {
		t.Fatalf("got %v", err)
	}
	b.wantBooks(named(autumn), deliver.Balance{Audience: 3, Accepted: 1, Withdrawn: 1, Pending: 1})
	b.reopen() // the settlement that came with a withdrawn claim is on disk
	b.wantBooks(named(autumn), deliver.Balance{Audience: 3, Accepted: 1, Withdrawn: 1, Pending: 1})
}

func notAfterLeaving(t *testing.T, b *fixture) {
	ids := b.readers(3)
	r := b.start(named(autumn), time.Hour)
	x := b.reserve(r) // reserved, then gone, then back: a new entry, which is not in the audience
	b.leave(journal, x.ID)
	back := entry(journal, "reader0@example.jp")
	back.ID = x.ID
	b.update(func(tx subscribe.Tx) error { tx.Put(back); return nil })
	if err := r.SettleAndClaim(t.Context(), nil, x, nil); !errors.Is(err, deliver.ErrWithdrawn) {
		t.Fatalf("claimed after leaving: %v", err)
	}
	for _, id := range ids[1:] { // gone before they were ever reserved by this run
		b.leave(journal, id)
	}
	for x := b.reserve(r); x != nil; x = b.reserve(r) {
		if err := r.SettleAndClaim(t.Context(), nil, x, nil); !errors.Is(err, deliver.ErrWithdrawn) {
			t.Fatalf("claimed after leaving: %v", err)
		}
	}
	b.wantBooks(named(autumn), deliver.Balance{Audience: 3, Withdrawn: 3})
	b.conclude(true)
}

func deferredLeaves(t *testing.T, b *fixture) {
	b.readers(2)
	r := b.start(named(autumn), 24*time.Hour)
	due := b.clock.now().Add(time.Minute)
	first, second := b.claim(r), b.claim(r)
	b.settle(r, first, deferred, due)
	b.settle(r, second, uncertain, due)
	b.leave(journal, first.ID)
	b.leave(journal, second.ID)
	want := deliver.Balance{Audience: 2, Withdrawn: 1, Uncertain: 1, UncertainEver: 1}
	b.wantBooks(named(autumn), want)
	b.clock.move(time.Minute)
	for range 2 {
		x := b.reserve(r)
		if x == nil {
			break // a store may know already that there is nobody to ask
		}
		if err := r.SettleAndClaim(t.Context(), nil, x, nil); !errors.Is(err, deliver.ErrWithdrawn) {
			t.Fatalf("claimed after leaving: %v", err)
		}
	}
	b.wantBooks(named(autumn), want) // whether the uncertain one arrived nobody knows
	b.conclude(true)
	b.wantBooks(named(autumn), want)
}

func notTwice(t *testing.T, b *fixture) {
	b.readers(2)
	r := b.start(named(autumn), time.Hour)
	x := b.claim(r)
	if err := r.SettleAndClaim(t.Context(), nil, &x, nil); err == nil || errors.Is(err, deliver.ErrWithdrawn) {
		t.Fatalf("claimed twice: %v", err)
	}
	b.settle(r, x, accepted, time.Time{})
	if err := r.SettleAndClaim(t.Context(), nil, &x, nil); err == nil || errors.Is(err, deliver.ErrWithdrawn) {
		t.Fatalf("claimed after acceptance: %v", err)
	}
	x.Again = true
	if err := r.SettleAndClaim(t.Context(), nil, &x, nil); err == nil || errors.Is(err, deliver.ErrWithdrawn) {
		t.Fatalf("claimed again after acceptance: %v", err)
	}
	b.wantBooks(named(autumn), deliver.Balance{Audience: 2, Accepted: 1, Pending: 1})
}

func returned(t *testing.T, b *fixture) {
	b.readers(1)
	r := b.start(named(autumn), 24*time.Hour)
	x := b.reserve(r)
	b.nobody(r)
	r.Return(*x)
	again := b.claim(r)
	if again.Seq != x.Seq {
		t.Fatalf("handed out %d, then %d", x.Seq, again.Seq)
	}
	b.settle(r, again, deferred, b.clock.move(time.Minute))
	x = b.reserve(r)
	b.nobody(r)
	r.Return(*x)
	if y := b.claim(r); y.Attempt != 2 || !y.Again {
		t.Fatalf("%+v", y)
	}
	b.wantBooks(named(autumn), deliver.Balance{Audience: 1, InFlight: 1})
}

func noAttempt(t *testing.T, b *fixture) {
	b.readers(1)
	r := b.start(named(autumn), 24*time.Hour)
	for range 3 {
		x := b.claim(r)
		if x.Attempt != 1 {
			t.Fatalf("attempt %d", x.Attempt)
		}
		b.settle(r, x, ourFault, b.clock.now().Add(time.Minute))
		b.clock.move(time.Minute)
	}
	for want := 1; want < 4; want++ {
		x := b.claim(r)
		if x.Attempt != want {
			t.Fatalf("attempt %d, want %d", x.Attempt, want)
		}
		b.settle(r, x, deferred, b.clock.now().Add(time.Minute))
		b.clock.move(time.Minute)
		if want == 2 {
			b.reopen()
			var err error
			r, err = b.OpenRun(named(autumn))
			b.must(err)
		}
	}
}

func lastAttempt(t *testing.T, b *fixture) {
	b.readers(2)
	r := b.start(named(autumn), 24*time.Hour)
	first := b.claim(r)
	b.settle(r, first, uncertain, b.clock.now().Add(time.Minute))
	b.settle(r, b.claim(r), deferred, time.Time{})
	b.clock.move(time.Minute)
	x := b.claim(r)
	if !x.Resend || x.Run != first.Run || x.Generation != first.Generation { // the return path is the same
		t.Fatalf("%+v", x)
	}
	b.settle(r, x, deferred, b.clock.now().Add(time.Minute)) // the resend is tried again
	b.clock.move(time.Minute)
	x = b.claim(r)
	if !x.Resend || x.Attempt != 3 {
		t.Fatalf("%+v", x)
	}
	b.settle(r, x, deferred, time.Time{}) // and given up; the first may have arrived
	b.wantBooks(named(autumn), deliver.Balance{Audience: 2, Expired: 1, Uncertain: 1, UncertainEver: 1})
	b.conclude(true)
}

// resendPutOff: a relay that puts the one more copy off says nothing about the
// first, neither when the issue expires nor when the reader leaves.
func resendPutOff(t *testing.T, b *fixture) {
	b.readers(2)
	r := b.start(named(autumn), time.Hour)
	for range 2 {
		b.settle(r, b.claim(r), uncertain, b.clock.now().Add(time.Minute))
	}
	b.clock.move(time.Minute)
	books := deliver.Balance{Audience: 2, Uncertain: 2, UncertainEver: 2}
	for range 2 {
		b.settle(r, b.claim(r), deferred, b.clock.now().Add(time.Minute))
		b.wantBooks(named(autumn), books)
	}
	b.clock.move(time.Minute)
	x := b.reserve(r)
	b.leave(journal, x.ID)
	if err := r.SettleAndClaim(t.Context(), nil, x, nil); !errors.Is(err, deliver.ErrWithdrawn) {
		t.Fatal(err)
	}
	b.wantBooks(named(autumn), books)
	b.conclude(false) // the other still waits
	b.clock.move(time.Hour)
	b.conclude(true)
	b.wantBooks(named(autumn), books)
}

func killed(t *testing.T, b *fixture) {
	b.readers(4)
	r := b.start(named(autumn), 24*time.Hour)
	b.settle(r, b.claim(r), accepted, time.Time{})
	b.settle(r, b.claim(r), deferred, b.clock.now())
	again, fresh := b.claim(r), b.claim(r)
	if !again.Again || fresh.Again {
		t.Fatalf("%+v, %+v", again, fresh)
	}
	b.wantBooks(named(autumn), deliver.Balance{Audience: 4, Accepted: 1, InFlight: 2, Pending: 1})
	b.reopen()
	b.wantBooks(named(autumn), deliver.Balance{Audience: 4, Accepted: 1, Uncertain: 2, Pending: 1, UncertainEver: 2})
	r, err := b.OpenRun(named(autumn))
	b.must(err)
	b.settle(r, b.claim(r), rejected, time.Time{})
	b.nobody(r)
	b.clock.move(b.opt.UncertainAfter)
	one, two := b.claim(r), b.claim(r)
	if !one.Resend || !two.Resend {
		t.Fatalf("%+v, %+v", one, two)
	}
	b.settle(r, one, accepted, time.Time{})
	b.reopen() // in the middle of the one more: it stays uncertain, and is not counted again
	b.wantBooks(named(autumn), deliver.Balance{Audience: 4, Accepted: 2, Refused: 1, Uncertain: 1, UncertainEver: 2})
	r, err = b.OpenRun(named(autumn))
	b.must(err)
	b.clock.move(24 * time.Hour)
	b.nobody(r)
	b.conclude(true)
}

func heldUncertain(_ *testing.T, b *fixture) {
	b.opt.UncertainAfter = -1
	b.reopen()
	b.readers(1)
	r := b.start(named(autumn), 24*time.Hour)
	b.claim(r)
	b.reopen()
	r, err := b.OpenRun(named(autumn))
	b.must(err)
	b.clock.move(12 * time.Hour)
	b.nobody(r)
	b.wantBooks(named(autumn), deliver.Balance{Audience: 1, Uncertain: 1, UncertainEver: 1})
	b.conclude(true)
}

func cancelled(t *testing.T, b *fixture) {
	b.readers(5)
	r := b.start(named(autumn), 24*time.Hour)
	b.settle(r, b.claim(r), deferred, b.clock.now())
	waits := b.reserve(r)
	flying, reserved := b.claim(r), b.reserve(r)
	b.must(b.ChangeIssue(t.Context(), named(autumn), func(i *deliver.Issue, now time.Time) error { return i.Cancel("uid 1000", now) }))
	for _, x := range []*deliver.Reader{waits, reserved} {
		if err := r.SettleAndClaim(t.Context(), nil, x, nil); !errors.Is(err, deliver.ErrStopped) {
			t.Fatalf("a cancelled run claims: %v", err)
		}
	}
	b.wantBooks(named(autumn), deliver.Balance{Audience: 5, InFlight: 1, Cancelled: 4})
	b.conclude(false)
	b.settle(r, flying, accepted, time.Time{})
	b.conclude(true)
	b.wantBooks(named(autumn), deliver.Balance{Audience: 5, Accepted: 1, Cancelled: 4})
	if i, err := b.Issue(named(autumn)); err != nil || i.State != deliver.Cancelled {
		t.Fatalf("%+v, %v", i, err)
	}
}

func expiry(t *testing.T, b *fixture) {
	b.readers(4)
	r := b.start(named(autumn), time.Hour)
	b.settle(r, b.claim(r), accepted, time.Time{})
	b.settle(r, b.claim(r), deferred, b.clock.now().Add(2*time.Hour))
	flying := b.claim(r)
	b.clock.move(time.Hour)
	b.conclude(false) // not while one is in flight
	b.settle(r, flying, uncertain, b.clock.now().Add(time.Hour))
	b.conclude(true)
	b.wantBooks(named(autumn), deliver.Balance{Audience: 4, Accepted: 1, Expired: 2, Uncertain: 1, UncertainEver: 1})
	i, err := b.Issue(named(autumn))
	if err != nil || i.State != deliver.Finished || !i.Ended.Equal(b.clock.now()) {
		t.Fatalf("%+v, %v", i, err)
	}
	b.conclude(true) // twice is once
}

func finalBooks(_ *testing.T, b *fixture) {
	ids := b.readers(3)
	r := b.start(named(autumn), time.Hour)
	for range 3 {
		b.settle(r, b.claim(r), accepted, time.Time{})
	}
	b.conclude(true)
	want := b.books(named(autumn))
	b.leave(journal, ids[0])
	b.reopen()
	b.wantBooks(named(autumn), want)
}
