package web

import (
	"bytes"
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"example.jp/kairan/subscribe"
	"example.jp/kairan/templates"
)

// fakeDesk records what is asked of it. What a Desk does with it is tested with
// the real one.
type fakeDesk struct {
	mu    sync.Mutex
	calls []call
	err   error
	panic any
}

type call struct {
	verb    string
	ask     subscribe.Ask
	form    subscribe.Answers
	changes subscribe.Changes
	visit   subscribe.Visit
}

func (d *fakeDesk) did(ctx context.Context, c call) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.calls = append(d.calls, c)
	if d.panic != nil {
		panic(d.panic)
	}
	return errors.Join(d.err, ctx.Err())
}

// take returns the calls so far, and forgets them.
func (d *fakeDesk) take() []call {
	d.mu.Lock()
	defer d.mu.Unlock()
	calls := d.calls
	d.calls = nil
	return calls
}

func (d *fakeDesk) AskJoin(ctx context.Context, a subscribe.Ask) error {
	return d.did(ctx, call{verb: "request", ask: a})
}

func (d *fakeDesk) AskCorrection(ctx context.Context, a subscribe.Ask) error {
	return d.did(ctx, call{verb: "ask", ask: a})
}

func (d *fakeDesk) Confirm(ctx context.Context, v subscribe.Visit, f subscribe.Answers) error {
	return d.did(ctx, call{verb: "confirm", visit: v, form: f})
}

func (d *fakeDesk) Correct(ctx context.Context, v subscribe.Visit, ch subscribe.Changes) error {
	return d.did(ctx, call{verb: "correct", visit: v, changes: ch})
}

func (d *fakeDesk) Leave(ctx context.Context, v subscribe.Visit) error {
	return d.did(ctx, call{verb: "leave", visit: v})
}

func (d *fakeDesk) Block(ctx context.Context, v subscribe.Visit) error {
	return d.did(ctx, call{verb: "block", visit: v})
}

// testKeys are keys for the real tokens.
type testKeys struct{ secret string }

func (k testKeys) mac(parts ...string) []byte {
	mac := hmac.New(sha256.New, []byte(k.secret))
	for _, p := range parts {
		mac.Write([]byte(p))
	}
	return mac.Sum(nil)
}

func (k testKeys) aead(use, label string) cipher.AEAD {
	block, err := aes.NewCipher(k.mac(use, label))
	if err != nil {
		panic(err)
	}
	gcm, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		panic(err)
	}
	return gcm
}

func (k testKeys) Seal(use, label string, plain, extra []byte) ([]byte, error) {
	return k.aead(use, label).Seal(nil, nil, plain, extra), nil
}

func (k testKeys) Open(use, label string, sealed, extra []byte) ([]byte, error) {
	return k.aead(use, label).Open(nil, nil, sealed, extra)
}

func (k testKeys) AppendSign(dst []byte, use, label string, msg []byte) []byte {
	return append(dst, k.mac(use, label, string(msg))[:16]...)
}

func (testKeys) AppendWrap(dst []byte, _, _ string, _, _ []byte) []byte { return dst }

func (testKeys) Unwrap(_, _ string, _, _ []byte) ([]byte, error) {
	return nil, errors.New("not on a page")
}

func (k testKeys) Verify(use, label string, msg, sig []byte) bool {
	return hmac.Equal(sig, k.AppendSign(nil, use, label, msg))
}

var noon = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

func sampleLists(t testing.TB) subscribe.Lists {
	from, err := subscribe.ParseAddress("news@lists.example.jp")
	if err != nil {
		t.Fatal(err)
	}
	text := func(ja, en string) subscribe.Text { return subscribe.Text{JA: ja, EN: en} }
	office := &subscribe.Office{
		ID: "office", Name: text("見本事務所", "Sample Office"), Postal: text("東京都", "Tokyo"),
		Contact: "office@example.jp", BaseURL: "https://lists.example.jp",
		PolicyURL:  text("https://example.jp/privacy", "https://example.jp/en/privacy"),
		PolicyDate: time.Date(2026, 4, 1, 0, 0, 0, 0, time.UTC),
	}
	return subscribe.Lists{
		"news": {ID: "news", ListID: "news.lists.example.jp", Office: office, Name: text("お知らせ", "Bulletin"),
			Language: subscribe.Japanese, From: from, Purpose: text("お知らせの配信", "To send the bulletin")},
		"press": {ID: "press", ListID: "press.lists.example.jp", Office: office, Name: text("報道資料", "Press desk"),
			Language: subscribe.English, From: from, Purpose: text("報道資料の配信", "To send releases"),
			Fields: []subscribe.Field{
				{ID: "name", Kind: subscribe.KindText, Label: text("氏名", "Full name"), Required: true, Length: 20},
				{ID: "organisation", Kind: subscribe.KindText, Label: text("所属", "Employer"), Length: 40},
				{ID: "prefecture", Kind: subscribe.KindPrefecture, Label: text("都道府県", "Prefecture")},
				{ID: "medium", Kind: subscribe.KindChoice, Label: text("媒体", "Medium"), Choices: []subscribe.Choice{
					{ID: "paper", Label: text("新聞", "Newspaper")}, {ID: "air", Label: text("放送", "Broadcasting")}}},
			}},
	}
}

// fixture is a site over a fakeDesk and real tokens.
type fixture struct {
	t      testing.TB
	app    *App
	desk   *fakeDesk
	lists  subscribe.Lists
	tokens subscribe.Tokens
	log    *bytes.Buffer
}

// parsed is parsed once: nobody changes a set.
var parsed = sync.OnceValues(templates.New)

func newSet(t testing.TB) *templates.Set {
	t.Helper()
	set, err := parsed()
	if err != nil {
		t.Fatal(err)
	}
	return set
}

func newFixture(t testing.TB, change ...func(*Site)) *fixture {
	t.Helper()
	f := &fixture{t: t, desk: &fakeDesk{}, lists: sampleLists(t), log: &bytes.Buffer{}}
	f.tokens = subscribe.Tokens{Keys: testKeys{"secret"}, Lists: f.lists, Now: func() time.Time { return noon }}
	s := Site{
		Desk: f.desk, Links: f.tokens, Lists: f.lists, Order: []string{"news", "press"}, Templates: newSet(t),
		Log: slog.New(slog.NewTextHandler(f.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	}
	for _, do := range change {
		do(&s)
	}
	app, err := New(s)
	if err != nil {
		t.Fatal(err)
	}
	f.app = app
	return f
}

// links are good links of every page, by a name that begins with the page.
func (f *fixture) links(list string, issued time.Time) map[string]string {
	f.t.Helper()
	l, id := f.lists[list], subscribe.ID{1, 2, 3}
	a, err := subscribe.ParseAddress("stored-canary@example.org")
	if err != nil {
		f.t.Fatal(err)
	}
	out := map[string]string{"leave": f.tokens.MintLeave(l, id).Reveal()}
	keep := func(name string, tok subscribe.Token, err error) {
		if err != nil {
			f.t.Fatal(err)
		}
		out[name] = tok.Reveal()
	}
	tok, err := f.tokens.Mint(subscribe.Link{Purpose: subscribe.ToConfirm, List: l, Address: a, Lang: l.Language, Issued: issued})
	keep("confirm", tok, err)
	tok, err = f.tokens.Mint(subscribe.Link{Purpose: subscribe.ToMove, List: l, ID: id, Revision: 1, Address: a, Lang: l.Language, Issued: issued})
	keep("confirm move", tok, err)
	tok, err = f.tokens.Mint(subscribe.Link{Purpose: subscribe.ToCorrect, List: l, ID: id, Revision: 1, Lang: l.Language, Issued: issued})
	keep("correct", tok, err)
	tok, err = f.tokens.Mint(subscribe.Link{Purpose: subscribe.ToBlock, List: l, Address: a, Lang: l.Language, Issued: issued})
	keep("block", tok, err)
	return out
}

// path is the path of a good link; name is one of those of links.
func (f *fixture) path(list, name string) string {
	f.t.Helper()
	page, _, _ := strings.Cut(name, " ")
	return "/" + page + "/" + f.links(list, noon)[name]
}

// visit is what a link of a path says.
func (f *fixture) visit(path string) subscribe.Visit {
	f.t.Helper()
	page, token, _ := strings.Cut(path[1:], "/")
	of := map[string][]subscribe.Purpose{
		"confirm": {subscribe.ToConfirm, subscribe.ToMove}, "correct": {subscribe.ToCorrect},
		"leave": {subscribe.ToLeave}, "block": {subscribe.ToBlock},
	}[page]
	v, err := f.tokens.Inspect(subscribe.TokenFrom(token), of...)
	if err != nil {
		f.t.Fatal(err)
	}
	return v
}

// late is the path of a link that has expired.
func (f *fixture) late(list, name string) string {
	f.t.Helper()
	page, _, _ := strings.Cut(name, " ")
	return "/" + page + "/" + f.links(list, noon.Add(-365*24*time.Hour))[name]
}

// answer is a whole response.
type answer struct {
	status int
	header http.Header
	body   string
}

// send makes a request; headers are pairs.
func (f *fixture) send(method, target, body string, headers ...string) answer {
	f.t.Helper()
	r := httptest.NewRequest(method, target, strings.NewReader(body))
	for i := 0; i < len(headers); i += 2 {
		r.Header.Add(headers[i], headers[i+1])
	}
	res, err := f.app.Test(r, -1)
	if err != nil {
		f.t.Fatalf("%s: %v", method, err)
	}
	return read(f.t, res)
}

func read(t testing.TB, res *http.Response) answer {
	t.Helper()
	defer func() { _ = res.Body.Close() }()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	a := answer{res.StatusCode, res.Header, string(b)}
	checkHeaders(t, a)
	return a
}

func (f *fixture) get(target string, headers ...string) answer {
	f.t.Helper()
	return f.send(http.MethodGet, target, "", headers...)
}

// post sends a form, as pairs.
func (f *fixture) post(target string, pairs ...string) answer {
	f.t.Helper()
	form := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		form.Add(pairs[i], pairs[i+1])
	}
	return f.send(http.MethodPost, target, form.Encode(), "Content-Type", "application/x-www-form-urlencoded")
}

// want fails the test unless the answer has the status and the texts.
func (a answer) want(t testing.TB, status int, texts ...string) {
	t.Helper()
	if a.status != status {
		t.Errorf("status %d, want %d", a.status, status)
	}
	for _, s := range texts {
		if !strings.Contains(a.body, s) {
			t.Errorf("the page does not say %q:\n%s", s, a.body)
		}
	}
}

// none fails the test if the answer has one of the texts.
func (a answer) none(t testing.TB, texts ...string) {
	t.Helper()
	for _, s := range texts {
		if strings.Contains(a.body, s) {
			t.Errorf("the page says %q", s)
		}
	}
}

// checkHeaders holds what every answer promises.
func checkHeaders(t testing.TB, a answer) {
	t.Helper()
	for name, want := range map[string]string{
		"Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self'; " +
			"form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
		"X-Content-Type-Options":       "nosniff",
		"Referrer-Policy":              "no-referrer",
		"Cross-Origin-Opener-Policy":   "same-origin",
		"Cross-Origin-Resource-Policy": "same-origin",
	} {
		got := a.header.Get(name)
		if name == "Content-Security-Policy" && strings.HasPrefix(got, "sandbox; default-src 'none'") {
			got = want // a file of an issue, which may even less
		}
		if got != want {
			t.Errorf("status %d: %s is %q, want %q", a.status, name, got, want)
		}
	}
	kind := a.header.Get("Content-Type")
	css := strings.HasPrefix(kind, "text/css") || strings.HasPrefix(kind, "image/")
	cache := "no-store"
	if css {
		cache = "public, max-age=31536000, immutable"
	}
	if known := a.header.Get("ETag") != ""; known {
		cache = "no-cache"
		if a.status != http.StatusOK && a.status != http.StatusNotModified {
			t.Errorf("status %d: Etag is %q", a.status, a.header.Get("ETag"))
		}
	}
	if a.header.Get("Cache-Control") == "public, max-age=86400" && kind == "image/vnd.microsoft.icon" { // /favicon.ico
		cache = "public, max-age=86400"
	}
	if got := a.header.Get("Cache-Control"); got != cache {
		t.Errorf("status %d: Cache-Control is %q, want %q", a.status, got, cache)
	}
	if a.header.Get("Permissions-Policy") == "" {
		t.Errorf("status %d: no Permissions-Policy", a.status)
	}
	switch kind {
	case "image/svg+xml", "image/vnd.microsoft.icon", "text/html; charset=utf-8", "text/css; charset=utf-8", "text/plain; charset=utf-8", "application/json", "application/atom+xml; charset=utf-8", "image/png", "application/pdf":
	default:
		if a.status == http.StatusNotModified && kind == "" {
			break
		}
		t.Errorf("status %d: Content-Type is %q", a.status, kind)
	}
	for _, name := range []string{"Set-Cookie", "Server", "Location", "Access-Control-Allow-Origin", "Refresh"} {
		if got, ok := a.header[name]; ok {
			t.Errorf("status %d: %s is %q", a.status, name, got)
		}
	}
	if a.status >= 400 && !strings.Contains(a.header.Get("X-Robots-Tag"), "noindex") && a.status != http.StatusUnprocessableEntity {
		t.Errorf("status %d may be indexed", a.status)
	}
	later := a.status == http.StatusServiceUnavailable || a.status == http.StatusTooManyRequests
	if later != (a.header.Get("Retry-After") != "") {
		t.Errorf("status %d: Retry-After is %q", a.status, a.header.Get("Retry-After"))
	}
}

func TestNewRefuses(t *testing.T) {
	t.Parallel()
	good := func() Site {
		lists := sampleLists(t)
		return Site{Desk: &fakeDesk{}, Links: subscribe.Tokens{Keys: testKeys{"s"}, Lists: lists}, Lists: lists,
			Order: []string{"news", "press"}, Templates: newSet(t)}
	}
	if _, err := New(good()); err != nil {
		t.Fatal(err)
	}
	for name, spoil := range map[string]func(*Site){
		"no desk":               func(s *Site) { s.Desk = nil },
		"no links":              func(s *Site) { s.Links = nil },
		"no templates":          func(s *Site) { s.Templates = nil },
		"a list left out":       func(s *Site) { s.Order = s.Order[:1] },
		"a list not declared":   func(s *Site) { s.Order = append(s.Order, "none") },
		"a proxy's name":        func(s *Site) { s.TrustedProxies = []string{"proxy.example.jp"} },
		"a network cut short":   func(s *Site) { s.TrustedProxies = []string{"192.0.2.0/"} },
		"a base URL of no host": func(s *Site) { s.Lists["news"].Office.BaseURL = "lists.example.jp" },
	} {
		s := good()
		spoil(&s)
		if _, err := New(s); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
}

// A visitor who sends nothing must not hold a connection for ever, and strings
// must outlive their request.
func TestSettings(t *testing.T) {
	t.Parallel()
	c := newFixture(t).app.Config()
	if c.ReadTimeout <= 0 || c.WriteTimeout <= 0 || c.IdleTimeout <= 0 || !c.Immutable {
		t.Errorf("timeouts %v, %v, %v, immutable %v", c.ReadTimeout, c.WriteTimeout, c.IdleTimeout, c.Immutable)
	}
}
