package web

import (
	"flag"
	"fmt"
	"hash/fnv"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"example.jp/kairan/deliver/compose/composetest"
	"example.jp/kairan/subscribe/web/browser"
	"example.jp/kairan/subscribe/web/webtest"
)

var (
	everyView = flag.Bool("every-view", false, "look at each page in each width, theme and language, and not in a drawn one")
	lookAt    = flag.String("look", "", "the states that TestEveryPageIsAccessible looks at, by a regular expression of their names; else all in CI, and a tenth elsewhere, which is drawn")
	viewSeed  = flag.Uint64("view-seed", 0, "what is drawn by TestEveryPageIsAccessible; 0: something new")
)

// gallery serves the states as they were met, each at a path of its own.
func gallery(t *testing.T, all []met) string {
	t.Helper()
	assets := newFixture(t, town, library).app
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var n int
		if _, err := fmt.Sscanf(r.URL.Path, "/state/%d", &n); err != nil || n >= len(all) {
			r.RequestURI = ""
			res, err := assets.Test(r, -1)
			if err != nil {
				t.Error(err)
				return
			}
			defer func() { _ = res.Body.Close() }()
			w.Header().Set("Content-Type", res.Header.Get("Content-Type"))
			w.WriteHeader(res.StatusCode)
			_, _ = io.Copy(w, res.Body)
			return
		}
		for name, values := range all[n].header {
			if name != "Content-Length" {
				w.Header()[name] = values
			}
		}
		w.WriteHeader(all[n].answer.status)
		_, _ = io.WriteString(w, all[n].body)
	}))
	t.Cleanup(s.Close)
	return s.URL
}

// TestEveryPageIsAccessible looks at each page in each state, in both languages, in a
// real browser: on a telephone by day, and once in another window or theme that is drawn.
// What only people can judge it does not know.
func TestEveryPageIsAccessible(t *testing.T) {
	t.Parallel()
	seed := *viewSeed
	if seed == 0 {
		seed = uint64(time.Now().UnixNano()) % 1e9
	}
	t.Logf("the same again: go test ./subscribe/web -run TestEveryPageIsAccessible -view-seed %d", seed)
	all := meet(t, slices.DeleteFunc(states(), func(s state) bool { return !chosen(s, seed) }))
	url, b := gallery(t, all), browser.Start(t)
	for tab := range min(tabs, len(all)) {
		t.Run(fmt.Sprint(tab), func(t *testing.T) {
			t.Parallel()
			g := webtest.NewGlass(t, b)
			for n := tab; n < len(all); n += tabs {
				m := all[n]
				draw := rand.New(rand.NewPCG(seed+1, lot(m.state)))
				g.Open(fmt.Sprintf("%s/state/%d", url, n), webtest.Phone)
				found := look(g, m, draw)
				if found = webtest.Sorted(found); len(found) > 0 {
					t.Errorf("%s, %s:\n\t%s", m.name, m.lang, strings.Join(found, "\n\t"))
				}
			}
		})
	}
}

// chosen says whether the state is looked at: where a change is judged, each is.
func chosen(s state, seed uint64) bool {
	if *lookAt != "" {
		return regexp.MustCompile(*lookAt).MatchString(s.name)
	}
	if os.Getenv("CI") != "" && !composetest.Race || *everyView { // a race is not found in a browser
		return true
	}
	return rand.New(rand.NewPCG(seed, lot(s))).IntN(10) == 0
}

// lot is the same number for a state in both languages.
func lot(s state) uint64 {
	h := fnv.New64()
	_, _ = h.Write([]byte(s.name))
	return h.Sum64()
}

const tabs = 3 // that are looked at in turns

// look is what is wrong with a page. The language is drawn in which it is gone through
// with keys, in forced colours, with more space and without a style sheet, which depend
// little on it.
func look(g *webtest.Glass, m met, draw *rand.Rand) (found []string) {
	if fault := m.answer.status == http.StatusUnprocessableEntity || m.answer.status == http.StatusTooManyRequests; fault && !g.AtSummary() {
		found = append(found, "the focus is not at what is wrong")
	}
	views := webtest.Views()
	drawn, lang := views[draw.IntN(len(views))], langs[draw.IntN(len(langs))]
	found = append(found, seen(g, webtest.Phone)...)
	found = append(found, g.Looks("parts", "purpose", "still")...)
	for _, v := range views {
		if *everyView || v == drawn && m.lang == lang {
			g.Turn(v)
			found = append(found, seen(g, v)...)
		}
	}
	if !*everyView && m.lang != lang {
		return found
	}
	g.Turn(webtest.Phone)
	found = append(found, g.Keys()...)
	if !m.isFile() { // which begins with what it says
		found = append(found, g.Skips()...)
	}
	g.Looks("paint")
	g.Turn(webtest.View{Width: 390, Forced: true})
	found = append(found, g.Looks("forced")...)
	found = append(found, g.Keys()...)
	g.Turn(webtest.Narrow)
	return append(found, g.Looks("cut", "overlap", "space", "plain")...)
}

// seen is what is wrong with a page in one view.
func seen(g *webtest.Glass, v webtest.View) (found []string) {
	for _, s := range append(g.Axe(), g.Looks("cut", "overlap", "target", "contrasts")...) {
		found = append(found, v.String()+": "+s)
	}
	return found
}
