package subscribe

import (
	"fmt"
	"time"
)

// window is how long a request counts, in slots of five minutes, so that no hour
// anywhere holds more than a ceiling, and none is let through at the full hour.
const (
	window = time.Hour
	slot   = 5 * time.Minute
	slots  = int(window/slot) + 1
)

const newest = 8 // so many mails of a tally are remembered

// Tally is what one ceiling has counted. The store keeps it under a keyed hash
// of its [TallyKey] until Until has passed.
type Tally struct {
	Times []time.Time // of the newest mails, oldest first; the last may be to come
	Waits uint32      // which mails are to come, as bits of [mailBit]
	Since time.Time   // start of the newest of Slots
	Slots []int       // requests of each slot, newest first
	Until time.Time
}

// shift is how many slots have begun since the newest of the tally. After a clock
// was set back it goes on with what it has, or begins anew if that lies further
// ahead than an hour.
func (t *Tally) shift(now time.Time) int {
	start := now.Truncate(slot)
	if start.Before(t.Since) && t.Since.Sub(start) <= window {
		return 0
	}
	by := start.Sub(t.Since) / slot
	if by < 0 || by > time.Duration(slots) {
		return slots // all of it is gone
	}
	return int(by)
}

// count is how many requests count at now.
func (t *Tally) count(now time.Time) (n int) {
	for _, in := range t.Slots[:min(len(t.Slots), slots-t.shift(now))] {
		n += in
	}
	return n
}

// hit counts one more.
func (t *Tally) hit(now time.Time) {
	kept, shift := t.Slots, t.shift(now)
	t.Slots = make([]int, 1, slots)
	if shift < slots && len(kept) > 0 {
		t.Slots = t.Slots[:min(slots, shift+len(kept))]
		copy(t.Slots[shift:], kept)
	}
	t.Slots[0]++
	if start := now.Truncate(slot); shift > 0 {
		t.Since = start
	}
	t.Until = t.Since.Add(time.Duration(slots) * slot)
}

// freeAt is when a request is within the ceiling again: now, if it is.
func (t *Tally) freeAt(ceiling int, now time.Time) time.Time {
	n := t.count(now)
	if n < ceiling {
		return now
	}
	oldest := min(len(t.Slots), slots-t.shift(now)) - 1
	for n -= t.Slots[oldest]; n >= ceiling; n -= t.Slots[oldest] {
		oldest--
	}
	return t.Since.Add(time.Duration(slots-oldest) * slot)
}

// last is the newest mail, zero if there was none.
func (t Tally) last() time.Time {
	if len(t.Times) == 0 {
		return time.Time{}
	}
	return t.Times[len(t.Times)-1]
}

// countWithin counts the remembered mails younger than span.
func (t Tally) countWithin(span time.Duration, now time.Time) (n int) {
	for _, at := range t.Times {
		if now.Sub(at) < span {
			n++
		}
	}
	return n
}

// add remembers a mail that goes out at due.
func (t *Tally) add(due time.Time, keep time.Duration) {
	t.Times = append(t.Times, due)
	t.Times = t.Times[max(0, len(t.Times)-newest):]
	t.Until = due.Add(keep)
}

// TallyKey names a tally; the store hashes it, it is never stored in clear.
type TallyKey struct {
	Scope, Of string
	Beside    string // tallies that are counted together are best stored side by side; may be ""
	Gate      bool   // it is asked, and counts, before a request is put down; there are few, and every request needs some
}

// String shows the scope only.
func (k TallyKey) String() string { return fmt.Sprintf("tally(%s)", k.Scope) }

// GoString shows the scope only.
func (k TallyKey) GoString() string { return k.String() }
