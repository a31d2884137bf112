package web

import (
	"net/http"
	"strings"
	"testing"
)

// A form on the office's own site asks for ours first: what was posted is shown with the
// notice and the button, in the form's language, and nothing is asked of the Desk, which
// keeps the ceilings.
func TestEmbeddedForm(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	const multipart = "------part\r\nContent-Disposition: form-data; name=\"lang\"\r\n\r\nen\r\n" +
		"------part\r\nContent-Disposition: form-data; name=\"review\"\r\n\r\n1\r\n" +
		"------part\r\nContent-Disposition: form-data; name=\"email\"\r\n\r\nｙｏｕ＠example.jp\r\n------part--\r\n"
	const typed = "lang=en&review=1&email=%EF%BD%99%EF%BD%8F%EF%BD%95%EF%BC%A0example.jp"
	for name, tc := range map[string]struct {
		kind, body string
		headers    []string
	}{
		"a page of the office":             {formKind, typed, []string{"Origin", "https://www.office.example", "Sec-Fetch-Site", "cross-site", "Referer", "https://www.office.example/"}},
		"a file on a disk":                 {formKind, typed, []string{"Origin", "null", "Sec-Fetch-Site", "cross-site"}},
		"a browser that says nothing":      {formKind, typed, nil},
		"multipart, from http":             {partsKind, multipart, []string{"Origin", "http://www.office.example"}},
		"a browser that prefers Japanese":  {formKind, typed, []string{"Accept-Language", "ja"}},
		"a Shift_JIS page, accept-charset": {formKind + "; charset=utf-8", typed, nil},
	} {
		a := f.send(http.MethodPost, "/lists/news", tc.body, append(tc.headers, "Content-Type", tc.kind)...)
		a.want(t, 200, `<html lang="en">`, `value="ｙｏｕ＠example.jp"`, "Nothing has been taken in yet", `action="/lists/news"`, "How we handle your personal information")
		if strings.Count(a.body, "<button type=") != 1 || strings.Contains(a.body, `name="`+nameReview+`"`) {
			t.Errorf("%s: the page does not have one button, which acts", name)
		}
		if calls := f.desk.take(); len(calls) != 0 {
			t.Errorf("%s: asked of the Desk: %s", name, calls[0].verb)
		}
	}
	// What is wrong is said at once, by the same page, and escaped.
	f.post("/lists/news", "lang", "ja", "review", "1", "email", `"><b>you`).want(t, 422, `<html lang="ja">`, `value="&#34;&gt;&lt;b&gt;you"`, `aria-invalid="true"`)
	f.post("/lists/news", "lang", "ja", "review", "1").want(t, 422)
	f.post("/lists/none", "review", "1", "email", "you@example.jp").want(t, 404)
	if calls := f.desk.take(); len(calls) != 0 {
		t.Errorf("asked of the Desk: %s", calls[0].verb)
	}
	// Who posts the documented fields alone has asked, wherever the form stands.
	for _, headers := range [][]string{nil, {"Origin", "null"}, {"Origin", "https://www.office.example", "Sec-Fetch-Site", "cross-site"}} {
		f.send(http.MethodPost, "/lists/news", "email=you%40example.jp", append(headers, "Content-Type", formKind)...).want(t, 200)
		if calls := f.desk.take(); len(calls) != 1 || calls[0].verb != "request" {
			t.Errorf("a bare form from %v asked %d things of the Desk, want one", headers, len(calls))
		}
	}
}

// No page of ours stands in a frame of anybody (CSP Level 3 §6.4.2): a button could be
// pressed that is not seen.
func TestNoFrames(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	pages := map[string]answer{
		"the form":     f.get("/lists/news", "Sec-Fetch-Dest", "iframe"),
		"the review":   f.post("/lists/news", "review", "1", "email", "you@example.jp"),
		"the start":    f.get("/"),
		"an error":     f.get("/nowhere"),
		"an answer":    f.post("/lists/news", "email", "you@example.jp"),
		"a wrong form": f.post("/lists/news", "email", "you"),
	}
	for name := range f.links("press", noon) {
		pages[name] = f.get(f.path("press", name))
	}
	for name, a := range pages {
		if policy := a.header.Get("Content-Security-Policy"); !strings.Contains(policy, "frame-ancestors 'none'") {
			t.Errorf("%s may be framed: %s", name, policy)
		}
	}
}
