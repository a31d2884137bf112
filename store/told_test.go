package store

import (
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"slices"

	bolt "go.etcd.io/bbolt"

	"example.jp/kairan/store/guard"
	"example.jp/kairan/store/journal"
	"example.jp/kairan/store/layout"
	"example.jp/kairan/subscribe"
)

// told is what a store has acknowledged. All of it must be there whatever becomes of the
// process, or of the power.
type told struct {
	joined, left, claimed, settled, returned map[string]bool
	noted                                    AuditHead
	others                                   map[string]int // words, and how often they were said
}

func newTold() *told {
	return &told{map[string]bool{}, map[string]bool{}, map[string]bool{}, map[string]bool{}, map[string]bool{}, AuditHead{}, map[string]int{}}
}

// hear takes what a child has said.
func (a *told) hear(verb, what string) {
	into := map[string]map[string]bool{"joined": a.joined, "left": a.left, "claimed": a.claimed, "settled": a.settled, "returned": a.returned}[verb]
	switch {
	case verb == "noted":
		a.noted, _ = ParseAuditHead(what)
	case into != nil:
		into[what] = true
	default:
		a.others[verb]++
	}
}

// add takes what another was told, too.
func (a *told) add(b *told) {
	maps.Copy(a.joined, b.joined)
	maps.Copy(a.left, b.left)
	maps.Copy(a.claimed, b.claimed)
	maps.Copy(a.settled, b.settled)
	maps.Copy(a.returned, b.returned)
	for word, n := range b.others {
		a.others[word] += n
	}
}

// kept says what is missing of it in a store that was opened again.
func (a *told) kept(s *Store) error {
	if err := (audited{s}).Check(); err != nil {
		return err
	}
	if h := s.Held(); h != nil {
		return fmt.Errorf("it is taken for another one than that in use: %v", h.Doubt)
	}
	if trail, err := s.CheckAudit(a.noted); err != nil || trail.Break > 0 || !trail.Has && a.noted.N > 0 {
		return fmt.Errorf("of the audit trail %s was acknowledged: %+v, %w", a.noted, trail, err)
	}
	if err := a.keptApart(s); err != nil {
		return err
	}
	return s.file.View(func(b *bolt.Tx) error {
		return errors.Join(a.keptPeople(b), a.keptCopies(s, b))
	})
}

func (a *told) keptPeople(b *bolt.Tx) error {
	ids := layout.List(b, "japanifornia", layout.IDs)
	stateOf := func(text string) (subscribe.State, error) {
		id, err := hex.DecodeString(text)
		if err != nil {
			return 0, err
		}
		k := ids.Get(id)
		if k == nil {
			return 0, errors.New("an acknowledged entry is gone")
		}
		chunk, bit := layout.ChunkOf(layout.SeqOf(k))
		if layout.HasBit(layout.List(b, "japanifornia", layout.Active).Get(layout.Key4(chunk)), bit) {
			return subscribe.Active, nil
		}
		return subscribe.Ended, nil
	}
	for id := range a.joined {
		if _, err := stateOf(id); err != nil {
			return err
		}
	}
	for id := range a.left {
		if state, err := stateOf(id); err != nil || state != subscribe.Ended {
			return fmt.Errorf("an acknowledged leaving is gone: state %d, %w", state, err)
		}
	}
	return nil
}

// keptApart wants whoever has left to stand in the journal, so that no backup brings them
// back.
func (a *told) keptApart(s *Store) error {
	gone := map[string]bool{}
	damaged, err := s.journal.Each(0, func(l journal.Line) error { gone[l.Entry.String()] = true; return nil })
	if err != nil || damaged > 0 {
		return fmt.Errorf("%d damaged lines in the journal: %w", damaged, err)
	}
	for id := range a.left {
		if !gone[id] {
			return errors.New("an acknowledged leaving is not in the journal")
		}
	}
	return nil
}

// keptCopies wants nobody to be sent to anew of whom a connection was told that they are
// its, nobody who has accepted to be in doubt, and each copy that came back to be known.
func (a *told) keptCopies(s *Store, b *bolt.Tx) error {
	name := named("japanifornia", "autumn")
	number, _ := guard.New(s.keys).Run(b, name).Get(layout.Number)
	has := func(text string, from int) bool {
		var seq subscribe.Seq
		if _, err := fmt.Sscan(text, &seq); err != nil {
			return false
		}
		chunk, bit := layout.ChunkOf(seq)
		bitmaps := b.Bucket(layout.Progress).Get(slices.Concat(number, layout.Key4(chunk)))
		return len(bitmaps) >= from+layout.ChunkBytes && layout.HasBit(bitmaps[from:], bit)
	}
	for seq := range a.claimed {
		if !has(seq, 0) {
			return fmt.Errorf("the acknowledged claim of entry %s is gone, who would get it twice", seq)
		}
	}
	for seq := range a.settled {
		if !has(seq, layout.ChunkBytes) {
			return fmt.Errorf("the acknowledged acceptance of entry %s is gone", seq)
		}
	}
	known := map[string]bool{}
	if back := layout.List(b, "japanifornia", layout.Bounced); back != nil {
		if err := layout.Each(back, func(k, _ []byte) error { known[fmt.Sprint(layout.SeqOf(k))] = true; return nil }); err != nil {
			return err
		}
	}
	for seq := range a.returned {
		if !known[seq] {
			return fmt.Errorf("that the copy of entry %s came back was acknowledged, and is gone", seq)
		}
	}
	if len(a.claimed) == 0 {
		return nil
	}
	if books, err := s.ledger.Balance(b, name); err != nil || books.Bounced != len(known) {
		return fmt.Errorf("%d came back, and %d count: %w", len(known), books.Bounced, err)
	}
	return nil
}
