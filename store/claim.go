package store

import (
	"context"
	"errors"

	bolt "go.etcd.io/bbolt"

	"example.jp/kairan/deliver"
	"example.jp/kairan/store/apart"
	"example.jp/kairan/store/commit"
	"example.jp/kairan/store/ledger"
	"example.jp/kairan/store/record"
	"example.jp/kairan/subscribe"
)

// openBooks are a run's books as the claims of one commit see them.
type openBooks struct {
	ledger.Books
	struck ledger.Struck
}

// books opens a run's books for this commit; nil if the run is gone.
func (t *txn) books(r *Run) (*openBooks, error) {
	if open := t.open[r]; open != nil {
		return open, nil
	}
	books, ok, err := t.s.ledger.Open(t.Bolt, r.name, &r.seen)
	if err != nil || !ok {
		return nil, t.s.changed(err)
	}
	open := &openBooks{books, t.s.struckOn(r.name.List)}
	if t.open == nil {
		t.open = map[*Run]*openBooks{}
	}
	t.open[r] = open
	return open, nil
}

// closeBooks writes the open books back, before an operation that is no claim looks at
// them, or the commit ends.
func (t *txn) closeBooks() error {
	for r, books := range t.open {
		if err := books.Flush(); err != nil {
			return err
		}
		delete(t.open, r)
	}
	return nil
}

// claimOperation is SettleAndClaim of one connection, as an operation of the committer.
type claimOperation struct {
	commit.Operation[*txn]
	run     *Run
	settle  *deliver.Settlement // nil: nothing
	claim   *deliver.Reader     // nil: nobody
	refused error               // why nobody was claimed; nil: somebody was, or should not be
}

// SettleAndClaim implements [deliver.Run]: "settle these, claim those", in one commit.
func (r *Run) SettleAndClaim(ctx context.Context, settle *deliver.Settlement, claim *deliver.Reader, meanwhile func()) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	x := r.s.claims.Get().(*claimOperation)
	x.run, x.settle, x.claim = r, settle, claim
	if claim != nil {
		x.Group = int(claim.Relay)
	} else if settle != nil {
		x.Group = int(settle.Reader.Relay)
	}
	if err := r.s.committer.Put(&x.Operation); err != nil {
		return err
	}
	if meanwhile != nil {
		meanwhile()
	}
	err := x.Wait()
	if err == nil {
		err = x.refused
	}
	x.run, x.settle, x.claim, x.refused = nil, nil, nil, nil
	r.s.claims.Put(x)
	return err
}

func newClaimOperation() *claimOperation {
	x := &claimOperation{}
	x.Patient = func(t *txn) (wrote bool, refusal, fault error) { return t.settleAndClaim(x) }
	return x
}

// settleAndClaim does one operation. With err nothing of it is written; with x.refused
// only the claim is refused, and the settlement is written.
func (t *txn) settleAndClaim(x *claimOperation) (wrote bool, err, fault error) {
	books, err := t.books(x.run)
	if err != nil {
		return false, err, nil
	}
	if books == nil {
		return false, deliver.ErrNoIssue, nil
	}
	x.refused = nil
	if x.claim != nil {
		if t.lacks(spaceForClaiming) {
			return false, ErrFull, nil
		}
		active, err := books.MayClaim(*x.claim)
		switch {
		case err != nil:
			return false, t.s.changed(err), nil
		case !active:
			x.refused = deliver.ErrWithdrawn
		case books.State != deliver.Running:
			x.refused = deliver.ErrStopped
		}
	}
	if x.settle != nil {
		if err := books.Read(x.settle.Reader.Seq); err != nil {
			return false, t.s.changed(err), nil
		}
		settle := books.DeferIfTakenBack(*x.settle, t.Now())
		if err := x.run.strike(t, books, settle); err != nil {
			return false, err, nil
		}
		flew, fault := books.Settle(settle, t.Now())
		if fault != nil {
			return true, nil, fault
		}
		if flew {
			t.fly(x.settle.Reader.Relay, -1)
		}
		if _, fault := t.Write(); fault != nil {
			return true, nil, fault
		}
		if next := settle.Next; !next.IsZero() {
			seq := uint64(x.settle.Reader.Seq)
			t.After(func() { x.run.waiting.push(next, seq) })
		}
	}
	switch {
	case x.claim == nil:
	case x.refused == nil:
		t.fly(x.claim.Relay, +1)
		fault = books.Claim(*x.claim)
	case x.claim.Again && errors.Is(x.refused, deliver.ErrWithdrawn):
		fault = books.Withdraw(*x.claim)
	default:
		return x.settle != nil, nil, nil
	}
	return true, nil, fault
}

// struckOn returns who may have strikes on a list; all its runs share the set.
func (s *Store) struckOn(listID string) ledger.Struck {
	if s.struck[listID] == nil {
		s.struck[listID] = ledger.Struck{}
	}
	return s.struck[listID]
}

// forgive forgets, in the commit that settles an acceptance, what is pending against an
// entry, and its strikes, unless they are of copies that were accepted, too.
func (r *Run) forgive(t *txn, books *openBooks, seq subscribe.Seq) {
	next := r.s.ledger.Strikes(t.Bolt, r.name.List, seq).Taken(t.Now())
	if !next.Back {
		t.Stage(func(b *bolt.Tx) error { return ledger.ForgetStrikes(b, r.name.List, seq) })
		t.After(func() { delete(books.struck, seq) })
		return
	}
	t.Stage(func(b *bolt.Tx) error {
		return errors.Join(ledger.ForgetPending(b, r.name.List, seq), r.s.ledger.PutStrikes(b, r.name.List, seq, next))
	})
}

// strike notes, in the commit that settles a copy, what its outcome means for the entry.
// An acceptance forgets its strikes, also those that other runs have pending. A failure
// that counts is pending until the run is judged.
func (r *Run) strike(t *txn, books *openBooks, x deliver.Settlement) error {
	seq := x.Reader.Seq
	if x.Result.Outcome == deliver.Accepted {
		if books.struck[seq] {
			r.forgive(t, books, seq)
		}
		return nil
	}
	if !x.Struck() || books.TakenBack {
		return nil
	}
	e, err := r.s.people.Entry(t.Bolt, r.name.List, seq)
	if apart.Is(err) {
		return nil
	}
	if err != nil || e == nil || e.State != subscribe.Active || e.Address.Identity() != x.Reader.Address.Identity() {
		return err // it has ended, or moved from the address that was refused
	}
	failure := record.Failure{Result: x.Result, At: t.Now()}
	t.Stage(func(b *bolt.Tx) error {
		books.struck[seq] = true // at once: the next claim of this commit may be an acceptance
		return r.s.ledger.Pend(b, r.name, seq, failure)
	})
	t.After(func() { books.struck[seq] = true }) // again: an acceptance before it in this commit deletes it first
	return nil
}
