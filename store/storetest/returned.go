package storetest

import (
	"testing"
	"time"

	"example.jp/kairan/deliver"
	"example.jp/kairan/subscribe"
)

// full and unknown are what a relay reports of copies that it had taken: full takes two.
var (
	full    = deliver.Bounce{Kind: deliver.BouncedHard, Enhanced: "5.2.1"}
	unknown = deliver.Bounce{Kind: deliver.BouncedHard, Enhanced: "5.1.1"}
	policy  = deliver.Bounce{Kind: deliver.BouncedOurs, Enhanced: "5.7.1"}
)

func returnedTests() map[string]func(*testing.T, *fixture) {
	return map[string]func(*testing.T, *fixture){
		"two that came back suspend, though the relay took both": tookBoth,
		"what came back is judged when its run has ended":        judgedAtTheEnd,
		"who left and came back has had no copy":                 hadNoCopy,
	}
}

// back has the copy of the n-th run of an issue come back, and wants it to count, or not.
func (b *fixture) back(x deliver.Bounce, run uint32, s *subscribe.Subscriber, counts bool) {
	b.t.Helper()
	x.Of = subscribe.Return{List: &subscribe.List{ID: s.List}, Copy: true, Run: run, ID: s.ID, Generation: s.Generation % subscribe.Generations}
	out, err := b.Bounce(b.t.Context(), x)
	b.must(err)
	if counted := out != (deliver.Returned{}); counted != counts {
		b.t.Fatalf("it counts: %v, want %v", counted, counts)
	}
}

// quiet lets the time pass until what came back is judged.
func (b *fixture) quiet() {
	b.t.Helper()
	b.clock.move(deliver.BouncesQuiet)
	b.must(b.JudgeBounces(b.t.Context()))
}

func tookBoth(_ *testing.T, b *fixture) {
	s := b.joinCrowd("reader@example.jp")
	b.issue("one", accepted)
	b.back(full, 1, s, true)
	b.back(full, 1, s, false) // it was reported before
	b.quiet()
	b.quiet()
	b.wantSuspended(1, 0)
	b.reopen()
	b.clock.move(day)
	b.issue("two", accepted)
	b.wantSuspended(1, 0)
	b.back(full, 2, s, true)
	b.quiet()
	b.wantSuspended(0, 1)
	b.wantBooks(named("two"), deliver.Balance{Audience: 3, Accepted: 3, Bounced: 1})
}

func judgedAtTheEnd(_ *testing.T, b *fixture) {
	s := b.joinCrowd("reader@example.jp")
	r := b.start(named("one"), 96*time.Hour)
	for range 3 {
		b.settle(r, b.claim(r), accepted, time.Time{})
	}
	b.back(unknown, 1, s, true)
	b.quiet()
	b.wantSuspended(1, 0)
	b.endIssue("one", true)
	b.quiet()
	b.wantSuspended(0, 1)
}

func hadNoCopy(_ *testing.T, b *fixture) {
	s := b.joinCrowd("reader@example.jp")
	b.issue("one", accepted)
	b.leave(journal, s.ID)
	again := entry(journal, "reader@example.jp")
	again.ID = s.ID
	b.update(func(tx subscribe.Tx) error { tx.Put(again); return nil })
	b.back(unknown, 1, again, false)
	b.quiet()
	b.wantSuspended(1, 0)
}
