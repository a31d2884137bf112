package storetest

import (
	"errors"
	"slices"
	"time"

	"pgregory.net/rapid"

	"example.jp/kairan/deliver"
	"example.jp/kairan/subscribe"
)

// noticeModel is a welcome that is owed.
type noticeModel struct {
	reader    subscribe.ID
	to        string
	expires   time.Time
	due       time.Time
	attempt   int
	uncertain bool
}

func (w *world) stillOwed(n *noticeModel) bool {
	return w.blocks[mailbox(n.to)].Kind != subscribe.MarkBlocked && w.b.clock.now().Before(n.expires) &&
		slices.ContainsFunc(w.active(), func(e *subscribe.Subscriber) bool { return e.ID == n.reader })
}

func (w *world) isOut(n uint64) bool {
	is := func(o deliver.QueuedNotice) bool { return o.N == n }
	return slices.ContainsFunc(w.given, is) || slices.ContainsFunc(w.sending, is)
}

// notice reserves a notice, and claims one that is reserved.
func (w *world) notice(t *rapid.T) {
	o := w.b.notice()
	due := 0
	for n, m := range w.notices {
		if !w.isOut(n) && !m.due.After(w.b.clock.now()) {
			due++
		}
	}
	if (o != nil) != (due > 0) {
		t.Fatalf("%d notices are due; handed out: %+v", due, o)
	}
	if o != nil {
		m := w.notices[o.N]
		if m == nil || w.isOut(o.N) || m.due.After(w.b.clock.now()) || o.Attempt != m.attempt+1 || o.Uncertain != m.uncertain || o.Notice.To.Clear() != m.to {
			t.Fatalf("handed out %+v for %+v", o, m)
		}
		w.given = append(w.given, *o)
	}
	x := pick(t, w.given, "notice")
	w.given = slices.DeleteFunc(w.given, func(y deliver.QueuedNotice) bool { return y.N == x.N })
	if rapid.IntRange(0, 4).Draw(t, "return") == 0 {
		w.b.ReturnNotice(x)
		w.notices[x.N].due = w.b.clock.now()
		return
	}
	err := w.b.ClaimNotice(t.Context(), x)
	if !w.stillOwed(w.notices[x.N]) {
		if !errors.Is(err, deliver.ErrWithdrawn) {
			t.Fatalf("a notice that is no longer owed is claimed: %v", err)
		}
		delete(w.notices, x.N)
		return
	}
	w.b.must(err)
	w.sending = append(w.sending, x)
	w.notices[x.N].attempt = x.Attempt
}

func (w *world) settleNotice(t *rapid.T) {
	o := pick(t, w.sending, "notice")
	w.sending = slices.DeleteFunc(w.sending, func(y deliver.QueuedNotice) bool { return y.N == o.N })
	r := rapid.SampledFrom([]deliver.Result{accepted, deferred, rejected, uncertain, ourFault}).Draw(t, "result")
	var next time.Time
	if r != accepted && r != rejected {
		next = w.b.clock.now().Add(15 * time.Minute)
	}
	w.b.must(w.b.SettleNotice(t.Context(), o, r, next))
	m := w.notices[o.N]
	switch {
	case next.IsZero():
		delete(w.notices, o.N)
		return
	case r == ourFault:
		m.attempt--
	}
	m.due = next
	m.uncertain = m.uncertain || r == uncertain
}

// killNotices: what was in flight goes once more, or was that already. What was
// only reserved or returned is due when it was stored to be, which is not later.
func (w *world) killNotices() {
	for _, o := range w.sending {
		m := w.notices[o.N]
		if m.uncertain {
			delete(w.notices, o.N)
			continue
		}
		m.uncertain, m.due = true, w.b.clock.now().Add(w.b.opt.UncertainAfter)
	}
	w.given, w.sending = nil, nil
}
