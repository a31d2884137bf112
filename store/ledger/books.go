package ledger

import (
	"encoding/binary"
	"fmt"
	"time"

	bolt "go.etcd.io/bbolt"

	"example.jp/kairan/deliver"
	"example.jp/kairan/store/layout"
	"example.jp/kairan/store/record"
	"example.jp/kairan/subscribe"
)

// Books are a run as the operations of one commit see it: what many of them touch is read
// once, and written once by Flush.
type Books struct {
	State     deliver.State
	TakenBack bool // its refusals were taken back, and it has not gone on since

	name                deliver.IssueName
	run, copies, active *bolt.Bucket
	bitmaps             *bitmaps
	chunks              map[uint32]*openChunk
}

// openChunk is one chunk's bitmaps in memory.
type openChunk struct {
	progress progress
	active   []byte
	dirty    bool
}

// Open opens the books of a run; not ok if the issue has not started, or its list has
// ended.
func Open(b *bolt.Tx, name deliver.IssueName) (books Books, ok bool) {
	run := layout.Run(b, name)
	if run == nil {
		return books, false
	}
	books = Books{
		TakenBack: run.Get(layout.TakenBack) != nil,
		name:      name, run: run, copies: run.Bucket(layout.Copies), active: layout.List(b, name.List, layout.Active),
		bitmaps: bitmapsOf(b, run), chunks: map[uint32]*openChunk{},
	}
	if state := run.Get(layout.State); len(state) == 1 {
		books.State = deliver.State(state[0])
	}
	return books, true
}

func (b *Books) chunk(seq subscribe.Seq) (*openChunk, int) {
	n, bit := layout.ChunkOf(seq)
	c := b.chunks[n]
	if c == nil {
		c = &openChunk{progress: newProgress(), active: b.active.Get(layout.Key4(n))}
		copy(c.progress, b.bitmaps.get(n))
		b.chunks[n] = c
	}
	return c, bit
}

// Flush writes the bitmaps back.
func (b *Books) Flush() error {
	for n, c := range b.chunks {
		if c.dirty {
			if err := b.bitmaps.put(n, c.progress); err != nil {
				return err
			}
		}
	}
	return nil
}

// MayClaim asks, in the commit that claims, whether the reader still wants the
// issue, and makes sure that nobody claims a reader twice.
func (b *Books) MayClaim(claim deliver.Reader) (active bool, err error) {
	c, bit := b.chunk(claim.Seq)
	if !claim.Again {
		if layout.HasBit(c.progress.claimed(), bit) {
			return false, fmt.Errorf("store: entry %d of %s is claimed already", claim.Seq, b.name)
		}
		return layout.HasBit(c.active, bit), nil
	}
	rec, err := record.DecodeCopy(b.copies.Get(layout.SeqKey(claim.Seq)))
	if err != nil {
		return false, err
	}
	if rec.State != record.Deferred && rec.State != record.Uncertain {
		return false, fmt.Errorf("store: entry %d of %s is not waiting for another attempt", claim.Seq, b.name)
	}
	return layout.HasBit(c.active, bit), nil
}

// Claim sets the claimed bit, or rewrites the small record of a further attempt.
func (b *Books) Claim(claim deliver.Reader) error {
	if claim.Again {
		return b.copies.Put(layout.SeqKey(claim.Seq), record.EncodeCopy(record.Copy{State: record.InFlight, Attempt: claim.Attempt, Resend: claim.Resend}))
	}
	c, bit := b.chunk(claim.Seq)
	layout.SetBit(c.progress.claimed(), bit, true)
	c.dirty = true
	return nil
}

// Withdraw settles a further attempt whose reader has left. A copy that was
// uncertain stays so: nobody knows whether it arrived.
func (b *Books) Withdraw(claim deliver.Reader) error {
	c, err := record.DecodeCopy(b.copies.Get(layout.SeqKey(claim.Seq)))
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
	return b.copies.Put(layout.SeqKey(claim.Seq), record.EncodeCopy(c))
}

// DeferIfTakenBack makes a refusal a deferral, due now, if the run's refusals were taken
// back while the copy was in flight.
func (b *Books) DeferIfTakenBack(s deliver.Settlement, now time.Time) deliver.Settlement {
	if b.TakenBack && s.Result.Outcome == deliver.Refused {
		s.Result.Outcome, s.Next = deliver.Deferred, now
	}
	return s
}

// Settle books an outcome, and says whether the copy was in flight. An envelope may be
// refused before its reader is claimed: then Settle sets the claimed bit itself.
func (b *Books) Settle(s deliver.Settlement) (flew bool, err error) {
	key := layout.SeqKey(s.Reader.Seq)
	c, bit := b.chunk(s.Reader.Seq)
	switch {
	case s.Reader.Again:
		if rec, err := record.DecodeCopy(b.copies.Get(key)); err == nil && rec.State == record.InFlight {
			flew = true
		}
	case layout.HasBit(c.progress.claimed(), bit):
		flew = true
	default:
		layout.SetBit(c.progress.claimed(), bit, true)
		c.dirty = true
	}
	if s.Result.Outcome == deliver.Accepted {
		layout.SetBit(c.progress.accepted(), bit, true)
		c.dirty = true
		if s.Reader.Again {
			return flew, b.copies.Delete(key)
		}
		return flew, nil
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
			if err := addEver(b.run, 1); err != nil {
				return flew, err
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
	return flew, b.copies.Put(key, record.EncodeCopy(rec))
}

// addEver counts copies that were ever uncertain.
func addEver(run *bolt.Bucket, n uint64) error {
	have, _ := binary.Uvarint(run.Get(layout.UncertainEver))
	return run.Put(layout.UncertainEver, binary.AppendUvarint(nil, have+n))
}

// Dismiss claims a reader of the audience to whom nothing can be sent, and says what
// became of the copy.
func (b *Books) Dismiss(seq subscribe.Seq, state record.CopyState) error {
	c, bit := b.chunk(seq)
	layout.SetBit(c.progress.claimed(), bit, true)
	c.dirty = true
	return b.copies.Put(layout.SeqKey(seq), record.EncodeCopy(record.Copy{State: state}))
}
