package ledger

import (
	"encoding/binary"
	"fmt"
	"time"

	bolt "go.etcd.io/bbolt"

	"example.jp/kairan/deliver"
	"example.jp/kairan/store/guard"
	"example.jp/kairan/store/layout"
	"example.jp/kairan/store/record"
	"example.jp/kairan/subscribe"
)

// Books are a run as the operations of one commit see it: what many of them touch is read
// once, and written once by Flush.
type Books struct {
	State     deliver.State
	TakenBack bool // its refusals were taken back, and it has not gone on since

	name        deliver.IssueName
	run, active guard.Bucket
	bitmaps     *bitmaps
	chunks      map[uint32]*openChunk
	seen        *Seen
}

// openChunk is one chunk's bitmaps in memory.
type openChunk struct {
	progress progress
	active   []byte
	dirty    bool
	seen     *seenChunk
}

// Open opens the books of a run; not ok if the issue has not started, or its list has
// ended.
func (k Keeper) Open(b *bolt.Tx, name deliver.IssueName, seen *Seen) (books Books, ok bool, err error) {
	run := k.guard.Run(b, name)
	if run.IsZero() {
		return books, false, nil
	}
	books = Books{
		State: stateOf(run, &seen.state), TakenBack: run.Has(layout.TakenBack),
		name: name, run: run, active: k.guard.List(b, name.List, layout.Active),
		chunks: map[uint32]*openChunk{}, seen: seen,
	}
	books.bitmaps, err = k.bitmapsOf(b, run, name, &seen.number)
	return books, true, err
}

// Read reads the bitmaps of a reader's chunk, before anything is claimed or settled. What
// is not as it was written is an error, and nobody of that chunk is claimed.
func (b *Books) Read(seq subscribe.Seq) error {
	n, _ := layout.ChunkOf(seq)
	if b.chunks[n] != nil {
		return nil
	}
	seen := b.seen.chunk([8]byte(b.bitmaps.at(n)))
	stored, err := b.bitmaps.get(n, &seen.progress)
	if err != nil {
		return err
	}
	active, err := b.active.GetSeen(layout.Key4(n), &seen.active)
	if err != nil {
		return changedActive(b.name.List, n)
	}
	c := &openChunk{progress: newProgress(), active: active, seen: seen}
	copy(c.progress, stored)
	b.chunks[n] = c
	return nil
}

// copies are the small records. Most commits have none, and a bucket that is open costs
// its commit.
func (b *Books) copies() guard.Bucket { return b.run.In(layout.Copies) }

// chunk is a chunk that was read.
func (b *Books) chunk(seq subscribe.Seq) (*openChunk, int) {
	n, bit := layout.ChunkOf(seq)
	return b.chunks[n], bit
}

// Flush writes the bitmaps back. The books are not used after it.
func (b *Books) Flush() error {
	for n, c := range b.chunks {
		if c.dirty {
			if err := b.bitmaps.put(n, c.progress, &c.seen.progress); err != nil {
				return err
			}
		}
	}
	return nil
}

// MayClaim asks, in the commit that claims, whether the reader still wants the
// issue, and makes sure that nobody claims a reader twice.
func (b *Books) MayClaim(claim deliver.Reader) (active bool, err error) {
	if err := b.Read(claim.Seq); err != nil {
		return false, err
	}
	c, bit := b.chunk(claim.Seq)
	if !claim.Again {
		if layout.HasBit(c.progress.claimed(), bit) {
			return false, fmt.Errorf("entry %d of %s is claimed already", claim.Seq, b.name)
		}
		return layout.HasBit(c.active, bit), nil
	}
	if claim.Resend && !b.copies().Has(layout.SeqKey(claim.Seq)) && layout.HasBit(c.progress.accepted(), bit) {
		return false, nil // the relay's log has told meanwhile that it was taken
	}
	rec, err := copyOf(b.copies().Get(layout.SeqKey(claim.Seq)))
	if err != nil {
		return false, err
	}
	if rec.State != record.Deferred && rec.State != record.Uncertain && b.State == deliver.Running { // or its round was stopped
		return false, fmt.Errorf("entry %d of %s is not waiting for another attempt", claim.Seq, b.name)
	}
	return layout.HasBit(c.active, bit), nil
}

// Claim sets the claimed bit, or rewrites the small record of a further attempt.
func (b *Books) Claim(claim deliver.Reader) error {
	if claim.Again {
		return b.copies().Put(layout.SeqKey(claim.Seq), record.EncodeCopy(record.Copy{State: record.InFlight, Attempt: claim.Attempt, Resend: claim.Resend}))
	}
	c, bit := b.chunk(claim.Seq)
	layout.SetBit(c.progress.claimed(), bit, true)
	c.dirty = true
	return nil
}

// Withdraw settles a further attempt whose reader has left. A copy that was
// uncertain stays so: nobody knows whether it arrived.
func (b *Books) Withdraw(claim deliver.Reader) error {
	if !b.copies().Has(layout.SeqKey(claim.Seq)) {
		return nil
	}
	c, err := copyOf(b.copies().Get(layout.SeqKey(claim.Seq)))
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
	return b.copies().Put(layout.SeqKey(claim.Seq), record.EncodeCopy(c))
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
// refused before its reader is claimed: then Settle sets the claimed bit itself. The
// chunk was read before.
func (b *Books) Settle(s deliver.Settlement, now time.Time) (flew bool, err error) {
	c, bit := b.chunk(s.Reader.Seq)
	switch {
	case s.Reader.Again:
		if rec, err := copyOf(b.copies().Get(layout.SeqKey(s.Reader.Seq))); err == nil && rec.State == record.InFlight {
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
			return flew, b.copies().Delete(layout.SeqKey(s.Reader.Seq))
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
			if err := addEver(b.run, b.name, 1); err != nil {
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
	if isUncertain(rec) {
		rec.Since = now
	}
	return flew, b.copies().Put(layout.SeqKey(s.Reader.Seq), record.EncodeCopy(rec))
}

// ever is how many copies were ever uncertain.
func ever(run guard.Bucket, name deliver.IssueName) (uint64, error) {
	v, err := value(run, name, layout.UncertainEver)
	n, _ := binary.Uvarint(v)
	return n, err
}

func addEver(run guard.Bucket, name deliver.IssueName, n uint64) error {
	have, err := ever(run, name)
	if err != nil {
		return err
	}
	return run.Put(layout.UncertainEver, binary.AppendUvarint(nil, have+n))
}

// Dismiss claims a reader of the audience to whom nothing can be sent, and says what
// became of the copy.
func (b *Books) Dismiss(seq subscribe.Seq, state record.CopyState) error {
	if err := b.Read(seq); err != nil {
		return err
	}
	c, bit := b.chunk(seq)
	layout.SetBit(c.progress.claimed(), bit, true)
	c.dirty = true
	return b.copies().Put(layout.SeqKey(seq), record.EncodeCopy(record.Copy{State: state}))
}
