package body

import (
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"example.jp/kairan/deliver/compose/composetest"
	visitors "example.jp/kairan/subscribe/web/browser"
	"example.jp/kairan/subscribe/web/webtest"
)

// TestMailsAreValid: but for what the programs that show mail need.
func TestMailsAreValid(t *testing.T) {
	t.Parallel()
	webtest.Valid(t, issues(t), webtest.Except{
		// Outlook for Windows lays out by attributes and by comments of its own, and what some
		// programs drop of the head is in the elements, too.
		"no-deprecated-attr": "off", "no-conditional-comment": "off", "no-inline-style": "off",
		"void-style": "off", "prefer-tbody": "off", // either is right
		"wcag/h63": "off", // a table's head is its first row or column, which is known without a scope
	})
}

// places are rules about the places of a page, which are those of the program in which a
// mail is a part.
var places = []string{"landmark-one-main", "region"}

// TestMailsAreAccessible looks at the HTML part on a telephone, by day and in the dark.
func TestMailsAreAccessible(t *testing.T) {
	t.Parallel()
	mails := issues(t)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		page, ok := mails[r.URL.Query().Get("name")]
		if !ok {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = io.WriteString(w, page)
	}))
	defer s.Close()
	g := webtest.NewGlass(t, visitors.Start(t))
	for i, name := range slices.Sorted(maps.Keys(mails)) {
		if (os.Getenv("CI") == "" || composetest.Race) && i%8 != time.Now().Day()%8 { // where a change is judged, each is looked at
			continue
		}
		g.Open(s.URL+"/mail?name="+url.QueryEscape(name), webtest.Phone)
		for _, dark := range []bool{false, true} {
			v := webtest.View{Width: webtest.Phone.Width, Dark: dark}
			g.Turn(v)
			if found := webtest.Sorted(append(g.Axe(places...), g.Looks("cut", "overlap", "contrasts", "target")...)); len(found) > 0 {
				t.Errorf("%s, %s:\n\t%s", name, v, strings.Join(found, "\n\t"))
			}
		}
		g.Faults() // pictures on the office's web site, which nobody asks for here
	}
}
