package store

import (
	"bytes"
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"slices"
	"time"

	bolt "go.etcd.io/bbolt"

	"example.jp/kairan/deliver"
	"example.jp/kairan/store/apart"
	"example.jp/kairan/store/layout"
	"example.jp/kairan/store/record"
	"example.jp/kairan/subscribe"
)

// Bounce writes down, in one commit, that a copy of an issue came back, and says how it
// counts for its run. It counts once, however often it is reported. Nothing is written, and
// nothing said, of a run whose ledger is no longer kept, of an entry that is not active, and
// of one that has another address since. Whether it is held against the reader is decided
// later, see [Store.JudgeBounces]. The relay had what came back: a copy that was uncertain
// is accepted, and a notice that still waits is owed no more, which is all that is made of it.
func (s *Store) Bounce(ctx context.Context, x deliver.Bounce) (out deliver.Returned, err error) {
	switch {
	case x.Of.List == nil:
		return out, nil
	case !x.Of.Copy:
		return out, s.update(ctx, func(t *txn) error { return t.dropReturned(x.Of) })
	}
	err = s.update(ctx, func(t *txn) error {
		out = deliver.Returned{}
		name, e, err := t.returned(x.Of)
		if err != nil || e == nil || t.s.ledger.CameBack(t.Bolt, name, e.Seq) {
			return apart.Skip(err)
		}
		told, err := t.s.ledger.Took(t.Bolt, name, e.Seq)
		if err != nil || told == nil {
			return t.s.changed(err)
		}
		rec := record.Bounced{Kind: x.Kind, Enhanced: x.Enhanced, Generation: e.Generation, At: t.Now(), Judged: x.Kind > deliver.BouncedSoft}
		t.Stage(func(b *bolt.Tx) error {
			return errors.Join(t.s.ledger.Write(b, told), t.s.ledger.PutBounced(b, name, e.Seq, rec), t.s.ledger.CountBounced(b, name, x.Kind),
				t.s.countBackClass(b, name, x, e.Address))
		})
		if x.Kind <= deliver.BouncedOurs {
			out = deliver.Returned{Run: name, Domain: e.Address.Domain(), Result: x.Result()}
		}
		return nil
	})
	return out, err
}

// returned finds the run and the active entry that a return path speaks of; nil if there is
// none.
func (t *txn) returned(of subscribe.Return) (name deliver.IssueName, e *subscribe.Subscriber, err error) {
	if layout.List(t.Bolt, of.List.ID, layout.Entries) == nil {
		return name, nil, nil // it has ended
	}
	name, ok := t.s.ledger.ByNumber(t.Bolt, of.List.ID, of.Run)
	if !ok {
		return name, nil, nil
	}
	e, err = t.s.people.ByID(t.Bolt, of.List.ID, of.ID)
	if err != nil || !of.Reached(e) || !t.s.ledger.WasTo(t.Bolt, name, e.Seq) { // or they left, and came back
		return name, nil, err
	}
	return name, e, nil
}

// dropReturned takes the notice that came back out of the outbox, if it was tried and is
// still there.
func (t *txn) dropReturned(of subscribe.Return) error {
	var gone [][]byte
	err := layout.Each(t.Bolt.Bucket(layout.Outbox), func(k, _ []byte) error {
		n := binary.BigEndian.Uint64(k)
		if uint32(n) != of.Notice {
			return nil
		}
		o, err := t.s.notice(t.Bolt, n)
		if err == nil && o.Attempt > 0 && o.Notice.List == of.List.ID && o.Notice.Return(of.List, n) == of {
			gone = append(gone, bytes.Clone(k))
		}
		return apart.Skip(err)
	})
	if err == nil && gone != nil {
		t.Stage(func(b *bolt.Tx) error { return layout.DeleteAll(b.Bucket(layout.Outbox), gone) })
	}
	return err
}

// JudgeBounces holds what came back against the readers, run by run, once the run has ended
// and no more has come for [deliver.BouncesQuiet]: by then it shows whether most of it came
// back, or was refused, so that the fault is hardly theirs. Then nothing of it is held
// against anybody, which its timeline says. Where the clock was set back the hour begins anew.
func (s *Store) JudgeBounces(ctx context.Context) error {
	lists, err := view(s, func(b *bolt.Tx) ([]string, error) { return layout.ListIDs(b), nil })
	for _, id := range lists {
		due, fault := view(s, func(b *bolt.Tx) ([]returnedOf, error) { return s.bouncesDue(b, id, s.opt.Now()) })
		for _, of := range due {
			do := (*txn).judgeBounces
			if of.last.After(s.opt.Now()) {
				do = (*txn).redateBounces
			}
			for page := range slices.Chunk(of.entries, pendingPage) {
				if fault == nil {
					fault = s.update(ctx, func(t *txn) error { return do(t, of.run, page) })
				}
			}
		}
		err = errors.Join(err, fault)
	}
	return err
}

// returnedOf is what came back of a run, and is not judged yet.
type returnedOf struct {
	run         deliver.IssueName
	entries     []subscribe.Seq
	first, last time.Time
}

// bouncesDue are those of a list whose run has ended, and of which nothing has come back for
// a while. The oldest is the first, since strikes count by their time.
func (s *Store) bouncesDue(b *bolt.Tx, listID string, now time.Time) (due []returnedOf, err error) {
	all := map[string]*returnedOf{}
	err = s.ledger.Bounced(b, listID, func(seq subscribe.Seq, slug string, x record.Bounced, fault error) {
		if fault != nil || x.Judged {
			return
		}
		of := all[slug]
		if of == nil {
			of = &returnedOf{run: deliver.IssueName{List: listID, Slug: slug}, first: x.At}
			all[slug] = of
		}
		of.entries = append(of.entries, seq)
		if x.At.Before(of.first) {
			of.first = x.At
		}
		if x.At.After(of.last) {
			of.last = x.At
		}
	})
	for _, of := range all {
		if quiet := now.Sub(of.last); quiet >= 0 && quiet < deliver.BouncesQuiet && now.Sub(of.first) < deliver.BouncesMost {
			continue
		}
		if over, fault := s.ledger.IsOver(b, of.run); over && fault == nil { // by damaged books nobody is judged
			due = append(due, *of)
		}
	}
	slices.SortFunc(due, func(x, y returnedOf) int {
		return cmp.Or(x.first.Compare(y.first), cmp.Compare(x.run.Slug, y.run.Slug))
	})
	return due, err
}

// redateBounces makes what came back at a time that is still ahead come back now.
func (t *txn) redateBounces(name deliver.IssueName, page []subscribe.Seq) error {
	for _, seq := range page {
		x, err := t.s.ledger.BouncedOf(t.Bolt, name, seq)
		if err != nil || !x.At.After(t.Now()) {
			continue // what is damaged stays
		}
		x.At = t.Now()
		t.Stage(func(b *bolt.Tx) error { return t.s.ledger.PutBounced(b, name, seq, x) })
	}
	return nil
}

func (t *txn) judgeBounces(name deliver.IssueName, page []subscribe.Seq) error {
	books, err := t.s.ledger.Balance(t.Bolt, name)
	if err != nil {
		return err
	}
	excused := t.s.ledger.Excused(t.Bolt, name)
	if !excused && books.CameBack().MostlyRefused() {
		excused = true
		if err := t.excuse(name); err != nil {
			return err
		}
	}
	for _, seq := range page {
		x, err := t.s.ledger.BouncedOf(t.Bolt, name, seq)
		if err != nil || x.Judged {
			continue // of one that is damaged nothing is held against anybody
		}
		x.Judged = true
		t.Stage(func(b *bolt.Tx) error { return t.s.ledger.PutBounced(b, name, seq, x) })
		if excused {
			continue
		}
		if err := t.applyBounce(name, seq, x); err != nil {
			return err
		}
	}
	return nil
}

// excuse holds nothing of a run against anybody, since most of it came back.
func (t *txn) excuse(name deliver.IssueName) error {
	i, err := t.s.issue(t.Bolt, name)
	if err == nil {
		i.Remark("most of its copies were refused or came back after the relay had taken them, so nothing is held against anybody; the list may be old, or the relay wrong", t.Now())
		t.putChanged(i)
	}
	t.Stage(func(b *bolt.Tx) error { return t.s.ledger.Excuse(b, name) })
	return apart.Skip(err)
}

// applyBounce counts a copy that came back against its entry, or suspends it.
func (t *txn) applyBounce(name deliver.IssueName, seq subscribe.Seq, x record.Bounced) error {
	e, err := t.s.people.Entry(t.Bolt, name.List, seq)
	if err != nil || e == nil || e.State != subscribe.Active || e.Generation != x.Generation {
		return apart.Skip(err)
	}
	b := deliver.Bounce{Kind: x.Kind, Enhanced: x.Enhanced}
	next, suspend := t.s.ledger.Strikes(t.Bolt, name.List, seq).AfterBounce(b, e.Address, name.Slug, x.At, *t.s.opt.Suspend)
	t.hold(e, next, suspend)
	return nil
}

// hold stages what is remembered against an entry, or that it is suspended.
func (t *txn) hold(e *subscribe.Subscriber, next deliver.Strikes, suspend bool) {
	if suspend {
		h := t.s.people.MarkHash(e.List, e.Address)
		mark := e.Suspend(t.Now())
		t.s.people.DropUndeclared(e)
		t.Stage(func(b *bolt.Tx) error {
			return errors.Join(t.s.people.Put(b, *e), t.s.people.PutMark(b, e.List, h, mark))
		})
		return
	}
	t.Stage(func(b *bolt.Tx) error { return t.s.ledger.PutStrikes(b, e.List, e.Seq, next) })
	t.After(func() { t.s.struckOn(e.List)[e.Seq] = true })
}
