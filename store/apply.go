package store

import (
	"errors"
	"time"

	bolt "go.etcd.io/bbolt"

	"example.jp/kairan/store/journal"
	"example.jp/kairan/store/layout"
	"example.jp/kairan/subscribe"
)

// applying applies the lines of the journal to a database.
type applying struct {
	s      *Store
	b      *bolt.Tx
	hold   *Hold                                 // counts what was changed
	copyOf time.Time                             // its last commit; lines younger than that find their entry by address, too; zero: it is no copy
	lists  map[[16]byte]string                   // by hash
	at     map[string]map[[16]byte]subscribe.Seq // by list and mark: the active entry of an address; filled when it is first asked for
	boxes  map[[16]byte]time.Time                // by the mark of a mailbox: when it was blocked, which the copy did not know
	fed    map[string][]journal.Line             // by list
}

// applyJournal ends and blocks what the lines with a higher number than after say, and
// counts in h what it changed. Nobody is brought back. An entry that was confirmed after
// a line stays, and so does a mark that is younger than a line. h is nil if the database
// is not held: then only lines of a commit that a crash has lost are new.
func (s *Store) applyJournal(b *bolt.Tx, h *Hold, after uint64) error {
	missing := s.journal.State().Missing
	if missing && h == nil {
		return nil
	}
	a := applying{s: s, b: b, hold: h, lists: map[[16]byte]string{}, at: map[string]map[[16]byte]subscribe.Seq{}, fed: map[string][]journal.Line{}, boxes: map[[16]byte]time.Time{}}
	if h == nil {
		a.hold = &Hold{}
	} else {
		a.copyOf = h.CopyOf
	}
	if missing {
		return a.putFed()
	}
	for _, id := range s.listIDs(b) {
		a.lists[journal.ListHash(s.keys, id)] = id
	}
	damaged, err := s.journal.Each(after, func(l journal.Line) error {
		if l.Kind == journal.BoxBlocked || l.Kind == journal.BoxUnblocked {
			return a.block(l)
		}
		id, ok := a.lists[l.List]
		switch {
		case !ok:
			return nil
		case l.Kind == journal.EntryFed:
			a.fed[id] = append(a.fed[id], l)
			return nil
		}
		return a.leave(id, l)
	})
	a.hold.Damaged = max(a.hold.Damaged, damaged)
	if err == nil {
		err = a.endMailboxes()
	}
	if err == nil && h != nil {
		err = a.putFed()
	}
	if err != nil {
		return err
	}
	return s.noteJournal(b, s.journal.State().Last)
}

// block blocks a mailbox, or lifts its block, unless what the database knows of it is
// younger.
func (a *applying) block(l journal.Line) error {
	old := a.s.people.MarkAt(a.b, "", l.Mark[:]) // one that is damaged is written anew
	if old != nil && old.At.After(l.At) {
		return nil
	}
	if l.Kind == journal.BoxBlocked && (old == nil || old.Kind != subscribe.MarkBlocked) {
		a.hold.Blocked++
		if !a.copyOf.IsZero() {
			a.boxes[l.Mark] = l.At
		}
	}
	m := subscribe.Mark{Kind: l.MarkKind(), At: l.At} // MarkLifted, if the line lifts it
	return a.s.people.PutMark(a.b, "", l.Mark, m)
}

// endMailboxes ends the entries of the mailboxes that were blocked after the copy. Those
// that were on a list then have lines of their own; others were on none at that time, or only
// in a copy that was not in use. Who confirmed after the block stands, as of any line.
func (a *applying) endMailboxes() error {
	if len(a.boxes) == 0 {
		return nil
	}
	var err error
	for _, id := range layout.ListIDs(a.b) {
		var blocked []*subscribe.Subscriber
		a.eachStanding(id, func(e *subscribe.Subscriber) {
			if at, is := a.boxes[a.s.people.MarkHash("", e.Address)]; is && !e.Consent.Confirmed.After(at) {
				blocked = append(blocked, e)
			}
		})
		for _, e := range blocked {
			at, h := a.boxes[a.s.people.MarkHash("", e.Address)], a.s.people.MarkHash(id, e.Address)
			mark := e.End(subscribe.MarkBlocked, at)
			a.hold.Ended++
			err = errors.Join(err, a.s.people.Put(a.b, *e), a.putMark(id, h, mark))
		}
	}
	return err
}

// eachStanding calls do for the entries of a list that have not ended.
func (a *applying) eachStanding(listID string, do func(*subscribe.Subscriber)) {
	_ = layout.List(a.b, listID, layout.Entries).ForEach(func(k, _ []byte) error {
		if e, err := a.s.people.Entry(a.b, listID, layout.SeqOf(k)); err == nil && e != nil && e.State != subscribe.Ended {
			do(e)
		}
		return nil
	})
}

// leave ends the entry of a line, and writes its mark. It finds the entry by its ID, or
// by its address where the copy may have that reader under another ID.
func (a *applying) leave(listID string, l journal.Line) error {
	if _, err := layout.EnsureList(a.b, listID); err != nil {
		return err
	}
	mark := subscribe.Mark{Kind: l.MarkKind(), At: l.At, ID: l.Entry}
	if e, err := a.s.people.ByID(a.b, listID, l.Entry); err != nil {
		return err
	} else if e != nil {
		stands, err := a.end(listID, e.Seq, l, &mark)
		if err != nil || stands {
			return err
		}
	}
	if seq, ok := a.whoIsAt(listID, l); ok {
		if _, err := a.end(listID, seq, l, &mark); err != nil {
			return err
		}
	}
	return a.putMark(listID, l.Mark, mark)
}

// putMark puts a mark, unless the one that is there is younger. One that is damaged is written
// anew.
func (a *applying) putMark(listID string, h [16]byte, m subscribe.Mark) error {
	old := a.s.people.MarkAt(a.b, listID, h[:])
	if old != nil && old.At.After(m.At) {
		return nil
	}
	if old != nil && m.ID.IsZero() {
		m.ID = old.ID
	}
	return a.s.people.PutMark(a.b, listID, h, m)
}

// end ends an entry as a line says, unless its reader has come back since: then it
// stands, and so does its mark.
func (a *applying) end(listID string, seq subscribe.Seq, l journal.Line, mark *subscribe.Mark) (stands bool, err error) {
	e, err := a.s.people.Entry(a.b, listID, seq)
	if err != nil { // damaged, and still not written to
		return false, a.s.people.SetActive(a.b, listID, seq, false)
	}
	if e == nil || e.State == subscribe.Ended {
		return e != nil && e.Consent.Confirmed.After(l.At), nil
	}
	if e.Consent.Confirmed.After(l.At) {
		return true, nil
	}
	here := a.s.people.MarkHash(listID, e.Address) == l.Mark
	switch {
	case l.Kind != journal.EntryMoved:
		e.End(mark.Kind, l.At)
		a.hold.Ended++
	case here && e.State == subscribe.Active && a.knows(listID, l): // it has moved back since
		return true, nil
	case here && e.State == subscribe.Active: // where it moved to, nobody knows any more
		*mark = e.Suspend(l.At)
		a.hold.Moved++
	default:
		return false, nil // it is at another address, and that is right
	}
	a.s.people.DropUndeclared(e)
	return false, a.s.people.Put(a.b, *e)
}

// knows says whether the database has what a line says, or what came later: the mark
// of an address stays when its entry comes back. A mark that is damaged knows nothing.
func (a *applying) knows(listID string, l journal.Line) bool {
	m := a.s.people.MarkAt(a.b, listID, l.Mark[:])
	return m != nil && !m.At.Before(l.At)
}

// whoIsAt finds the entry of a line's address where the line is younger than the
// copy: another copy that was in use between may have had that reader under
// another ID.
func (a *applying) whoIsAt(listID string, l journal.Line) (seq subscribe.Seq, ok bool) {
	if a.copyOf.IsZero() || l.At.Before(a.copyOf) || a.knows(listID, l) {
		return 0, false
	}
	at := a.at[listID]
	if at == nil {
		at = map[[16]byte]subscribe.Seq{}
		a.eachStanding(listID, func(e *subscribe.Subscriber) {
			if e.State == subscribe.Active {
				at[a.s.people.MarkHash(listID, e.Address)] = e.Seq
			}
		})
		a.at[listID] = at
	}
	seq, ok = at[l.Mark]
	return seq, ok
}
