package subscribe

import (
	"context"
	"errors"
	"net/netip"
	"time"
)

// Ask is what the sign-up and the correction form send.
type Ask struct {
	List    string
	Address Address
	Lang    Lang
	From    netip.Addr // whose network the ceilings count; never stored in clear
}

// Answers are what the confirm page sends.
type Answers struct {
	Fields map[string]string
	Lang   Lang // of the page whose wording was agreed to; "": the link's
	From   netip.Addr
}

// Changes is what the correction page sends.
type Changes struct {
	Fields     map[string]string // a blank leaves the field as it is
	Erase      []string          // ids of optional fields to empty
	NewAddress string            // as typed; "": stays
}

// ErrList says that no such list is declared.
var ErrList = errors.New("no such list")

// Desk is how the public side, and the operator on a reader's behalf, puts something
// in. No method returns a record, so no page can show one.
type Desk struct {
	Store  Store
	Lists  Lists
	Limits Limits
	Now    func() time.Time // for the alarms; nil: time.Now
	// Alarm is told of each [Trouble], at most once an hour. nil: nobody is.
	Alarm func(Trouble)
	// Endings are the lists that the operator has ended.
	Endings Endings

	alarms alarms
}

// AskJoin puts down that somebody wants to join.
// It returns [ErrClosed] for a list that takes nobody any more.
func (d *Desk) AskJoin(ctx context.Context, a Ask) error {
	if l := d.Lists[a.List]; l != nil && !d.Endings.Closed(l, instant(d.Now)).IsZero() {
		return ErrClosed
	}
	return d.ask(ctx, RequestJoin, a)
}

// AskCorrection puts down that somebody wants a correction link.
func (d *Desk) AskCorrection(ctx context.Context, a Ask) error { return d.ask(ctx, RequestCorrect, a) }

// ask writes the same tallies for everybody. What is not taken is not counted
// either: a flood that is refused costs no commit, and the file holds no more
// tallies than requests were taken.
func (d *Desk) ask(ctx context.Context, kind RequestKind, a Ask) error {
	if d.Lists[a.List] == nil {
		return ErrList
	}
	networks := d.Limits.networks(kind, a.From)
	why := TroubleRoom // the disk is full, if the gate has nothing against it
	err := d.Store.Update(ctx, func(tx Tx) error {
		g, err := d.Limits.openGate(tx, kind, networks)
		if err != nil {
			return err
		}
		if why, err = g.judge(tx.Waiting(), tx.Now()); err != nil {
			return err
		}
		tx.PutRequest(Request{Kind: kind, List: a.List, Address: a.Address, Lang: a.Lang, At: tx.Now(), Fresh: g.fresh})
		g.count(tx)
		return nil
	})
	if errors.Is(err, ErrBusy) || errors.As(err, new(NetworkBusy)) {
		d.alarms.ring(why, d.Alarm, instant(d.Now))
	}
	return err
}

// act does what is behind a link, or asked for by the operator: in a commit, whether or
// not anything changes, so that the time of the answer does not tell who is on a list.
func (d *Desk) act(ctx context.Context, op func(Tx) error) error {
	return d.Store.Update(ctx, func(tx Tx) error {
		tx.Anyway()
		return op(tx)
	})
}

// Confirm is the button of the confirm page.
func (d *Desk) Confirm(ctx context.Context, v Visit, a Answers) error {
	if v.link.Purpose == ToMove {
		return d.confirmMove(ctx, v)
	}
	link, err := d.joins(v)
	switch {
	case errors.Is(err, ErrLate):
		if err := d.AskJoin(ctx, Ask{List: link.List.ID, Address: link.Address, Lang: link.Lang, From: a.From}); err != nil {
			return err
		}
		return ErrLate
	case err != nil:
		return err
	}
	fields, err := link.List.Check(a.Fields)
	if err != nil {
		return err
	}
	link.Lang = ParseLang(string(a.Lang), link.Lang)
	return d.act(ctx, func(tx Tx) error {
		if err := tx.RoomToJoin(); err != nil {
			return err
		}
		block, mark, err := MarksOf(tx, link.List.ID, link.Address)
		if err != nil {
			return err
		}
		known, err := tx.ByAddress(link.List.ID, link.Address)
		if err != nil || known != nil && known.State != Lost || block != nil || mark != nil && !mark.Admits(link.Issued) {
			return err // nothing changes, and the page is the same
		}
		s, old, err := d.newEntry(tx, link, fields, mark)
		if err != nil {
			return err
		}
		if known != nil { // it could not be read; here is its reader with a new one
			s.succeed(known)
			if old = known; s.ID.IsZero() {
				s.ID = NewID()
			}
		}
		if old != nil { // its reader is back; no mark is set, since the new entry has the address
			old.End(MarkMoved, tx.Now())
			tx.Put(old)
		}
		tx.Put(s)
		forgetMails(tx, s.List, s.Address)
		tx.Owe(NewNotice(NoticeWelcome, s, link.Lang, tx.Now()))
		return nil
	})
}

// joins is the link of somebody who joins, if its list lets anybody in.
func (d *Desk) joins(v Visit) (Link, error) {
	link, err := v.redeemed(ToConfirm)
	if (err == nil || errors.Is(err, ErrLate)) && d.Endings.Over(link.List, instant(d.Now)) {
		return link, ErrClosed
	}
	return link, err
}

// newEntry makes the new entry. It takes up the first of its reader's former IDs that no
// other entry has now; a suspended one of that ID, which must end, is returned with it.
func (d *Desk) newEntry(tx Tx, link Link, fields Fields, mark *Mark) (s, suspended *Subscriber, err error) {
	for _, id := range formerIDs(mark, tx.OwnID(link.List.ID, link.Address)) {
		holder, err := tx.ByID(link.List.ID, id)
		if err != nil {
			return nil, nil, err
		}
		s := Joining(link, fields, id, tx.Now())
		if holder == nil {
			return s, nil, nil
		}
		s.succeed(holder)
		switch {
		case holder.State == Ended:
			return s, nil, nil
		case holder.State == Suspended && holder.Address.Identity() == link.Address.Identity(), holder.State == Lost && mark != nil && mark.ID == id:
			return s, holder, nil
		}
	}
	return Joining(link, fields, NewID(), tx.Now()), nil, nil
}

// confirmMove is the button in the mail to a new address. If the new address is
// on the list already, the old entry ends and that one stays.
func (d *Desk) confirmMove(ctx context.Context, v Visit) error {
	link, err := v.redeemed(ToMove)
	if err != nil {
		return err
	}
	return d.act(ctx, func(tx Tx) error {
		s, err := tx.ByID(link.List.ID, link.ID)
		if err != nil || s == nil || s.State != Active || s.Revision != link.Revision {
			return err
		}
		block, mark, err := MarksOf(tx, link.List.ID, link.Address)
		if err != nil || block != nil || mark != nil && !mark.Admits(link.Issued) {
			return err
		}
		there, err := tx.ByAddress(link.List.ID, link.Address)
		if err != nil || there != nil && there.ID == s.ID {
			return err
		}
		if there != nil && there.State == Lost { // this one takes its place, and the address, so no mark is set
			there.End(MarkMoved, tx.Now())
			tx.Put(there)
			there = nil
		}
		old := s.Address
		told := NewNotice(NoticeMoved, s, s.Lang, tx.Now())
		if there != nil {
			tx.SetMark(s.List, old, s.End(MarkMoved, tx.Now()))
		} else {
			tx.SetMark(s.List, old, s.Move(link.Address, tx.Now()))
		}
		tx.Put(s)
		forgetMails(tx, s.List, link.Address)
		tx.Owe(told)
		return nil
	})
}

// Correct overwrites what the form filled in. A new address changes nothing yet:
// it is asked to confirm first.
func (d *Desk) Correct(ctx context.Context, v Visit, ch Changes) error {
	link, err := v.redeemed(ToCorrect)
	if err != nil {
		return err
	}
	if _, err := link.List.Merge(standIn(link.List), ch.Fields, ch.Erase); err != nil {
		return err
	}
	var to Address
	if ch.NewAddress != "" {
		if to, err = d.Lists.ReadAddress(ch.NewAddress); err != nil {
			return err
		}
	}
	return d.act(ctx, func(tx Tx) error {
		s, err := tx.ByID(link.List.ID, link.ID)
		if err != nil || s == nil || s.State != Active || s.Revision != link.Revision {
			return err
		}
		owed, count, err := d.moveNotice(tx, s, to, link.Lang)
		if err != nil {
			return err
		}
		fields, err := link.List.Merge(link.List.Prune(s.Fields), ch.Fields, ch.Erase)
		if err != nil {
			return err
		}
		s.Correct(fields)
		tx.Put(s)
		forgetMails(tx, s.List, s.Address)
		if owed != nil {
			owed.Revision = s.Revision
			count()
			tx.Owe(*owed)
		}
		return nil
	})
}

// moveNotice returns the notice to a new address, if one may go there, and the
// function that counts it.
func (d *Desk) moveNotice(tx Tx, s *Subscriber, to Address, lang Lang) (*Notice, func(), error) {
	if to.IsZero() || to.Identity() == s.Address.Identity() {
		return nil, nil, nil
	}
	block, _, err := MarksOf(tx, s.List, to)
	if err != nil || block != nil {
		return nil, nil, err
	}
	n := NewNotice(NoticeMove, s, lang, tx.Now())
	n.To = to
	count, _, err := d.Limits.space(tx, RequestJoin, true, &n)
	if err != nil || count == nil {
		return nil, nil, err
	}
	return &n, count, nil
}

// standIn is an entry with every field filled, so that a correction is judged
// by its form alone and answered alike whatever is stored.
func standIn(l *List) Fields {
	out := Fields{}
	for _, f := range l.Fields {
		out[f.ID] = "x"
	}
	return out
}

// Leave ends the entry of a leave link, at once; or of a correction link, which came in one
// mail with one of those, so that its holder need not look for that. It returns nil also
// for one who left long ago: a mail program may say it twice (RFC 8058).
func (d *Desk) Leave(ctx context.Context, v Visit) error {
	link, err := v.redeemed(ToLeave, ToCorrect)
	if err != nil {
		return err
	}
	return d.act(ctx, func(tx Tx) error {
		s, err := tx.ByID(link.List.ID, link.ID)
		if err != nil || s == nil || s.State == Ended {
			return err
		}
		a := s.Address
		endEntry(tx, s, MarkLeft)
		forgetMails(tx, s.List, a)
		return nil
	})
}

// Block leaves every list of the installation, under every spelling of the
// mailbox, and stops every notice to it.
func (d *Desk) Block(ctx context.Context, v Visit) error {
	link, err := v.redeemed(ToBlock)
	if err != nil {
		return err
	}
	return d.act(ctx, func(tx Tx) error {
		var on []*Subscriber
		for id := range d.Lists {
			spellings, err := tx.ByMailbox(id, link.Address)
			if err != nil {
				return err
			}
			on = append(on, spellings...)
		}
		for _, s := range on {
			endEntry(tx, s, MarkBlocked)
		}
		tx.SetMark("", link.Address, Mark{Kind: MarkBlocked, At: tx.Now()})
		return nil
	})
}

// Remove ends an entry for the operator, at its reader's request. Like every verb, it
// does not say whether the address was known.
func (d *Desk) Remove(ctx context.Context, list string, a Address) error {
	if d.Lists[list] == nil {
		return ErrList
	}
	return d.act(ctx, func(tx Tx) error {
		s, err := findEntry(tx, list, a)
		if err != nil || s == nil {
			return err
		}
		if s.State == Lost {
			s.Address = a // whose mark is set
		}
		endEntry(tx, s, MarkLeft)
		return nil
	})
}

// Unblock lifts the block of a mailbox, on the request of its owner to the
// office. It brings nobody back onto a list, and no link from before it does
// either: what stays is the instant of the lifting.
func (d *Desk) Unblock(ctx context.Context, a Address) error {
	return d.act(ctx, func(tx Tx) error {
		lifted, blocked := Mark{Kind: MarkLifted, At: tx.Now()}, false
		for id := range d.Lists {
			block, _, err := MarksOf(tx, id, a)
			if err != nil {
				return err
			}
			if block != nil {
				blocked = true
				lifted.At = latestOf(lifted.At, block.At) // whatever the clock has done since
			}
		}
		if blocked {
			tx.SetMark("", a, lifted)
			for id := range d.Lists {
				forgetMails(tx, id, a)
			}
		}
		return nil
	})
}

// findEntry finds the entry of an address, also a suspended one, to which only the
// mark leads.
func findEntry(tx Tx, list string, a Address) (*Subscriber, error) {
	s, err := tx.ByAddress(list, a)
	if s != nil || err != nil {
		return s, err
	}
	mark, err := tx.Mark(list, a)
	if err == nil && mark != nil && mark.Kind == MarkBlocked { // or one of which nobody knows what it was
		return suspendedAt(tx, list, a)
	}
	if err != nil || mark == nil || mark.Kind != MarkSuspended {
		return nil, err
	}
	s, err = tx.ByID(list, mark.ID)
	if err != nil || s == nil || s.State != Lost && (s.State != Suspended || s.Address.Identity() != a.Identity()) {
		return nil, err
	}
	return s, nil
}

// suspendedAt finds the suspended entry of an address without its mark.
func suspendedAt(tx Tx, list string, a Address) (*Subscriber, error) {
	all, err := tx.ByMailbox(list, a)
	for _, s := range all {
		if s.State == Suspended && s.Address.Identity() == a.Identity() {
			return s, err
		}
	}
	return nil, err
}

// endEntry is the one way an entry ends by its reader's will.
func endEntry(tx Tx, s *Subscriber, kind MarkKind) {
	a, lost := s.Address, s.State == Lost
	mark := s.End(kind, tx.Now())
	if !lost || !a.IsZero() { // of a lost one the entry itself stands for the mark
		tx.SetMark(s.List, a, mark)
	}
	tx.Put(s)
}
