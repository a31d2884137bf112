package ledger

import (
	"errors"
	"time"

	bolt "go.etcd.io/bbolt"

	"example.jp/kairan/deliver"
	"example.jp/kairan/store/guard"
	"example.jp/kairan/store/layout"
	"example.jp/kairan/store/record"
	"example.jp/kairan/subscribe"
)

// An issue that has ended goes once more to some of its readers: their copies wait again in
// the ledger that says what became of all the others, so that nobody else gets one.

// claimsNew says whether a run claims readers who have had no attempt. One that goes once
// more does so if it is for those who were held back; what cannot be read lets nobody in.
func claimsNew(run guard.Bucket) bool {
	if !run.Has(layout.Again) {
		return true
	}
	to, err := run.Get(layout.Again)
	return err == nil && len(to) == 1 && deliver.Whom(to[0]) == deliver.ToHeld
}

// CountAgain is how many readers of a run that has ended would get it once more: their copy
// ended so, and they still want it. told is false if its books do not tell its copies apart:
// those of an older version, of a database that was put back, or that were forgotten.
func (k Keeper) CountAgain(b *bolt.Tx, name deliver.IssueName, to deliver.Whom) (n int, told bool, err error) {
	run := k.guard.Run(b, name)
	v, err := value(run, name, layout.FinalBalance)
	if err != nil || v == nil {
		return 0, false, err
	}
	final, err := record.DecodeBalance(v)
	if err != nil {
		return 0, false, err
	}
	is, err := k.count(b, run, name)
	if err != nil || is.Audience != final.Audience || is.Accepted != final.Accepted || is.Refused != final.Refused || is.Uncertain != final.Uncertain || is.InFlight != 0 {
		return 0, false, err
	}
	if to == deliver.ToHeld {
		n = is.Pending
	}
	active := k.guard.List(b, name.List, layout.Active)
	return n, true, run.In(layout.Copies).Each(func(key, v []byte, fault error) error {
		if c, err := copyOf(v, fault); err == nil && endedAs(c) == to && isOn(active, layout.SeqOf(key)) {
			n++
		}
		return nil
	})
}

// endedAs is whom a reader belongs to whose copy stands so in a run that has ended; 0: to none.
func endedAs(c record.Copy) deliver.Whom {
	switch {
	case isUncertain(c):
		return deliver.ToUncertain
	case c.State == record.Refused:
		return deliver.ToRefused
	case c.State == record.Expired, c.State == record.Deferred: // which had waited when the run ended
		return deliver.ToHeld
	}
	return 0
}

// SendAgain lets the copies of those readers wait until due, and nobody else's, and opens the
// books again. Each goes on counting its attempts.
func (k Keeper) SendAgain(b *bolt.Tx, name deliver.IssueName, to deliver.Whom, due time.Time) error {
	run, active := k.guard.Run(b, name), k.guard.List(b, name.List, layout.Active)
	err := rewriteCopies(run, func(seq subscribe.Seq, c record.Copy) record.Copy {
		if endedAs(c) != to || !isOn(active, seq) {
			return rested(c)
		}
		c.State, c.Due, c.Resend = record.Deferred, due, to == deliver.ToUncertain
		return c
	})
	return errors.Join(err, run.Put(layout.Again, []byte{byte(to)}), run.Delete(layout.FinalBalance), k.ForgetFailed(b, name))
}

// StopAgain lets no copy of the run wait any more, and nobody be claimed who was not.
func (k Keeper) StopAgain(b *bolt.Tx, name deliver.IssueName) error {
	run := k.guard.Run(b, name)
	err := rewriteCopies(run, func(_ subscribe.Seq, c record.Copy) record.Copy { return rested(c) })
	return errors.Join(err, run.Put(layout.Again, []byte{0}))
}

// rested is a copy that waits no more: what was uncertain, or refused, is that again.
func rested(c record.Copy) record.Copy {
	switch {
	case isUncertain(c):
		c.State = record.Uncertain
	case c.State != record.Deferred:
		return c
	case c.Code/100 == 5:
		c.State = record.Refused
	default:
		c.State = record.Expired
	}
	c.Due = time.Time{}
	return c
}

// rewriteCopies writes the small records of a run anew that a rule changes.
func rewriteCopies(run guard.Bucket, rule func(subscribe.Seq, record.Copy) record.Copy) error {
	copies, changed := run.In(layout.Copies), map[subscribe.Seq]record.Copy{}
	err := copies.Each(func(key, v []byte, fault error) error {
		was, err := copyOf(v, fault)
		if err != nil {
			return nil //nolint:nilerr // nobody knows what became of it, and it is not tried again
		}
		if is := rule(layout.SeqOf(key), was); is != was {
			changed[layout.SeqOf(key)] = is
		}
		return nil
	})
	for seq, c := range changed {
		err = errors.Join(err, copies.Put(layout.SeqKey(seq), record.EncodeCopy(c)))
	}
	return err
}
