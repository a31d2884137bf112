package engine

import (
	"cmp"
	"sync"
	"time"

	"example.jp/kairan/deliver"
)

// How fast messages go out is a matter of the relay's rate, which is a bucket, and
// of each run's own pace: its hours, and its slow start.

// bucket is the rate at which the relay is given messages: tokens drop in
// evenly, at most one second's worth waits. It begins empty, so that a restart
// gives no burst beyond the rate. A relay that asks for less is given less: the
// rate is divided, and grows again while the relay does not ask.
type bucket struct {
	mu        sync.Mutex
	perMinute int // 0: no limit
	tokens    float64
	last      time.Time
	slowed    float64   // messages a minute while the relay is given less; 0: it is not
	was       float64   // the rate that was too much
	from      float64   // the rate before the first cut
	cutAt     time.Time // when that was
	second    time.Time // when the present second began
	given     int       // tokens in it
	before    int       // tokens in the one before
}

const (
	leastRate = 6           // messages a minute: a relay that is never asked never says that it takes more
	fullRate  = 600_000     // messages a minute: where no limit is set, a rate that has grown to this is free again
	cutEvery  = time.Second // at most one cut in it
)

// grant is what may be sent now.
type grant uint8

const (
	grantNothing grant = iota
	grantNotice        // a notice, but no copy
	grantAny
)

// take takes a token. A notice may take it before it has dropped in, if no other
// has: so it waits for no copy, and many of them still keep the rate.
func (b *bucket) take(now time.Time) grant {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.fill(now) == 0 {
		b.count(now, 1)
		return grantAny
	}
	if b.tokens < 0 {
		return grantNothing
	}
	b.tokens--
	b.count(now, 1)
	if b.tokens < 0 {
		return grantNotice
	}
	return grantAny
}

// giveBack returns a token that was not used.
func (b *bucket) giveBack() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.tokens++
	b.given--
}

// count keeps the present second's number, and the last one's.
func (b *bucket) count(now time.Time, n int) {
	if since := now.Sub(b.second); since >= time.Second || since < 0 {
		b.before = b.given
		if since >= 2*time.Second {
			b.before = 0
		}
		b.second, b.given = now, 0
	}
	b.given += n
}

// fill lets the tokens drop in, and returns the rate; 0: no limit.
func (b *bucket) fill(now time.Time) float64 {
	if b.last.IsZero() || now.Before(b.last) {
		b.last = now
	}
	since := now.Sub(b.last).Seconds()
	b.last = now
	rate := float64(b.perMinute)
	if b.slowed > 0 {
		b.grow(since)
	}
	if b.slowed > 0 {
		rate = b.slowed
	}
	if rate > 0 {
		b.tokens = min(b.tokens+since*rate/60, max(rate/60, 1))
	}
	return rate
}

// grow gives the relay more again: a twentieth of what was too much each second,
// and beyond that a twentieth of what it is given, until nothing holds it back.
func (b *bucket) grow(seconds float64) {
	b.slowed += max(b.was, b.slowed) / 20 * min(seconds, 60)
	if b.slowed >= cmp.Or(float64(b.perMinute), fullRate) {
		b.slowed = 0
	}
}

// cut divides the rate, at most once a second: what was on its way then says
// nothing of the new one. It does not go below least. It returns the rate in
// messages a minute, and whether it was cut.
func (b *bucket) cut(now time.Time, by, least float64) (perMinute int, cut bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	rate := b.fill(now)
	if since := now.Sub(b.cutAt); since >= 0 && since < cutEvery {
		return int(rate), false
	}
	if b.slowed == 0 { // what it was given, and not what it might have been
		b.count(now, 0)
		rate = 60 * float64(max(b.given, b.before, 1))
		if b.perMinute > 0 {
			rate = min(rate, float64(b.perMinute))
		}
		b.from = rate
	}
	if b.perMinute > 0 {
		least = min(least, float64(b.perMinute))
	}
	b.was, b.slowed, b.cutAt = rate, max(rate/by, least), now
	b.tokens = min(b.tokens, 0)
	return int(b.slowed), true
}

// resume raises a rate that was cut in vain, because no rate but a quota or a sender was
// meant, to half of what it was before the first cut.
func (b *bucket) resume() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.slowed > 0 {
		b.slowed, b.was = max(b.slowed, b.from/2), max(b.was, b.from)
	}
}

// slowedTo is the rate in messages a minute that the relay has asked for; 0: it has not.
func (b *bucket) slowedTo(now time.Time) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.fill(now)
	return int(b.slowed)
}

// pace is how one run is sent.
type pace struct {
	terms deliver.Terms
	sent  int // copies reserved, also before the engine was given the run
	start slowStart
	waits time.Time // nothing is sent before this
	why   string    // what it waits for, in an editor's words
}

// slowStart is where a slow start stands.
type slowStart uint8

const (
	startOver    slowStart = iota // or there is none
	startCounts                   // the first copies go out
	startWaiting                  // for the look at the refusals
)

const slowWords = "the first copies are out (start_slow); the rest waits for a look at the refusals"

// newPace makes a run's pace. Its slow start goes on where it stood.
func newPace(t deliver.Terms) pace {
	p := pace{terms: t, sent: t.Sent}
	switch {
	case t.Slow == 0:
	case t.Sent < t.Slow:
		p.start = startCounts
	default:
		p.waits, p.why = t.Began.Add(t.SlowFor), slowWords
	}
	return p
}

// isWaiting says whether the pace keeps the run back at now.
func (p *pace) isWaiting(now time.Time) bool { return now.Before(p.waits) || !p.terms.Open(now) }

// delay lets the run wait, unless it waits longer already.
func (p *pace) delay(until time.Time, why string) {
	if until.After(p.waits) {
		p.waits, p.why = until, why
	}
}

// count counts a copy that is begun; last: it is the last of a slow start.
func (p *pace) count(now time.Time) (last bool) {
	p.sent++
	if last = p.start == startCounts && p.sent >= p.terms.Slow; last {
		p.start, p.waits, p.why = startWaiting, now.Add(p.terms.SlowFor), slowWords
	}
	return last
}
