package storetest

import (
	"time"

	"pgregory.net/rapid"

	"example.jp/kairan/deliver"
)

// sendAgain sends an issue that has ended once more, to some of its readers.
func (w *world) sendAgain(t *rapid.T) {
	if w.final == nil || w.state != deliver.Finished {
		t.Skip("not now")
	}
	to := deliver.Whom(rapid.IntRange(1, 3).Draw(t, "to"))
	now := w.b.clock.now()
	want, wants := 0, map[*copyModel]bool{}
	for seq, c := range w.copies {
		if c.endedAs() == to && w.isActive(seq) {
			want++
			wants[c] = true
		}
	}
	settled := w.final.Uncertain+w.final.Refused+w.final.Expired == 0
	n, err := w.b.CountAgain(named(w.slug), to)
	if settled && err != nil { // its bitmaps are gone
		return
	}
	w.b.must(err)
	if n != want {
		t.Fatalf("%d readers whose copy is %s, want %d", n, to, want)
	}
	w.b.must(w.b.SendAgain(t.Context(), named(w.slug), to, func(i *deliver.Issue, copies int, now time.Time) (time.Time, error) {
		return now, i.SendAgain(to, copies, now, 24*time.Hour, "uid 1000", time.UTC, now)
	}))
	for _, c := range w.copies {
		c.passed = false
		if wants[c] && c.state != isPending {
			c.state, c.due, c.resend = isDeferred, now, to == deliver.ToUncertain
		} else {
			c.rest()
		}
	}
	w.state, w.expires, w.final, w.again, w.taken = deliver.Running, now.Add(24*time.Hour), nil, to, false
	delete(w.back.finals, w.slug)
	w.run, err = w.b.OpenRun(named(w.slug))
	w.b.must(err)
}

// stopAgain ends such a round.
func (w *world) stopAgain(t *rapid.T) {
	w.b.must(w.b.ChangeIssue(t.Context(), named(w.slug), func(i *deliver.Issue, now time.Time) error { return i.Cancel("uid 1000", now) }))
	w.state, w.again = deliver.Finished, stopped
	for _, c := range w.copies {
		c.rest()
	}
}

// stopped is a round after which nobody is claimed who was not.
const stopped = deliver.Whom(99)

// claimsNew says whether readers are claimed who had no attempt.
func (w *world) claimsNew() bool { return w.again == 0 || w.again == deliver.ToHeld }

// endedAs is whom a reader belongs to when the run has ended.
func (c *copyModel) endedAs() deliver.Whom {
	switch {
	case c.state == isUncertain, c.state == isDeferred && c.resend:
		return deliver.ToUncertain
	case c.state == isRefused:
		return deliver.ToRefused
	case c.state == isExpired, c.state == isDeferred, c.state == isPending:
		return deliver.ToHeld
	}
	return 0
}

// rest lets a copy wait no more.
func (c *copyModel) rest() {
	switch {
	case c.state == isFlying:
		return
	case c.state == isDeferred && c.resend:
		c.state = isUncertain
	case c.state == isDeferred && c.code5:
		c.state = isRefused
	case c.state == isDeferred:
		c.state = isExpired
	}
	c.due = time.Time{}
}
