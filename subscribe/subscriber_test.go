package subscribe

import (
	"slices"
	"testing"
	"time"
)

var noon = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

func TestJoining(t *testing.T) {
	t.Parallel()
	press := sampleLists()["press"]
	token := Link{Purpose: ToConfirm, List: press, Address: mustAddress(t, "you@example.jp"), Lang: English, Issued: noon.Add(-time.Hour)}
	fields := Fields{"name": "花子"}
	id := NewID()
	s := Joining(token, fields, id, noon)
	if s.ID != id || s.Seq != 0 || s.List != "press" || s.State != Active || s.Address != token.Address ||
		s.Fields["name"] != "花子" || s.Lang != English || s.Revision != 1 || !s.EndedAt.IsZero() {
		t.Errorf("entry: %+v", s)
	}
	want := Consent{Wording: press.Wording(English), Policy: "2026-04-01", Requested: token.Issued, Confirmed: noon, Lang: English}
	if s.Consent != want {
		t.Errorf("consent %+v, want %+v", s.Consent, want)
	}
}

// TestFormerIDs: that of the mark comes first, then the address's own; never one that has
// moved away.
func TestFormerIDs(t *testing.T) {
	t.Parallel()
	own, old := ID{1}, ID{2}
	for name, x := range map[string]struct {
		mark *Mark
		want []ID
	}{
		"nobody is known":         {nil, []ID{own}},
		"left under it":           {&Mark{Kind: MarkLeft, ID: own}, []ID{own}},
		"left under another":      {&Mark{Kind: MarkLeft, ID: old}, []ID{old, own}},
		"suspended under another": {&Mark{Kind: MarkSuspended, ID: old}, []ID{old, own}},
		"moved away with it":      {&Mark{Kind: MarkMoved, ID: own}, nil},
		"moved away with another": {&Mark{Kind: MarkMoved, ID: old}, []ID{own}},
		"a mark without an ID":    {&Mark{Kind: MarkLeft}, []ID{own}},
	} {
		var got []ID
		for _, id := range formerIDs(x.mark, own) {
			if !slices.Contains(got, id) {
				got = append(got, id)
			}
		}
		if !slices.Equal(got, x.want) {
			t.Errorf("%s: %v, want %v", name, got, x.want)
		}
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
