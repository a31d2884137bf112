package ledger

import (
	"encoding/binary"
	"errors"
	"math/bits"
	"time"

	bolt "go.etcd.io/bbolt"

	"example.jp/kairan/deliver"
	"example.jp/kairan/store/guard"
	"example.jp/kairan/store/layout"
	"example.jp/kairan/store/record"
	"example.jp/kairan/subscribe"
)

// Bits are bitmaps of readers, by chunk.
type Bits map[uint32][]byte

// Set sets a reader's bit.
func (s Bits) Set(seq subscribe.Seq) {
	n, bit := layout.ChunkOf(seq)
	if s[n] == nil {
		s[n] = make([]byte, layout.ChunkBytes)
	}
	layout.SetBit(s[n], bit, true)
}

// Has says whether it is set.
func (s Bits) Has(seq subscribe.Seq) bool {
	n, bit := layout.ChunkOf(seq)
	return layout.HasBit(s[n], bit)
}

// heard is one chunk's bitmaps of what the relay's log said: queued, bounced, delivered.
// What was said once stays; of several words the highest counts.
type heard []byte

const heardBytes = 3 * layout.ChunkBytes

func (h heard) of(w deliver.RelayWord) []byte {
	n := int(w - deliver.RelayQueued)
	return h[n*layout.ChunkBytes : (n+1)*layout.ChunkBytes]
}

// Word is what a log says of a reader's copy.
type Word struct {
	Seq  subscribe.Seq
	Word deliver.RelayWord // at least [deliver.RelayQueued]
}

// isUncertain says whether nobody knows if the relay has a copy, and none is on its way.
func isUncertain(c record.Copy) bool {
	return c.State == record.Uncertain || c.State == record.Deferred && c.Resend
}

// Telling is a change of a run's books by a log, made ready by reads, to be written in the
// same transaction.
type Telling struct {
	Settled []subscribe.Seq // copies that are not uncertain any more

	name     deliver.IssueName
	run      guard.Bucket
	heard    map[uint32]heard
	bitmaps  *bitmaps
	progress map[uint32]progress
	copies   map[subscribe.Seq]*record.Copy // nil: it is accepted
	final    *deliver.Balance               // nil: it is under way
	rewrite  bool                           // the final books have changed
	reopen   bool
}

// telling opens a run's books for a change; nil if it has not started.
func (k Keeper) telling(b *bolt.Tx, name deliver.IssueName) (t *Telling, err error) {
	run := k.guard.Run(b, name)
	if run.IsZero() {
		return nil, nil //nolint:nilnil // its list may have ended
	}
	t = &Telling{name: name, run: run, heard: map[uint32]heard{}, progress: map[uint32]progress{}, copies: map[subscribe.Seq]*record.Copy{}}
	if t.bitmaps, err = k.bitmapsOf(b, run, name, nil); err != nil {
		return nil, err
	}
	final, err := value(run, name, layout.FinalBalance)
	if err != nil || final == nil {
		return t, err
	}
	books, err := record.DecodeBalance(final)
	t.final = &books
	return t, err
}

// Hear makes ready what a log says of copies of a run: it is noted, and a copy that was
// uncertain is accepted. What is known already changes nothing.
func (k Keeper) Hear(b *bolt.Tx, name deliver.IssueName, words []Word) (*Telling, error) {
	t, err := k.telling(b, name)
	if t == nil || err != nil {
		return nil, err
	}
	in := t.run.In(layout.Heard)
	for _, w := range words {
		n, bit := layout.ChunkOf(w.Seq)
		h := t.heard[n]
		stored, fault := in.Get(layout.Key4(n))
		if h == nil {
			h = make(heard, heardBytes, heardBytes+guard.TagSize)
			if fault == nil && len(stored) == heardBytes { // of what was changed nothing is believed
				copy(h, stored)
			}
		}
		if fault != nil || !layout.HasBit(h.of(w.Word), bit) {
			layout.SetBit(h.of(w.Word), bit, true)
			t.heard[n] = h
		}
		if err := t.acceptUncertain(w.Seq); err != nil {
			return nil, err
		}
	}
	return t, nil
}

// Took makes ready that the relay had a copy, since it came back: one that was uncertain is
// accepted.
func (k Keeper) Took(b *bolt.Tx, name deliver.IssueName, seq subscribe.Seq) (*Telling, error) {
	t, err := k.telling(b, name)
	if t == nil || err != nil {
		return nil, err
	}
	return t, t.acceptUncertain(seq)
}

func (t *Telling) acceptUncertain(seq subscribe.Seq) error {
	copies := t.run.In(layout.Copies)
	if _, done := t.copies[seq]; done || !copies.Has(layout.SeqKey(seq)) {
		return nil
	}
	c, err := copyOf(copies.Get(layout.SeqKey(seq)))
	if err != nil || !isUncertain(c) {
		return nil //nolint:nilerr // one that is damaged stays
	}
	return t.accept(seq)
}

// accept makes ready that a copy that was uncertain is accepted.
func (t *Telling) accept(seq subscribe.Seq) error {
	n, bit := layout.ChunkOf(seq)
	if t.progress[n] == nil {
		stored, err := t.bitmaps.get(n, nil)
		if err != nil {
			return err
		}
		if stored != nil { // none of a run that has ended in an older version
			t.progress[n] = newProgress()
			copy(t.progress[n], stored)
		}
	}
	if p := t.progress[n]; p != nil {
		layout.SetBit(p.accepted(), bit, true)
	}
	t.copies[seq], t.Settled = nil, append(t.Settled, seq)
	if t.final != nil {
		t.final.Uncertain--
		t.final.Accepted++
		t.rewrite = true
	}
	return nil
}

// NotTaken makes ready that copies were not taken: whoever's is uncertain since no later
// than since says is due now, if the run goes on, and else expired. A run that has ended
// is opened again with reopen.
func (k Keeper) NotTaken(b *bolt.Tx, name deliver.IssueName, copies []UncertainCopy, reopen bool, now time.Time) (*Telling, error) {
	t, err := k.telling(b, name)
	if t == nil || err != nil {
		return nil, err
	}
	over := t.final != nil && !reopen
	t.reopen = t.final != nil && reopen
	for _, want := range copies {
		c, err := copyOf(t.run.In(layout.Copies).Get(layout.SeqKey(want.Seq)))
		if err != nil || !isUncertain(c) || !c.Since.Equal(want.Since) {
			continue // it was sent again meanwhile
		}
		c = record.Copy{State: record.Deferred, Attempt: c.Attempt, Due: now}
		if over {
			c.State, c.Due = record.Expired, time.Time{}
			t.final.Uncertain--
			t.rewrite = true
			if stateOf(t.run, nil) == deliver.Cancelled {
				t.final.Cancelled++
			} else {
				t.final.Expired++
			}
		}
		t.copies[want.Seq], t.Settled = &c, append(t.Settled, want.Seq)
	}
	return t, nil
}

// Over says whether the run has ended, and is not opened again.
func (t *Telling) Over() bool { return t.final != nil && !t.reopen }

// Changes says whether there is anything to write.
func (t *Telling) Changes() bool { return len(t.heard)+len(t.copies) > 0 }

// Write writes what was made ready.
func (k Keeper) Write(b *bolt.Tx, t *Telling) error {
	if len(t.heard) > 0 {
		if _, err := layout.Run(b, t.name).CreateBucketIfNotExists(layout.Heard); err != nil {
			return err
		}
	}
	var err error
	in, copies := t.run.In(layout.Heard), t.run.In(layout.Copies)
	for n, h := range t.heard {
		err = errors.Join(err, in.Put(layout.Key4(n), h))
	}
	for n, p := range t.progress {
		err = errors.Join(err, t.bitmaps.put(n, p, new(guard.Seen)))
	}
	for seq, c := range t.copies {
		if c == nil {
			err = errors.Join(err, copies.Delete(layout.SeqKey(seq)))
		} else {
			err = errors.Join(err, copies.Put(layout.SeqKey(seq), record.EncodeCopy(*c)))
		}
	}
	switch {
	case t.reopen:
		err = errors.Join(err, t.run.Delete(layout.FinalBalance))
	case t.rewrite:
		err = errors.Join(err, t.run.Put(layout.FinalBalance, record.EncodeBalance(*t.final)))
		if isSettled(*t.final) {
			err = errors.Join(err, t.bitmaps.remove())
		}
	}
	return err
}

// PutAsOf notes when the last line was written of a log in which a run was heard of.
func (k Keeper) PutAsOf(b *bolt.Tx, name deliver.IssueName, at time.Time) error {
	run := k.guard.Run(b, name)
	if run.IsZero() || !at.After(asOf(run)) {
		return nil
	}
	return run.Put(layout.HeardAsOf, layout.Key8(uint64(at.UnixMilli())))
}

func asOf(run guard.Bucket) (at time.Time) {
	if v, err := run.Get(layout.HeardAsOf); err == nil && len(v) == 8 {
		at = time.UnixMilli(int64(binary.BigEndian.Uint64(v)))
	}
	return at
}

// Said counts what the relay's log said last of a run's copies; zero if there is nothing
// of it, or it was forgotten.
func (k Keeper) Said(b *bolt.Tx, name deliver.IssueName) (out deliver.Said, err error) {
	run := k.guard.Run(b, name)
	if run.IsZero() || run.In(layout.Heard).IsZero() {
		return out, nil
	}
	audience, n := run.In(layout.Audience), 0
	err = run.In(layout.Heard).Each(func(key, v []byte, fault error) error {
		sent, lost := audience.Get(key)
		if fault != nil || lost != nil || len(v) != heardBytes || len(sent) != layout.ChunkBytes {
			return nil //nolint:nilerr // nothing is known of these; Examine says so
		}
		n++
		h := heard(v)
		for i, a := range sent {
			delivered := h.of(deliver.RelayDelivered)[i] & a
			bounced := h.of(deliver.RelayBounced)[i] & a &^ delivered
			out.Delivered += bits.OnesCount8(delivered)
			out.Bounced += bits.OnesCount8(bounced)
			out.Queued += bits.OnesCount8(h.of(deliver.RelayQueued)[i] & a &^ delivered &^ bounced)
		}
		return nil
	})
	if err != nil || n == 0 {
		return deliver.Said{}, err
	}
	books, err := k.Balance(b, name)
	out.Nothing, out.AsOf = max(0, books.Accepted-out.Taken()), asOf(run)
	return out, err
}

// UncertainCopy is a copy of which nobody knows whether the relay has it.
type UncertainCopy struct {
	Seq   subscribe.Seq
	Since time.Time // zero: nobody knows
	Due   time.Time // when it would be sent once more; zero: never
}

// Uncertain are the uncertain copies of a run.
func (k Keeper) Uncertain(b *bolt.Tx, name deliver.IssueName) (all []UncertainCopy, err error) {
	err = k.guard.Run(b, name).In(layout.Copies).Each(func(key, v []byte, fault error) error {
		if c, err := copyOf(v, fault); err == nil && isUncertain(c) {
			all = append(all, UncertainCopy{layout.SeqOf(key), c.Since, c.Due})
		}
		return nil
	})
	return all, err
}

// Accepted are the copies of which the relay said that it has them; not ok if the books
// do not say so, as those of a run that ended in an older version, or in a database that
// was put back.
func (k Keeper) Accepted(b *bolt.Tx, name deliver.IssueName) (all Bits, ok bool, err error) {
	t, err := k.telling(b, name)
	if t == nil || err != nil {
		return nil, false, err
	}
	all, n := Bits{}, 0
	err = t.run.In(layout.Audience).Each(func(key, sent []byte, fault error) error {
		if fault != nil || len(sent) != layout.ChunkBytes {
			return changedBooks(name, "audience")
		}
		p, err := t.bitmaps.get(chunkOf(key), nil)
		if err != nil || p == nil {
			return err
		}
		took := make([]byte, layout.ChunkBytes)
		for i := range took {
			took[i] = sent[i] & p.accepted()[i]
		}
		all[chunkOf(key)] = took
		n += layout.CountBits(took)
		return nil
	})
	if err != nil || t.final == nil {
		return all, err == nil, err
	}
	uncertain, err := k.Uncertain(b, name)
	return all, n == t.final.Accepted && len(uncertain) == t.final.Uncertain, err
}

// Audience is who an issue was to go to.
func (k Keeper) Audience(b *bolt.Tx, name deliver.IssueName) (Bits, error) {
	all := Bits{}
	err := k.guard.Run(b, name).In(layout.Audience).Each(func(key, sent []byte, fault error) error {
		if fault != nil || len(sent) != layout.ChunkBytes || len(key) != 4 {
			return changedBooks(name, "audience")
		}
		all[chunkOf(key)] = append([]byte(nil), sent...)
		return nil
	})
	return all, err
}
