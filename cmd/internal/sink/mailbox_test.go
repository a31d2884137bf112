package sink

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
)

// The subjects are 秋の号 and 確認のお願い, the text says 購読の確認.
const (
	issueMail = `From: =?UTF-8?B?5pel5pys57eP6aCY5LqL6aSo?= <news@example.jp>
To: you@example.com
Subject: =?UTF-8?B?56eL44Gu5Y+3?=
List-Unsubscribe: <https://kairan.example.jp/leave/abc>
MIME-Version: 1.0
Content-Type: multipart/alternative; boundary="b"

--b
Content-Type: text/plain; charset=UTF-8
Content-Transfer-Encoding: quoted-printable

=E8=B3=BC=E8=AA=AD: https://kairan.example.jp/confirm/t_1?a=3D1&b=3D2=E3=80=82
<b>not bold</b> (http://localhost:8080/leave/x). ftp://example.org
--b
Content-Type: text/html; charset=UTF-8

<!DOCTYPE html><html><head><title>x</title></head><body><h1>Autumn</h1><a href="https://kairan.example.jp/">link</a><script>alert(1)</script></body></html>
--b--
`
	noticeMail = "From: news@example.jp\nSubject: =?ISO-2022-JP?B?GyRCM05HJyROJCo0aiQkGyhC?=\nMIME-Version: 1.0\n" +
		"Content-Type: text/plain; charset=ISO-2022-JP\n\n\x1b$B9XFI$N3NG'\x1b(B\n"
)

func mailOf(data string) Mail { return Mail{N: 1, To: "you@example.com", Data: crlf(data)} }

func crlf(s string) []byte { return []byte(strings.ReplaceAll(s, "\n", "\r\n")) }

// filesMail is the same with a picture that its HTML shows, and a file.
var filesMail = strings.NewReplacer("Content-Type: multipart/alternative; boundary=\"b\"\n\n--b\n", "Content-Type: multipart/mixed; boundary=\"m\"\n\n--m\nContent-Type: multipart/related; boundary=\"b\"\n\n--b\n",
	"<h1>Autumn</h1>", `<img src="cid:a@example.jp">`, "--b--\n", `--b
Content-Type: image/gif
Content-Disposition: inline; filename="map.gif"
Content-ID: <a@example.jp>
Content-Transfer-Encoding: base64

R0lG
--b--
--m
Content-Type: text/plain
Content-Disposition: attachment; filename*=UTF-8''%E8%A6%81%E9%A0%85.txt

x
--m--
`).Replace(issueMail)

func TestFilesOfAMail(t *testing.T) {
	t.Parallel()
	p, err := mailOf(filesMail).Parts()
	if err != nil || len(p.Files) != 2 || p.Files[0].Name != "map.gif" || len(p.Attached()) != 1 || p.Attached()[0].Name != "要項.txt" || !strings.HasPrefix(p.Text, "購読: https") {
		t.Fatalf("%v %+v", err, p)
	}
	contains(t, p.Page(), `<img src="data:image/gif;base64,R0lG">`)
	s := start(t, Options{Record: true})
	s.mu.Lock()
	s.keep("b@bounce.example.jp", "you@example.com", crlf(filesMail))
	s.mu.Unlock()
	_, _, page := get(t, Mailbox(s), "/mail/1")
	contains(t, page, "<dt>Attached</dt><dd>要項.txt (1 KB)</dd>")
}

func TestParts(t *testing.T) {
	t.Parallel()
	p, err := mailOf(issueMail).Parts()
	if err != nil || p.Subject != "秋の号" || p.From != "日本総領事館 <news@example.jp>" || !strings.Contains(p.HTML, "<h1>Autumn</h1>") ||
		!strings.HasPrefix(p.Text, "購読: https") || p.Header.Get("List-Unsubscribe") != "<https://kairan.example.jp/leave/abc>" {
		t.Errorf("%v %+v", err, p)
	}
	p, err = mailOf(noticeMail).Parts()
	if err != nil || p.Subject != "確認のお願い" || p.From != "news@example.jp" || p.HTML != "" || strings.TrimSpace(p.Text) != "購読の確認" {
		t.Errorf("%v %+v", err, p)
	}
	for _, bad := range []string{"", "\n", "no header at all", "From: a@example.jp\nContent-Type: multipart/mixed; boundary=b\n\nnothing\n",
		"From: <<\nSubject: =?X?Q?a?=\n\nx\n", strings.ReplaceAll(issueMail, "--b--", "")} {
		if _, err := mailOf(bad).Parts(); err == nil {
			t.Errorf("%q: no error", bad)
		}
	}
	if _, err := (Mail{}).Parts(); err == nil || !strings.Contains(err.Error(), "not kept") {
		t.Error(err)
	}
}

func TestLinks(t *testing.T) {
	t.Parallel()
	want := []string{"https://kairan.example.jp/confirm/t_1?a=1&b=2", "http://localhost:8080/leave/x"}
	if got := mailOf(issueMail).Links(); !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
	if got := mailOf("broken").Links(); got != nil {
		t.Errorf("%q", got)
	}
}

// mailbox holds an issue and a notice for one typed address, and one issue for
// each of so many made-up readers.
func mailbox(t *testing.T, readers int) http.Handler {
	t.Helper()
	at := time.Date(2026, 10, 1, 9, 0, 0, 0, time.UTC)
	s := start(t, Options{Record: true, IsMadeUp: madeUp, Now: func() time.Time { at = at.Add(time.Second); return at }})
	s.mu.Lock()
	defer s.mu.Unlock()
	s.keep("b@bounce.example.jp", "you@example.com", crlf(noticeMail))
	s.keep("b@bounce.example.jp", "you@example.com", crlf(issueMail))
	for i := range readers {
		s.keep("b@bounce.example.jp", fmt.Sprintf("r%d@readers.example", i), crlf(issueMail))
	}
	return Mailbox(s)
}

func get(t *testing.T, h http.Handler, path string) (code int, header http.Header, body string) {
	t.Helper()
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "http://localhost:8025"+path, nil))
	return w.Code, w.Header(), w.Body.String()
}

func contains(t *testing.T, body string, wanted ...string) {
	t.Helper()
	for _, want := range wanted {
		if !strings.Contains(body, want) {
			t.Errorf("%q is missing in:\n%s", want, body)
		}
	}
}

func TestListPage(t *testing.T) {
	t.Parallel()
	h := mailbox(t, 3)
	code, header, body := get(t, h, "/")
	if code != 200 || header.Get("Content-Type") != "text/html; charset=utf-8" || header.Get("Content-Security-Policy") != pagePolicy {
		t.Error(code, header)
	}
	contains(t, body, `<meta http-equiv="refresh" content="3">`, "秋の号", "確認のお願い", "日本総領事館", "you@example.com", "09:00:02",
		`Your mail <span>2</span>`, `Made-up readers <span>3</span>`)
	if strings.Index(body, "秋の号") > strings.Index(body, "確認のお願い") {
		t.Error("the newest mail is not on top")
	}
	if strings.Contains(body, "readers.example") {
		t.Error("a made-up reader is among your mail")
	}
	_, _, body = get(t, mailbox(t, 0), "/readers")
	contains(t, body, "Nothing yet")
}

func TestReadersPages(t *testing.T) {
	t.Parallel()
	h := mailbox(t, 1230)
	_, _, first := get(t, h, "/readers")
	contains(t, first, `Made-up readers <span>1,230</span>`, "r1229@readers.example", "r1180@readers.example", "Page 1 of 25", `href="?page=2"`)
	if strings.Contains(first, "r1179@") || strings.Contains(first, "http-equiv") {
		t.Error("page 1 shows too much, or reloads")
	}
	_, _, last := get(t, h, "/readers?page=25")
	contains(t, last, "r0@readers.example", "no longer kept", `href="?page=24"`)
	for _, path := range []string{"/readers?page=0", "/readers?page=-1", "/readers?page=x", "/?page=99999999999999999999"} {
		if code, _, _ := get(t, h, path); code != 404 {
			t.Errorf("%s: %d", path, code)
		}
	}
	if code, _, body := get(t, h, "/readers?page=26"); code != 200 || strings.Contains(body, "<li>") {
		t.Error("a page behind the last")
	}
}

func TestMailPage(t *testing.T) {
	t.Parallel()
	h := mailbox(t, 300)
	_, _, html := get(t, h, "/mail/2")
	contains(t, html, "<h1>秋の号</h1>", "日本総領事館 &lt;news@example.jp&gt;", `src="/mail/2/html"`, `sandbox="`+mailSandbox+`"`, "2026-10-01 09:00:02")
	if strings.Contains(html, "http-equiv") {
		t.Error("the page of a mail reloads")
	}
	_, _, text := get(t, h, "/mail/2?view=text")
	contains(t, text, `<a href="https://kairan.example.jp/confirm/t_1?a=1&amp;b=2" target="_blank" rel="noreferrer">`, "&lt;b&gt;not bold", "ftp://example.org")
	if strings.Contains(text, `href="ftp`) || strings.Contains(text, "<b>not bold") {
		t.Error("the plain text became HTML")
	}
	_, _, raw := get(t, h, "/mail/2?view=raw")
	contains(t, raw, "List-Unsubscribe: &lt;https://kairan.example.jp/leave/abc&gt;", "&lt;script&gt;")
	_, _, notice := get(t, h, "/mail/1")
	contains(t, notice, "購読の確認", `<a href="?view=text" aria-current="page">`)
	if strings.Contains(notice, "iframe") || strings.Contains(notice, "view=html") {
		t.Error("a mail without HTML shows some")
	}
	_, _, gone := get(t, h, "/mail/3")
	contains(t, gone, "not kept")
	for _, path := range []string{"/mail/0", "/mail/999", "/mail/x", "/mail/x/html", "/nothing"} {
		if code, _, _ := get(t, h, path); code != 404 {
			t.Errorf("%s: %d", path, code)
		}
	}
}

func TestMailHTMLIsSandboxed(t *testing.T) {
	t.Parallel()
	_, header, body := get(t, mailbox(t, 0), "/mail/2/html")
	contains(t, body, `<head><base target="_blank"><title>`, `<a href="https://kairan.example.jp/">`)
	policy := header.Get("Content-Security-Policy")
	contains(t, policy, "default-src 'none'", "form-action 'none'", "sandbox "+mailSandbox)
	if strings.Contains(policy, "script") || strings.Contains(policy, "http") || header.Get("Referrer-Policy") != "no-referrer" {
		t.Error(policy)
	}
}

func TestOnlyGet(t *testing.T) {
	t.Parallel()
	h := mailbox(t, 0)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "http://localhost:8025/", nil))
	if w.Code != http.StatusMethodNotAllowed {
		t.Error(w.Code)
	}
	code, header, css := get(t, h, "/mailbox.css")
	want, err := os.ReadFile("mailbox.css")
	if code != 200 || !strings.HasPrefix(header.Get("Content-Type"), "text/css") || err != nil || css != string(want) {
		t.Error(code, header, err)
	}
}

func FuzzParts(f *testing.F) {
	f.Add([]byte(issueMail))
	f.Add([]byte(noticeMail))
	f.Fuzz(func(t *testing.T, data []byte) {
		m := Mail{Data: data}
		_, _ = m.Parts()
		m.Links()
	})
}

// A site whose name leads to this computer by a trick of the DNS gets nothing.
func TestOwnHost(t *testing.T) {
	t.Parallel()
	h := mailbox(t, 0)
	for host, want := range map[string]int{
		"localhost:8025": 200, "LOCALHOST": 200, "127.0.0.1:8025": 200, "[::1]:8025": 200, "127.8.9.1:80": 200, "[::ffff:127.0.0.1]:80": 200,
		"evil.example": 421, "evil.example:8025": 421, "localhost.evil.example:8025": 421, "127.0.0.1.evil.example": 421,
		"192.0.2.1:8025": 421, "0.0.0.0:8025": 421, "": 421, "localhost:8025:1": 421,
	} {
		for _, path := range []string{"/", "/mail/1", "/mail/1/html", "/mailbox.css", "/none"} {
			r := httptest.NewRequest(http.MethodGet, path, nil)
			r.Host = host
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			if got := w.Code; (want == 421) != (got == 421) || want == 200 && path == "/" && got != 200 {
				t.Errorf("%s at %q: %d", path, host, got)
			}
			if want == 421 && strings.Contains(w.Body.String(), "kairan.example.jp") {
				t.Errorf("%s at %q shows a link", path, host)
			}
		}
	}
}
