package storetest

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"sync"
	"testing"
	"time"

	"example.jp/kairan/subscribe"
)

func txTests() map[string]func(*testing.T, *fixture) {
	return map[string]func(*testing.T, *fixture){
		"an entry comes back as it was put":           entryRoundTrip,
		"an ended entry keeps only its proof":         entryEnds,
		"the address index follows the entry":         entryMoves,
		"lists are apart":                             listsApart,
		"sequence numbers are never used again":       sequence,
		"a mailbox is found under all its spellings":  mailboxes,
		"marks are set and replaced":                  marks,
		"tallies last until their time has passed":    tallies,
		"requests are put down, counted and dropped":  requests,
		"a refused operation writes nothing":          refused,
		"an operation has one time":                   oneTime,
		"reads after the first write are refused":     readAfterWrite,
		"an answer is on disk":                        durable,
		"operations at once neither mix nor get lost": atOnce,
	}
}

// same compares two entries; instants by what they mean.
func same(t TB, got, want *subscribe.Subscriber) {
	t.Helper()
	if got == nil || want == nil {
		t.Fatalf("got %v, want %v", got, want)
	}
	g, w := *got, *want
	for _, p := range []struct{ got, want *time.Time }{
		{&g.Consent.Requested, &w.Consent.Requested}, {&g.Consent.Confirmed, &w.Consent.Confirmed}, {&g.EndedAt, &w.EndedAt},
	} {
		if !p.got.Equal(*p.want) {
			t.Fatalf("an instant differs: got %v, want %v", p.got, p.want)
		}
		*p.got, *p.want = time.Time{}, time.Time{}
	}
	if g.Address.Clear() != w.Address.Clear() || !maps.Equal(g.Fields, w.Fields) {
		t.Fatal("the address or the fields differ")
	}
	g.Fields, w.Fields = nil, nil
	if !reflect.DeepEqual(g, w) {
		t.Fatalf("got %+v\nwant %+v", g, w)
	}
}

func entryRoundTrip(t *testing.T, b *fixture) {
	want := entry("japanifornia", "Hanako.Yamada@example.jp")
	b.update(func(tx subscribe.Tx) error { tx.Put(want); return nil })
	want.Seq = 1
	same(t, b.byID("japanifornia", want.ID), want)
	same(t, b.byAddress("japanifornia", "hanako.yamada@EXAMPLE.jp"), want) // case does not matter
	b.reopen()
	same(t, b.byID("japanifornia", want.ID), want)
	if b.byID("japanifornia", subscribe.NewID()) != nil || b.byAddress("japanifornia", "other@example.jp") != nil {
		t.Fatal("an entry was found that was never put")
	}
}

func entryEnds(t *testing.T, b *fixture) {
	s := b.join("japanifornia", "hanako@example.jp")
	b.leave("japanifornia", s.ID)
	if b.byAddress("japanifornia", "hanako@example.jp") != nil {
		t.Fatal("ByAddress finds an ended entry")
	}
	got := b.byID("japanifornia", s.ID)
	if got == nil || got.State != subscribe.Ended || !got.Address.IsZero() || len(got.Fields) != 0 ||
		!got.EndedAt.Equal(b.clock.now()) || got.Revision != 2 {
		t.Fatalf("ended entry: %+v", got)
	}
	want := *s
	want.State, want.Address, want.Fields, want.EndedAt, want.Revision = subscribe.Ended, subscribe.Address{}, nil, b.clock.now(), 2
	same(t, got, &want)
	if n, err := b.Count("japanifornia"); err != nil || n != 0 {
		t.Fatalf("count %d, %v", n, err)
	}
}

func entryMoves(t *testing.T, b *fixture) {
	s := b.join("japanifornia", "old@example.jp")
	b.update(func(tx subscribe.Tx) error {
		old := s.Address
		tx.SetMark("japanifornia", old, s.Move(addr("new@example.org"), tx.Now()))
		tx.Put(s)
		return nil
	})
	if b.byAddress("japanifornia", "old@example.jp") != nil {
		t.Fatal("the old address is still found")
	}
	same(t, b.byAddress("japanifornia", "new@example.org"), s)
	if m := b.mark("japanifornia", "old@example.jp"); m == nil || m.Kind != subscribe.MarkMoved || m.ID != s.ID {
		t.Fatalf("mark %+v", m)
	}
	other := b.join("japanifornia", "old@example.jp") // somebody else may have it now
	b.leave("japanifornia", s.ID)
	same(t, b.byAddress("japanifornia", "old@example.jp"), other)
}

func listsApart(t *testing.T, b *fixture) {
	one := b.join("japanifornia", "hanako@example.jp")
	if b.byAddress("whats-new", "hanako@example.jp") != nil || b.byID("whats-new", one.ID) != nil {
		t.Fatal("an entry shows on another list")
	}
	two := b.join("whats-new", "hanako@example.jp")
	if one.Seq != 1 || two.Seq != 1 {
		t.Fatalf("sequence numbers %d, %d", one.Seq, two.Seq)
	}
	b.leave("whats-new", two.ID)
	same(t, b.byAddress("japanifornia", "hanako@example.jp"), one)
	if b.mark("japanifornia", "hanako@example.jp") != nil {
		t.Fatal("a mark shows on another list")
	}
}

func sequence(t *testing.T, b *fixture) {
	var last subscribe.Seq
	id := subscribe.NewID()
	for i := range 5 {
		s := entry("japanifornia", "again@example.jp")
		s.ID = id // a reader who comes back has the old id and a new number
		b.update(func(tx subscribe.Tx) error { tx.Put(s); return nil })
		got := b.byID("japanifornia", id)
		if got.Seq <= last {
			t.Fatalf("after %d came %d", last, got.Seq)
		}
		last = got.Seq
		b.leave("japanifornia", id)
		if i == 2 {
			b.reopen()
		}
	}
}

func marks(t *testing.T, b *fixture) {
	a, at := addr("hanako@example.jp"), b.clock.now()
	for _, list := range []string{"", "japanifornia"} {
		for _, kind := range []subscribe.MarkKind{subscribe.MarkLeft, subscribe.MarkMoved, subscribe.MarkSuspended, subscribe.MarkBlocked} {
			want := subscribe.Mark{Kind: kind, At: at.Add(time.Duration(kind) * time.Millisecond), ID: subscribe.NewID()}
			b.update(func(tx subscribe.Tx) error { tx.SetMark(list, a, want); return nil })
			got := b.mark(list, "HANAKO@example.jp")
			if got == nil || got.Kind != want.Kind || !got.At.Equal(want.At) || got.ID != want.ID {
				t.Fatalf("list %q: got %+v, want %+v", list, got, want)
			}
		}
	}
	b.reopen()
	if b.mark("", "hanako@example.jp") == nil || b.mark("whats-new", "hanako@example.jp") != nil {
		t.Fatal("the block is gone, or shows as the mark of a list")
	}
	if m := b.mark("", "hanako+news@example.jp"); m == nil {
		t.Fatal("the block is not of the mailbox under all its spellings")
	}
	if b.mark("japanifornia", "hanako+news@example.jp") != nil {
		t.Fatal("the mark of one spelling is that of another")
	}
}

// mailboxes: who is active or suspended is found by every spelling, and by none
// that has been moved from or has ended.
func mailboxes(t *testing.T, b *fixture) {
	want := func(spelling string, ids ...subscribe.ID) {
		t.Helper()
		for _, list := range []string{"japanifornia", "whats-new"} {
			found := b.byMailbox(list, spelling)
			if list == "whats-new" && len(found) != 0 || list != "whats-new" && len(found) != len(ids) {
				t.Fatalf("%s: %d entries, want %d", list, len(found), len(ids))
			}
			for i, s := range found {
				same(t, s, b.byID(list, ids[i]))
			}
		}
	}
	one, two := b.join("japanifornia", "Hanako+news@example.jp").ID, b.join("japanifornia", "hanako@example.jp").ID
	three := b.join("japanifornia", "hanako+old@example.jp").ID
	b.join("japanifornia", "hana@example.jp")
	want("HANAKO+x@example.jp", one, two, three)
	change := func(id subscribe.ID, do func(tx subscribe.Tx, s *subscribe.Subscriber)) {
		b.update(func(tx subscribe.Tx) error {
			s, err := tx.ByID("japanifornia", id)
			if err != nil {
				return err
			}
			do(tx, s)
			tx.Put(s)
			return nil
		})
	}
	change(one, func(tx subscribe.Tx, s *subscribe.Subscriber) {
		a := s.Address
		tx.SetMark(s.List, a, s.Suspend(tx.Now()))
	})
	change(three, func(tx subscribe.Tx, s *subscribe.Subscriber) {
		old := s.Address
		tx.SetMark(s.List, old, s.Move(addr("other@example.org"), tx.Now()))
	})
	b.reopen()
	want("hanako@example.jp", one, two)
	want("other+tag@example.org", three)
	b.leave("japanifornia", one)
	b.leave("japanifornia", two)
	b.leave("japanifornia", three)
	want("hanako@example.jp")
	want("other@example.org")
}

func tallies(t *testing.T, b *fixture) {
	k, now := subscribe.TallyKey{Scope: "address", Of: "hanako@example.jp"}, b.clock.now()
	want := subscribe.Tally{Times: []time.Time{now.Add(-time.Hour), now}, Waits: 1 << 20,
		Since: now.Truncate(time.Hour), Slots: []int{7, 0, 300}, Until: now.Add(time.Hour)}
	get := func(k subscribe.TallyKey) (got subscribe.Tally) {
		b.update(func(tx subscribe.Tx) (err error) { got, err = tx.Tally(k); return err })
		return got
	}
	b.update(func(tx subscribe.Tx) error { tx.SetTally(k, want); return nil })
	b.reopen()
	got := get(k)
	if len(got.Times) != 2 || !got.Times[0].Equal(want.Times[0]) || !got.Times[1].Equal(now) ||
		!got.Since.Equal(want.Since) || !slices.Equal(got.Slots, want.Slots) || got.Waits != want.Waits || !got.Until.Equal(want.Until) {
		t.Fatalf("got %+v\nwant %+v", got, want)
	}
	if other := get(subscribe.TallyKey{Scope: "address on japanifornia", Of: k.Of}); len(other.Slots) != 0 {
		t.Fatal("another tally of the same address has counted")
	}
	b.clock.move(time.Hour)
	if got := get(k); len(got.Slots) != 0 || len(got.Times) != 0 {
		t.Fatalf("a tally whose time has passed still counts: %+v", got)
	}
	want.Until = b.clock.now().Add(time.Hour)
	b.update(func(tx subscribe.Tx) error { tx.SetTally(k, want); return nil })
	b.update(func(tx subscribe.Tx) error { tx.SetTally(k, subscribe.Tally{}); return nil })
	if got := get(k); len(got.Slots) != 0 || len(got.Times) != 0 {
		t.Fatalf("a tally that was forgotten still counts: %+v", got)
	}
}

func requests(t *testing.T, b *fixture) {
	put := func(address string) subscribe.Request {
		s := subscribe.Request{Kind: subscribe.RequestCorrect, List: "japanifornia", Address: addr(address), Lang: subscribe.English, At: b.clock.now()}
		b.update(func(tx subscribe.Tx) error { tx.PutRequest(s); return nil })
		return s
	}
	length := func() (n int) {
		b.update(func(tx subscribe.Tx) error { n = tx.Waiting(); return nil })
		return n
	}
	var want []subscribe.Request
	for i := range 5 {
		want = append(want, put(fmt.Sprintf("r%d@example.jp", i)))
	}
	b.reopen()
	if n := length(); n != 5 {
		t.Fatalf("the intake counts %d", n)
	}
	got, err := b.WaitingRequests(t.Context(), 3)
	if err != nil || len(got) != 3 {
		t.Fatalf("%d requests, %v", len(got), err)
	}
	for i, s := range got {
		if s.N == 0 || s.Kind != want[i].Kind || s.List != want[i].List || s.Lang != want[i].Lang ||
			!s.At.Equal(want[i].At) || s.Address.Clear() != want[i].Address.Clear() {
			t.Fatalf("request %d: %+v", i, s)
		}
	}
	b.update(func(tx subscribe.Tx) error { tx.DropRequest(got[0].N); tx.DropRequest(got[1].N); return nil })
	b.update(func(tx subscribe.Tx) error { tx.DropRequest(got[0].N); return nil }) // twice is once
	if n := length(); n != 3 {
		t.Fatalf("the intake counts %d", n)
	}
	left, err := b.WaitingRequests(t.Context(), 100)
	if err != nil || len(left) != 3 || left[0].N != got[2].N {
		t.Fatalf("left: %d, %v", len(left), err)
	}
}

func refused(t *testing.T, b *fixture) {
	boom := errors.New("refused")
	s := entry("japanifornia", "hanako@example.jp")
	err := b.Update(t.Context(), func(tx subscribe.Tx) error {
		tx.Put(s)
		tx.SetMark("", s.Address, subscribe.Mark{Kind: subscribe.MarkBlocked, At: tx.Now()})
		tx.SetTally(subscribe.TallyKey{Scope: "x"}, subscribe.Tally{Slots: []int{1}, Until: tx.Now().Add(time.Hour)})
		tx.PutRequest(subscribe.Request{Kind: subscribe.RequestJoin, List: "japanifornia", Address: s.Address, At: tx.Now()})
		tx.Owe(subscribe.Notice{Kind: subscribe.NoticeWelcome, List: "japanifornia", To: s.Address, Expires: tx.Now().Add(time.Hour)})
		return boom
	})
	if !errors.Is(err, boom) {
		t.Fatalf("got %v", err)
	}
	b.update(func(tx subscribe.Tx) error {
		if e, err := tx.ByID("japanifornia", s.ID); e != nil || err != nil {
			t.Error("an entry was written")
		}
		if m, err := tx.Mark("", s.Address); m != nil || err != nil {
			t.Error("a mark was written")
		}
		if x, err := tx.Tally(subscribe.TallyKey{Scope: "x"}); len(x.Slots) != 0 || err != nil {
			t.Error("a tally was written")
		}
		if tx.Waiting() != 0 {
			t.Error("the intake has counted")
		}
		return nil
	})
	if o, err := b.ReserveNotice(b.clock.now()); o != nil || err != nil {
		t.Errorf("a notice is owed: %v, %v", o, err)
	}
	if l, err := b.WaitingRequests(t.Context(), 1); len(l) != 0 || err != nil {
		t.Errorf("a request was put down")
	}
	if n, err := b.Count("japanifornia"); n != 0 || err != nil {
		t.Errorf("count %d, %v", n, err)
	}
}

func oneTime(t *testing.T, b *fixture) {
	b.clock.move(1234567 * time.Nanosecond)
	b.update(func(tx subscribe.Tx) error {
		first := tx.Now()
		b.clock.move(time.Minute)
		if !tx.Now().Equal(first) {
			t.Error("the time changed within an operation")
		}
		if first.Nanosecond()%1e6 != 0 {
			t.Error("the time is finer than what is stored")
		}
		return nil
	})
}

func readAfterWrite(t *testing.T, b *fixture) {
	a := addr("hanako@example.jp")
	for name, read := range map[string]func(subscribe.Tx) error{
		"ByAddress": func(tx subscribe.Tx) error { _, err := tx.ByAddress("japanifornia", a); return err },
		"ByID":      func(tx subscribe.Tx) error { _, err := tx.ByID("japanifornia", subscribe.NewID()); return err },
		"ByMailbox": func(tx subscribe.Tx) error { _, err := tx.ByMailbox("japanifornia", a); return err },
		"Mark":      func(tx subscribe.Tx) error { _, err := tx.Mark("", a); return err },
		"Tally":     func(tx subscribe.Tx) error { _, err := tx.Tally(subscribe.TallyKey{}); return err },
	} {
		err := b.Update(t.Context(), func(tx subscribe.Tx) error {
			tx.SetMark("", a, subscribe.Mark{Kind: subscribe.MarkLeft, At: tx.Now()})
			return read(tx)
		})
		if err == nil {
			t.Errorf("%s after a write was not refused", name)
		}
	}
	if b.mark("", "hanako@example.jp") != nil {
		t.Error("a refused operation has written")
	}
}

func durable(t *testing.T, b *fixture) {
	var ids []subscribe.ID
	for i := range 50 {
		ids = append(ids, b.join("japanifornia", fmt.Sprintf("r%d@example.jp", i)).ID)
		if i%10 == 9 {
			b.reopen()
			for _, id := range ids {
				if b.byID("japanifornia", id) == nil {
					t.Fatal("an acknowledged entry is gone")
				}
			}
		}
	}
}

// atOnce lets many goroutines count on one tally and join: every count must be
// seen by the next, and nothing may get lost beside operations that fail.
func atOnce(t *testing.T, b *fixture) {
	const workers, each = 100, 5
	k, boom := subscribe.TallyKey{Scope: "all"}, errors.New("refused")
	var wg sync.WaitGroup
	for w := range workers {
		wg.Go(func() {
			for i := range each {
				s := entry("japanifornia", fmt.Sprintf("r%d-%d@example.jp", w, i))
				err := b.Update(context.Background(), func(tx subscribe.Tx) error {
					n, err := tx.Tally(k)
					if err != nil {
						return err
					}
					n.Slots = []int{1 + slices.Max(append(n.Slots, 0))}
					n.Until = tx.Now().Add(time.Hour)
					tx.SetTally(k, n)
					tx.Put(s)
					if (w+i)%3 == 0 {
						return boom
					}
					return nil
				})
				if want := (w+i)%3 == 0; errors.Is(err, boom) != want || !want && err != nil {
					t.Errorf("worker %d: %v", w, err)
				}
			}
		})
	}
	wg.Wait()
	want := 0
	for w := range workers {
		for i := range each {
			if (w+i)%3 != 0 {
				want++
			}
		}
	}
	b.reopen()
	b.update(func(tx subscribe.Tx) error {
		if n, err := tx.Tally(k); !slices.Equal(n.Slots, []int{want}) || err != nil {
			t.Errorf("the tally is %d, want %d (%v)", n.Slots, want, err)
		}
		return nil
	})
	if n, err := b.Count("japanifornia"); n != want || err != nil {
		t.Errorf("%d entries, want %d (%v)", n, want, err)
	}
}
