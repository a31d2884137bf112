package compose

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"example.jp/kairan/deliver"

	"example.jp/kairan/deliver/compose/composetest"
)

// TestSourceIsLaidOutOnce: whatever is done with a source, of each list, and however
// often; what differs is what is drawn or dated for each compilation.
func TestSourceIsLaidOutOnce(t *testing.T) {
	t.Parallel()
	c := &Compiler{Templates: set()}
	l, text := composetest.Consulate(t), composetest.Sample(t, "autumn.md")
	seen := map[*layout]bool{}
	for day := range 3 {
		date := time.Date(2026, 12, 1+day, 12, 0, 0, 0, l.Zone)
		got, _, err := c.Compile(t.Context(), l, "autumn", deliver.Manuscript{Source: text}, date)
		if err != nil {
			t.Fatal(err)
		}
		again, _, err := c.Compile(t.Context(), l, "autumn", deliver.Manuscript{Source: text}, date)
		if err != nil || again.Boundary == got.Boundary || string(again.Key) == string(got.Key) {
			t.Errorf("a boundary or a key is used twice; %v", err)
		}
		if !got.Date.Equal(date) || !strings.Contains(fmt.Sprint(got.HTML, got.Text), fmt.Sprintf("2026年12月%d日", 1+day)) {
			t.Errorf("it is of %s, and not dated %s", date, got.Date)
		}
		laid, err := c.layOut(t.Context(), l, deliver.Manuscript{Source: text})
		if err != nil {
			t.Fatal(err)
		}
		seen[laid] = true
	}
	if len(seen) != 1 {
		t.Errorf("laid out %d times", len(seen))
	}
	mine, err := c.Draft(t.Context(), l, deliver.Manuscript{Source: text})
	other, fault := c.Draft(t.Context(), composetest.Centre(t), deliver.Manuscript{Source: text})
	if err != nil || fault != nil || mine == other {
		t.Errorf("what was read for one list is used for another; %v, %v", err, fault)
	}
	for n := range 2 * maxRecent {
		if _, err := c.Draft(t.Context(), l, deliver.Manuscript{Source: fmt.Appendf(nil, "%s\n%d\n", text, n)}); err != nil {
			t.Fatal(err)
		}
	}
	if len(c.recent.made) != maxRecent {
		t.Errorf("%d are kept", len(c.recent.made))
	}
}

// TestFaultsAreFoundEachTime: what is wrong is not kept as if it were right.
func TestFaultsAreFoundEachTime(t *testing.T) {
	t.Parallel()
	c := &Compiler{Templates: set()}
	l := composetest.Consulate(t)
	for range 2 {
		if _, _, err := c.Compile(t.Context(), l, "autumn", deliver.Manuscript{Source: []byte("no front matter")}, time.Now()); err == nil {
			t.Error("it was compiled")
		}
	}
	l.ListID = ""
	for range 2 {
		if _, _, err := c.Compile(t.Context(), l, "autumn", deliver.Manuscript{Source: composetest.Sample(t, "autumn.md")}, time.Now()); err == nil {
			t.Error("a list without list_id")
		}
	}
}
