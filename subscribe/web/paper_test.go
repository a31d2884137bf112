package web

import (
	"bytes"
	"fmt"
	"slices"
	"testing"

	"example.jp/kairan/subscribe/web/browser"
)

// TestAPageThatFitsIsOneSheet of paper, in a real print: that a screen looks as on paper
// tells nothing of sheets.
func TestAPageThatFitsIsOneSheet(t *testing.T) {
	t.Parallel()
	fit := []string{"home", "home of two offices", "confirmed", "left", "leave", "closed", "error: not found", "correct: ask", "archive"}
	all := meet(t, slices.DeleteFunc(states(), func(s state) bool { return !slices.Contains(fit, s.name) }))
	url, b := gallery(t, all), browser.Start(t)
	tab := b.Open(t, browser.Desktop)
	for n, m := range all {
		tab.Go(fmt.Sprintf("%s/state/%d", url, n))
		sheets := bytes.Count(tab.Paper(), []byte("/Type /Page\n"))
		if most := map[string]int{"archive": 2}[m.name] + 1; sheets == 0 || sheets > most {
			t.Errorf("%s, %s: printed on %d sheets", m.name, m.lang, sheets)
		}
	}
}
