package storetest

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"example.jp/kairan/deliver"
	"example.jp/kairan/subscribe"
)

// bare is a refusal of the address that says no more than that: it takes two.
var bare = deliver.Result{Outcome: deliver.Refused, Blame: deliver.BlameAddress, Stage: deliver.StageRcpt, Code: 550}

func strikesTests() map[string]func(*testing.T, *fixture) {
	return map[string]func(*testing.T, *fixture){
		"an unknown address is suspended by one issue":       suspendedAtOnce,
		"two refusals a day apart suspend":                   twoRefusals,
		"an acceptance by any run forgets":                   forgotten,
		"a carrier's first refusal does not suspend":         carrierRefuses,
		"copies given up suspend, deferrals do not":          givenUp,
		"nobody else's fault counts":                         nobodyElse,
		"a refused address that was moved from is forgotten": movedFrom,
		"other runs find a suspended reader withdrawn":       otherRuns,
		"a suspended reader comes back":                      comesBack,
		"nothing is held against anybody before the end":     pendingUntilTheEnd,
		"a run that is paused for refusals takes them back":  func(t *testing.T, b *fixture) { takenBack(t, b, false) },
		"also when a stop comes between":                     func(t *testing.T, b *fixture) { takenBack(t, b, true) },
		"what is in flight then is taken back too":           takenBackInFlight,
		"a run that ends with everybody refused is paused":   everybodyRefused,
		"an excused run that cannot go on strikes nobody":    excused,
		"if most are refused nobody is struck":               mostRefused,
		"a run that expires is judged by who was tried":      expiredUntried,
		"a cancelled run is judged too":                      cancelledStrikes,
		"an acceptance drops what another run has pending":   pendingDropped,
	}
}

// joinCrowd lets a reader join, and a crowd behind the first.
func (b *fixture) joinCrowd(address string) *subscribe.Subscriber {
	b.t.Helper()
	s := b.join(journal, address)
	for ; b.crowd < 2; b.crowd++ {
		b.join(journal, fmt.Sprintf("crowd%d@example.org", b.crowd))
	}
	return s
}

// issue runs an issue in which the only reader's copy ends with these results,
// the last of them for good, everybody else of the crowd gets theirs, and the run
// ends. It returns the books without the crowd.
func (b *fixture) issue(slug string, results ...deliver.Result) deliver.Balance {
	b.t.Helper()
	r := b.start(named(slug), 96*time.Hour)
	for {
		x := b.reserve(r)
		if x == nil {
			break
		}
		b.must(r.SettleAndClaim(b.t.Context(), nil, x, nil))
		if strings.HasPrefix(x.Address.Clear(), "crowd") {
			b.settle(r, *x, accepted, time.Time{})
			continue
		}
		var next time.Time
		if len(results) > 1 {
			next = b.clock.now()
		}
		b.settle(r, *x, results[0], next)
		if len(results) > 1 {
			results = results[1:]
		}
	}
	b.endIssue(slug, true)
	out := b.books(named(slug))
	out.Audience, out.Accepted = out.Audience-b.crowd, out.Accepted-b.crowd
	return out
}

// endIssue concludes a run, and expects that it has ended or that it has not.
func (b *fixture) endIssue(slug string, want bool) {
	b.t.Helper()
	ended, err := b.Conclude(b.t.Context(), named(slug), (*deliver.Issue).End)
	b.must(err)
	if ended != want {
		b.t.Fatalf("ended: %v, want %v; %+v", ended, want, b.books(named(slug)))
	}
}

// wantSuspended expects so many active entries besides the crowd, and suspended ones.
func (b *fixture) wantSuspended(active, suspended int) {
	b.t.Helper()
	n, err := b.Count(journal)
	b.must(err)
	m, err := b.Suspended(journal)
	b.must(err)
	if n-b.crowd != active || m != suspended {
		b.t.Fatalf("%d active and %d suspended, want %d and %d", n-b.crowd, m, active, suspended)
	}
}

const day = 24 * time.Hour

func suspendedAtOnce(t *testing.T, b *fixture) {
	was := b.joinCrowd("reader@example.jp")
	if got := b.issue(autumn, rejected); got != (deliver.Balance{Audience: 1, Refused: 1}) {
		t.Fatalf("%+v", got)
	}
	b.wantSuspended(0, 1)
	for range 2 {
		if b.byAddress(journal, "reader@example.jp") != nil {
			t.Fatal("a suspended entry is found by its address")
		}
		want := *was
		want.Suspend(b.clock.now())
		same(t, b.byID(journal, was.ID), &want)
		m := b.mark(journal, "reader@example.jp")
		if m == nil || m.Kind != subscribe.MarkSuspended || m.ID != was.ID || !m.At.Equal(b.clock.now()) {
			t.Fatalf("mark %+v", m)
		}
		b.reopen()
		b.wantSuspended(0, 1)
		b.wantBooks(named(autumn), deliver.Balance{Audience: 3, Refused: 1, Accepted: 2})
	}
}

func twoRefusals(_ *testing.T, b *fixture) {
	b.joinCrowd("reader@example.jp")
	b.issue("one", bare)
	b.clock.move(12 * time.Hour)
	b.issue("two", bare) // too soon to count
	b.reopen()
	b.clock.move(12 * time.Hour)
	b.wantSuspended(1, 0)
	if got := b.issue("three", bare); got != (deliver.Balance{Audience: 1, Refused: 1}) {
		b.t.Fatalf("%+v", got)
	}
	b.wantSuspended(0, 1)
}

// forgotten has an acceptance after a reopening, and one by a run that was open
// already when the strike was counted.
func forgotten(_ *testing.T, b *fixture) {
	b.joinCrowd("reader@example.jp")
	b.issue("one", bare)
	b.reopen()
	b.clock.move(day)
	b.issue("two", accepted)
	older := b.start(named("older"), 96*time.Hour)
	x := b.claim(older)
	b.clock.move(day)
	b.issue("three", bare)
	b.wantSuspended(1, 0)
	b.settle(older, x, accepted, time.Time{})
	b.clock.move(day)
	b.issue("four", bare)
	b.wantSuspended(1, 0)
	b.clock.move(day)
	b.issue("five", bare)
	b.wantSuspended(0, 1)
}

func carrierRefuses(_ *testing.T, b *fixture) {
	b.joinCrowd("reader@docomo.ne.jp")
	b.issue("one", rejected)
	b.wantSuspended(1, 0)
	b.clock.move(day)
	b.issue("two", rejected)
	b.wantSuspended(0, 1)
}

func givenUp(_ *testing.T, b *fixture) {
	b.joinCrowd("reader@example.jp")
	b.issue("late", deferred, deferred, deferred, deferred, deferred, accepted)
	b.wantSuspended(1, 0)
	for n := range 4 {
		b.clock.move(day)
		b.issue(fmt.Sprint("soft", n), deferred, deferred, deferred)
	}
	b.wantSuspended(1, 0)
	b.clock.move(day)
	if got := b.issue("last", deferred, deferred); got != (deliver.Balance{Audience: 1, Expired: 1}) {
		b.t.Fatalf("%+v", got)
	}
	b.wantSuspended(0, 1)
}

func nobodyElse(_ *testing.T, b *fixture) {
	b.joinCrowd("reader@example.jp")
	for n, r := range []deliver.Result{
		{Outcome: deliver.Refused, Blame: deliver.BlameMessage, Stage: deliver.StageDot, Code: 554, Enhanced: "5.6.0"},
		{Outcome: deliver.Deferred, Blame: deliver.BlameSender, Stage: deliver.StageRcpt, Code: 550, Enhanced: "5.7.1"},
		ourFault, uncertain,
	} {
		for m := range 6 {
			b.clock.move(day)
			b.issue(fmt.Sprintf("i%d-%d", n, m), r)
		}
	}
	b.wantSuspended(1, 0)
}

func movedFrom(t *testing.T, b *fixture) {
	s := b.joinCrowd("old@example.jp")
	b.issue("one", bare)
	b.clock.move(day)
	r := b.start(named("two"), day)
	x := b.claim(r)
	b.update(func(tx subscribe.Tx) error {
		s, err := tx.ByID(journal, s.ID)
		if err != nil {
			return err
		}
		tx.SetMark(journal, s.Address, s.Move(addr("new@example.jp"), tx.Now()))
		tx.Put(s)
		return nil
	})
	b.settle(r, x, rejected, time.Time{}) // is about the old address
	for range b.crowd {
		b.settle(r, b.claim(r), accepted, time.Time{})
	}
	b.endIssue("two", true)
	b.wantSuspended(1, 0)
	b.issue("three", bare) // and the old strike with it
	b.wantSuspended(1, 0)
	if s := b.byAddress(journal, "new@example.jp"); s == nil {
		t.Fatal("the entry is gone")
	}
}

func otherRuns(t *testing.T, b *fixture) {
	b.readers(3)
	one, two, three := b.start(named("one"), day), b.start(named("two"), day), b.start(named("three"), day)
	x, y, z := b.claim(one), b.claim(two), b.reserve(three)
	if x.Seq != y.Seq || x.Seq != z.Seq {
		t.Fatalf("%d, %d, %d", x.Seq, y.Seq, z.Seq)
	}
	b.settle(two, y, deferred, b.clock.now())
	again := b.reserve(two)
	if again.Seq != x.Seq || !again.Again {
		t.Fatalf("%+v", again)
	}
	b.settle(one, x, rejected, time.Time{})
	for range 2 {
		b.settle(one, b.claim(one), accepted, time.Time{})
	}
	b.endIssue("one", true)
	for r, claim := range map[deliver.Run]*deliver.Reader{two: again, three: z} {
		if err := r.SettleAndClaim(t.Context(), nil, claim, nil); !errors.Is(err, deliver.ErrWithdrawn) {
			t.Fatalf("%s claims a suspended reader: %v", r.Name(), err)
		}
	}
	b.wantBooks(named("one"), deliver.Balance{Audience: 3, Refused: 1, Accepted: 2})
	b.wantBooks(named("two"), deliver.Balance{Audience: 3, Withdrawn: 1, Pending: 2})
	b.wantBooks(named("three"), deliver.Balance{Audience: 3, Withdrawn: 1, Pending: 2})
	if got := b.start(named("four"), day); b.claim(got).Seq == x.Seq {
		t.Fatal("a suspended reader is in the audience")
	}
}

func comesBack(t *testing.T, b *fixture) {
	was := b.joinCrowd("reader@example.jp")
	b.issue("one", rejected)
	b.clock.move(day)
	back := entry(journal, "reader@example.jp")
	back.ID = was.ID
	b.update(func(tx subscribe.Tx) error {
		old, err := tx.ByID(journal, was.ID)
		if err != nil {
			return err
		}
		old.End(subscribe.MarkMoved, tx.Now())
		tx.Put(old)
		tx.Put(back)
		return nil
	})
	b.wantSuspended(1, 0)
	b.reopen()
	b.wantSuspended(1, 0)
	got := b.byAddress(journal, "reader@example.jp")
	if got == nil || got.ID != was.ID || got.Seq == was.Seq || b.byID(journal, was.ID).Seq != got.Seq {
		t.Fatalf("came back as %+v", got)
	}
	b.issue("two", bare) // with a clean sheet
	b.wantSuspended(1, 0)
}
