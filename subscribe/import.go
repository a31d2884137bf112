package subscribe

import (
	"context"
	"errors"
	"slices"
	"time"
)

// MaxEvidence is how many octets [Consent.Evidence] has at most.
const MaxEvidence = 300

// Arrival is an entry that comes from elsewhere: from another installation of the same
// list, or from what the office kept before.
type Arrival struct {
	Address Address
	Fields  Fields // as [List.Arriving] made them
	Lang    Lang
	Consent Consent // as it was given there
}

// Departure is somebody who left elsewhere, or is written to no more.
type Departure struct {
	Address Address
	// Blocked: they are written to by no list, and not only by this one. Of a mailbox that is
	// on a list here it says no more than that they left: nobody is on a list and blocked.
	Blocked bool
}

// Influx is what an import brings at one time.
type Influx struct {
	Arrivals   []Arrival
	Departures []Departure
	Confirm    bool // who is new is asked by mail, and not put onto the list
}

// Arriving turns the fields of an entry from elsewhere into storable ones, as [List.Check]
// does, but for what is required: that may have come later.
func (l *List) Arriving(raw map[string]string) (Fields, error) { return l.Merge(nil, raw, nil) }

// Import puts entries from elsewhere onto a list, in one commit. Whoever left, was
// suspended, or is blocked here does not come back, whatever the consent says: only a
// fresh double opt-in brings them back. Who is on the list stays as they are, also where
// elsewhere they had left. Like every verb, it does not say who is known.
func (d *Desk) Import(ctx context.Context, list string, in Influx) error {
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
		var writes []func()
		seen := map[string]bool{}
		add := func(a Address, decide func() (func(), error)) error {
			if seen[a.Identity()] {
				return nil
			}
			seen[a.Identity()] = true
			write, err := decide()
			if write != nil {
				writes = append(writes, write)
			}
			return err
		}
		shut := map[string]bool{} // mailboxes: nobody comes in under another spelling
		for _, blocked := range []bool{true, false} {
			for _, x := range in.Departures {
				if x.Blocked != blocked {
					continue
				}
				shut[x.Address.Mailbox()] = shut[x.Address.Mailbox()] || blocked
				if err := add(x.Address, func() (func(), error) { return d.depart(tx, l, x) }); err != nil {
					return err
				}
			}
		}
		asks, err := d.asking(tx, in)
		if err != nil {
			return err
		}
		for _, x := range in.Arrivals {
			if shut[x.Address.Mailbox()] {
				continue
			}
			if err := add(x.Address, func() (func(), error) { return d.arrive(tx, l, x, asks) }); err != nil {
				return err
			}
		}
		for _, write := range writes { // all reads come before the first write
			write()
		}
		if asks != nil {
			asks.count(tx)
		}
		tx.SetTally(ImportTally(l.ID), Tally{Times: []time.Time{tx.Now()}, Until: tx.Now().Add(ImportedFor)})
		return nil
	})
}

// ImportedFor is how long an import lets the issues of its list start slowly. Addresses
// that an office kept are refused oftener than those that have just confirmed, and a
// relay or a provider that sees many at once may shut out the whole list.
const ImportedFor = 7 * day

// ImportTally is where the instant of a list's last import is kept, for [ImportedFor].
func ImportTally(list string) TallyKey { return TallyKey{Scope: "import", Of: list} }

// isKnown says whether the list knows an address, in whatever standing; or the
// installation has blocked it.
func isKnown(tx Tx, l *List, a Address) (bool, error) {
	block, mark, err := MarksOf(tx, l.ID, a)
	known, err2 := tx.ByAddress(l.ID, a)
	return block != nil || mark != nil || known != nil, errors.Join(err, err2)
}

// arrive takes in somebody who is new; nil, if they are not, or may not come in.
// The entry has the ID that belongs to the address here: links of the other installation
// are sealed with its keys, and go nowhere.
func (d *Desk) arrive(tx Tx, l *List, a Arrival, asks *asking) (func(), error) {
	known, err := isKnown(tx, l, a.Address)
	id := tx.OwnID(l.ID, a.Address)
	holder, err2 := tx.ByID(l.ID, id)
	due := asks.next()
	if err := errors.Join(err, err2); err != nil || known {
		return nil, err
	}
	if asks != nil {
		return ask(tx, l, a, due)
	}
	s := &Subscriber{ID: id, List: l.ID, State: Active, Address: a.Address, Fields: a.Fields, Lang: a.Lang, Revision: 1, Consent: a.Consent}
	switch {
	case holder != nil && holder.State == Ended:
		s.succeed(holder)
	case holder != nil:
		s.ID = NewID()
	}
	return func() { tx.Put(s) }, nil
}

// depart remembers somebody who left elsewhere; nil, if they are known here. That they have
// left here, too, keeps nobody from being blocked.
func (d *Desk) depart(tx Tx, l *List, x Departure) (func(), error) {
	known, err := isKnown(tx, l, x.Address)
	blocks, err2 := d.blocks(tx, x)
	switch err = errors.Join(err, err2); {
	case err != nil:
		return nil, err
	case blocks:
		return func() { tx.SetMark("", x.Address, Mark{Kind: MarkBlocked, At: tx.Now()}) }, nil
	case known:
		return nil, nil
	}
	mark := Mark{Kind: MarkLeft, At: tx.Now(), ID: tx.OwnID(l.ID, x.Address)}
	return func() { tx.SetMark(l.ID, x.Address, mark) }, nil
}

// blocks says whether a mailbox is to be blocked: it is on no list here, under no spelling,
// and nobody has blocked it, or lifted its block, before.
func (d *Desk) blocks(tx Tx, x Departure) (bool, error) {
	if !x.Blocked {
		return false, nil
	}
	mark, err := tx.Mark("", x.Address)
	free := mark == nil
	for id := range d.Lists {
		all, err2 := tx.ByMailbox(id, x.Address)
		on := slices.ContainsFunc(all, func(s *Subscriber) bool { return s.State == Active })
		free, err = free && !on, errors.Join(err, err2)
	}
	return free, err
}

// ErrImportFull says that as many confirmation mails wait as may go out for imports until
// their links would expire.
var ErrImportFull = errors.New("as many confirmation mails wait as go out in a day; import the rest tomorrow")

// asking spreads the confirmation mails of imports over the day, at a rate of their own, so
// that they use up nothing of what readers ask for.
type asking struct {
	limits Limits
	turn   time.Time // of the next
}

var askTally = TallyKey{Scope: "import: installation"}

// asking is nil if nobody is to be asked. Every arrival takes a turn, whether or not it
// gets a mail, so that what is refused does not tell who is known.
func (d *Desk) asking(tx Tx, in Influx) (*asking, error) {
	if !in.Confirm {
		return nil, nil
	}
	t, err := tx.Tally(askTally)
	if err != nil {
		return nil, err
	}
	k := &asking{limits: d.Limits, turn: latestOf(t.last(), tx.Now())}
	if k.turn.Add(time.Duration(len(in.Arrivals))*k.every()).Sub(tx.Now()) > latest {
		return nil, ErrImportFull
	}
	return k, nil
}

func (k *asking) every() time.Duration { return time.Hour / time.Duration(max(k.limits.PerHour, 1)) }

// next takes a turn.
func (k *asking) next() (due time.Time) {
	if k != nil {
		due, k.turn = k.turn, k.turn.Add(k.every())
	}
	return due
}

func (k *asking) count(tx Tx) {
	tx.SetTally(askTally, Tally{Times: []time.Time{k.turn}, Until: latestOf(k.turn, tx.Now().Add(time.Hour))})
}

// ask owes a mail that asks to confirm; none to whoever has been asked, and whose link
// still acts.
func ask(tx Tx, l *List, a Arrival, due time.Time) (func(), error) {
	key := listTally(RequestJoin, l.ID, a.Address)
	ofList, err := tx.Tally(key)
	if err != nil || !ofList.last().IsZero() {
		return nil, err
	}
	n := Notice{
		Kind: NoticeConfirm, List: l.ID, To: a.Address, Lang: a.Lang,
		Asked: tx.Now(), Due: due, Expires: tx.Now().Add(NoticeConfirm.row().life),
	}
	return func() {
		ofList.Waits = mailBit(NoticeConfirm, a.Address)
		ofList.add(due, ConfirmFor)
		tx.SetTally(key, ofList)
		tx.Owe(n)
	}, nil
}
