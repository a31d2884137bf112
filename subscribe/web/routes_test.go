package web

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"example.jp/kairan/subscribe"
)

// stylesheetOf finds the path that pages link to.
func stylesheetOf(t testing.TB, page string) string {
	t.Helper()
	_, rest, ok := strings.Cut(page, `<link rel="stylesheet" href="`)
	path, _, end := strings.Cut(rest, `"`)
	if !ok || !end {
		t.Fatal("the page links to no stylesheet")
	}
	return path
}

// TestRoutes tries every method on every route. All but POST change nothing.
func TestRoutes(t *testing.T) {
	t.Parallel()
	f, _ := newReadable(t)
	style := stylesheetOf(t, f.get("/").body)
	good := "email=you%40example.jp&list=news"
	for _, tc := range []struct {
		path      string
		get, post int
		body      string
		verb      string // what POST asks of the Desk
		unlisted  bool
	}{
		{"/", 200, 405, good, "", false},
		{style, 200, 405, good, "", false},
		{"/lists/news", 200, 200, good, "request", false},
		{"/lists/none", 404, 404, good, "", true},
		{"/robots.txt", 200, 405, good, "", false},
		{"/lists/news/feed.atom", 200, 405, good, "", false},
		{"/lists/news/issues/", 200, 405, good, "", false},
		{"/lists/news/issues/third", 200, 405, good, "", false},
		{"/lists/news/issues/2026/map.png", 200, 405, good, "", false},
		{"/lists/news/years/2025", 200, 405, good, "", false},
		{"/correct", 200, 200, good, "ask", false},
		{f.path("news", "confirm"), 200, 200, "", "confirm", true},
		{f.path("news", "confirm move"), 200, 200, "", "confirm", true},
		{f.path("press", "confirm"), 200, 200, "name=x", "confirm", true},
		{f.path("press", "correct"), 200, 200, "name=x", "correct", true},
		{f.path("news", "leave"), 200, 200, "", "leave", true},
		{f.path("news", "block"), 200, 200, "", "block", true},

		{"/lists/news/", 404, 404, good, "", true},
		{"/Lists/news", 404, 404, good, "", true},
		{"/lists/NEWS", 404, 404, good, "", true},
		{"/lists/", 404, 404, good, "", true},
		{"/lists", 404, 404, good, "", true},
		{"/correct/", 404, 404, good, "", true},
		{"/leave/", 404, 404, "", "", true},
		{f.path("news", "leave") + "/x", 404, 404, "", "", true},
		{"/confirm/x", 404, 404, "", "", true},
		{"/leave/%2e%2e/x", 404, 404, "", "", true},
		{"/favicon.ico", 200, 405, "", "", false},
		{"/style.css", 404, 404, "", "", true},
	} {
		for _, method := range []string{"GET", "HEAD", "POST", "OPTIONS", "PUT", "PATCH", "DELETE", "TRACE", "PROPFIND"} {
			f.desk.take()
			a := f.send(method, tc.path, tc.body, "Content-Type", "application/x-www-form-urlencoded")
			calls := f.desk.take()
			what := fmt.Sprintf("%s %.30s", method, tc.path)
			want := map[string]int{"GET": tc.get, "HEAD": tc.get, "POST": tc.post, "PROPFIND": 501}[method]
			if want == 0 {
				want = map[bool]int{true: 404, false: 405}[tc.get == 404 && tc.path != "/lists/none" &&
					tc.path != "/confirm/x" && tc.path != "/lists/NEWS"]
			}
			if a.status != want {
				t.Errorf("%s: status %d, want %d", what, a.status, want)
			}
			if a.status == 405 && !strings.Contains(a.header.Get("Allow"), "GET") {
				t.Errorf("%s: Allow is %q", what, a.header.Get("Allow"))
			}
			verbs := ""
			for _, c := range calls {
				verbs += c.verb
			}
			if wanted := map[bool]string{true: tc.verb}[method == "POST"]; verbs != wanted {
				t.Errorf("%s asked %q of the Desk, want %q", what, verbs, wanted)
			}
			if tc.unlisted && a.header.Get("X-Robots-Tag") != "noindex" {
				t.Errorf("%s may be indexed", what)
			}
			if method == "HEAD" && a.body != "" {
				t.Errorf("%s has a body", what)
			}
			if got := a.header.Get("Strict-Transport-Security"); !strings.Contains(got, "max-age=63072000") {
				t.Errorf("%s: Strict-Transport-Security is %q", what, got)
			}
		}
	}
}

func TestNoTransportSecurityWithoutHTTPS(t *testing.T) {
	t.Parallel()
	f := newFixture(t, func(s *Site) { s.Lists["news"].Office.BaseURL = "http://localhost:8080" })
	if got, ok := f.get("/").header["Strict-Transport-Security"]; ok {
		t.Errorf("a site on http says %q", got)
	}
}

// A link of one purpose, or a forged one, is a 404 everywhere else, and the
// same 404. The link of a correction is also one of leaving.
func TestForeignLinks(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	stranger := newFixture(t)
	stranger.tokens.Keys = testKeys{"another secret"}
	var pages []string
	for _, page := range []string{"confirm", "correct", "leave", "block"} {
		for name, token := range f.links("press", noon) {
			if !strings.HasPrefix(name, page) && (page != "leave" || name != "correct") { // which leaves, too
				pages = append(pages, "/"+page+"/"+token)
			}
		}
		for _, token := range stranger.links("press", noon) {
			pages = append(pages, "/"+page+"/"+token)
		}
		pages = append(pages, f.path("press", page)+"A", "/"+page+"/"+strings.Repeat("A", 2000))
	}
	var first string
	for _, path := range pages {
		for _, a := range []answer{
			f.get(path), f.post(path, "name", "x"), f.post(path, "List-Unsubscribe", "One-Click"),
		} {
			a.want(t, http.StatusNotFound)
			if first == "" {
				first = a.body
			}
			if a.body != first {
				t.Errorf("%.12s: a 404 that differs", path)
			}
		}
	}
	if calls := f.desk.take(); len(calls) != 0 {
		t.Errorf("a foreign link reached the Desk: %s", calls[0].verb)
	}
}

// everyPost is a good POST of every kind.
func (f *fixture) everyPost() map[string]func() answer {
	press := func(name string) string { return f.path("press", name) }
	return map[string]func() answer{
		"request": func() answer { return f.post("/lists/news", "email", "you@example.jp") },
		"ask":     func() answer { return f.post("/correct", "email", "you@example.jp", "list", "news") },
		"confirm": func() answer { return f.post(press("confirm"), "name", "x") },
		"move":    func() answer { return f.post(press("confirm move")) },
		"correct": func() answer { return f.post(press("correct"), "name", "x") },
		"leave":   func() answer { return f.post(press("leave")) },
		"one-click": func() answer {
			return f.post(press("leave"), "List-Unsubscribe", "One-Click")
		},
		"block": func() answer { return f.post(press("block")) },
	}
}

func TestErrorsOfTheDesk(t *testing.T) {
	t.Parallel()
	const canary = "error-canary@example.org"
	f := newFixture(t)
	for _, tc := range []struct {
		err    error
		status int
		text   string
	}{
		{subscribe.ErrBusy, 503, "混み合って"},
		{fmt.Errorf("%s: %w", canary, subscribe.ErrBusy), 503, ""},
		{fmt.Errorf("%s: %w", canary, subscribe.ErrToken), 404, ""},
		{fmt.Errorf("%s: %w", canary, subscribe.ErrList), 404, ""},
		{errors.New("disk full at " + canary), 500, ""},
	} {
		f.desk.err = tc.err
		for name, post := range f.everyPost() {
			a := post()
			if a.status != tc.status {
				t.Errorf("%s, %v: status %d, want %d", name, tc.err, a.status, tc.status)
			}
			a.none(t, canary, "error-canary", "disk full", "stored-canary")
			for _, values := range a.header {
				if strings.Contains(strings.Join(values, " "), "canary") {
					t.Errorf("%s: a header shows the error", name)
				}
			}
		}
	}
	f.desk.err = errors.New("disk full")
	f.post("/lists/news", "email", "you@example.jp")
	if !strings.Contains(f.log.String(), "disk full") {
		t.Error("the log does not say what is wrong")
	}
}

func TestPanics(t *testing.T) {
	t.Parallel()
	for _, value := range []any{"panic-canary@example.org", errors.New("panic-canary"), struct{ s string }{"panic-canary"}} {
		f := newFixture(t)
		f.desk.panic = value
		a := f.post("/lists/news", "email", "you@example.jp")
		a.want(t, http.StatusInternalServerError)
		a.none(t, "panic-canary")
		if log := f.log.String(); strings.Contains(log, "panic-canary") || !strings.Contains(log, "HandlerPanic") || !strings.Contains(log, "fakeDesk") {
			t.Errorf("log: %s", log)
		}
	}
}

// Requests are logged by the pattern of their route, at debug level, without
// anything that came with them.
func TestLogShowsNoRequest(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	for _, post := range f.everyPost() {
		post()
	}
	for name := range f.links("press", noon) {
		f.get(f.path("press", name) + "?lang=query-canary")
	}
	f.get("/path-canary/x")
	f.post("/lists/news", "email", "bad-canary@")
	log := f.log.String()
	if !strings.Contains(log, "route=/leave/:token") || !strings.Contains(log, "status=200") {
		t.Fatalf("log: %s", log)
	}
	for name, token := range f.links("press", noon) {
		if strings.Contains(log, token[:12]) {
			t.Errorf("the log has the %s link", name)
		}
	}
	for _, s := range []string{"canary", "you@", "example", "News"} {
		if strings.Contains(log, s) {
			t.Errorf("the log has %q", s)
		}
	}
	for line := range strings.Lines(log) {
		if !strings.Contains(line, "level=DEBUG") {
			t.Errorf("an everyday request is logged as %s", line)
		}
	}
}

// What a browser says comes from another site is refused where a button acts,
// and nowhere else.
func TestCrossSite(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	for _, tc := range []struct {
		site, origin string
		refused      bool
	}{
		{"", "", false},
		{"same-origin", "https://lists.example.jp", false},
		{"same-origin", "null", false}, // what browsers send under no-referrer
		{"none", "", false},
		{"", "https://lists.example.jp", false},
		{"", "HTTPS://Lists.Example.JP", false},
		{"", "null", false},
		{"cross-site", "", true},
		{"cross-site", "https://lists.example.jp", true},
		{"same-site", "", true},
		{"garbage", "", true},
		{"", "https://evil.example", true},
		{"", "http://lists.example.jp", true},
		{"", "https://lists.example.jp.evil.example", true},
	} {
		for path, act := range map[string]struct {
			body    string
			guarded bool
		}{
			"/lists/news":              {"email=you%40example.jp", false},
			f.path("press", "leave"):   {"", false},
			"/correct":                 {"email=you%40example.jp&list=news", true},
			f.path("press", "confirm"): {"name=x", true},
			f.path("press", "correct"): {"name=x", true},
			f.path("press", "block"):   {"", true},
		} {
			headers := []string{"Content-Type", "application/x-www-form-urlencoded"}
			if tc.site != "" {
				headers = append(headers, "Sec-Fetch-Site", tc.site)
			}
			if tc.origin != "" {
				headers = append(headers, "Origin", tc.origin)
			}
			a := f.send(http.MethodPost, path, act.body, headers...)
			want := map[bool]int{true: 403, false: 200}[tc.refused && act.guarded]
			if a.status != want || (len(f.desk.take()) == 1) != (want == 200) {
				t.Errorf("%.9s from %q, %q: status %d, want %d", path, tc.site, tc.origin, a.status, want)
			}
		}
	}
}
