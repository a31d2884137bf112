package deliver

import (
	"fmt"
	"strings"
)

// Balance is the books of one run. They balance at every moment:
// Audience = all the others but UncertainEver, added up.
type Balance struct {
	Audience  int `json:"audience"`
	Accepted  int `json:"accepted"`
	Refused   int `json:"refused"`
	Expired   int `json:"expired"`
	Deferred  int `json:"deferred"`
	Withdrawn int `json:"withdrawn"`
	Uncertain int `json:"uncertain"`
	InFlight  int `json:"in_flight"`
	Pending   int `json:"pending"`
	Cancelled int `json:"cancelled"`
	// UncertainEver counts every reader whose copy was uncertain at any time;
	// it is not part of the sum.
	UncertainEver int `json:"uncertain_ever"`
	// Bounced are copies that the relay had taken, and that came back; Complaints, those
	// that were called abuse, which `issue status` does not tell of fewer than ten. Neither is
	// part of the sum.
	Bounced    int `json:"bounced"`
	Complaints int `json:"complaints"`
}

// Part is one part of a run's audience.
type Part struct {
	Name    string // as people read it; in JSON with _ for the blank
	Readers int
	settled bool // they need nothing more
	begun   bool // an attempt was made
}

// Parts are what the audience is made of.
func (b Balance) Parts() [9]Part {
	return [...]Part{
		{"accepted", b.Accepted, true, true},
		{"refused", b.Refused, true, true},
		{"expired", b.Expired, true, true},
		{"deferred", b.Deferred, false, true},
		{"withdrawn", b.Withdrawn, true, false},
		{"uncertain", b.Uncertain, false, true},
		{"in flight", b.InFlight, false, true},
		{"pending", b.Pending, false, false},
		{"cancelled", b.Cancelled, true, false},
	}
}

// sum adds up the parts that count.
func (b Balance) sum(count func(Part) bool) (n int) {
	for _, p := range b.Parts() {
		if count(p) {
			n += p.Readers
		}
	}
	return n
}

// Balances says whether the books balance.
func (b Balance) Balances() bool { return b.Audience == b.sum(func(Part) bool { return true }) }

// Settled is how many readers need nothing more.
func (b Balance) Settled() int { return b.sum(func(p Part) bool { return p.settled }) }

// Begun is to how many readers an attempt was made.
func (b Balance) Begun() int { return b.sum(func(p Part) bool { return p.begun }) }

// NearlyAllRefused says whether nearly everybody who was tried was refused, or put
// off until it was too late, and they are at least three or all that there are.
// Then something is wrong with us or the relay, and not with the readers.
func (b Balance) NearlyAllRefused() bool { return b.refused(DefaultBreaker().Nearly) }

// MostlyRefused says whether more than half of them were. Then the fault may not be the
// readers', and nothing is held against anybody.
func (b Balance) MostlyRefused() bool { return b.refused(DefaultBreaker().Most + 1) }

// CameBack are the books as they would be if the relay had refused what came back.
func (b Balance) CameBack() Balance {
	n := min(b.Bounced, b.Accepted)
	b.Refused, b.Accepted = b.Refused+n, b.Accepted-n
	return b
}

// refused says whether so many of a hundred were, or more.
func (b Balance) refused(share int) bool {
	failed := b.Refused + b.Expired
	tried := failed + b.Accepted + b.Uncertain
	return failed > 0 && failed*100 >= tried*share && (failed >= DefaultBreaker().Few || failed == tried)
}

// String prints what was accepted, and what else is not zero.
func (b Balance) String() string {
	var parts []string
	for n, p := range b.Parts() {
		if n == 0 || p.Readers > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", p.Readers, p.Name))
		}
	}
	return strings.Join(parts, ", ") + fmt.Sprintf(" of %d", b.Audience)
}
