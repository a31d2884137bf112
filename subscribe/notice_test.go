package subscribe

import (
	"testing"
	"time"
)

func TestOwed(t *testing.T) {
	t.Parallel()
	s := &Subscriber{ID: NewID(), List: "press", Address: mustAddress(t, "you@example.jp"), Revision: 5}
	for kind, life := range map[NoticeKind]time.Duration{
		NoticeAlready: ConfirmFor, NoticeWelcome: ConfirmFor, NoticeCorrect: CorrectFor, NoticeMove: ConfirmFor, NoticeMoved: ConfirmFor,
	} {
		n := NewNotice(kind, s, English, noon)
		want := Notice{Kind: kind, List: "press", To: s.Address, Lang: English, Reader: s.ID, Revision: 5, Asked: noon, Expires: noon.Add(life)}
		if n != want {
			t.Errorf("%s: %+v, want %+v", kind, n, want)
		}
	}
	if NoticeKind(0).String() != "none" || NoticeConfirm.String() != "confirm" || NoticeMoved.String() != "moved" {
		t.Error("names of notices")
	}
}

// TestNoticeRows: a kind that is forgotten somewhere fails here.
func TestNoticeRows(t *testing.T) {
	t.Parallel()
	names, bits := map[string]bool{}, uint32(0)
	for _, k := range NoticeKinds() {
		row := k.row()
		if row.name == "" || names[row.name] || row.owed == nil {
			t.Errorf("kind %d has no name of its own or no rule of when it is owed: %+v", k, row.name)
		}
		names[row.name] = true
		if row.life <= 0 || row.link != 0 && row.life != purposes[row.link].life {
			t.Errorf("%s: may go out for %v, and its link acts for %v", k, row.life, purposes[row.link].life)
		}
		if bit := mailBit(k, mustAddress(t, "you+tag@example.jp")); bit == 0 || bit&bits != 0 || sameSpelling(bit)&bit == 0 {
			t.Errorf("%s: no bit of its own in what waits for a mailbox: %b", k, bit)
		} else {
			bits |= bit
		}
	}
	for _, unknown := range []NoticeKind{0, noticeCount, 255} {
		if unknown.String() != "none" || unknown.Link() != 0 || unknown.Blockable() {
			t.Errorf("%d is no kind of notice", unknown)
		}
	}
}

// TestEveryNoticeIsOwed in the life of a reader, and its row does not withdraw it
// as soon as it is.
func TestEveryNoticeIsOwed(t *testing.T) {
	t.Parallel()
	w, ctx := newWorld(t), t.Context()
	owed := map[NoticeKind]Notice{}
	then := func(err error) {
		t.Helper()
		w.fine(err)
		w.work()
		tx := &memoryTx{memory: w.store}
		for _, n := range w.store.owed {
			block, mark, err := MarksOf(tx, n.List, n.To)
			w.fine(err)
			find := func() (*Subscriber, error) { return tx.ByID(n.List, n.Reader) }
			if n.Reader.IsZero() {
				find = func() (*Subscriber, error) { return tx.ByAddress(n.List, n.To) }
			}
			if s, err := find(); err != nil || n.To.IsZero() || !n.StillOwed(block, mark, s, n.Dated()) {
				t.Errorf("%s is owed, and has no address or is withdrawn by its own row: %v", n.Kind, err)
			}
			owed[n.Kind] = n
		}
		w.store.owed = nil
		w.sleep(25 * time.Hour)
	}
	then(w.AskJoin(ctx, w.asking("press", you)))
	then(w.Confirm(ctx, w.link(owed[NoticeConfirm]), Answers{Fields: map[string]string{"name": "花子"}}))
	s := w.active("press", you)
	then(w.AskJoin(ctx, w.asking("press", you)))
	then(w.AskCorrection(ctx, w.asking("press", you)))
	then(w.Correct(ctx, w.link(owed[NoticeCorrect]), Changes{NewAddress: fresh}))
	then(w.Confirm(ctx, w.link(owed[NoticeMove]), Answers{}))
	then(w.Leave(ctx, w.leaveLink(*s)))
	for _, kind := range NoticeKinds() {
		if _, ok := owed[kind]; !ok {
			t.Errorf("nothing that a reader does brings about a notice %q", kind)
		}
	}
}

func TestStillOwed(t *testing.T) {
	t.Parallel()
	active := &Subscriber{State: Active, Revision: 2}
	ended := &Subscriber{State: Ended, Revision: 2}
	suspended := &Subscriber{State: Suspended, Revision: 2}
	older := &Mark{Kind: MarkLeft, At: noon.Add(-time.Hour)}
	newer := &Mark{Kind: MarkLeft, At: noon.Add(time.Hour)}
	block := &Mark{Kind: MarkBlocked, At: noon}
	for _, tc := range []struct {
		name        string
		kind        NoticeKind
		block, mark *Mark
		s           *Subscriber
		want        bool
	}{
		{"confirm, unknown", NoticeConfirm, nil, nil, nil, true},
		{"confirm, left before", NoticeConfirm, nil, older, ended, true},
		{"confirm, left after asking", NoticeConfirm, nil, newer, ended, false},
		{"confirm, joined meanwhile", NoticeConfirm, nil, nil, active, false},
		{"confirm, suspended before", NoticeConfirm, nil, older, suspended, true},
		{"confirm, suspended after asking", NoticeConfirm, nil, newer, suspended, false},
		{"welcome, suspended meanwhile", NoticeWelcome, nil, newer, suspended, false},
		{"correct, suspended meanwhile", NoticeCorrect, nil, newer, suspended, false},
		{"already", NoticeAlready, nil, nil, active, true},
		{"already, left meanwhile", NoticeAlready, nil, nil, ended, false},
		{"welcome", NoticeWelcome, nil, nil, active, true},
		{"welcome, left meanwhile", NoticeWelcome, nil, nil, ended, false},
		{"welcome, gone", NoticeWelcome, nil, nil, nil, false},
		{"correct", NoticeCorrect, nil, nil, active, true},
		{"correct, changed meanwhile", NoticeCorrect, nil, nil, &Subscriber{State: Active, Revision: 3}, false},
		{"correct, left meanwhile", NoticeCorrect, nil, nil, ended, false},
		{"move", NoticeMove, nil, nil, active, true},
		{"move, changed meanwhile", NoticeMove, nil, nil, &Subscriber{State: Active, Revision: 3}, false},
		{"moved, whatever became of it", NoticeMoved, nil, newer, ended, true},
		{"moved, gone", NoticeMoved, nil, nil, nil, true},
		{"confirm, blocked", NoticeConfirm, block, nil, nil, false},
		{"welcome, blocked", NoticeWelcome, block, nil, active, false},
		{"moved, blocked", NoticeMoved, block, nil, active, false},
	} {
		n := Notice{Kind: tc.kind, Revision: 2, Asked: noon, Expires: noon.Add(time.Hour)}
		if got := n.StillOwed(tc.block, tc.mark, tc.s, noon); got != tc.want {
			t.Errorf("%s: %v", tc.name, got)
		}
		if n.StillOwed(tc.block, tc.mark, tc.s, n.Expires) {
			t.Errorf("%s: still owed when its link has expired", tc.name)
		}
	}
}
