package subscribe

import "context"

// Complain ends the entry whose mail somebody called abuse (RFC 5965), on that list and on no
// other: a copy that was handed on can be called so by anybody. It returns nil also for one
// who has left, or has another address by now; a mail of which nobody has an entry yet was
// asked for by whoever typed the address, and its link dies by itself.
func (d *Desk) Complain(ctx context.Context, r Return) error {
	return d.act(ctx, func(tx Tx) error {
		s, err := tx.ByID(r.List.ID, r.ID)
		if err != nil || !r.Reached(s) {
			return err
		}
		a := s.Address
		endEntry(tx, s, MarkLeft)
		forgetMails(tx, s.List, a)
		return nil
	})
}
