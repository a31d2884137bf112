package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	bolt "go.etcd.io/bbolt"

	"example.jp/kairan/deliver"
	"example.jp/kairan/store/commit"
	"example.jp/kairan/store/layout"
	"example.jp/kairan/store/record"
	"example.jp/kairan/subscribe"
)

// books is a run as the turns of one commit see it: what many of them touch is
// read once and written once.
type books struct {
	run, copies, active *bolt.Bucket
	ledger              *bitmaps
	state               deliver.State
	taken               bool // its refusals were taken back, and it has not gone on since
	chunks              map[uint32]*openChunk
	struck              struck
}

// openChunk is one chunk's bitmaps in memory.
type openChunk struct {
	progress progress
	active   []byte
	dirty    bool
}

// books opens a run's books for this commit; nil if the run is gone.
func (t *txn) books(r *Ledger) *books {
	if k := t.open[r]; k != nil {
		return k
	}
	b := layout.Run(t.Bolt, r.name)
	if b == nil {
		return nil
	}
	k := &books{
		run: b, ledger: ledgerOf(t.Bolt, b), copies: b.Bucket(layout.Copies), active: layout.List(t.Bolt, r.name.List, layout.Active),
		chunks: map[uint32]*openChunk{}, struck: t.s.struckOn(r.name.List),
	}
	if state := b.Get(layout.State); len(state) == 1 {
		k.state = deliver.State(state[0])
	}
	k.taken = b.Get(layout.TakenBack) != nil
	if t.open == nil {
		t.open = map[*Ledger]*books{}
	}
	t.open[r] = k
	return k
}

// closeBooks writes the open books back, before anything else looks at them or
// the commit ends.
func (t *txn) closeBooks() error {
	for r, k := range t.open {
		for n, c := range k.chunks {
			if c.dirty {
				if err := k.ledger.put(n, c.progress); err != nil {
					return err
				}
			}
		}
		delete(t.open, r)
	}
	return nil
}

func (k *books) chunk(seq subscribe.Seq) (*openChunk, int) {
	n, bit := layout.ChunkOf(seq)
	c := k.chunks[n]
	if c == nil {
		c = &openChunk{progress: newProgress(), active: k.active.Get(layout.Key4(n))}
		copy(c.progress, k.ledger.get(n))
		k.chunks[n] = c
	}
	return c, bit
}

// turn is "settle these, claim those" of one connection.
type turn struct {
	commit.Operation[*txn]
	run     *Ledger
	settle  *deliver.Settlement // nil: nothing
	claim   *deliver.Reader     // nil: nobody
	refused error               // why the claim was, if it was
}

// SettleAndClaim implements [deliver.Run]: "settle these, claim those", in one commit.
func (r *Ledger) SettleAndClaim(ctx context.Context, settle *deliver.Settlement, claim *deliver.Reader, meanwhile func()) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	x := r.s.turns.Get().(*turn)
	x.run, x.settle, x.claim = r, settle, claim
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
	r.s.turns.Put(x)
	return err
}

func newTurn() *turn {
	x := &turn{}
	x.Patient = func(t *txn) (wrote bool, refusal, fault error) { return t.turn(x) }
	return x
}

// turn does one: err is its own refusal, with which nothing of it is written.
func (t *txn) turn(x *turn) (wrote bool, err, fault error) {
	k := t.books(x.run)
	if k == nil {
		return false, ErrNoIssue, nil
	}
	x.refused = nil
	if x.claim != nil {
		if t.cramped() {
			return false, ErrFull, nil
		}
		active, err := x.run.judge(k, *x.claim)
		switch {
		case err != nil:
			return false, err, nil
		case !active:
			x.refused = deliver.ErrWithdrawn
		case k.state != deliver.Running:
			x.refused = deliver.ErrStopped
		}
	}
	if x.settle != nil {
		settle := k.excuse(*x.settle, t.Now())
		if err := x.run.strike(t, k, settle); err != nil {
			return false, err, nil
		}
		if fault := k.settle(t, settle); fault != nil {
			return true, nil, fault
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
		fault = k.claim(t, *x.claim)
	case x.claim.Again && errors.Is(x.refused, deliver.ErrWithdrawn):
		fault = k.withdraw(*x.claim)
	default:
		return x.settle != nil, nil, nil
	}
	return true, nil, fault
}

// cramped says whether there is too little space to claim anybody; it is asked
// once for a commit.
func (t *txn) cramped() bool {
	if !t.measured {
		t.measured, t.noRoom = true, t.s.lacks(spaceForClaiming)
	}
	return t.noRoom
}

// judge asks, in the commit that claims, whether the reader still wants the
// issue, and makes sure that nobody claims a reader twice.
func (r *Ledger) judge(k *books, claim deliver.Reader) (active bool, err error) {
	c, bit := k.chunk(claim.Seq)
	if !claim.Again {
		if layout.HasBit(c.progress.claimed(), bit) {
			return false, fmt.Errorf("store: entry %d of %s is claimed already", claim.Seq, r.Name())
		}
		return layout.HasBit(c.active, bit), nil
	}
	rec, err := record.DecodeCopy(k.copies.Get(layout.SeqKey(claim.Seq)))
	if err != nil {
		return false, err
	}
	if rec.State != record.Deferred && rec.State != record.Uncertain {
		return false, fmt.Errorf("store: entry %d of %s is not waiting for another attempt", claim.Seq, r.Name())
	}
	return layout.HasBit(c.active, bit), nil
}

// claim sets the claimed bit, or rewrites the small record of a further attempt.
func (k *books) claim(t *txn, claim deliver.Reader) error {
	t.flying++
	if claim.Again {
		return k.copies.Put(layout.SeqKey(claim.Seq), record.EncodeCopy(record.Copy{State: record.InFlight, Attempt: claim.Attempt, Resend: claim.Resend}))
	}
	c, bit := k.chunk(claim.Seq)
	layout.SetBit(c.progress.claimed(), bit, true)
	c.dirty = true
	return nil
}

// withdraw settles a further attempt whose reader has left. A copy that was
// uncertain stays so: nobody knows whether it arrived.
func (k *books) withdraw(claim deliver.Reader) error {
	c, err := record.DecodeCopy(k.copies.Get(layout.SeqKey(claim.Seq)))
	if err != nil {
		return err
	}
	c.Due = time.Time{}
	switch {
	case c.State == record.Deferred && c.Resend:
		c.State = record.Uncertain
	case c.State == record.Deferred:
		c.State = record.Withdrawn
	}
	return k.copies.Put(layout.SeqKey(claim.Seq), record.EncodeCopy(c))
}

// settle books an outcome. A reader whose envelope was refused before it was
// claimed is claimed by that.
func (k *books) settle(t *txn, s deliver.Settlement) error {
	key := layout.SeqKey(s.Reader.Seq)
	c, bit := k.chunk(s.Reader.Seq)
	switch {
	case s.Reader.Again:
		if rec, err := record.DecodeCopy(k.copies.Get(key)); err == nil && rec.State == record.InFlight {
			t.flying--
		}
	case layout.HasBit(c.progress.claimed(), bit):
		t.flying--
	default:
		layout.SetBit(c.progress.claimed(), bit, true)
		c.dirty = true
	}
	if s.Result.Outcome == deliver.Accepted {
		layout.SetBit(c.progress.accepted(), bit, true)
		c.dirty = true
		if s.Reader.Again {
			return k.copies.Delete(key)
		}
		return nil
	}
	rec := record.Copy{
		Attempt: s.Reader.Attempt, Due: s.Next, Resend: s.Reader.Resend,
		Code: s.Result.Code, Enhanced: s.Result.Enhanced, Stage: s.Result.Stage,
	}
	switch {
	case s.Result.Outcome == deliver.Refused:
		rec.State = record.Refused
	case s.Result.Outcome == deliver.Uncertain:
		rec.State = record.Uncertain
		if !s.Reader.Resend {
			if err := addEver(k.run, 1); err != nil {
				return err
			}
		}
	case s.Next.IsZero() && s.Reader.Resend:
		rec.State = record.Uncertain // the one more failed; the first may have arrived
	case s.Next.IsZero():
		rec.State = record.Expired
	default:
		rec.State = record.Deferred
		if s.Result.Blame.Spares() {
			rec.Attempt-- // our own fault uses up no attempt
		}
	}
	return k.copies.Put(key, record.EncodeCopy(rec))
}
