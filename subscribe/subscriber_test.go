package subscribe

import (
	"testing"
	"time"
)

var noon = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

func TestJoining(t *testing.T) {
	t.Parallel()
	press := sampleLists()["press"]
	token := ConfirmToken{List: press, Address: mustAddress(t, "you@example.jp"), Lang: English, Issued: noon.Add(-time.Hour)}
	fields := Fields{"name": "花子"}
	s := Joining(press, token, fields, nil, noon)
	if s.ID.IsZero() || s.Seq != 0 || s.List != "press" || s.State != Active || s.Address != token.Address ||
		s.Fields["name"] != "花子" || s.Lang != English || s.Revision != 1 || !s.EndedAt.IsZero() {
		t.Errorf("entry: %+v", s)
	}
	want := Consent{Wording: press.Wording(English), Policy: "2026-04-01", Requested: token.Issued, Confirmed: noon, Lang: English}
	if s.Consent != want {
		t.Errorf("consent %+v, want %+v", s.Consent, want)
	}
	if again := Joining(press, token, fields, nil, noon); again.ID == s.ID {
		t.Error("two entries with one ID")
	}
	for kind, keeps := range map[MarkKind]bool{MarkLeft: true, MarkSuspended: true, MarkMoved: false} {
		old := &Mark{Kind: kind, At: noon, ID: NewID()}
		if got := Joining(press, token, fields, old, noon).ID; (got == old.ID) != keeps || got.IsZero() {
			t.Errorf("mark %d: the ID is kept: %v, want %v", kind, got == old.ID, keeps)
		}
	}
	if Joining(press, token, fields, &Mark{Kind: MarkLeft}, noon).ID.IsZero() {
		t.Error("a mark without an ID gave it to the entry")
	}
}

func TestTransitions(t *testing.T) {
	t.Parallel()
	fresh := func() *Subscriber {
		return &Subscriber{ID: NewID(), Seq: 7, List: "press", State: Active, Address: mustAddress(t, "you@example.jp"),
			Fields: Fields{"name": "花子"}, Lang: Japanese, Revision: 3, Consent: Consent{Wording: "w"}}
	}
	for _, kind := range []MarkKind{MarkLeft, MarkMoved, MarkSuspended, MarkBlocked} {
		s := fresh()
		m := s.End(kind, noon)
		if s.State != Ended || !s.Address.IsZero() || s.Fields != nil || !s.EndedAt.Equal(noon) || s.Revision != 4 {
			t.Errorf("End(%d) left %+v", kind, s)
		}
		if s.Consent.Wording != "w" || s.Seq != 7 {
			t.Errorf("End(%d) lost the proof of consent", kind)
		}
		if m != (Mark{kind, noon, s.ID}) {
			t.Errorf("End(%d) marks %+v", kind, m)
		}
	}
	s := fresh()
	if m := s.Suspend(noon); s.State != Suspended || s.Address.IsZero() || s.Fields["name"] != "花子" || s.Revision != 4 ||
		!s.EndedAt.Equal(noon) || m != (Mark{MarkSuspended, noon, s.ID}) {
		t.Errorf("Suspend left %+v, marks %+v", s, m)
	}
	s = fresh()
	if s.Correct(Fields{"name": "太郎"}); s.Fields["name"] != "太郎" || s.Revision != 4 || s.State != Active {
		t.Errorf("Correct left %+v", s)
	}
	s = fresh()
	to := mustAddress(t, "new@example.org")
	if m := s.Move(to, noon); s.Address != to || s.Revision != 4 || s.State != Active || m != (Mark{MarkMoved, noon, s.ID}) {
		t.Errorf("Move left %+v, marks %+v", s, m)
	}
}

func TestAdmits(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		kind   MarkKind
		issued time.Time
		want   bool
	}{
		{MarkLeft, noon.Add(-time.Hour), false},
		{MarkLeft, noon, false},
		{MarkLeft, noon.Add(500 * time.Microsecond), false}, // tokens count milliseconds
		{MarkLeft, noon.Add(time.Millisecond), true},
		{MarkMoved, noon.Add(-time.Second), false},
		{MarkMoved, noon.Add(time.Second), true},
		{MarkSuspended, noon.Add(time.Second), true},
		{MarkBlocked, noon.Add(time.Hour), false},
	} {
		if got := (Mark{Kind: tc.kind, At: noon}).Admits(tc.issued); got != tc.want {
			t.Errorf("mark %d admits a link of %v: %v", tc.kind, tc.issued, got)
		}
	}
}

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
