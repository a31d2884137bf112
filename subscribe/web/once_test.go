package web

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"

	"example.jp/kairan/subscribe"
	"example.jp/kairan/templates"
)

// TestRenderedOnce: all that is the same for everybody is copied, in every state; what shows
// a mistake of a visitor is made for them alone.
func TestRenderedOnce(t *testing.T) {
	t.Parallel()
	for _, s := range states() {
		if s.isFile() {
			continue
		}
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t, town, func(site *Site) {
				if s.site != nil {
					s.site(site)
				}
			})
			first := s.meet(f, "en")
			anew := first.status == fiber.StatusUnprocessableEntity || first.status == fiber.StatusTooManyRequests || s.name == "form of another site" || strings.HasSuffix(s.name, "after a slip")
			f.overwrite("<p>a copy</p>")
			if got := s.meet(f, "en"); anew == (got.body == "<p>a copy</p>") {
				t.Errorf("status %d: made anew: %t", got.status, !anew)
			}
			if got := s.meet(f, "ja"); got.body == "<p>a copy</p>" {
				t.Error("both languages have one page")
			}
		})
	}
}

// overwrite puts a text in the place of each page that is kept.
func (f *fixture) overwrite(text string) {
	k := &f.app.pages.rack
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, r := range k.all {
		r.body, r.parts = []byte(text), [][]byte{[]byte(text)}
	}
}

// kept is how many pages are kept, and all that is in them and their names.
func (f *fixture) kept() (pages int, all string) {
	k := &f.app.pages.rack
	k.mu.RLock()
	defer k.mu.RUnlock()
	var b strings.Builder
	for name, r := range k.all {
		fmt.Fprintf(&b, "%+v %s %s %s\n", name, r.kind, r.tag, r.body)
	}
	return len(k.all), b.String()
}

// TestRenderedAnew: a page stands only as long as what it was made from.
func TestRenderedAnew(t *testing.T) {
	t.Parallel()
	now, ended := noon, time.Time{}
	a := &fakeArchive{}
	f := newFixture(t, readable(a), func(s *Site) {
		s.Now = func() time.Time { return now }
		s.Endings = func(id string) time.Time {
			if id == "press" {
				return ended
			}
			return time.Time{}
		}
		s.Lists["news"].Zone = time.FixedZone("NPT", 5*3600+45*60)
		s.Lists["news"].Closes = noon.Truncate(day)
	})
	const path = "/?lang=ja"
	for _, change := range []struct {
		what string
		do   func()
		says string
	}{
		{"nothing", func() {}, "号 third"},
		{"a new issue", func() { a.publish("newest", time.Hour) }, "号 newest"},
		{"a withdrawn issue", func() { a.withdraw("newest", 0) }, "号 third"},
		{"a list that ended", func() { ended = noon.AddDate(0, -1, 0) }, "2026年10月21日をもって"},
		{"and ended earlier", func() { ended = noon.AddDate(0, -2, 0) }, "2026年9月21日をもって"},
		{"and goes on", func() { ended = time.Time{} }, "報道資料"},
		{"the second before midnight", func() { now = time.Date(2026, 11, 21, 18, 14, 59, 0, time.UTC) }, "号 third"},
		{"midnight, where the list is", func() { now = now.Add(time.Second) }, "2026年11月21日をもって"},
	} {
		before := f.get(path).body
		f.overwrite("a copy")
		change.do()
		switch got := f.get(path); {
		case change.what == "nothing", strings.HasPrefix(change.what, "the second"):
		case got.body == "a copy" || got.body == before:
			t.Errorf("%s: the page is that from before", change.what)
		}
		f.get(path).want(t, 200)
		if got := f.get(path).body; got != "a copy" && !strings.Contains(got, change.says) {
			t.Errorf("%s: the page does not say %q", change.what, change.says)
		}
	}
}

// TestAPageThatLacksSomethingIsNotKept: when the archive can be read again, the card has its
// last issue.
func TestAPageThatLacksSomethingIsNotKept(t *testing.T) {
	t.Parallel()
	f, a := newReadable(t)
	a.mu.Lock()
	a.err = fmt.Errorf("no disk")
	a.mu.Unlock()
	f.get("/").none(t, "号 third")
	a.mu.Lock()
	a.err = nil
	a.mu.Unlock()
	f.get("/").want(t, 200, "号 third")
}

// TestNothingOfARequestIsKept: whatever visitors ask for, and in whatever words, the pages
// that are kept are as many as before, and have none of those words.
func TestNothingOfARequestIsKept(t *testing.T) {
	t.Parallel()
	const canary = "poison-canary"
	f, _ := newReadable(t, twoOffices)
	ask := func(n int, canary string) {
		c := fmt.Sprintf("%s%d", canary, n)
		headers := []string{"Accept-Language", c + ", ja", "X-Forwarded-Host", c + ".example", "X-Forwarded-Proto", c, "X-Real-IP", c,
			"Referer", "https://" + c + ".example/", "Origin", "https://" + c + ".example", "Cookie", c + "=" + c, "User-Agent", c, "X-Original-URL", "/" + c, "If-None-Match", `"` + c + `"`}
		for _, path := range append([]string{"/", "/lists/news", "/lists/press", "/privacy", "/privacy/office", "/correct", "/robots.txt", "/.well-known/mail-list-policy.json",
			"/" + c, "/lists/" + c, "/privacy/" + c, "/lists/news/years/" + c, "/lists/news/issues/" + c, "/lists/" + c + "/feed.atom", "/leave/" + c, "/confirm/" + c,
			f.path("news", "leave") + "." + c, f.path("news", "leave"), f.path("press", "confirm"), f.path("press", "correct"), f.path("news", "block")}, everyArchivePage...) {
			for _, query := range []string{"", "?lang=" + c, "?list=" + c, "?" + c + "=1", "?lang=en&list=" + c} {
				f.get(path+query, headers...)
			}
			for _, host := range []string{c + ".example", "LISTS.example.jp:" + fmt.Sprint(n+1), "lists.example.jp."} {
				r := httptest.NewRequest(http.MethodGet, path, nil)
				r.Host = host
				if res, err := f.app.Test(r, -1); err != nil {
					t.Fatal(err)
				} else {
					read(t, res)
				}
			}
		}
		form := "email=" + c + "%40example.org&lang=" + c + "&website=" + c + "&note=" + c
		for _, path := range []string{"/lists/news", "/lists/" + c, "/correct?list=" + c, f.path("news", "leave"), f.path("news", "block"), f.path("press", "confirm"), f.path("press", "correct"), "/" + c} {
			f.send("POST", path, form, append(headers, "Content-Type", "application/x-www-form-urlencoded")...)
			f.send("POST", path, form, "Content-Type", "application/x-www-form-urlencoded")
		}
		f.post("/correct", "email", c+"@example.org", "list", "news")
	}
	ask(0, "x")
	before, _ := f.kept()
	for n := range 3 {
		ask(n, canary)
	}
	after, all := f.kept()
	if before != after || before < 30 {
		t.Errorf("%d pages are kept after %d", after, before)
	}
	for _, word := range []string{canary, "stored-canary"} {
		if strings.Contains(all, word) {
			t.Errorf("%q is kept", word)
		}
	}
}

// TestFilledInAsRendered: a page into which something is filled in is the very page that would
// be rendered with it, whatever it is.
func TestFilledInAsRendered(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	p, l := f.app.pages, f.lists["news"]
	for _, typed := range []string{
		"you@example.jp", `"<script>alert(1)</script>"@example.jp`, "a+b@example.jp", "o'neill&co@example.jp", "\x00\x01\t@\r\n", "\xff\xfe\x80@\xe3\x81", "名前＠例え.jp",
		"`{{.}}$1\\", mark, "</p><p>", "&amp;&#60;", "javascript:alert(1)", "\u2028\u202e\ufeff", "",
	} {
		want, err := p.page(templates.PageSignUpSent, subscribe.English, templates.SignUpSent{
			Frame: p.listFrame(l, subscribe.English), ListID: l.ID, List: l.Name.EN, From: l.From.Envelope(), Address: typed,
		})
		if err != nil {
			t.Fatal(err)
		}
		c := f.app.AcquireCtx(&fasthttp.RequestCtx{})
		if err := p.sendSent(c, l, subscribe.English, typed, subscribe.Address{}); err != nil {
			t.Fatal(err)
		}
		if got := c.Response().Body(); !bytes.Equal(got, want) {
			t.Errorf("%q:\n%s\nwant\n%s", typed, got, want)
		}
		f.app.ReleaseCtx(c)
	}
}

// TestRackIsBounded: however much there is to be read, so much of it is kept at most.
func TestRackIsBounded(t *testing.T) {
	t.Parallel()
	var k rack
	page := func(octets int) *rendered { return &rendered{body: make([]byte, octets)} }
	for n := range 100 {
		name := once{what: fmt.Sprint(n)}
		k.keep(basis{}, name, page(maxRendered/10))
		k.keep(basis{}, name, page(maxRendered/10)) // two who have rendered it at once
		if sum := len(k.all) * (maxRendered / 10); sum != k.octets || sum > maxRendered {
			t.Fatalf("%d octets in %d pages are said to be %d", sum, len(k.all), k.octets)
		}
		if k.find(basis{}, name) == nil || k.find(basis{quarter: 1}, name) != nil {
			t.Fatal("what was kept is not found, or is found for good")
		}
	}
	k.keep(basis{}, once{what: "large"}, page(maxRendered/2))
	if k.find(basis{}, once{what: "large"}) != nil {
		t.Error("one page takes the place of all")
	}
	k.keep(basis{quarter: 1}, once{}, page(1))
	if len(k.all) != 1 || k.octets != 1 {
		t.Errorf("%d pages, %d octets", len(k.all), k.octets)
	}
}
