package subscribe

import (
	"context"
	"errors"
)

// Arrival is an entry that comes from another installation of the same list.
type Arrival struct {
	Address Address
	Fields  Fields // as [List.Arriving] made them
	Lang    Lang
	Consent Consent // as it was given there
}

// Arriving turns the fields of an entry from elsewhere into storable ones, as [List.Check]
// does, but for what is required: that may have come later.
func (l *List) Arriving(raw map[string]string) (Fields, error) { return l.Merge(nil, raw, nil) }

// Import puts entries from elsewhere onto a list, in one commit. Whoever left, was
// suspended, or is blocked here does not come back, whatever the consent says: only a
// fresh double opt-in brings them back. Who is on the list stays as they are. Like every
// verb, it does not say who is known.
func (d *Desk) Import(ctx context.Context, list string, all []Arrival) error {
	l := d.Lists[list]
	if l == nil {
		return ErrList
	}
	if !d.Endings.Closed(l, instant(d.Now)).IsZero() {
		return ErrClosed
	}
	return d.act(ctx, func(tx Tx) error {
		if err := tx.RoomToJoin(); err != nil {
			return err
		}
		var join []*Subscriber
		seen := map[string]bool{}
		for _, a := range all {
			if seen[a.Address.Identity()] {
				continue
			}
			seen[a.Address.Identity()] = true
			s, err := d.arrive(tx, l, a)
			if err != nil {
				return err
			}
			if s != nil {
				join = append(join, s)
			}
		}
		for _, s := range join { // all reads come before the first write
			tx.Put(s)
		}
		return nil
	})
}

// arrive makes the entry of somebody who is new; nil, if they are not, or may not come in.
// It has the ID that belongs to the address here: links of the other installation are
// sealed with its keys, and go nowhere.
func (d *Desk) arrive(tx Tx, l *List, a Arrival) (*Subscriber, error) {
	block, mark, err := MarksOf(tx, l.ID, a.Address)
	known, err2 := tx.ByAddress(l.ID, a.Address)
	id := tx.OwnID(l.ID, a.Address)
	holder, err3 := tx.ByID(l.ID, id)
	if err := errors.Join(err, err2, err3); err != nil || block != nil || mark != nil || known != nil {
		return nil, err
	}
	s := &Subscriber{ID: id, List: l.ID, State: Active, Address: a.Address, Fields: a.Fields, Lang: a.Lang, Revision: 1, Consent: a.Consent}
	switch {
	case holder != nil && holder.State == Ended:
		s.succeed(holder)
	case holder != nil:
		s.ID = NewID()
	}
	return s, nil
}
