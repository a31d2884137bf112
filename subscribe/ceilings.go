package subscribe

import (
	"fmt"
	"net/netip"
	"time"
)

// Limits are the ceilings that an installation sets. Sign-ups and requests for a
// correction are counted apart, each up to them.
type Limits struct {
	Intake         int // slips that may wait, 1 or more
	PerHour        int // requests the installation takes in any hour, 1 or more
	PerNetworkHour int // requests one network (IPv4 /24, IPv6 /64) may make in any hour, 1 or more; wider ones a few times as many
}

// What of [Limits.PerHour] is for whom. A network is new if it has hardly asked
// within the hour. Whatever the others do, they leave three quarters to the new ones;
// and a thousand IPv6 sites, which are new three times an hour, leave six thousand
// of the default of twelve.
const (
	seenShare    = 4 // one in so many requests may come from networks seen lately
	carrierShare = 6 // an IPv6 /32 is new for one in so many
	trayShare    = 2 // networks seen lately fill the tray up to one in so many
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
type TallyKey struct{ Scope, Of string }

// apart names the tallies of what is asked: a flood of sign-ups takes no
// correction away, and the other way round.
func apart(kind SlipKind, scope string) string {
	if kind == SlipCorrect {
		return "correction: " + scope
	}
	return scope
}

func installationTally(kind SlipKind) TallyKey { return TallyKey{apart(kind, "installation"), ""} }

// seenTally counts the requests from networks that are not new.
func seenTally(kind SlipKind) TallyKey { return TallyKey{apart(kind, "seen networks"), ""} }

// network is one of the prefixes that a request counts for.
type network struct {
	key     TallyKey
	ceiling int // requests of any hour; 0: none of its own
	fresh   int // it is new up to so many requests of an hour
}

// networks are what a request counts for: one line, one site (an IPv6 /48, which
// holds 65,536 /64s), one carrier. What has no address counts together.
func (l Limits) networks(kind SlipKind, from netip.Addr) []network {
	from = plain(from)
	of := func(bits, times, fresh int) network {
		p, _ := from.Prefix(bits) // bits fit the family
		return network{TallyKey{apart(kind, "network"), p.String()}, times * l.PerNetworkHour, fresh}
	}
	switch {
	case !from.IsValid():
		return []network{{TallyKey{apart(kind, "network"), "unknown"}, l.PerNetworkHour, 2}}
	case from.Is4():
		return []network{of(24, 1, 2), of(16, 8, max(l.PerHour, 1))}
	}
	return []network{of(64, 1, 2), of(56, 2, 2), of(48, 4, 3), of(32, 0, max(l.PerHour/carrierShare, 1))}
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

// at is the tally as it stands at now. After a clock was set back it goes on
// with what it has, or begins anew if that lies further ahead than an hour.
func (t Tally) at(now time.Time) Tally {
	start := now.Truncate(slot)
	out := Tally{Since: start, Slots: make([]int, slots)}
	shift := int(start.Sub(t.Since) / slot)
	if start.Before(t.Since) && t.Since.Sub(start) <= window {
		out.Since, shift = t.Since, 0
	}
	for i, n := range t.Slots {
		if at := i + shift; at >= 0 && at < slots {
			out.Slots[at] = n
		}
	}
	return out
}

func (t Tally) sum() (n int) {
	for _, in := range t.Slots {
		n += in
	}
	return n
}

// count is how many requests count at now.
func (t Tally) count(now time.Time) int { return t.at(now).sum() }

// hit counts one more.
func (t *Tally) hit(now time.Time) {
	*t = t.at(now)
	t.Slots[0]++
	t.Until = t.Since.Add(time.Duration(slots) * slot)
}

// free is when a request is within the ceiling again: now, if it is.
func (t Tally) free(ceiling int, now time.Time) time.Time {
	t = t.at(now)
	n := t.sum()
	for i := slots - 1; i >= 0 && n >= ceiling; i-- {
		if n -= t.Slots[i]; n < ceiling {
			return t.Since.Add(time.Duration(slots-i) * slot)
		}
	}
	return now
}

// String shows the scope only.
func (k TallyKey) String() string { return fmt.Sprintf("tally(%s)", k.Scope) }

// GoString shows the scope only.
func (k TallyKey) GoString() string { return k.String() }
