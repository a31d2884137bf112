package storetest

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"example.jp/kairan/deliver"
)

// pendingUntilTheEnd has more refusals than one commit applies, and a stop between
// them and the end.
func pendingUntilTheEnd(t *testing.T, b *fixture) {
	const all, refused = 560, 270
	b.readers(all)
	r := b.start(named(autumn), day)
	for n := range all {
		result := rejected
		if n >= refused {
			result = accepted
		}
		b.settle(r, b.claim(r), result, time.Time{})
	}
	b.wantSuspended(all, 0)
	b.reopen()
	b.wantSuspended(all, 0)
	live, err := b.Live()
	b.must(err)
	if len(live) != 1 {
		t.Fatalf("%d issues are live", len(live))
	}
	b.clock.move(time.Hour) // the mark is of now, the strike of then
	b.endIssue(autumn, true)
	b.wantSuspended(all-refused, refused)
	b.wantBooks(named(autumn), deliver.Balance{Audience: all, Accepted: all - refused, Refused: refused})
	if live, err = b.Live(); err != nil || len(live) != 0 {
		t.Fatalf("%d issues are live (%v)", len(live), err)
	}
}

// trip pauses an issue because of refusals, and resume lets it go on.
func (b *fixture) trip(slug string) {
	b.t.Helper()
	b.must(b.TakeBack(b.t.Context(), named(slug), func(i *deliver.Issue, now time.Time) error {
		return i.Pause(deliver.Self, "everybody is refused", now)
	}))
}

func (b *fixture) resume(slug string) {
	b.t.Helper()
	b.must(b.ChangeIssue(b.t.Context(), named(slug), func(i *deliver.Issue, now time.Time) error { return i.Resume("uid 1000", now) }))
}

// takenBack may have a stop between the pause and the resumption.
func takenBack(t *testing.T, b *fixture, stop bool) {
	b.readers(6)
	r := b.start(named(autumn), day)
	x, y, z, last := b.claim(r), b.claim(r), b.claim(r), b.claim(r)
	b.settle(r, x, rejected, time.Time{})
	b.settle(r, y, bare, time.Time{})
	b.settle(r, z, deliver.Result{Outcome: deliver.Deferred, Blame: deliver.BlameSender, Code: 550, Enhanced: "5.7.1"}, b.clock.now().Add(2*time.Hour))
	b.settle(r, last, deferred, b.clock.now().Add(2*time.Hour)) // greylisted: it waits its time
	b.wantBooks(named(autumn), deliver.Balance{Audience: 6, Refused: 2, Deferred: 2, Pending: 2})
	b.trip(autumn)
	paused := deliver.Balance{Audience: 6, Deferred: 4, Pending: 2}
	b.wantBooks(named(autumn), paused)
	if stop {
		b.reopen()
		b.wantBooks(named(autumn), paused)
	}
	b.endIssue(autumn, false)
	b.clock.move(time.Minute)
	b.resume(autumn)
	r, err := b.OpenRun(named(autumn))
	b.must(err)
	seen := map[any]bool{}
	for range 5 {
		got := b.claim(r)
		if seen[got.Seq] || got.Seq == last.Seq {
			t.Fatalf("entry %d is handed out too often, or too soon", got.Seq)
		}
		if refused := got.Seq == x.Seq || got.Seq == y.Seq || got.Seq == z.Seq; refused != got.Again || refused && (got.Attempt != 2 || len(seen) >= 3) {
			t.Fatalf("handed out %+v, after %d others", got, len(seen))
		}
		seen[got.Seq] = true
		b.settle(r, got, accepted, time.Time{})
	}
	b.nobody(r)
	b.clock.move(2 * time.Hour)
	b.settle(r, b.claim(r), accepted, time.Time{})
	b.nobody(r)
	b.endIssue(autumn, true)
	b.wantSuspended(6, 0)
	b.wantBooks(named(autumn), deliver.Balance{Audience: 6, Accepted: 6})
}

// takenBackInFlight also has a copy that was refused once before the pause, and a
// reader who has left by then.
func takenBackInFlight(t *testing.T, b *fixture) {
	ids := b.readers(4)
	r := b.start(named(autumn), day)
	w, x, y, z := b.claim(r), b.claim(r), b.claim(r), b.claim(r)
	b.settle(r, w, rejected, time.Time{})
	b.leave(journal, ids[0])
	b.trip(autumn)
	b.wantBooks(named(autumn), deliver.Balance{Audience: 4, Withdrawn: 1, InFlight: 3})
	b.settle(r, x, rejected, time.Time{})
	b.settle(r, y, accepted, time.Time{})
	b.settle(r, z, uncertain, b.clock.now().Add(time.Hour))
	b.wantBooks(named(autumn), deliver.Balance{Audience: 4, Withdrawn: 1, Deferred: 1, Accepted: 1, Uncertain: 1, UncertainEver: 1})
	b.resume(autumn)
	for range 2 {
		got := b.reserve(r)
		if got == nil {
			t.Fatal("nobody is handed out")
		}
		if err := r.SettleAndClaim(t.Context(), nil, got, nil); (err == nil) != (got.Seq == x.Seq) {
			t.Fatalf("entry %d: %v", got.Seq, err)
		} else if err == nil {
			b.settle(r, *got, rejected, time.Time{}) // from now on it counts again
		}
	}
	b.nobody(r)
	b.clock.move(time.Hour)
	b.settle(r, b.claim(r), accepted, time.Time{})
	b.endIssue(autumn, true)
	b.wantSuspended(2, 1)
}

func everybodyRefused(t *testing.T, b *fixture) {
	b.readers(3)
	r := b.start(named(autumn), day)
	for range 3 {
		b.settle(r, b.claim(r), rejected, time.Time{})
	}
	for range 2 {
		b.endIssue(autumn, false)
		i, err := b.Issue(named(autumn))
		b.must(err)
		if i.State != deliver.Paused {
			t.Fatalf("it is %s", i.State)
		}
		b.wantSuspended(3, 0)
		b.wantBooks(named(autumn), deliver.Balance{Audience: 3, Deferred: 3})
		b.resume(autumn)
		for range 3 {
			b.settle(r, b.claim(r), rejected, time.Time{}) // the relay is as it was
		}
	}
	b.endIssue(autumn, false)
	b.resume(autumn)
	for range 3 {
		b.settle(r, b.claim(r), accepted, time.Time{})
	}
	b.nobody(r)
	b.endIssue(autumn, true)
	b.wantBooks(named(autumn), deliver.Balance{Audience: 3, Accepted: 3})
}

func excused(_ *testing.T, b *fixture) {
	b.readers(3)
	r := b.start(named(autumn), day)
	for range 3 {
		b.settle(r, b.claim(r), rejected, time.Time{})
	}
	b.clock.move(day)
	b.endIssue(autumn, true)
	b.wantSuspended(3, 0)
	b.wantBooks(named(autumn), deliver.Balance{Audience: 3, Refused: 3})
	b.reopen()
	b.endIssue(autumn, true)
	b.wantSuspended(3, 0)
}

// mostRefused are so many that it may not be their fault; half are not.
func mostRefused(_ *testing.T, b *fixture) {
	b.readers(6)
	refuse := func(slug string, refused int) {
		r := b.start(named(slug), day)
		for n := range 6 {
			result := accepted
			if n < refused {
				result = rejected
			}
			b.settle(r, b.claim(r), result, time.Time{})
		}
		b.endIssue(slug, true)
	}
	refuse("most", 4)
	b.wantSuspended(6, 0)
	refuse("half", 3)
	b.wantSuspended(3, 3)
}

// expiredUntried has runs that expire before most of their readers are tried. What
// their timelines say of the strikes is what was done.
func expiredUntried(t *testing.T, b *fixture) {
	b.readers(12)
	for _, x := range []struct{ accepted, refused, deferred, suspended int }{{4, 0, 0, 0}, {2, 3, 0, 0}, {3, 0, 4, 0}, {3, 2, 4, 2}} {
		slug := fmt.Sprintf("%d-%d-%d", x.accepted, x.refused, x.deferred)
		r := b.start(named(slug), day)
		for n := range x.accepted + x.refused + x.deferred {
			switch {
			case n < x.refused:
				b.settle(r, b.claim(r), rejected, time.Time{})
			case n < x.refused+x.accepted:
				b.settle(r, b.claim(r), accepted, time.Time{})
			default:
				b.settle(r, b.claim(r), deferred, b.clock.now().Add(2*day))
			}
		}
		b.clock.move(day)
		b.endIssue(slug, true)
		b.wantSuspended(12-x.suspended, x.suspended)
		b.wantBooks(named(slug), deliver.Balance{Audience: 12, Accepted: x.accepted, Refused: x.refused, Expired: 12 - x.accepted - x.refused})
		if i, err := b.Issue(named(slug)); err != nil || saysExcused(i) != (x.refused > x.accepted) {
			t.Errorf("%s: %+v (%v)", slug, i.Timeline, err)
		}
	}
}

// saysExcused says whether an issue's timeline says that nothing is held against its readers.
func saysExcused(i *deliver.Issue) bool {
	return slices.ContainsFunc(i.Timeline, func(e deliver.Event) bool { return strings.Contains(e.What, "nothing is held against anybody") })
}

func cancelledStrikes(t *testing.T, b *fixture) {
	b.readers(12)
	for slug, refused := range map[string]int{"few": 2, "all": 10} {
		r := b.start(named(slug), day)
		for n := range 10 {
			result := rejected
			if n >= refused {
				result = accepted
			}
			b.settle(r, b.claim(r), result, time.Time{})
		}
		b.must(b.ChangeIssue(t.Context(), named(slug), func(i *deliver.Issue, now time.Time) error { return i.Cancel("uid 1000", now) }))
		before, err := b.Suspended(journal)
		b.must(err)
		b.endIssue(slug, true)
		if after, err := b.Suspended(journal); err != nil || after-before != refused%10 {
			t.Fatalf("%s: %d suspended (%v)", slug, after-before, err)
		}
	}
}

func pendingDropped(_ *testing.T, b *fixture) {
	b.joinCrowd("reader@example.jp")
	one := b.start(named("one"), 96*time.Hour)
	b.settle(one, b.claim(one), rejected, time.Time{})
	b.reopen()
	b.issue("two", accepted)
	one, err := b.OpenRun(named("one"))
	b.must(err)
	for range b.crowd {
		b.settle(one, b.claim(one), accepted, time.Time{})
	}
	b.endIssue("one", true)
	b.wantSuspended(1, 0)
	b.clock.move(day)
	b.issue("three", bare) // and no strike is left of it
	b.wantSuspended(1, 0)
}
