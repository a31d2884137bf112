package subscribe

import (
	"testing"
	"time"
)

var noon = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

func TestJoining(t *testing.T) {
	t.Parallel()
	press := sampleLists()["press"]
	token := Link{Purpose: ToConfirm, List: press, Address: mustAddress(t, "you@example.jp"), Lang: English, Issued: noon.Add(-time.Hour)}
	fields := Fields{"name": "花子"}
	s := Joining(token, fields, nil, noon)
	if s.ID.IsZero() || s.Seq != 0 || s.List != "press" || s.State != Active || s.Address != token.Address ||
		s.Fields["name"] != "花子" || s.Lang != English || s.Revision != 1 || !s.EndedAt.IsZero() {
		t.Errorf("entry: %+v", s)
	}
	want := Consent{Wording: press.Wording(English), Policy: "2026-04-01", Requested: token.Issued, Confirmed: noon, Lang: English}
	if s.Consent != want {
		t.Errorf("consent %+v, want %+v", s.Consent, want)
	}
	if again := Joining(token, fields, nil, noon); again.ID == s.ID {
		t.Error("two entries with one ID")
	}
	for kind, keeps := range map[MarkKind]bool{MarkLeft: true, MarkSuspended: true, MarkMoved: false} {
		old := &Mark{Kind: kind, At: noon, ID: NewID()}
		if got := Joining(token, fields, old, noon).ID; (got == old.ID) != keeps || got.IsZero() {
			t.Errorf("mark %d: the ID is kept: %v, want %v", kind, got == old.ID, keeps)
		}
	}
	if Joining(token, fields, &Mark{Kind: MarkLeft}, noon).ID.IsZero() {
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
