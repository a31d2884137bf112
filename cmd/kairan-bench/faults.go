package main

import (
	"fmt"
	"hash/fnv"
	"math"
	"strings"
	"time"

	"example.jp/kairan/cmd/internal/sink"
)

// faults script how a relay fails. Whom it meets is decided by a hash of the
// recipient, so that both sides of the bench know.
type faults struct {
	Refuse, Defer, Drop, Slow float64 // per cent of the recipients; disjoint
	SlowBy                    time.Duration
	Salt                      uint64
	limits
}

// fault is what meets one recipient.
type fault uint8

const (
	noFault    fault = iota
	refuse           // 550 5.1.1 at RCPT, always
	deferOnce        // 451 4.2.0 at RCPT, the first time
	dropRcpt         // the connection ends at RCPT, the first time
	dropData         // it ends after 354, the first time
	dropLost         // it ends after the dot, the message lost, the first time
	dropTaken        // it ends after the dot, the message taken, the first time
	slowAnswer       // the answer to the dot comes late, always
)

// leavesUncertain says whether a sender cannot know what became of the message.
func (f fault) leavesUncertain() bool { return f == dropData || f == dropLost || f == dropTaken }

// once says whether the fault meets only the first attempt.
func (f fault) once() bool { return f >= deferOnce && f <= dropTaken }

func (f faults) any() bool { return f.Refuse+f.Defer+f.Drop+f.Slow > 0 }

// of decides for one recipient.
func (f faults) of(recipient string) fault {
	if !f.any() {
		return noFault
	}
	h := fnv.New64a()
	_, _ = h.Write([]byte(recipient))
	x := mix(h.Sum64() ^ f.Salt)
	at := float64(x>>32) / math.MaxUint32 * 100
	for _, share := range []struct {
		of float64
		is fault
	}{{f.Refuse, refuse}, {f.Defer, deferOnce}, {f.Drop, dropRcpt + fault(x%4)}, {f.Slow, slowAnswer}} {
		if at < share.of {
			return share.is
		}
		at -= share.of
	}
	return noFault
}

// mix spreads what FNV leaves alike between similar recipients.
func mix(x uint64) uint64 {
	x = (x ^ x>>33) * 0xff51afd7ed558ccd
	x = (x ^ x>>33) * 0xc4ceb9fe1a85ec53
	return x ^ x>>33
}

// limits script a relay that takes only so much, and says so. They are about the
// relay: whom they meet is by chance, and nobody may lose a copy by them.
type limits struct {
	Session int     // messages a connection; then 452 or 421. 0: any number
	Rate    int     // messages a slice of time; more get 454 at their end. 0: any number
	Shut    float64 // per cent of the slices in which nothing is taken: a quota, or our sender is refused
	Bare    bool    // replies are codes alone (RFC 5321 §4.2)
}

const slice = 50 * time.Millisecond

// any says whether there is a limit. (Of faults.any it is no part: that is about
// recipients.)
func (l limits) any() bool { return l != limits{} }

// refusal is a reply, and the command that gets it.
type refusal struct {
	verb  string // MAIL, RCPT; DOT: the end of the data
	reply sink.Reply
}

var (
	sessionEnds = []refusal{
		{"MAIL", "452 4.5.3 Too many messages in this session\r\n"},
		{"RCPT", "452 Too many recipients\r\n"},
		{"MAIL", "421 4.7.0 Too many messages in this session\r\n"},
		{"RCPT", "421 Enough\r\n"},
	}
	shuts = []refusal{
		{"MAIL", "452 Daily limit reached\r\n"},
		{"RCPT", "452 4.5.3 Daily limit reached\r\n"},
		{"MAIL", "553 5.7.1 Sender address rejected\r\n"},
		{"MAIL", "450 4.1.8 Sender address rejected\r\n"},
	}
	tooFast = refusal{"DOT", "454 Throttling failure: Maximum sending rate exceeded.\r\n"}
)

// refuses is what a command gets, on a connection that has taken so many messages
// and at a time when so many of the slice are taken.
func (f faults) refuses(verb string, taken, inSlice int, at time.Time) sink.Reply {
	n := at.UnixNano() / int64(slice)
	drawn := mix(uint64(n) ^ f.Salt)
	var r refusal
	switch {
	case float64(drawn%10_000) < 100*f.Shut:
		r = shuts[drawn>>32%uint64(len(shuts))]
	case f.Session > 0 && taken >= f.Session:
		r = sessionEnds[f.Salt%uint64(len(sessionEnds))]
	case f.Rate > 0 && inSlice >= f.Rate:
		r = tooFast
	}
	if r.verb != verb {
		return sink.OK
	}
	return r.reply
}

// String names the faults of a relay for the table.
func (f faults) String() string {
	var words []string
	for _, x := range []struct {
		says bool
		what string
	}{
		{f.Refuse > 0, fmt.Sprintf("refuses %g %%", f.Refuse)}, {f.Defer > 0, fmt.Sprintf("defers %g %%", f.Defer)},
		{f.Drop > 0, fmt.Sprintf("drops %g %%", f.Drop)}, {f.Slow > 0, fmt.Sprintf("slow %g %%", f.Slow)},
		{f.Session > 0, fmt.Sprintf("%d a session", f.Session)}, {f.Rate > 0, fmt.Sprintf("%d per %s", f.Rate, slice)},
		{f.Shut > 0, fmt.Sprintf("shut %g %%", f.Shut)}, {f.Bare, "bare codes"},
	} {
		if x.says {
			words = append(words, x.what)
		}
	}
	if words == nil {
		return "takes all"
	}
	return strings.Join(words, ", ")
}
