package store

import (
	"context"
	"errors"
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
// nothing said, of a notice, of a run whose ledger is no longer kept, of an entry that is
// not active, and of one that has another address since. Whether it is held against the
// reader is decided later, see [Store.JudgeBounces]. A copy that was uncertain is accepted:
// the relay had it.
func (s *Store) Bounce(ctx context.Context, x deliver.Bounce) (out deliver.Returned, err error) {
	if !x.Of.Copy || x.Of.List == nil {
		return out, nil
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
			return errors.Join(t.s.ledger.Write(b, told), t.s.ledger.PutBounced(b, name, e.Seq, rec), t.s.ledger.CountBounced(b, name, x.Kind))
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
	if !ok || !t.s.ledger.KnowsCopies(t.Bolt, name) {
		return name, nil, nil
	}
	e, err = t.s.people.ByID(t.Bolt, of.List.ID, of.ID)
	if err != nil || !of.Reached(e) {
		return name, nil, err
	}
	return name, e, nil
}

// JudgeBounces holds what came back against the readers, run by run, once no more has come
// for [deliver.BouncesQuiet]: by then it shows whether most of a run came back, or was
// refused, so that the fault is hardly theirs. Then nothing of it is held against anybody.
func (s *Store) JudgeBounces(ctx context.Context) error {
	lists, err := view(s, func(b *bolt.Tx) ([]string, error) { return layout.ListIDs(b), nil })
	for _, id := range lists {
		due, fault := view(s, func(b *bolt.Tx) (map[string][]subscribe.Seq, error) { return s.bouncesDue(b, id, s.opt.Now()) })
		err = errors.Join(err, fault)
		for slug, all := range due {
			name := deliver.IssueName{List: id, Slug: slug}
			for len(all) > 0 && err == nil {
				page := all[:min(len(all), pendingPage)]
				all = all[len(page):]
				err = s.update(ctx, func(t *txn) error { return t.judgeBounces(name, page) })
			}
		}
	}
	return err
}

// bouncesDue are the entries of a list whose copies came back, by slug, of the runs of which
// nothing has come back for a while.
func (s *Store) bouncesDue(b *bolt.Tx, listID string, now time.Time) (map[string][]subscribe.Seq, error) {
	due, first, last := map[string][]subscribe.Seq{}, map[string]time.Time{}, map[string]time.Time{}
	err := s.ledger.Bounced(b, listID, func(seq subscribe.Seq, slug string, x record.Bounced, fault error) {
		if fault != nil || x.Judged {
			return
		}
		due[slug] = append(due[slug], seq)
		if at, ok := first[slug]; !ok || x.At.Before(at) {
			first[slug] = x.At
		}
		if x.At.After(last[slug]) {
			last[slug] = x.At
		}
	})
	for slug := range due {
		if quiet := now.Sub(last[slug]); quiet >= 0 && quiet < deliver.BouncesQuiet && now.Sub(first[slug]) < deliver.BouncesMost {
			delete(due, slug)
		}
	}
	return due, err
}

func (t *txn) judgeBounces(name deliver.IssueName, page []subscribe.Seq) error {
	books, err := t.s.ledger.Balance(t.Bolt, name)
	if err != nil {
		return err
	}
	books.Refused, books.Accepted = books.Refused+books.Bounced, books.Accepted-books.Bounced
	excused := books.MostlyRefused() || t.s.ledger.Excused(t.Bolt, name)
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
