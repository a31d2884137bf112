package subscribe

import (
	"fmt"
	"net/netip"
	"time"
)

// Limits are the ceilings that an installation sets. Sign-ups and requests for a
// correction are counted apart, each up to them.
type Limits struct {
	Intake         int // requests that may wait, 1 or more
	PerHour        int // requests the installation takes in any hour, 1 or more
	PerNetworkHour int // requests one network (IPv4 /24, IPv6 /64) may make in any hour, 1 or more; wider ones a few times as many
}

// What of [Limits.PerHour] is for whom. A network is new if it has hardly asked
// within the hour. Whatever the others do, they leave three quarters to the new ones;
// and a thousand IPv6 sites, which are new three times an hour, leave six thousand
// of the default of twelve.
const (
	seenHourShare   = 4 // one in so many requests may come from networks seen lately
	carrierShare    = 6 // an IPv6 /32 is new for one in so many
	seenIntakeShare = 2 // networks seen lately fill the intake up to one in so many
)

// window is how long a request counts, in slots of five minutes, so that no hour
// anywhere holds more than a ceiling, and none is let through at the full hour.
const (
	window = time.Hour
	slot   = 5 * time.Minute
	slots  = int(window/slot) + 1
)

// Tally is what one ceiling has counted. The store keeps it under a keyed hash
// of its [TallyKey] until Until has passed.
type Tally struct {
	Times []time.Time // of the newest mails, oldest first; the last may be to come
	Waits uint32      // which mails are to come, as bits of mail
	Since time.Time   // start of the newest of Slots
	Slots []int       // requests of each slot, newest first
	Until time.Time
}

// TallyKey names a tally; the store hashes it, it is never stored in clear.
type TallyKey struct {
	Scope, Of string
	Beside    string // tallies that are counted together are best stored side by side; may be ""
}

// apart names the tallies of what is asked: a flood of sign-ups takes no
// correction away, and the other way round.
func apart(kind RequestKind, scope string) string {
	if kind == RequestCorrect {
		return "correction: " + scope
	}
	return scope
}

func installationTally(kind RequestKind) TallyKey {
	return TallyKey{Scope: apart(kind, "installation")}
}

// seenTally counts the requests from networks that are not new.
func seenTally(kind RequestKind) TallyKey { return TallyKey{Scope: apart(kind, "seen networks")} }

// network is one of the prefixes that a request counts for.
type network struct {
	key     TallyKey
	ceiling int // requests of any hour; 0: none of its own
	fresh   int // it is new up to so many requests of an hour
}

// networks are what a request counts for: one line, one site (an IPv6 /48, which
// holds 65,536 /64s), one carrier. What has no address counts together.
func (l Limits) networks(kind RequestKind, from netip.Addr) []network {
	from = plain(from)
	scope, site := apart(kind, "network"), ""
	of := func(bits, times, fresh int) network {
		p, _ := from.Prefix(bits) // bits fit the family
		key := TallyKey{Scope: scope, Of: p.String(), Beside: site}
		if site == "" && bits != 32 { // not beside a whole carrier's
			site = key.Of
		}
		return network{key, times * l.PerNetworkHour, fresh}
	}
	switch {
	case !from.IsValid():
		return []network{{TallyKey{Scope: scope, Of: "unknown"}, l.PerNetworkHour, 2}}
	case from.Is4():
		return []network{of(16, 8, max(l.PerHour, 1)), of(24, 1, 2)}
	}
	return []network{of(32, 0, max(l.PerHour/carrierShare, 1)), of(48, 4, 3), of(56, 2, 2), of(64, 1, 2)}
}

// plain is the address without a zone, and the IPv4 address that an IPv6 one
// stands for: mapped, behind NAT64 (RFC 6052 §2.1) or 6to4 (RFC 3056 §2).
func plain(from netip.Addr) netip.Addr {
	from = from.Unmap().WithZone("")
	if !from.Is6() {
		return from
	}
	b := from.As16()
	switch {
	case netip.MustParsePrefix("64:ff9b::/96").Contains(from):
		return netip.AddrFrom4([4]byte(b[12:16]))
	case netip.MustParsePrefix("2002::/16").Contains(from):
		return netip.AddrFrom4([4]byte(b[2:6]))
	}
	return from
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

// free is when a request is within the ceiling again: now, if it is.
func (t *Tally) free(ceiling int, now time.Time) time.Time {
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

// String shows the scope only.
func (k TallyKey) String() string { return fmt.Sprintf("tally(%s)", k.Scope) }

// GoString shows the scope only.
func (k TallyKey) GoString() string { return k.String() }
