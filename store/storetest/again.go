package storetest

import (
	"errors"
	"testing"
	"time"

	"example.jp/kairan/deliver"
)

func againTests() map[string]func(*testing.T, *fixture) {
	return map[string]func(*testing.T, *fixture){
		"exactly those whose copy ended so":      exactlyThose,
		"whoever has left gets nothing":          againNotAfterLeaving,
		"an uncertain copy stays uncertain":      againUncertain,
		"what is in flight survives a kill":      againKilled,
		"a round that is stopped ends alone":     againStopped,
		"no refusal is taken back":               againNotTakenBack,
		"nothing once the books do not tell":     againForgotten,
		"nothing of what has not come to an end": againNotEnded,
	}
}

// ended brings an issue to its end of which one copy was accepted, two were refused, two are
// uncertain, two were given up, and one was never tried.
func (b *fixture) ended() {
	b.t.Helper()
	b.readers(8)
	r := b.start(named(autumn), time.Hour)
	for _, res := range []deliver.Result{accepted, policyOf, policyOf, uncertain, uncertain} {
		b.settle(r, b.claim(r), res, time.Time{})
	}
	b.settle(r, b.claim(r), deferred, time.Time{})
	b.settle(r, b.claim(r), deferred, b.clock.now().Add(2*time.Hour))
	b.clock.move(time.Hour)
	b.conclude(true)
	b.wantBooks(named(autumn), deliver.Balance{Audience: 8, Accepted: 1, Refused: 2, Uncertain: 2, UncertainEver: 2, Expired: 3})
}

// policyOf is a refusal that says nothing of the address.
var policyOf = deliver.Result{Outcome: deliver.Refused, Blame: deliver.BlameMessage, Stage: deliver.StageDot, Code: 554, Enhanced: "5.6.0"}

// again lets the issue go out once more to so many.
func (b *fixture) again(to deliver.Whom, want int) deliver.Run {
	b.t.Helper()
	n, err := b.CountAgain(named(autumn), to)
	b.must(err)
	b.must(b.SendAgain(b.t.Context(), named(autumn), to, func(i *deliver.Issue, copies int, now time.Time) (time.Time, error) {
		if copies != want || n != want {
			b.t.Fatalf("%s: to %d readers, counted %d, want %d", to, copies, n, want)
		}
		return now, i.SendAgain(to, copies, now, time.Hour, "uid 1000", time.UTC, now)
	}))
	r, err := b.OpenRun(named(autumn))
	b.must(err)
	return r
}

func exactlyThose(_ *testing.T, b *fixture) {
	b.ended()
	r := b.again(deliver.ToUncertain, 2)
	b.wantBooks(named(autumn), deliver.Balance{Audience: 8, Accepted: 1, Refused: 2, Uncertain: 2, UncertainEver: 2, Expired: 3})
	b.conclude(false)
	for range 2 {
		x := b.claim(r)
		if !x.Again || !x.Resend {
			b.t.Fatalf("%+v", x)
		}
		b.settle(r, x, accepted, time.Time{})
	}
	b.nobody(r)
	b.conclude(true)
	b.reopen()
	r = b.again(deliver.ToRefused, 2)
	b.settle(r, b.claim(r), accepted, time.Time{})
	b.settle(r, b.claim(r), policyOf, time.Time{})
	b.nobody(r)
	b.conclude(true)
	r = b.again(deliver.ToHeld, 3)
	for range 3 {
		b.settle(r, b.claim(r), accepted, time.Time{})
	}
	b.nobody(r)
	b.conclude(true)
	b.wantBooks(named(autumn), deliver.Balance{Audience: 8, Accepted: 7, Refused: 1, UncertainEver: 2})
	r = b.again(deliver.ToRefused, 1) // whoever got it meanwhile is nobody of them
	b.settle(r, b.claim(r), accepted, time.Time{})
	b.conclude(true)
	b.wantBooks(named(autumn), deliver.Balance{Audience: 8, Accepted: 8, UncertainEver: 2})
}

func againNotAfterLeaving(_ *testing.T, b *fixture) {
	ids := b.readers(3)
	r := b.start(named(autumn), time.Hour)
	for range 3 {
		b.settle(r, b.claim(r), policyOf, time.Time{})
	}
	b.conclude(true)
	b.leave(journal, ids[0])
	r = b.again(deliver.ToRefused, 2)
	x := b.reserve(r)
	b.leave(journal, x.ID)
	if err := r.SettleAndClaim(b.t.Context(), nil, x, nil); !errors.Is(err, deliver.ErrWithdrawn) {
		b.t.Fatal(err)
	}
	b.settle(r, b.claim(r), accepted, time.Time{})
	b.nobody(r)
	b.conclude(true)
	b.wantBooks(named(autumn), deliver.Balance{Audience: 3, Accepted: 1, Refused: 1, Withdrawn: 1})
}

func againUncertain(_ *testing.T, b *fixture) {
	b.ended()
	r := b.again(deliver.ToUncertain, 2)
	b.settle(r, b.claim(r), deferred, time.Time{}) // the first may have arrived
	b.settle(r, b.claim(r), uncertain, time.Time{})
	b.conclude(true)
	b.wantBooks(named(autumn), deliver.Balance{Audience: 8, Accepted: 1, Refused: 2, Uncertain: 2, UncertainEver: 2, Expired: 3})
	b.again(deliver.ToUncertain, 2)
	b.clock.move(2 * time.Hour)
	b.conclude(true)
	b.wantBooks(named(autumn), deliver.Balance{Audience: 8, Accepted: 1, Refused: 2, Uncertain: 2, UncertainEver: 2, Expired: 3})
}

func againKilled(_ *testing.T, b *fixture) {
	b.ended()
	r := b.again(deliver.ToHeld, 3)
	for range 2 {
		b.claim(r)
	}
	b.reopen()
	b.wantBooks(named(autumn), deliver.Balance{Audience: 8, Accepted: 1, Refused: 2, Uncertain: 4, UncertainEver: 4, Pending: 1})
	r, err := b.OpenRun(named(autumn))
	b.must(err)
	b.settle(r, b.claim(r), accepted, time.Time{})
	b.nobody(r)
	b.clock.move(30 * time.Minute)
	for range 2 { // those two, and not the uncertain of before
		b.settle(r, b.claim(r), accepted, time.Time{})
	}
	b.nobody(r)
	b.conclude(true)
	b.wantBooks(named(autumn), deliver.Balance{Audience: 8, Accepted: 4, Refused: 2, Uncertain: 2, UncertainEver: 4})

	r = b.again(deliver.ToUncertain, 2)
	b.claim(r)
	b.reopen() // once more was all
	r, err = b.OpenRun(named(autumn))
	b.must(err)
	b.settle(r, b.claim(r), accepted, time.Time{})
	b.clock.move(45 * time.Minute)
	b.nobody(r)
	b.conclude(true)
	b.wantBooks(named(autumn), deliver.Balance{Audience: 8, Accepted: 5, Refused: 2, Uncertain: 1, UncertainEver: 4})
}

func againStopped(t *testing.T, b *fixture) {
	b.ended()
	r := b.again(deliver.ToHeld, 3)
	flying, waits := b.claim(r), b.reserve(r)
	b.must(b.ChangeIssue(t.Context(), named(autumn), func(i *deliver.Issue, now time.Time) error { return i.Cancel("uid 1000", now) }))
	if err := r.SettleAndClaim(t.Context(), nil, waits, nil); !errors.Is(err, deliver.ErrStopped) {
		t.Fatalf("a round that was stopped claims: %v", err)
	}
	b.conclude(false) // not while one is in flight
	b.settle(r, flying, deferred, b.clock.now().Add(time.Minute))
	b.conclude(true)
	b.wantBooks(named(autumn), deliver.Balance{Audience: 8, Accepted: 1, Refused: 2, Uncertain: 2, UncertainEver: 2, Expired: 3})
	i, err := b.Issue(named(autumn))
	if b.must(err); i.State != deliver.Finished || i.Ended.IsZero() {
		t.Fatalf("%+v", i)
	}
	if _, err := b.BackNumber(journal, autumn); err != nil {
		t.Fatalf("the archive: %v", err)
	}
	b.again(deliver.ToRefused, 2)
	b.must(b.ChangeIssue(t.Context(), named(autumn), func(i *deliver.Issue, now time.Time) error { return i.Cancel("uid 1000", now) }))
	b.reopen()
	b.conclude(true)
	b.wantBooks(named(autumn), deliver.Balance{Audience: 8, Accepted: 1, Refused: 2, Uncertain: 2, UncertainEver: 2, Expired: 3})
	b.again(deliver.ToHeld, 3)
}

func againNotTakenBack(t *testing.T, b *fixture) {
	b.ended()
	r := b.again(deliver.ToHeld, 3)
	b.settle(r, b.claim(r), policyOf, time.Time{})
	b.must(b.TakeBack(t.Context(), named(autumn), func(i *deliver.Issue, now time.Time) error {
		return i.Pause(deliver.Self, "most are refused; "+deliver.TakenBack, now)
	}))
	b.resume(autumn)
	for range 2 {
		b.settle(r, b.claim(r), accepted, time.Time{})
	}
	b.nobody(r)
	b.conclude(true)
	b.wantBooks(named(autumn), deliver.Balance{Audience: 8, Accepted: 3, Refused: 3, Uncertain: 2, UncertainEver: 2})
}

func againForgotten(t *testing.T, b *fixture) {
	b.readers(2)
	r := b.start(named(autumn), time.Hour)
	for range 2 {
		b.settle(r, b.claim(r), accepted, time.Time{})
	}
	b.conclude(true)
	if _, err := b.CountAgain(named(autumn), deliver.ToHeld); !errors.Is(err, deliver.ErrForgotten) {
		t.Fatalf("of a run whose copies are not told apart: %v", err)
	}
}

func againNotEnded(t *testing.T, b *fixture) {
	b.readers(2)
	r := b.start(named(autumn), time.Hour)
	b.settle(r, b.claim(r), policyOf, time.Time{})
	try := func() error {
		return b.SendAgain(t.Context(), named(autumn), deliver.ToRefused, func(i *deliver.Issue, copies int, now time.Time) (time.Time, error) {
			return now, i.SendAgain(deliver.ToRefused, copies, now, time.Hour, "uid 1000", time.UTC, now)
		})
	}
	if err := try(); !errors.As(err, new(*deliver.StateError)) {
		t.Fatalf("under way: %v", err)
	}
	b.must(b.ChangeIssue(t.Context(), named(autumn), func(i *deliver.Issue, now time.Time) error { return i.Cancel("uid 1000", now) }))
	b.conclude(true)
	if err := try(); !errors.As(err, new(*deliver.StateError)) {
		t.Fatalf("cancelled: %v", err)
	}
}
