package web

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
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

// TestPaperShowsNoLinkOfAReader: each link stands on paper with its address, but for one that
// may change or end somebody's entry.
func TestPaperShowsNoLinkOfAReader(t *testing.T) {
	t.Parallel()
	all := meet(t, slices.DeleteFunc(states(), func(s state) bool { return !strings.HasPrefix(s.name, "correct") }))
	url, b := gallery(t, all), browser.Start(t)
	tab := b.Open(t, browser.Visitor{Width: 720, Height: 800, Lang: "en", Print: true})
	const shown = `[...document.querySelectorAll('main a')].map((a) => a.getAttribute('href').replace(/\?.*/, '') + ' ' + getComputedStyle(a, '::after').content).join('\n')`
	seen := 0
	for n, m := range all {
		tab.Go(fmt.Sprintf("%s/state/%d", url, n))
		for line := range strings.Lines(browser.Eval[string](tab, shown)) {
			path, after, _ := strings.Cut(strings.TrimSpace(line), " ")
			personal := strings.HasPrefix(path, "/leave/")
			if personal {
				seen++
			}
			if path == "/correct" && after == "none" || personal && after != "none" {
				t.Errorf("%s, %s: behind the link to %.7s… stands %.9s…", m.name, m.lang, path, after)
			}
		}
	}
	if seen < 6 {
		t.Errorf("there were %d links of readers", seen)
	}
}
