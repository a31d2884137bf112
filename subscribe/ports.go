package subscribe

import (
	"context"
	"errors"
	"time"
)

// ErrBusy says that no more requests are taken in for now: the intake, or the
// part of it for networks seen lately, is full, or the disk is; or the installation's
// hour is used up, or their part of it. The answer is a 503, and does not say which.
var ErrBusy = errors.New("no more requests can be taken in for now; try again later")

// Store is the durable side of this package.
type Store interface {
	// Update runs op in one commit, which is on disk when Update returns nil.
	// If op returns an error nothing is written. op does all its reads before
	// its first write, and may run more than once.
	Update(ctx context.Context, op func(Tx) error) error
}

// Tx is one commit as the Desk and the intake see it. Reads return what stood
// before op began; the writing methods return nothing, since a write that
// cannot be made fails the whole Update.
type Tx interface {
	Now() time.Time // one timestamp a commit
	// Anyway has the operation committed even if it writes nothing, so that the time of
	// its answer does not tell whether there was something to change.
	Anyway()
	// RoomToJoin says whether there is space for one more entry; [ErrBusy] if not. It is
	// asked before anybody is looked up, so that the answer does not tell who is known.
	RoomToJoin() error
	Entries
	Marks
	Tallies
	Requests
	Owe(Notice)
}

// Entries is the register of subscribers.
type Entries interface {
	// ByAddress and ByID return nil when there is no such entry. ByAddress finds
	// the active entry of an address, or the [Lost] one that had it.
	ByAddress(list string, a Address) (*Subscriber, error)
	ByID(list string, id ID) (*Subscriber, error)
	// ByMailbox returns the active, the suspended and the [Lost] entries of a's
	// mailbox under all of its spellings ([Address.Mailbox]), in the order of joining.
	ByMailbox(list string, a Address) ([]*Subscriber, error)
	// OwnID is the ID that belongs to an address on a list, whether or not an entry has
	// it: the same each time, and told from no other by anybody without the keys.
	OwnID(list string, a Address) ID
	// Put stores an entry; Seq 0 is a new one and gets its number. The indexes
	// and the active bit follow the entry.
	Put(*Subscriber)
}

// Tallies keeps the ceilings' counts.
type Tallies interface {
	Tally(TallyKey) (Tally, error) // zero when there is none, or its time has passed
	SetTally(TallyKey, Tally)      // the zero Tally is forgotten
}

// Requests is the durable, bounded intake of what was asked at the public side.
type Requests interface {
	Waiting() int
	PutRequest(Request)
	DropRequest(n uint64)
}
