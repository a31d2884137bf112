package storetest

import (
	"fmt"
	"os"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"example.jp/kairan/deliver"
	"example.jp/kairan/subscribe"
)

// model lets rapid draw operations, does each on the store and on plain maps,
// and compares all that can be seen after every one. rapid prints the seed of
// a failure and shrinks it.
func model(t *testing.T, open Open) {
	base := t.TempDir()
	rapid.Check(t, func(rt *rapid.T) {
		dir, err := os.MkdirTemp(base, "model")
		if err != nil {
			rt.Fatal(err)
		}
		w := &world{
			b:     newFixture(rt, dir, open),
			marks: map[string]subscribe.Mark{}, blocks: map[string]subscribe.Mark{},
			notices: map[uint64]*noticeModel{}, copies: map[subscribe.Seq]*copyModel{},
			strikes: map[subscribe.Seq]deliver.Strikes{}, pending: map[subscribe.Seq]pendingModel{},
			public: map[string]*publicModel{},
			back:   returnsModel{finals: map[string]deliver.Balance{}, excused: map[string]bool{}},
		}
		for i := range rapid.IntRange(0, 6).Draw(rt, "readers") {
			w.doJoin(person(i))
		}
		rt.Repeat(map[string]func(*rapid.T){
			"":       w.check,
			"join":   w.join,
			"leave":  w.leave,
			"change": w.change,
			"move":   w.move,
			"block":  w.block,
			"start":  w.start,
			// a run is where most can go wrong: it is drawn most
			"reserve": w.reserve, "reserve2": w.reserve, "reserve3": w.reserve,
			"settle and claim": w.settleAndClaim, "settle and claim 2": w.settleAndClaim, "settle and claim 3": w.settleAndClaim, "settle and claim 4": w.settleAndClaim,
			"send": w.send, "send2": w.send, "send3": w.send,
			"return":   w.giveBack,
			"trip":     w.trip,
			"cancel":   w.cancel,
			"pause":    w.pause,
			"conclude": w.conclude,
			"again":    w.sendAgain, "again2": w.sendAgain,
			"notice": w.notice,
			"settle": w.settleNotice,
			"bounce": w.bounce, "bounce2": w.bounce,
			"returned": w.judgeReturned,
			"wait":     w.wait,
			"withdraw": w.withdraw,
			"kill":     w.kill,
		})
	})
}

// world is what the store should hold.
type world struct {
	b       *fixture
	entries []*subscribe.Subscriber // by sequence number, less one
	marks   map[string]subscribe.Mark
	blocks  map[string]subscribe.Mark
	strikes map[subscribe.Seq]deliver.Strikes
	pending map[subscribe.Seq]pendingModel // of the last issue, which is the only one that is not judged

	back returnsModel

	public map[string]*publicModel // by slug

	lastNotice uint64
	notices    map[uint64]*noticeModel
	given      []deliver.QueuedNotice // reserved notices
	sending    []deliver.QueuedNotice // claimed ones

	// the last issue
	runs     int
	slug     string
	run      deliver.Run
	state    deliver.State
	expires  time.Time
	pausedAt time.Time
	taken    bool // paused because of refusals, and not resumed since
	copies   map[subscribe.Seq]*copyModel
	reserved []deliver.Reader
	flying   []deliver.Reader
	ever     int
	final    *deliver.Balance
	again    deliver.Whom // to whom it goes once more, or went last; 0: it has not ended before
}

// person is one of the addresses there are; the last two are other spellings of
// the mailboxes of the first two.
func person(i int) string {
	if i >= people-2 {
		return fmt.Sprintf("Reader.%d+news@example.jp", i-people+2)
	}
	return fmt.Sprintf("Reader.%d@example.jp", i)
}

const people = 8

// mailbox is what the block of an address is kept under.
func mailbox(address string) string { return addr(address).Mailbox() }

func pick[T any](t *rapid.T, from []T, label string) T {
	if len(from) == 0 {
		t.Skip("nothing to pick from")
	}
	return from[rapid.IntRange(0, len(from)-1).Draw(t, label)]
}

func (w *world) active() []*subscribe.Subscriber { return w.in(subscribe.Active) }

func (w *world) in(s subscribe.State) (out []*subscribe.Subscriber) {
	for _, e := range w.entries {
		if e.State == s {
			out = append(out, e)
		}
	}
	return out
}

// there are those who can leave: also who is suspended holds links.
func (w *world) there() []*subscribe.Subscriber {
	return append(w.active(), w.in(subscribe.Suspended)...)
}

func (w *world) holder(address string) *subscribe.Subscriber {
	for _, e := range w.active() {
		if e.Address.Clear() == address {
			return e
		}
	}
	return nil
}

func (w *world) isActive(seq subscribe.Seq) bool { return w.entries[seq-1].State == subscribe.Active }

func (w *world) doJoin(address string) {
	e := entry(journal, address)
	if m, ok := w.marks[address]; ok && m.Kind != subscribe.MarkMoved {
		e.ID = m.ID
		if slices.ContainsFunc(w.active(), func(x *subscribe.Subscriber) bool { return x.ID == m.ID }) {
			e.ID = subscribe.NewID()
		}
	}
	suspended := slices.IndexFunc(w.in(subscribe.Suspended), func(x *subscribe.Subscriber) bool { return x.ID == e.ID })
	w.b.update(func(tx subscribe.Tx) error {
		if suspended >= 0 {
			old, err := tx.ByID(journal, e.ID)
			if err != nil {
				return err
			}
			old.End(subscribe.MarkMoved, tx.Now())
			tx.Put(old)
		}
		tx.Put(e)
		tx.Owe(subscribe.NewNotice(subscribe.NoticeWelcome, e, e.Lang, tx.Now()))
		return nil
	})
	if suspended >= 0 {
		w.in(subscribe.Suspended)[suspended].End(subscribe.MarkMoved, w.b.clock.now())
	}
	e.Seq = subscribe.Seq(len(w.entries) + 1)
	w.entries = append(w.entries, e)
	w.lastNotice++
	w.notices[w.lastNotice] = &noticeModel{reader: e.ID, to: address, due: w.b.clock.now(), expires: w.b.clock.now().Add(subscribe.ConfirmFor)}
}

func (w *world) join(t *rapid.T) {
	address := person(rapid.IntRange(0, people-1).Draw(t, "who"))
	if w.holder(address) != nil {
		t.Skip("there already")
	}
	w.doJoin(address)
}

// stored reads an entry and puts back what change made of it.
func (w *world) stored(e *subscribe.Subscriber, change func(subscribe.Tx, *subscribe.Subscriber)) {
	w.b.update(func(tx subscribe.Tx) error {
		s, err := tx.ByID(journal, e.ID)
		if err != nil || s == nil {
			return fmt.Errorf("entry %d is not found: %w", e.Seq, err)
		}
		change(tx, s)
		tx.Put(s)
		return nil
	})
}

func (w *world) leave(t *rapid.T) {
	e := pick(t, w.there(), "who")
	address := e.Address
	w.stored(e, func(tx subscribe.Tx, s *subscribe.Subscriber) {
		tx.SetMark(journal, address, s.End(subscribe.MarkLeft, tx.Now()))
	})
	w.ended(e, subscribe.MarkLeft)
}

// ended books what the store was told.
func (w *world) ended(e *subscribe.Subscriber, kind subscribe.MarkKind) {
	address := e.Address.Clear()
	w.marks[address] = e.End(kind, w.b.clock.now())
	w.forget(e.Seq)
}

// block ends all spellings of a mailbox, those of people who were never here
// among them, or lifts a block.
func (w *world) block(t *rapid.T) {
	address := addr(person(rapid.IntRange(0, people-1).Draw(t, "who")))
	kind := subscribe.MarkBlocked
	if old, ok := w.blocks[address.Mailbox()]; ok && old.Kind == subscribe.MarkBlocked {
		kind = subscribe.MarkLeft
	}
	w.b.update(func(tx subscribe.Tx) error {
		var on []*subscribe.Subscriber
		if kind == subscribe.MarkBlocked {
			var err error
			if on, err = tx.ByMailbox(journal, address); err != nil {
				return err
			}
		}
		for _, s := range on {
			a := s.Address
			tx.SetMark(journal, a, s.End(kind, tx.Now()))
			tx.Put(s)
		}
		tx.SetMark("", address, subscribe.Mark{Kind: kind, At: tx.Now()})
		return nil
	})
	if kind == subscribe.MarkBlocked {
		for _, e := range w.spellings(address.Mailbox()) {
			w.ended(e, kind)
		}
	}
	w.blocks[address.Mailbox()] = subscribe.Mark{Kind: kind, At: w.b.clock.now()}
}

// spellings are the entries of a mailbox, in the order of joining.
func (w *world) spellings(of string) (out []*subscribe.Subscriber) {
	for _, e := range w.entries {
		if e.State != subscribe.Ended && e.Address.Mailbox() == of {
			out = append(out, e)
		}
	}
	return out
}

func (w *world) change(t *rapid.T) {
	e := pick(t, w.active(), "who")
	fields := subscribe.Fields{"name": rapid.StringMatching(`[a-z神]{1,9}`).Draw(t, "name")}
	w.stored(e, func(_ subscribe.Tx, s *subscribe.Subscriber) { s.Correct(fields) })
	e.Correct(fields)
}

func (w *world) move(t *rapid.T) {
	e, to := pick(t, w.active(), "who"), person(rapid.IntRange(0, people-1).Draw(t, "to"))
	if w.holder(to) != nil {
		t.Skip("taken")
	}
	old, now := e.Address, w.b.clock.now()
	w.stored(e, func(tx subscribe.Tx, s *subscribe.Subscriber) {
		tx.SetMark(journal, old, s.Move(addr(to), tx.Now()))
	})
	w.marks[old.Clear()] = e.Move(addr(to), now)
	w.forget(e.Seq)
}

func (w *world) wait(t *rapid.T) {
	w.b.clock.move(rapid.SampledFrom([]time.Duration{time.Minute, 16 * time.Minute, 31 * time.Minute, 9 * time.Hour}).Draw(t, "for"))
}

// kill closes and opens: reservations are forgotten, and what was claimed is uncertain.
func (w *world) kill(*rapid.T) {
	w.b.reopen()
	w.killNotices()
	if w.run == nil {
		return
	}
	for _, x := range w.flying {
		c := w.copies[x.Seq]
		c.state, c.due = isUncertain, w.b.clock.now().Add(w.b.opt.UncertainAfter)
		if c.resend {
			c.due = time.Time{}
		} else {
			w.ever++
		}
	}
	w.reserved, w.flying = nil, nil
	for _, c := range w.copies {
		c.passed = false
	}
	var err error
	w.run, err = w.b.OpenRun(named(w.slug))
	w.b.must(err)
}

// check compares everything that can be seen.
func (w *world) check(t *rapid.T) {
	if n, err := w.b.Count(journal); err != nil || n != len(w.active()) {
		t.Fatalf("count %d, want %d (%v)", n, len(w.active()), err)
	}
	if n, err := w.b.Suspended(journal); err != nil || n != len(w.in(subscribe.Suspended)) {
		t.Fatalf("%d suspended, want %d (%v)", n, len(w.in(subscribe.Suspended)), err)
	}
	w.checkArchive(t)
	seen := w.look()
	for id, e := range w.newest() {
		same(t, seen.ids[id], e)
	}
	for i := range people {
		address := person(i)
		got, want := seen.addresses[address], w.holder(address)
		if want == nil && got != nil {
			t.Fatalf("entry %d is found by an address that nobody has", got.Seq)
		}
		if want != nil {
			same(t, got, want)
		}
		found, spellings := seen.mailboxes[address], w.spellings(mailbox(address))
		if len(found) != len(spellings) {
			t.Fatalf("%d entries of a mailbox, want %d", len(found), len(spellings))
		}
		for i := range found {
			same(t, found[i], spellings[i])
		}
		for list, marks := range map[string]map[string]subscribe.Mark{journal: w.marks, "": w.blocks} {
			got, key := seen.marks[list+address], address
			if list == "" {
				key = mailbox(address)
			}
			want, ok := marks[key]
			if ok != (got != nil) || ok && (got.Kind != want.Kind || got.ID != want.ID || !got.At.Equal(want.At)) {
				t.Fatalf("mark on %q: got %+v, want %+v", list, got, want)
			}
		}
	}
	if got, want := w.b.books(named(w.slug)), w.back.counted(w.slug, w.balance()); got != want {
		t.Fatalf("books\n got %+v\nwant %+v", got, want)
	}
}

// newest is the last entry of every id: a reader who comes back takes it along.
func (w *world) newest() map[subscribe.ID]*subscribe.Subscriber {
	out := map[subscribe.ID]*subscribe.Subscriber{}
	for _, e := range w.entries {
		out[e.ID] = e
	}
	return out
}

// view is what a store shows of entries and marks.
type view struct {
	ids       map[subscribe.ID]*subscribe.Subscriber
	addresses map[string]*subscribe.Subscriber
	mailboxes map[string][]*subscribe.Subscriber // by address
	marks     map[string]*subscribe.Mark         // by list and address
}

// look reads everything in one operation.
func (w *world) look() view {
	v := view{
		map[subscribe.ID]*subscribe.Subscriber{}, map[string]*subscribe.Subscriber{},
		map[string][]*subscribe.Subscriber{}, map[string]*subscribe.Mark{},
	}
	w.b.update(func(tx subscribe.Tx) (err error) {
		for id := range w.newest() {
			if v.ids[id], err = tx.ByID(journal, id); err != nil {
				return err
			}
		}
		for i := range people {
			address := person(i)
			if v.addresses[address], err = tx.ByAddress(journal, addr(address)); err != nil {
				return err
			}
			if v.mailboxes[address], err = tx.ByMailbox(journal, addr(address)); err != nil {
				return err
			}
			for _, list := range []string{journal, ""} {
				if v.marks[list+address], err = tx.Mark(list, addr(address)); err != nil {
					return err
				}
			}
		}
		return nil
	})
	return v
}
