package source

import (
	"slices"
	"testing"

	"example.jp/kairan/deliver"
	"example.jp/kairan/deliver/compose/composetest"
	"example.jp/kairan/deliver/compose/slot"
)

func TestSlotsOfASubject(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		written, marked, sample string
	}{
		{"{{name}}様へのお知らせ", slot.Mark(0) + "様へのお知らせ", "お名前様へのお知らせ"},
		{"{{organisation|読者の皆}}様へ", slot.Mark(0) + "様へ", "読者の皆様へ"},
		{`\\{{name}} of {{name}}`, string(slot.MarkBraces) + "name}} of " + slot.Mark(0), "{{name}} of お名前"},
		{"お知らせ", "お知らせ", "お知らせ"},
	} {
		d, err := Parse(t.Context(), composetest.Centre(t), deliver.Manuscript{Source: composetest.Titled(tc.written, "{{name}}様、{{organisation|読者の皆}}様")})
		if err != nil || d.Subject != tc.marked || d.Sample != tc.sample || len(d.Findings) > 0 {
			t.Errorf("%s: %v, %q, %q", tc.written, err, d.Subject, d.Sample)
			continue
		}
		if len(d.Slots) != 2 || d.HTML != "<p>"+slot.Mark(slices.IndexFunc(d.Slots, func(s slot.Segment) bool { return s.Slot == "name" }))+"様、"+slot.Mark(slices.IndexFunc(d.Slots, func(s slot.Segment) bool { return s.Slot == "organisation" }))+"様</p>\n" {
			t.Errorf("%s: the text has %q of %q", tc.written, d.HTML, d.Slots)
		}
	}
	d, err := Parse(t.Context(), composetest.Centre(t), deliver.Manuscript{Source: composetest.Titled("｛｛name｝｝様へ", "本文")})
	if err != nil || len(d.Findings) != 1 || d.Findings[0].Line != 2 || d.Findings[0].Rule != "printed" {
		t.Errorf("full-width braces: %v, %v", err, d)
	}
}
