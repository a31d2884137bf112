package web

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/valyala/fasthttp"

	"example.jp/kairan/subscribe"
)

// TestConditionalRequests: who has what there is, is told so and nothing else (RFC 9110 §13).
func TestConditionalRequests(t *testing.T) {
	t.Parallel()
	f, _ := newReadable(t)
	for _, path := range append([]string{"/robots.txt"}, everyArchivePage...) {
		whole := f.get(path)
		tag, date := whole.header.Get("ETag"), whole.header.Get("Last-Modified")
		when, err := http.ParseTime(date)
		if err != nil || len(tag) != 34 || tag[0] != '"' || whole.header.Get("Cache-Control") != "no-cache" {
			t.Fatalf("%s: ETag %s, Last-Modified %s, Cache-Control %s", path, tag, date, whole.header.Get("Cache-Control"))
		}
		earlier, after := when.Add(-time.Second).Format(http.TimeFormat), when.Add(time.Hour).Format(http.TimeFormat)
		const none, since = "If-None-Match", "If-Modified-Since"
		for _, x := range []struct {
			want    int
			headers []string
		}{
			{304, []string{none, tag}},
			{304, []string{none, "W/" + tag}},
			{304, []string{none, `"x", ` + tag + `, W/"y"`}},
			{304, []string{none, `"x"`, none, tag}},
			{304, []string{none, "*"}},
			{304, []string{since, date}},
			{304, []string{none, tag, since, earlier}},
			{200, []string{none, `"x"`}},
			{200, []string{none, strings.Trim(tag, `"`)}},
			{200, []string{none, ""}},
			{200, []string{none, `"x"`, since, date}}, // the tag comes first
			{200, []string{since, earlier}},
			{200, []string{since, after}}, // when an issue stood there that was cancelled
			{200, []string{since, "yesterday"}},
		} {
			for _, method := range []string{"GET", "HEAD"} {
				got := f.send(method, path, "", x.headers...)
				if got.status != x.want || got.header.Get("ETag") != tag || got.header.Get("Last-Modified") != date || got.header.Get("Vary") != whole.header.Get("Vary") {
					t.Errorf("%s %s %q: %d, %v", method, path, x.headers, got.status, got.header)
				}
				if x.want == 304 && got.body != "" {
					t.Errorf("%s %s: a 304 with a body", method, path)
				}
			}
		}
		ja, en := f.get(path, "Accept-Language", "ja"), f.get(path, "Accept-Language", "en")
		if same := ja.body == en.body; same != (ja.header.Get("ETag") == en.header.Get("ETag")) || same == (ja.header.Get("Vary") == "Accept-Language") {
			t.Errorf("%s: in two languages %v, %v", path, ja.header, en.header)
		}
	}
}

// TestLastModified is when that page changed, and no other.
func TestLastModified(t *testing.T) {
	t.Parallel()
	f, a := newReadable(t)
	dated := func(path string, before time.Duration) {
		t.Helper()
		if got, want := f.get(path).header.Get("Last-Modified"), noon.Add(-before).Format(http.TimeFormat); got != want {
			t.Errorf("%s: %s, want %s", path, got, want)
		}
	}
	dated("/lists/news/issues/", day)
	dated("/lists/news/years/2025", 3*day) // when 2026 began, to which it leads
	dated("/lists/news/issues/third", day)
	dated("/lists/news/issues/second", day) // when the next one came
	dated("/lists/news/issues/first", 2*day)
	dated("/lists/news/issues/2026", 3*day)
	dated("/lists/news/issues/2026/map.png", 400*day)
	dated("/lists/news/feed.atom", day)
	dated("/robots.txt", 1000*day)
	a.withdraw("third", time.Hour)
	dated("/lists/news/issues/second", time.Hour)
	dated("/lists/news/issues/first", 2*day)
	dated("/lists/news/issues/", time.Hour)
	dated("/lists/news/feed.atom", time.Hour)
	a.publish("now", 0)
	if got := f.get("/lists/news/issues/").header; got.Get("Last-Modified") != "" || got.Get("ETag") == "" {
		t.Errorf("a second that is not over: %v", got)
	}
	made, b := 0, &fakeArchive{}
	young := newFixture(t, readable(b), func(s *Site) {
		s.Now = func() time.Time { made++; return noon.Add(time.Duration(made-1) * time.Hour) }
	})
	if got := young.get("/lists/news/issues/first").header.Get("Last-Modified"); got != noon.Format(http.TimeFormat) {
		t.Errorf("a page is older than the program: %s", got)
	}
	ended, _ := newReadable(t, func(s *Site) {
		s.Endings = subscribe.Endings(func(string) time.Time { return noon.Add(-time.Hour) })
	})
	got := ended.get("/lists/news/issues/first?lang=en")
	got.want(t, 200, "Sign-ups closed on 21\u00a0November 2026.")
	ended.get("/lists/news?lang=en").want(t, 200, `href="/lists/news/issues/third?lang=en"`) // what was sent can be read as before
	if got.header.Get("Last-Modified") != noon.Add(-time.Hour).Format(http.TimeFormat) {
		t.Errorf("a page that says the list has ended is from before that: %v", got.header)
	}
}

// TestRobots: token pages are for no robot, everything else is for all; the National Diet
// Library's is named.
func TestRobots(t *testing.T) {
	t.Parallel()
	f, _ := newReadable(t)
	got := f.get("/robots.txt")
	got.want(t, 200, "User-agent: ndl-japan\n", "User-agent: *\n")
	groups := strings.Split(strings.TrimSpace(got.body), "\n\n")
	for _, path := range append([]string{"/", "/lists/news", "/correct", "/privacy"}, everyArchivePage...) {
		for _, group := range groups {
			if refused(group, path) {
				t.Errorf("%s is refused by\n%s", path, group)
			}
		}
	}
	for name := range f.links("news", noon) {
		for _, group := range groups {
			if path := f.path("news", name); !refused(group, path) || f.get(path).header.Get("X-Robots-Tag") != "noindex" {
				t.Errorf("%s may be indexed by\n%s", name, group)
			}
		}
	}
}

// refused reads a group as RFC 9309 §2.2.2 does, of rules that only disallow.
func refused(group, path string) bool {
	for line := range strings.Lines(group) {
		if rule, ok := strings.CutPrefix(line, "Disallow: "); ok && strings.HasPrefix(path, strings.TrimSpace(rule)) {
			return true
		}
	}
	return false
}

// TestFilesTakeTheirTime: a file over a slow line is written for longer than a page.
func TestFilesTakeTheirTime(t *testing.T) {
	t.Parallel()
	for path, long := range map[string]bool{"/lists/news/issues/a/b.pdf": true, "/lists/news/issues/a": true, "/lists/news": false, "/leave/x/issues/": false} {
		h := newFixture(t).app.Server().HeaderReceived
		var r fasthttp.RequestHeader
		r.SetRequestURI(path)
		if got := h(&r).WriteTimeout; (got == fileTimeout) != long {
			t.Errorf("%s: %s", path, got)
		}
	}
}
