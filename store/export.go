package store

import (
	bolt "go.etcd.io/bbolt"

	"example.jp/kairan/store/apart"
	"example.jp/kairan/store/layout"
	"example.jp/kairan/store/people"
	"example.jp/kairan/subscribe"
)

// Page returns up to n entries of a list from a number on, and the number at which the
// next page begins; 0: this was the last. An entry that cannot be read is
// [subscribe.Lost]. For exports, and for nothing that anybody is shown.
func (s *Store) Page(listID string, from subscribe.Seq, n int) (all []*subscribe.Subscriber, next subscribe.Seq, err error) {
	err = s.file.View(func(b *bolt.Tx) error {
		entries := layout.List(b, listID, layout.Entries)
		if entries == nil {
			return nil
		}
		c := entries.Cursor()
		for k, _ := c.Seek(layout.SeqKey(from)); len(k) == 4; k, _ = c.Next() {
			seq := layout.SeqOf(k)
			if len(all) == n {
				next = seq
				return nil
			}
			e, err := s.people.Entry(b, listID, seq)
			if apart.Is(err) {
				e, err = &subscribe.Subscriber{Seq: seq, List: listID, State: subscribe.Lost}, nil
			}
			if err != nil {
				return err
			}
			all = append(all, e)
		}
		return nil
	})
	return all, next, err
}

// Held is what a list holds about a person.
type Held struct {
	List    string
	Entries []*subscribe.Subscriber // of all spellings of the mailbox; and what is left of the one that left
	Mark    *subscribe.Mark         // nil: none
}

// HeldAbout returns what each of the lists holds about who has an address, and the mark
// of the installation, nil if there is none. For exports, and for nothing that anybody
// is shown.
func (s *Store) HeldAbout(a subscribe.Address, lists []string) (all []Held, block *subscribe.Mark, err error) {
	err = s.file.View(func(b *bolt.Tx) (err error) {
		for _, id := range lists {
			h := Held{List: id}
			var fault error
			if h.Entries, err = s.people.ByMailbox(b, id, a); err == nil {
				h.Mark, fault = s.people.Mark(b, id, a)
				err = apart.Skip(fault)
			}
			if err == nil && h.Mark != nil && h.Mark.Kind != subscribe.MarkMoved { // who moved has the entry at the other address
				err = s.addEnded(b, &h)
			}
			if err != nil {
				return err
			}
			all = append(all, h)
		}
		block, err = s.people.Mark(b, "", a)
		return apart.Skip(err)
	})
	return all, block, err
}

// addEnded adds the entry of a mark, if it has ended and proves something.
func (s *Store) addEnded(b *bolt.Tx, h *Held) error {
	e, err := s.people.ByID(b, h.List, h.Mark.ID)
	if e != nil && e.State == subscribe.Ended && !people.StandsForMark(e) {
		h.Entries = append(h.Entries, e)
	}
	return apart.Skip(err)
}
