package store

import (
	"cmp"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"time"

	bolt "go.etcd.io/bbolt"

	"example.jp/kairan/store/layout"
	"example.jp/kairan/subscribe"
)

// What must be true of the installation of [putBackStory], whatever is put back: the
// entries are the copy's, and what anybody ever ended stays ended, as far as the journal
// still knows it. Where it does not, the hold says so.

const secondList = "second"

// place is an address on a list; of no list, a mailbox.
type place struct{ list, address string }

func (p place) mailbox() string { return addressOf(p.address).Mailbox() }
func (p place) String() string  { return p.list + ":" + p.address }

func placeOf(e *subscribe.Subscriber) place { return place{e.List, e.Address.Clear()} }

// townState is what is true at one time.
type townState struct {
	active map[place]townEntry
	box    map[string]boxState // by mailbox
}

type townEntry struct {
	id        subscribe.ID
	confirmed time.Time
	name      string
}

type boxState struct {
	at      time.Time
	blocked bool
}

func newTownState() townState {
	return townState{active: map[place]townEntry{}, box: map[string]boxState{}}
}

func (s townState) clone() townState { return townState{maps.Clone(s.active), maps.Clone(s.box)} }

// expect takes over who is at a place.
func (s townState) expect(at place, e *subscribe.Subscriber) {
	if delete(s.active, at); e != nil {
		s.active[at] = townEntry{e.ID, e.Consent.Confirmed, e.Fields["name"]}
	}
}

// parting is something that ended, or a block that was set or lifted.
type parting struct {
	place
	at     time.Time
	id     subscribe.ID
	moved  bool
	blocks bool // of a mailbox: set, and not lifted
	sure   certainty
}

// certainty is whether a parting must be known when a copy is put back.
type certainty int

const (
	known  certainty = iota
	hedged           // if it is not, the hold says that of then nothing is known
)

func (p *parting) String() string {
	return fmt.Sprintf("%v at %v (moved %v, blocks %v, sure %d)", p.place, p.at.Format("01-02 15:04:05"), p.moved, p.blocks, p.sure)
}

// takesOut says whether the parting is one of an entry of a copy.
func (p *parting) takesOut(at place, e townEntry, c townCopy) bool {
	switch {
	case p.list == "":
		return p.blocks && p.address == at.mailbox() && p.at.After(c.state.box[p.address].at) // which the copy does not know
	case p.list != at.list:
		return false
	}
	if p.place == at && p.moved && p.sure != known && p.id == e.id && !e.confirmed.After(p.at) {
		return true // a journal that was lost for a time may tell of a move that the copy does not know
	}
	return p.place == at && p.at.After(c.at) || !p.moved && p.id == e.id && !e.confirmed.After(p.at)
}

// ends notes that an entry is where it was no more.
func (m *putBackStory) ends(e *subscribe.Subscriber, moved bool) {
	if m.state.active[placeOf(e)].id == e.ID { // another one may be where a suspended one was
		delete(m.state.active, placeOf(e))
	}
	m.partings = append(m.partings, &parting{place: placeOf(e), at: m.now, id: e.ID, moved: moved})
}

func (m *putBackStory) boxes(mailbox string, blocked bool) {
	m.state.box[mailbox] = boxState{m.now, blocked}
	m.partings = append(m.partings, &parting{place: place{"", mailbox}, at: m.now, blocks: blocked})
}

// entries are the active and the suspended ones.
func (m *putBackStory) entries() (all []*subscribe.Subscriber) {
	m.t.Helper()
	m.must(m.Store.file.View(func(b *bolt.Tx) error {
		for _, list := range []string{townList, secondList} {
			if layout.List(b, list, layout.Entries) == nil {
				continue
			}
			err := layout.Each(layout.List(b, list, layout.Entries), func(k, _ []byte) error {
				e, err := m.people.Entry(b, list, layout.SeqOf(k))
				if err == nil && e.State != subscribe.Ended {
					all = append(all, e)
				}
				return err
			})
			if err != nil {
				return err
			}
		}
		return nil
	}))
	return all
}

func isActive(e *subscribe.Subscriber) bool { return e.State == subscribe.Active }

// someone draws an entry; nil: there is none.
func (m *putBackStory) someone(is func(*subscribe.Subscriber) bool) *subscribe.Subscriber {
	all := slices.DeleteFunc(m.entries(), func(e *subscribe.Subscriber) bool { return !is(e) })
	if len(all) == 0 {
		return nil
	}
	return all[m.dice.IntN(len(all))]
}

// found is the active entry at a place, or nil.
func (m *putBackStory) found(at place) *subscribe.Subscriber {
	for _, e := range m.entries() {
		if isActive(e) && placeOf(e) == at {
			return e
		}
	}
	return nil
}

func (m *putBackStory) mark(list string, at place) (mark *subscribe.Mark) {
	m.must(m.Store.file.View(func(b *bolt.Tx) (err error) {
		mark, err = m.people.Mark(b, list, addressOf(at.address))
		return err
	}))
	return mark
}

func (m *putBackStory) check(what string) {
	m.t.Helper()
	found := map[place]townEntry{}
	for _, e := range m.entries() {
		if isActive(e) {
			found[placeOf(e)] = townEntry{e.ID, e.Consent.Confirmed, e.Fields["name"]}
		}
	}
	if !maps.Equal(found, m.state.active) {
		m.t.Errorf("%s: active are %v, want %v; %v", what, found, m.state.active, m.partings)
	}
	for at := range m.state.active {
		if n, err := m.Count(at.list); err != nil || n > len(found) {
			m.t.Errorf("%s: %d active bits on %s (%v)", what, n, at.list, err)
		}
	}
	for n := range 3 {
		at := place{"", fmt.Sprintf("r%d@example.jp", n)}
		if got, want := m.blocked(at.address), m.state.box[at.address].blocked; got != want {
			m.t.Errorf("%s: %s is blocked: %v, want %v; %v", what, at, got, want, m.partings)
		}
	}
	m.must((audited{m.Store}).Check())
}

// townCopy is what is kept for a bad day.
type townCopy struct {
	file  string
	at    time.Time
	state townState
}

func (m *putBackStory) copyAll() bool {
	file := filepath.Join(m.t.TempDir(), "copy")
	if m.dice.IntN(2) == 0 {
		file = backup(m.t, m.Store)
	} else {
		m.stop()
		copyFile(m.t, m.file(), file)
		m.start()
	}
	m.copies = append(m.copies, townCopy{file, m.now, m.state.clone()})
	return true
}

// putBackOne puts a copy back, with the journal as it is, or torn.
func (m *putBackStory) putBackOne() bool {
	if len(m.copies) == 0 {
		return false
	}
	c := m.copies[len(m.copies)-1-min(m.dice.IntN(len(m.copies)), m.dice.IntN(len(m.copies)))]
	m.stop()
	copyFile(m.t, c.file, m.file())
	m.story = append(m.story, fmt.Sprintf("  the copy of %v", c.at.Format("01-02 15:04:05")))
	if m.dice.IntN(2) == 0 {
		m.tear()
	}
	m.start()
	if m.Held() == nil {
		m.t.Fatal("a copy is not held")
	}
	m.judge(c)
	if m.dice.IntN(3) > 0 {
		m.check("held")
		m.must(m.Release(m.t.Context(), "operator"))
	}
	return true
}

// judge says what a copy is now. Who is out of it by what is known is out; by what may not
// be known, may be, and the hold says if that is so; everybody else is in it.
func (m *putBackStory) judge(c townCopy) {
	unknown := m.Held().Unknown
	unsaid := func(p *parting) bool {
		return p.sure == hedged && p.at.After(c.at) && (unknown[0].After(p.at) || unknown[1].Before(p.at))
	}
	m.state = c.state.clone()
	m.judgeBoxes(unsaid)
	for at, e := range c.state.active {
		out := m.state.box[at.mailbox()].blocked
		var doubts []*parting
		for _, p := range m.partings {
			if p.takesOut(at, e, c) {
				if out = out || p.sure == known; p.sure != known {
					doubts = append(doubts, p)
				}
			}
		}
		if out {
			delete(m.state.active, at)
			continue
		}
		if len(doubts) == 0 && m.suspended[at].Before(e.confirmed) { // of who was suspended since, a journal that was made anew knows it
			continue
		}
		if m.found(at) == nil {
			delete(m.state.active, at)
		} else if slices.ContainsFunc(doubts, unsaid) {
			m.t.Errorf("%s is back in a copy of %v, and the hold does not say that it may have gone: %v; %+v", at, c.at, unknown, doubts)
		}
	}
}

func (m *putBackStory) judgeBoxes(unsaid func(*parting) bool) {
	all := slices.SortedStableFunc(slices.Values(m.partings), func(a, b *parting) int { return cmp.Or(a.at.Compare(b.at)) })
	doubts := map[string][]*parting{}
	for _, p := range all {
		switch {
		case p.list != "" || p.at.Before(m.state.box[p.address].at):
		case p.sure == known:
			m.state.box[p.address] = boxState{p.at, p.blocks}
			delete(doubts, p.address)
		default:
			doubts[p.address] = append(doubts[p.address], p)
		}
	}
	for mailbox, of := range doubts {
		is := m.blocked(mailbox)
		if !is && slices.ContainsFunc(of, func(p *parting) bool { return p.blocks && unsaid(p) }) && of[len(of)-1].blocks {
			m.t.Errorf("the block of %s is gone, and the hold does not say that it may have been", mailbox)
		}
		box := m.state.box[mailbox]
		box.blocked = is
		m.state.box[mailbox] = box
	}
}
