package main

import (
	"hash/fnv"
	"math"
	"time"
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
