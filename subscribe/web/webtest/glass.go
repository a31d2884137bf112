package webtest

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"example.jp/kairan/subscribe/web/browser"
)

//go:embed looks.js
var looksScript string

// View is how somebody looks at a page.
type View struct {
	Width  int64 // of the window, in CSS pixels
	Dark   bool
	Forced bool // in the colours of the system alone
}

func (v View) String() string {
	return fmt.Sprintf("%d px, %s", v.Width, map[bool]string{true: "dark", false: "light"}[v.Dark])
}

func (v View) visitor() browser.Visitor {
	media := map[string]string{"prefers-color-scheme": "light", "prefers-reduced-motion": "reduce"}
	if v.Dark {
		media["prefers-color-scheme"] = "dark"
	}
	if v.Forced {
		media["forced-colors"] = "active"
	}
	return browser.Visitor{Width: v.Width, Height: 844, Phone: v.Width < 600, Lang: "ja", Media: media}
}

// Views are all that pages are looked at in.
func Views() (all []View) {
	for _, w := range []int64{320, 390, 768, 1280, 1440} {
		all = append(all, View{Width: w}, View{Width: w, Dark: true})
	}
	return all
}

// Phone is a telephone by day.
var Phone = View{Width: 390}

// Narrow is the narrowest window, and a wide one at 400 % (WCAG 1.4.10).
var Narrow = View{Width: 320}

// Glass looks at one page at a time. What it finds is a list of sentences.
type Glass struct {
	*browser.Tab
	axe string
}

// NewGlass opens a tab. Without axe the test is skipped, or fails in CI.
func NewGlass(t testing.TB, b *browser.Browser) *Glass {
	t.Helper()
	return &Glass{b.Open(t, Phone.visitor()), axeScript(t)}
}

func axeScript(t testing.TB) string {
	t.Helper()
	source, err := os.ReadFile(brought(t, "axe-core/axe.min.js"))
	if err != nil {
		t.Fatal(err)
	}
	return string(source)
}

// Open goes to a page.
func (g *Glass) Open(url string, v View) {
	g.As(v.visitor())
	g.Go(url)
	browser.Eval[bool](g.Tab, looksScript+"; true")
}

// Turn looks at the page that is open in another way.
func (g *Glass) Turn(v View) { g.As(v.visitor()) }

// axeRun asks for every rule of WCAG 2.2 at level AA, and for what is good practice.
const axeRun = `((without) => axe.run(document, {
	runOnly: {type: 'tag', values: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']},
	rules: {'target-size': {enabled: true}, ...Object.fromEntries(without.map((id) => [id, {enabled: false}]))},
	resultTypes: ['violations', 'incomplete'],
}).then((r) => [...r.violations, ...r.incomplete.filter((v) => v.id !== 'color-contrast')].flatMap((v) => v.nodes.map((n) => v.id + ': ' + n.target.join(' ') + ': ' +
	[...n.any, ...n.all, ...n.none].map((c) => c.message).join('; ')))))(%s)`

// Axe is what axe finds, and what it cannot tell; but of contrast on what it takes for a
// picture, which looks.contrasts measures. Whoever leaves out a rule says why.
func (g *Glass) Axe(without ...string) []string {
	if !browser.Eval[bool](g.Tab, "'axe' in globalThis") {
		browser.Eval[bool](g.Tab, g.axe+"; true")
	}
	ids, _ := json.Marshal(append([]string{}, without...)) // strings always marshal
	return browser.Eval[[]string](g.Tab, fmt.Sprintf(axeRun, ids))
}

// Looks is what functions of looks.js find.
func (g *Glass) Looks(functions ...string) (found []string) {
	for _, name := range functions {
		found = append(found, browser.Eval[[]string](g.Tab, "looks."+name+"()")...)
	}
	return found
}

// focus is where the Tab key has led.
type focus struct {
	At                int // of all stops
	Name              string
	Top, Left, Bottom float64 // in the page
	Wrong             []string
}

// top lets the next Tab lead to the first thing on the page.
const top = `(() => { const s = document.createElement('span'); s.tabIndex = -1; document.body.prepend(s); s.focus(); s.remove(); scrollTo(0, 0); return true })()`

// Keys goes through the page by Tab: each stop is reached, in the order in which the page
// is read and seen, and seen when it is (WCAG 2.1.1, 2.1.2, 2.4.3, 2.4.7, 2.4.11).
func (g *Glass) Keys() (found []string) {
	stops := browser.Eval[[]string](g.Tab, "looks.stops()")
	browser.Eval[bool](g.Tab, top)
	before := focus{}
	for i, name := range stops {
		g.Key("\t")
		now := browser.Eval[focus](g.Tab, "looks.focus()")
		if now.At != i {
			return append(found, fmt.Sprintf("Tab leads to %s, and not to %s, the next that is read", now.Name, name))
		}
		if i > 1 && (now.Bottom <= before.Top || now.Top < before.Bottom && now.Bottom > before.Top && now.Left < before.Left) { // the first leads past all others
			found = append(found, fmt.Sprintf("Tab leads from %s back to %s", before.Name, now.Name))
		}
		found, before = append(found, now.Wrong...), now
	}
	return found
}

// atSummary waits for the browser to follow autofocus, which it does after it has painted.
const atSummary = `new Promise((said) => {
	const late = performance.now() + 5000;
	const look = () => {
		if (document.activeElement.matches('[role=alert]')) said(true);
		else if (performance.now() > late) said(false);
		else setTimeout(look, 10);
	};
	look();
})`

// AtSummary says whether the focus is at what is wrong with a form, which is read out.
func (g *Glass) AtSummary() bool { return browser.Eval[bool](g.Tab, atSummary) }

// Skips is what is wrong with the link that leads past what is the same on each page
// (WCAG 2.4.1): the first stop, seen once it is reached, to what the page says.
func (g *Glass) Skips() (found []string) {
	browser.Eval[bool](g.Tab, top)
	g.Key("\t")
	first := browser.Eval[string](g.Tab, "document.activeElement.getAttribute('href') || ''")
	g.Key("\r")
	if at := browser.Eval[string](g.Tab, "'#' + document.activeElement.id"); !strings.HasPrefix(first, "#") || at != first {
		return []string{fmt.Sprintf("the first link leads to %q, and the focus is at %q", first, at)}
	}
	return nil
}

// Sorted is what was found, each thing once.
func Sorted(found []string) []string {
	slices.Sort(found)
	return slices.Compact(found)
}
