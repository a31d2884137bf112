package storetest

import (
	"errors"
	"testing"
	"time"

	"example.jp/kairan/deliver"
	"example.jp/kairan/subscribe"
)

func outboxTests() map[string]func(*testing.T, *fixture) {
	return map[string]func(*testing.T, *fixture){
		"a notice is handed out once, claimed and gone": noticeGoes,
		"a notice is tried again when it is due":        noticeAgain,
		"a notice no longer owed is withdrawn and gone": noticeWithdrawn,
		"a notice in flight at a kill goes once more":   noticeKilled,
		"a notice is never sent again if so configured": noticeHeld,
	}
}

// owe owes the welcome of a new entry.
func (b *fixture) owe(address string) *subscribe.Subscriber {
	b.t.Helper()
	s := entry(journal, address)
	b.update(func(tx subscribe.Tx) error {
		tx.Put(s)
		tx.Owe(subscribe.NewNotice(subscribe.NoticeWelcome, s, subscribe.English, tx.Now()))
		return nil
	})
	return s
}

func (b *fixture) notice() *deliver.QueuedNotice {
	b.t.Helper()
	o, err := b.ReserveNotice(b.clock.now())
	b.must(err)
	return o
}

func (b *fixture) noNotice() {
	b.t.Helper()
	if o := b.notice(); o != nil {
		b.t.Fatalf("notice %d is handed out, attempt %d", o.N, o.Attempt)
	}
}

func noticeGoes(t *testing.T, b *fixture) {
	b.noNotice()
	s := b.owe("hanako@example.jp")
	o := b.notice()
	b.noNotice()
	n := o.Notice
	if o.Attempt != 1 || o.Uncertain || o.MessageID == "" || n.Kind != subscribe.NoticeWelcome || n.List != journal || n.Lang != subscribe.English ||
		n.Reader != s.ID || n.Revision != 1 || n.Generation != 5 || n.To.Clear() != "hanako@example.jp" || !n.Asked.Equal(b.clock.now()) || !n.Expires.After(n.Asked) {
		t.Fatalf("%+v", o)
	}
	b.ReturnNotice(*o)
	o = b.notice()
	b.must(b.ClaimNotice(t.Context(), *o))
	b.noNotice()
	b.must(b.SettleNotice(t.Context(), *o, accepted, time.Time{}))
	b.reopen()
	b.clock.move(24 * time.Hour)
	b.noNotice()
}

func noticeAgain(t *testing.T, b *fixture) {
	b.owe("hanako@example.jp")
	id := ""
	for want := 1; want < 4; want++ {
		o := b.notice()
		if o == nil || o.Attempt != want || id != "" && o.MessageID != id {
			t.Fatalf("%+v, want attempt %d", o, want)
		}
		id = o.MessageID
		b.must(b.ClaimNotice(t.Context(), *o))
		b.must(b.SettleNotice(t.Context(), *o, deferred, b.clock.now().Add(time.Minute)))
		b.noNotice()
		b.reopen()
		b.noNotice()
		b.clock.move(time.Minute)
	}
	for range 2 { // our own fault uses up no attempt
		o := b.notice()
		if o.Attempt != 4 {
			t.Fatalf("attempt %d", o.Attempt)
		}
		b.must(b.ClaimNotice(t.Context(), *o))
		b.must(b.SettleNotice(t.Context(), *o, ourFault, b.clock.now()))
	}
}

func noticeWithdrawn(t *testing.T, b *fixture) {
	for name, spoil := range map[string]func(*subscribe.Subscriber){
		"left": func(s *subscribe.Subscriber) { b.leave(journal, s.ID) },
		"blocked": func(s *subscribe.Subscriber) {
			b.update(func(tx subscribe.Tx) error {
				tx.SetMark("", s.Address, subscribe.Mark{Kind: subscribe.MarkBlocked, At: tx.Now()})
				return nil
			})
		},
		"late": func(*subscribe.Subscriber) { b.clock.move(subscribe.ConfirmFor) },
	} {
		s := b.owe("r-" + name + "@example.jp")
		o := b.notice()
		spoil(s)
		if err := b.ClaimNotice(t.Context(), *o); !errors.Is(err, deliver.ErrWithdrawn) {
			t.Fatalf("%s: %v", name, err)
		}
		b.reopen()
		b.noNotice()
	}
	// A confirmation is owed to one who is not on the list, and not to one who is.
	ask := func(address string) *deliver.QueuedNotice {
		b.update(func(tx subscribe.Tx) error {
			tx.Owe(subscribe.Notice{Kind: subscribe.NoticeConfirm, List: journal, To: addr(address), Asked: tx.Now(), Expires: tx.Now().Add(time.Hour)})
			return nil
		})
		return b.notice()
	}
	b.must(b.ClaimNotice(t.Context(), *ask("new@example.jp")))
	b.join(journal, "there@example.jp")
	if err := b.ClaimNotice(t.Context(), *ask("there@example.jp")); !errors.Is(err, deliver.ErrWithdrawn) {
		t.Fatalf("a confirmation to one who is on the list: %v", err)
	}
}

func noticeKilled(t *testing.T, b *fixture) {
	b.owe("hanako@example.jp")
	first := b.notice()
	b.must(b.ClaimNotice(t.Context(), *first))
	b.reopen()
	b.noNotice()
	b.clock.move(b.opt.UncertainAfter)
	o := b.notice()
	if o == nil || !o.Uncertain || o.MessageID != first.MessageID || o.Attempt != 2 {
		t.Fatalf("%+v", o)
	}
	b.must(b.ClaimNotice(t.Context(), *o))
	b.reopen() // the second time it is given up
	b.clock.move(24 * time.Hour)
	b.noNotice()
}

func noticeHeld(t *testing.T, b *fixture) {
	b.opt.UncertainAfter = -1
	b.reopen()
	b.owe("hanako@example.jp")
	b.must(b.ClaimNotice(t.Context(), *b.notice()))
	b.reopen()
	b.clock.move(24 * time.Hour)
	b.noNotice()
}
