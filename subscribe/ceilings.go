package subscribe

import "net/netip"

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
// of the default of twelve thousand.
const (
	seenHourShare   = 4 // one in so many requests may come from networks seen lately
	carrierShare    = 6 // an IPv6 /32 is new up to one in so many requests
	seenIntakeShare = 2 // networks seen lately fill no more of the intake than one in so many
)

// scopeOf names the tallies of what is asked: a flood of sign-ups takes no
// correction away, and the other way round.
func scopeOf(kind RequestKind, scope string) string {
	if kind == RequestCorrect {
		return "correction: " + scope
	}
	return scope
}

func installationTally(kind RequestKind) TallyKey {
	return TallyKey{Scope: scopeOf(kind, "installation"), Gate: true}
}

// seenTally counts the requests from networks that are not new.
func seenTally(kind RequestKind) TallyKey {
	return TallyKey{Scope: scopeOf(kind, "seen networks"), Gate: true}
}

// network is one of the prefixes that a request counts for.
type network struct {
	key     TallyKey
	ceiling int // requests of any hour; 0: none of its own
	fresh   int // it is new up to so many requests of an hour
}

// networks are what a request counts for: one line, one site (an IPv6 /48, which
// holds 65,536 /64s), one carrier. What has no address counts together.
func (l Limits) networks(kind RequestKind, from netip.Addr) []network {
	from = bareIP(from)
	scope, site := scopeOf(kind, "network"), ""
	of := func(bits, times, fresh int) network {
		p, _ := from.Prefix(bits) // bits fit the family
		key := TallyKey{Scope: scope, Of: p.String(), Beside: site, Gate: true}
		if site == "" && bits != 32 { // not beside a whole carrier's
			site = key.Of
		}
		return network{key, times * l.PerNetworkHour, fresh}
	}
	switch {
	case !from.IsValid():
		return []network{{TallyKey{Scope: scope, Of: "unknown", Gate: true}, l.PerNetworkHour, 2}}
	case from.Is4():
		return []network{of(16, 8, max(l.PerHour, 1)), of(24, 1, 2)}
	}
	return []network{of(32, 0, max(l.PerHour/carrierShare, 1)), of(48, 4, 3), of(56, 2, 2), of(64, 1, 2)}
}

// bareIP is the address without a zone, and the IPv4 address that an IPv6 one
// stands for: mapped, behind NAT64 (RFC 6052 §2.1) or 6to4 (RFC 3056 §2).
func bareIP(from netip.Addr) netip.Addr {
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
