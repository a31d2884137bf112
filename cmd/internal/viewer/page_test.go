package viewer

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"
	"time"

	"example.jp/kairan/deliver/compose/finding"
)

func sample() View {
	return View{
		Issue: "centre-news/winter", File: "winter.md", Lang: "ja", From: "センター", Subject: "冬の<催し>", Readers: 1234, Octets: 20 << 10, HTMLOctets: 250, At: time.Now(),
		HTML: `<html><head><meta name="color-scheme" content="light dark"><style>@media (prefers-color-scheme: dark) { p { color: red } }</style></head><body><p>こんにちは</p><img src="https://www.example.jp/a.png" alt=""></body></html>`,
		Text: "こんにちは\n", Fold: 72,
		Source: "+++\nsubject = \"冬の<催し>\"\n+++\nこんにちは\n",
	}
}

// running is a page that is served, and a browser that has not opened it yet.
func running(t *testing.T) (p *Page, browser *http.Client, stop func() error) {
	t.Helper()
	p, err := New()
	if err != nil {
		t.Fatal(err)
	}
	p.Show(sample())
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- p.Serve(ctx) }()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return p, &http.Client{Jar: jar}, func() error { cancel(); return <-ended }
}

func ask(t *testing.T, c *http.Client, method, url, host string) (*http.Response, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Host = host
	a, err := c.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Body.Close()
	if a.Header.Get("Content-Type") == "text/event-stream" {
		return a, "" // it has no end
	}
	b, err := io.ReadAll(a.Body)
	if err != nil {
		t.Fatal(err)
	}
	return a, string(b)
}

// TestOneBrowserAlone: the link opens once, and whoever has not opened it sees nothing.
func TestOneBrowserAlone(t *testing.T) {
	t.Parallel()
	p, browser, stop := running(t)
	base, root := "http://"+p.Address(), p.path()+"/"
	stranger := &http.Client{}
	paths := []string{"/", root, root + "page.css", root + "page.js", root + "mail/light", root + "mail/dark", root + "events", "/mail/light", "/events", "/open/", "/open/" + strings.Repeat("0", 32), "/open/x" + p.token, p.path() + "x/"}
	for _, path := range paths {
		if a, body := ask(t, stranger, http.MethodGet, base+path, ""); a.StatusCode != http.StatusNotFound || strings.Contains(body, "催し") {
			t.Errorf("%s for a stranger: %d %s", path, a.StatusCode, body)
		}
	}
	if a, _ := ask(t, browser, http.MethodHead, p.URL(), ""); a.StatusCode != http.StatusMethodNotAllowed {
		t.Errorf("HEAD: %d", a.StatusCode)
	}
	if a, body := ask(t, browser, http.MethodGet, p.URL(), ""); a.StatusCode != http.StatusOK || !strings.Contains(body, "冬の&lt;催し&gt;") {
		t.Errorf("the first opening: %d %s", a.StatusCode, body)
	}
	if a, body := ask(t, stranger, http.MethodGet, p.URL(), ""); a.StatusCode != http.StatusGone || strings.Contains(body, "催し") {
		t.Errorf("the second opening: %d %s", a.StatusCode, body)
	}
	if a, _ := ask(t, browser, http.MethodGet, p.URL(), ""); a.StatusCode != http.StatusOK {
		t.Errorf("the same browser again: %d", a.StatusCode)
	}
	if other, err := url.Parse("http://127.0.0.1:1/"); err != nil || len(browser.Jar.Cookies(other)) > 0 {
		t.Errorf("the server of somebody else at another port is given %v, %v", browser.Jar.Cookies(other), err)
	}
	if len(p.token) != 32 || len(p.cookie) != 32 || p.token == p.cookie || !strings.HasPrefix(p.Address(), "127.0.0.1:") {
		t.Errorf("the secrets are %q and %q at %s", p.token, p.cookie, p.Address())
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
	if a, err := browser.Get(base); err == nil { //nolint:noctx // it fails
		a.Body.Close()
		t.Error("it answers when it has ended")
	}
}

// TestOnlyThisHost: a site whose name leads to this computer (DNS rebinding) gets nothing,
// and nothing can be written.
func TestOnlyThisHost(t *testing.T) {
	t.Parallel()
	p, browser, stop := running(t)
	defer func() { _ = stop() }()
	ask(t, browser, http.MethodGet, p.URL(), "")
	_, port, _ := strings.Cut(p.Address(), ":")
	for _, host := range []string{"localhost:" + port, "evil.example:" + port, "127.0.0.1", "127.0.0.1:1", "[::1]:" + port, p.Address() + ".evil.example"} {
		for _, path := range []string{p.path() + "/", p.path() + "/mail/light", p.path() + "/events", p.path()} {
			if a, body := ask(t, browser, http.MethodGet, "http://"+p.Address()+path, host); a.StatusCode != http.StatusMisdirectedRequest || strings.Contains(body, "催し") {
				t.Errorf("%s at %s: %d %s", path, host, a.StatusCode, body)
			}
		}
	}
	for _, method := range []string{http.MethodPost, http.MethodPut, http.MethodDelete, http.MethodOptions} {
		if a, _ := ask(t, browser, method, p.URL()+"/", ""); a.StatusCode != http.StatusMethodNotAllowed {
			t.Errorf("%s: %d", method, a.StatusCode)
		}
	}
}

// TestNothingRunsInAMail: its frame has no scripts and no forms, and asks the office's
// hosts alone.
func TestNothingRunsInAMail(t *testing.T) {
	t.Parallel()
	p, browser, stop := running(t)
	defer func() { _ = stop() }()
	a, body := ask(t, browser, http.MethodGet, p.URL(), "")
	if a.Header.Get("Cache-Control") != "no-store" || a.Header.Get("Content-Security-Policy") != pagePolicy || !strings.Contains(body, `sandbox="allow-same-origin allow-popups allow-popups-to-escape-sandbox"`) {
		t.Errorf("the page: %v\n%s", a.Header, body)
	}
	for path, want := range map[string]string{"mail/light": "@media (max-width: 0)", "mail/dark": "@media (min-width: 0)"} {
		a, body := ask(t, browser, http.MethodGet, p.URL()+"/"+path, "")
		policy := a.Header.Get("Content-Security-Policy")
		if policy != "default-src 'none'; style-src 'unsafe-inline'; img-src data: https://www.example.jp; base-uri 'none'; form-action 'none'; frame-ancestors 'self'; sandbox "+mailSandbox {
			t.Error(policy)
		}
		if !strings.Contains(body, want) || !strings.Contains(body, `content="`+strings.TrimPrefix(path, "mail/")+`"`) {
			t.Errorf("%s: %s", path, body)
		}
	}
}

// TestItFollows tells a browser of a new view, and of none that says the same.
func TestItFollows(t *testing.T) {
	t.Parallel()
	p, browser, stop := running(t)
	defer func() { _ = stop() }()
	ask(t, browser, http.MethodGet, p.URL(), "")
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, p.URL()+"/events", nil)
	if err != nil {
		t.Fatal(err)
	}
	a, err := browser.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Body.Close()
	events := bufio.NewScanner(a.Body)
	next := func() (data string) {
		for events.Scan() {
			if data, ok := strings.CutPrefix(events.Text(), "data: "); ok {
				return data
			}
		}
		return "nothing"
	}
	if got := next(); got != "1" {
		t.Errorf("first came %s", got)
	}
	again := sample()
	again.At = again.At.Add(time.Second)
	p.Show(again)
	broken := View{Issue: again.Issue, File: again.File, Lang: "ja", Source: "+++\n", At: again.At, Findings: finding.List{{Line: 1, Rule: "front-matter", Level: finding.Error, Text: "it is not closed", JA: "閉じていません"}}}
	p.Show(broken)
	if got := next(); got != "2" {
		t.Errorf("after a view that says the same and one with an error came %s", got)
	}
	for lang, want := range map[string][]string{
		"ja": {`data-state="stale"`, "冬の&lt;催し&gt;", "エラーのなかった最後の版", "閉じていません", `<li id="L1" class="has">`},
		"en": {`data-state="stale"`, "冬の&lt;催し&gt;", "those of the last version that had none", "it is not closed", `<li id="L1" class="has">`},
	} {
		_, body := ask(t, browser, http.MethodGet, p.URL()+"/?lang="+lang, "")
		for _, w := range want {
			if !strings.Contains(body, w) {
				t.Errorf("in %s it does not say %q:\n%s", lang, w, body)
			}
		}
	}
	if p.idle(time.Now().Add(10 * idleFor)) {
		t.Error("it ends while somebody looks on")
	}
}

func TestItEndsWhenNobodyLooks(t *testing.T) {
	t.Parallel()
	p, _, stop := running(t)
	defer func() { _ = stop() }()
	for after, want := range map[time.Duration]bool{0: false, idleFor - time.Minute: false, idleFor + time.Minute: true} {
		if got := p.idle(time.Now().Add(after)); got != want {
			t.Errorf("after %s: %v", after, got)
		}
	}
}

func TestPrefer(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ asked, accept, list, want string }{
		{"en", "ja", "ja", "en"}, {"", "ja,en;q=0.8", "en", "ja"}, {"", "en-US,en;q=0.9,ja;q=0.8", "ja", "en"}, {"", "fr,ja", "en", "ja"},
		{"", "fr", "ja", "ja"}, {"", "", "ja", "ja"}, {"", "*;;", "en", "en"}, {"xx", "", "ja", "ja"},
	} {
		if got := prefer(tc.asked, tc.accept, tc.list); got != tc.want {
			t.Errorf("%+v: %s", tc, got)
		}
	}
}

func TestOpening(t *testing.T) {
	t.Parallel()
	for mail, want := range map[string]string{
		`<html><head><title>t</title><style>p { x }</style></head><body><div style="display:none">前文&#847;&zwnj;&nbsp;</div><p>本文 です</p>`: "前文 本文 です",
		"<p>a</p><p>b<br>c</p>": "a b c",
		"":                      "",
		"<p>" + strings.Repeat("あ", 200) + "</p>": strings.Repeat("あ", maxOpening),
	} {
		if got := Opening(mail); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestSizes(t *testing.T) {
	t.Parallel()
	for octets, want := range map[int]string{0: "0.0 KB", 1500: "1.5 KB", 20 << 10: "20 KB", 1 << 20: "1.0 MB", 50 << 20: "50 MB", 12 << 30: "12 GB"} {
		if got := Size(octets); got != want {
			t.Errorf("%d: %s, want %s", octets, got, want)
		}
	}
	v := sample()
	if v.Filled() != 1 || v.All() != 1234*20<<10 || v.Columns() != 10 || fmt.Sprint(zenkaku("ja", 10), "/", zenkaku("ja", 11), "/", zenkaku("en", 11)) != "5/5.5/11" {
		t.Errorf("%d %d %d", v.Filled(), v.All(), v.Columns())
	}
}

// TestWords: each sentence is there in both languages, and is used.
func TestWords(t *testing.T) {
	t.Parallel()
	page, err := files.ReadFile("page.html")
	if err != nil {
		t.Fatal(err)
	}
	for key, w := range words {
		if w.ja == "" || w.en == "" || strings.Count(w.ja, "%") != strings.Count(w.en, "%") {
			t.Errorf("%s: %q and %q", key, w.ja, w.en)
		}
		byGo := key == "elsewhere" || key == "spent" || key == string(finding.Error) || key == string(finding.Warning)
		if !byGo && !strings.Contains(string(page), `"`+key+`"`) {
			t.Errorf("%s is used by nothing", key)
		}
	}
	if say("ja", "no such key") != "no such key" {
		t.Error("a key that is missing is not seen")
	}
}
