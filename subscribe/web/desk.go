package web

import (
	"context"

	"example.jp/kairan/subscribe"
)

// Desk is how the public pages can put something in. No method returns a record,
// so no page can show one.
type Desk interface {
	// What anybody may ask with an address alone. Both are always answered alike,
	// whoever is known: nil, [subscribe.ErrClosed], by the
	// list and the clock, [subscribe.ErrBusy], or [subscribe.NetworkBusy], by the
	// network that asks and by what the others have asked.
	AskJoin(context.Context, subscribe.Ask) error
	AskCorrection(context.Context, subscribe.Ask) error

	// What the holder of a link may do. The errors are [subscribe.ErrToken],
	// [subscribe.ErrLate], [subscribe.ErrClosed] and, from Confirm and Correct, [subscribe.Faults] or a
	// [subscribe.AddressFault]; none of them depends on what is stored.
	//
	// Confirm joins, or moves an entry to its new address. With [subscribe.ErrLate] for a
	// link of its own a fresh mail has been asked for.
	Confirm(context.Context, subscribe.Visit, subscribe.Answers) error
	Correct(context.Context, subscribe.Visit, subscribe.Changes) error
	Leave(context.Context, subscribe.Visit) error
	Block(context.Context, subscribe.Visit) error
}
