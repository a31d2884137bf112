package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	bolt "go.etcd.io/bbolt"

	"example.jp/kairan/deliver"
	"example.jp/kairan/subscribe"
)

// books is a run as the turns of one commit see it: what many of them touch is
// read once and written once.
type books struct {
	run, progress, copies, active *bolt.Bucket
	state                         deliver.State
	chunks                        map[uint32]*openChunk
	struck                        struck
}

// openChunk is one chunk's bitmaps in memory.
type openChunk struct {
	progress progress
	active   []byte
	dirty    bool
}

// progress is one chunk's claimed and accepted bitmaps, in one value.
type progress []byte

func (p progress) claimed() []byte  { return p[:chunkBytes] }
func (p progress) accepted() []byte { return p[chunkBytes:] }

func progressOf(b *bolt.Bucket, chunk uint32) progress {
	p := make(progress, 2*chunkBytes)
	copy(p, b.Get(key4(chunk)))
	return p
}

// books opens a run's books for this commit; nil if the run is gone.
func (t *txn) books(r *Run) *books {
	if k := t.open[r]; k != nil {
		return k
	}
	b := run(t.b, r.list, r.slug)
	if b == nil {
		return nil
	}
	k := &books{
		run: b, progress: b.Bucket(bProgress), copies: b.Bucket(bCopies), active: list(t.b, r.list, bActive),
		chunks: map[uint32]*openChunk{}, struck: t.s.struckOn(r.list),
	}
	if state := b.Get(kState); len(state) == 1 {
		k.state = deliver.State(state[0])
	}
	if t.open == nil {
		t.open = map[*Run]*books{}
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
				if err := k.progress.Put(key4(n), c.progress); err != nil {
					return err
				}
			}
		}
		delete(t.open, r)
	}
	return nil
}

func (k *books) chunk(seq subscribe.Seq) (*openChunk, int) {
	n, bit := chunkOf(seq)
	c := k.chunks[n]
	if c == nil {
		c = &openChunk{progress: progressOf(k.progress, n), active: k.active.Get(key4(n))}
		k.chunks[n] = c
	}
	return c, bit
}

// Turn implements [deliver.Run]: "settle these, claim those", in one commit.
func (r *Run) Turn(ctx context.Context, settle *deliver.Settlement, claim *deliver.Reader) error {
	var refused error
	err := r.s.submit(ctx, &operation{turn: true, do: func(t *txn) error {
		var err error
		refused, err = r.turn(t, settle, claim)
		return err
	}})
	if err == nil {
		return refused
	}
	return err
}

// turn returns why the claim was refused, if it was.
func (r *Run) turn(t *txn, settle *deliver.Settlement, claim *deliver.Reader) (refused, err error) {
	k := t.books(r)
	if k == nil {
		return nil, ErrNoIssue
	}
	if claim != nil {
		active, err := r.judge(k, *claim)
		switch {
		case err != nil:
			return nil, err
		case !active:
			refused = deliver.ErrWithdrawn
		case k.state != deliver.Running:
			refused = deliver.ErrStopped
		}
	}
	if settle != nil {
		t.stage(func(*bolt.Tx) error { return k.settle(t, *settle) })
		if err := r.strike(t, k, *settle); err != nil {
			return nil, err
		}
		if !settle.Next.IsZero() {
			t.after(func() { r.waiting.push(settle.Next, uint64(settle.Reader.Seq)) })
		}
	}
	switch {
	case claim == nil:
	case refused == nil:
		t.stage(func(*bolt.Tx) error { return k.claim(t, *claim) })
	case claim.Again && errors.Is(refused, deliver.ErrWithdrawn):
		t.stage(func(*bolt.Tx) error { return k.withdraw(*claim) })
	}
	return refused, nil
}

// judge asks, in the commit that claims, whether the reader still wants the
// issue, and makes sure that nobody claims a reader twice.
func (r *Run) judge(k *books, claim deliver.Reader) (active bool, err error) {
	c, bit := k.chunk(claim.Seq)
	if !claim.Again {
		if hasBit(c.progress.claimed(), bit) {
			return false, fmt.Errorf("store: entry %d of %s is claimed already", claim.Seq, r.Name())
		}
		return hasBit(c.active, bit), nil
	}
	rec, err := decodeCopy(k.copies.Get(seqKey(claim.Seq)))
	if err != nil {
		return false, err
	}
	if rec.state != copyDeferred && rec.state != copyUncertain {
		return false, fmt.Errorf("store: entry %d of %s is not waiting for another attempt", claim.Seq, r.Name())
	}
	return hasBit(c.active, bit), nil
}

// claim sets the claimed bit, or rewrites the small record of a further attempt.
func (k *books) claim(t *txn, claim deliver.Reader) error {
	t.flying++
	if claim.Again {
		return k.copies.Put(seqKey(claim.Seq), encodeCopy(copyRecord{state: copyInFlight, attempt: claim.Attempt, resend: claim.Resend}))
	}
	c, bit := k.chunk(claim.Seq)
	setBit(c.progress.claimed(), bit, true)
	c.dirty = true
	return nil
}

// withdraw settles a further attempt whose reader has left. A copy that was
// uncertain stays so: nobody knows whether it arrived.
func (k *books) withdraw(claim deliver.Reader) error {
	c, err := decodeCopy(k.copies.Get(seqKey(claim.Seq)))
	if err != nil {
		return err
	}
	c.due = time.Time{}
	if c.state == copyDeferred {
		c.state = copyWithdrawn
	}
	return k.copies.Put(seqKey(claim.Seq), encodeCopy(c))
}

// settle books an outcome. A reader whose envelope was refused before it was
// claimed is claimed by that.
func (k *books) settle(t *txn, s deliver.Settlement) error {
	key := seqKey(s.Reader.Seq)
	c, bit := k.chunk(s.Reader.Seq)
	if s.Reader.Again || hasBit(c.progress.claimed(), bit) {
		t.flying--
	} else {
		setBit(c.progress.claimed(), bit, true)
		c.dirty = true
	}
	if s.Result.Outcome == deliver.Accepted {
		setBit(c.progress.accepted(), bit, true)
		c.dirty = true
		if s.Reader.Again {
			return k.copies.Delete(key)
		}
		return nil
	}
	rec := copyRecord{
		attempt: s.Reader.Attempt, due: s.Next, resend: s.Reader.Resend,
		code: s.Result.Code, enhanced: s.Result.Enhanced, stage: s.Result.Stage,
	}
	switch {
	case s.Result.Outcome == deliver.Refused:
		rec.state = copyRefused
	case s.Result.Outcome == deliver.Uncertain:
		rec.state = copyUncertain
		if !s.Reader.Resend {
			if err := addEver(k.run, 1); err != nil {
				return err
			}
		}
	case s.Next.IsZero() && s.Reader.Resend:
		rec.state = copyUncertain // the one more failed; the first may have arrived
	case s.Next.IsZero():
		rec.state = copyExpired
	default:
		rec.state = copyDeferred
		if s.Result.Blame == deliver.BlameUs {
			rec.attempt-- // our own fault uses up no attempt
		}
	}
	return k.copies.Put(key, encodeCopy(rec))
}
