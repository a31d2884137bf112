package slot

import (
	"slices"
	"strings"
	"testing"
)

func TestCutAndFill(t *testing.T) {
	t.Parallel()
	slots := []Segment{{Slot: "name"}, {Slot: "town", Or: "<your town>"}}
	marked := "Dear " + Mark(0) + " of " + Mark(1) + Mark(0) + ",\n" + string(MarkLeave) + "\r\n" + string(MarkCorrect) + string(MarkBraces) + "x}}\n"
	got, err := Cut(marked, slots)
	want := []Segment{
		{Lit: "Dear "}, {Slot: "name"}, {Lit: " of "}, {Slot: "town", Or: "<your town>"}, {Slot: "name"}, {Lit: ",\r\n"},
		{Slot: Leave}, {Lit: "\r\n"}, {Slot: Correct}, {Lit: "{{x}}\r\n"},
	}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("cut into %q, %v; want %q", got, err, want)
	}
	value := func(s Segment) string {
		return map[string]string{"name": "A & B\r\nBcc: c\u2028", "town": s.Or, Leave: "L", Correct: "C"}[s.Slot]
	}
	for inHTML, want := range map[bool]string{
		false: "Dear A & B  Bcc: c  of <your town>A & B  Bcc: c ,\r\nL\r\nC{{x}}\r\n",
		true:  "Dear A &amp; B  Bcc: c  of &lt;your town&gt;A &amp; B  Bcc: c ,\r\nL\r\nC{{x}}\r\n",
	} {
		if got := Fill(got, inHTML, value); got != want {
			t.Errorf("filled %q, want %q", got, want)
		}
	}
}

// TestAMarkOfNoSlot comes from a declaration, since sources with marks are refused.
func TestAMarkOfNoSlot(t *testing.T) {
	t.Parallel()
	for _, mark := range []string{Mark(0), Mark(Max - 1), string(MarkClose)} {
		if _, err := Cut("a"+mark, nil); err == nil || !strings.Contains(err.Error(), "take it out") {
			t.Errorf("%q: %v", mark, err)
		}
	}
	if !IsMark([]rune(Mark(Max - 1))[0]) || Mark(Max) > string(MarkLeave) {
		t.Error("the marks of merge slots reach those of links")
	}
}
