package subscribe

import (
	"fmt"
	"net/netip"
	"time"
)

// The ceilings against abuse that are the same everywhere (DESIGN.md; RULES
// F-03). They count the mails that anybody can cause to be sent to an address.
const (
	PerListAndDay = 3                // mails a day to one address about one list
	Apart         = 10 * time.Minute // between two of them
	PerDay        = 5                // mails a day to one address in all
	PerMonth      = 15               // mails in 30 days to one address in all
)

const (
	day   = 24 * time.Hour
	month = 30 * day
)

// Limits are the ceilings that an installation sets.
type Limits struct {
	Intake         int // slips that may wait, 1 or more
	PerHour        int // requests the installation takes in an hour, 1 or more
	PerNetworkHour int // requests one network (IPv4 /24, IPv6 /64) may make in an hour, 1 or more
}

// Tally is what one ceiling has counted. The store keeps it under a keyed hash
// of its [TallyKey] until Until has passed.
type Tally struct {
	Times []time.Time // of the newest mails, oldest first
	Since time.Time   // start of the hour that N counts
	N     int
	Until time.Time
}

// TallyKey names a tally; the store hashes it, it is never stored in clear.
type TallyKey struct{ Scope, Of string }

// The tallies.
func addressTally(a Address) TallyKey { return TallyKey{"address", a.RateIdentity()} }

func listTally(list string, a Address) TallyKey {
	return TallyKey{"address on " + list, a.RateIdentity()}
}

func installationTally() TallyKey { return TallyKey{"installation", ""} }

// networkTally counts an IPv4 /24 or an IPv6 /64; what has no address counts together.
func networkTally(from netip.Addr) TallyKey {
	from = from.Unmap()
	bits := 64
	if from.Is4() {
		bits = 24
	}
	p, err := from.WithZone("").Prefix(bits)
	if err != nil || !p.IsValid() {
		return TallyKey{"network", "unknown"}
	}
	return TallyKey{"network", p.String()}
}

// Hit counts one more in the hour of now, and says whether it is within the ceiling.
func (t *Tally) Hit(ceiling int, now time.Time) bool {
	if hour := now.Truncate(time.Hour); !t.Since.Equal(hour) {
		t.Since, t.N = hour, 0
	}
	if t.N < ceiling {
		t.N++
	} else {
		t.N = ceiling + 1
	}
	t.Until = t.Since.Add(time.Hour)
	return t.N <= ceiling
}

// within counts the remembered mails younger than span.
func (t *Tally) within(span time.Duration, now time.Time) (n int) {
	for _, at := range t.Times {
		if now.Sub(at) < span {
			n++
		}
	}
	return n
}

// add remembers a mail sent now, and forgets what no ceiling asks for any more.
func (t *Tally) add(now time.Time) {
	keep := make([]time.Time, 0, len(t.Times)+1)
	for _, at := range t.Times {
		if now.Sub(at) < month {
			keep = append(keep, at)
		}
	}
	t.Times, t.Until = append(keep, now), now.Add(month)
}

// mayMail judges the two tallies of an address, and counts the mail if it may go.
func mayMail(ofList, ofAddress *Tally, now time.Time) bool {
	if ofList.within(day, now) >= PerListAndDay || ofList.within(Apart, now) > 0 ||
		ofAddress.within(day, now) >= PerDay || ofAddress.within(month, now) >= PerMonth {
		return false
	}
	ofList.add(now)
	ofAddress.add(now)
	return true
}

// wanted forgets what was counted for an address on a list: a link that was used
// shows that its mail was wanted, and a reader who has just confirmed must not
// wait for a correction. The ceilings of the address in all go on counting.
func wanted(tx Tallies, list string, a Address) { tx.SetTally(listTally(list, a), Tally{}) }

// String shows the scope only.
func (k TallyKey) String() string { return fmt.Sprintf("tally(%s)", k.Scope) }

// GoString shows the scope only.
func (k TallyKey) GoString() string { return k.String() }
