package subscribe

import (
	"errors"
	"strings"
	"testing"
)

// fieldOf is a field of the kind, as a list may declare one.
func fieldOf(k Kind) Field {
	f := Field{ID: "field", Kind: k, Label: Text{"項目", "Field"}}
	if k.HasLength() {
		f.Length = 20
	}
	if k.HasChoices() {
		f.Choices = []Choice{{"paper", Text{"新聞", "Newspaper"}}, {"air", Text{"放送", "Broadcasting"}}}
	}
	return f
}

// taken is what each kind takes, as it is typed and as it is stored.
var taken = map[Kind]map[string]string{
	KindText:       {"神\ufa19 ＡＢ": "神\ufa19 ＡＢ"},
	KindChoice:     {"air": "air"},
	KindPrefecture: {"13": "13", "abroad": "abroad"},
}

// TestKindRows: a kind that is forgotten somewhere fails here, or where its page is
// tested.
func TestKindRows(t *testing.T) {
	t.Parallel()
	names := map[Kind]bool{}
	for _, row := range kindRows {
		k, f := row.kind, fieldOf(row.kind)
		if k == "" || names[k] {
			t.Errorf("%q is not a name of its own", k)
		}
		names[k] = true
		typed, chosen := row.read != nil && row.input.Type != "", row.options != nil && len(f.Options()) > 1
		if typed == chosen || row.choices && !chosen || row.length && !typed {
			t.Errorf("%s: typed %v, chosen %v from %d options, length %v, choices %v", k, typed, chosen, len(f.Options()), row.length, row.choices)
		}
		l := &List{Fields: []Field{f}}
		if len(taken[k]) == 0 {
			t.Errorf("%s: the test does not know what it takes", k)
		}
		digits := true
		for in, want := range taken[k] {
			digits = digits && strings.Trim(want, "-0123456789") == ""
			for _, v := range []string{in, "\u3000" + in + " ", want} {
				if got, err := l.Check(map[string]string{f.ID: v}); err != nil || got[f.ID] != want {
					t.Errorf("%s: %q is stored as %q, want %q: %v", k, v, got[f.ID], want, err)
				}
				if got, err := l.Merge(nil, map[string]string{f.ID: v}, nil); err != nil || got[f.ID] != want {
					t.Errorf("%s: %q corrects to %q, want %q: %v", k, v, got[f.ID], want, err)
				}
			}
			if got := l.Prune(Fields{f.ID: want}); got[f.ID] != want {
				t.Errorf("%s: what is stored, %q, is not kept", k, want)
			}
		}
		if digits && row.input == (Input{Type: "text"}) {
			t.Errorf("%s: takes digits only, and a telephone shows all its keys", k)
		}
		if !row.length && !row.choices && row.autocomplete == "" {
			t.Errorf("%s: asks for one thing, and does not say which (WCAG 1.3.5)", k)
		}
		for _, v := range []string{"a\x00b", "a\nb", "\xff", strings.Repeat("9", MaxTextLength+1), "https://example.jp/"} {
			var faults Faults
			if got, err := l.Check(map[string]string{f.ID: v}); !errors.As(err, &faults) || faults[0].Reason == "" {
				t.Errorf("%s: takes %q as %q: %v", k, v, got[f.ID], err)
			}
		}
	}
	unknown := Field{ID: "field", Kind: "number"}
	if _, why := unknown.read("1"); why == "" || unknown.Options() != nil || unknown.Input() != (Input{}) {
		t.Error("a kind that there is not takes something")
	}
}
