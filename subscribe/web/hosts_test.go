package web

import (
	"net/http"
	"strings"
	"testing"

	"example.jp/kairan/subscribe"
)

// twoOffices gives the press list to an office of its own, at a host of its own.
func twoOffices(s *Site) {
	other := *s.Lists["press"].Office
	other.ID, other.Name = "other", subscribe.Text{JA: "別の事務所", EN: "Other Office"}
	other.BaseURL, other.Contact = "https://press.example.org:8443", "https://other.example.org/contact"
	s.Lists["press"].Office = &other
}

// TestHosts: the pages at an office's host show its lists, and nobody else's.
func TestHosts(t *testing.T) {
	t.Parallel()
	f := newFixture(t, twoOffices)
	for host, shows := range map[string]string{
		"lists.example.jp": "news", "LISTS.example.jp": "news", "lists.example.jp:443": "news", "lists.example.jp.": "news",
		"press.example.org:8443": "press", "press.example.org": "press",
		"127.0.0.1:8080": "news press", "lists.example.jp.evil.example": "news press", "[::1]:80": "news press", ":": "news press",
	} {
		at := func(path string) answer {
			return raw(t, f.serve(), "GET "+path+" HTTP/1.1\r\nHost: "+host+"\r\n\r\n")
		}
		home, ask, lost := at("/?lang=en"), at("/correct?lang=en"), at("/none?lang=en")
		home.want(t, 200)
		ask.want(t, 200)
		lost.want(t, 404)
		for list, office := range map[string][2]string{"news": {"Sample Office", "office@example.jp"}, "press": {"Other Office", "https://other.example.org/contact"}} {
			has := strings.Contains(shows, list)
			if strings.Contains(home.body, `href="/lists/`+list) != has || strings.Contains(ask.body, `value="`+list+`"`) != has {
				t.Errorf("%s: list %s is shown: %v", host, list, !has)
			}
			for _, a := range []answer{ask, lost} { // says whom to ask
				main, _, _ := strings.Cut(a.body, "<footer")
				if strings.Contains(main, ">"+office[1]+"</a>") != has || strings.Contains(main, "<dt>"+office[0]+"</dt>") != has {
					t.Errorf("%s: says to ask at %s: %v", host, office[0], !has)
				}
			}
		}
	}
}

// What says nothing of its language is in that of the host's first list.
func TestLanguageOfAHost(t *testing.T) {
	t.Parallel()
	f := newFixture(t, twoOffices)
	for host, lang := range map[string]string{"lists.example.jp": "ja", "press.example.org": "en", "x.example": "ja"} {
		for _, path := range []string{"/", "/correct", "/none"} {
			a := raw(t, f.serve(), "GET "+path+" HTTP/1.1\r\nHost: "+host+"\r\nAccept-Language: fr\r\n\r\n")
			if !strings.Contains(a.body, `<html lang="`+lang+`">`) {
				t.Errorf("%s%s is not in %s", host, path, lang)
			}
		}
	}
}

// Links that are out work under every host, and a page of a list is its office's.
func TestLinksWorkOnEveryHost(t *testing.T) {
	t.Parallel()
	f := newFixture(t, twoOffices)
	address := f.serve()
	at := func(host, method, path, body string) answer {
		t.Helper()
		return raw(t, address, strings.Replace(request(method, path, formKind, body), "Host: lists.example.jp", "Host: "+host, 1))
	}
	const here, elsewhere = "press.example.org:8443", "lists.example.jp"
	for _, name := range []string{"confirm", "confirm move", "correct", "leave", "block"} {
		at(elsewhere, "GET", f.path("press", name), "").want(t, 200, "Other Office")
	}
	at(elsewhere, "POST", f.path("press", "leave"), "").want(t, 200, "Other Office")
	at(elsewhere, "GET", "/correct?list=press", "").want(t, 200, `value="press" required checked`, "Other Office")
	at(elsewhere, "POST", "/correct", "list=press&email=you%40example.jp").want(t, 200, "Other Office")
	own, other := at(here, "GET", "/lists/press?lang=en", ""), at(elsewhere, "GET", "/lists/press?lang=en", "")
	own.want(t, 200, "Other Office")
	other.want(t, 200, "Other Office")
	if own.header.Get("X-Robots-Tag") != "" || other.header.Get("X-Robots-Tag") != "noindex" {
		t.Error("a list is indexed under another office's host, or not under its own")
	}
}

// TestErrorsSayWhomToAsk: every error page does, that of a list its own office.
func TestErrorsSayWhomToAsk(t *testing.T) {
	t.Parallel()
	f := newFixture(t, twoOffices)
	address := f.serve()
	both := []string{"office@example.jp", "other.example.org/contact", "見本事務所", "別の事務所"}
	for status, request := range map[int]string{
		404: request("GET", "/none", "", ""), 405: request("PUT", "/", "", ""), 501: request("BREW", "/", "", ""), 400: "garbage\r\n\r\n",
		413: request("POST", "/lists/news", formKind, strings.Repeat("a", bodyLimit+1)),
		431: "GET /" + strings.Repeat("a", headerLimit) + " HTTP/1.1\r\nHost: x.example\r\n\r\n",
		403: request("POST", "/correct", formKind, "", "Sec-Fetch-Site: cross-site"),
	} {
		raw(t, address, strings.Replace(request, "Host: lists.example.jp", "Host: x.example", 1)).want(t, status, both...)
	}
	f.desk.err = subscribe.ErrBusy
	for name, post := range f.everyPost() {
		a := post()
		own := []string{"other.example.org/contact", "Other Office"}
		if name == "request" || name == "ask" {
			own = []string{"office@example.jp", "見本事務所"}
		}
		if name == "ask" { // a page of no list
			own = append(own, "other.example.org/contact")
		}
		a.want(t, 503, own...)
	}
	f.desk.err = http.ErrAbortHandler
	f.post(f.path("press", "leave")).want(t, 500, "other.example.org/contact")
	f.get(f.late("press", "correct")).want(t, 404, "other.example.org/contact")
}

// TestLinksAsProgramsMakeThem: %2D is -, and what stands behind a link in running
// text is no part of it; the token is judged all the same.
func TestLinksAsProgramsMakeThem(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	address := f.serve()
	encoded := func(path string) string {
		var b strings.Builder
		for i, r := range []byte(path) {
			if i > len("/confirm/") {
				b.WriteString("%" + string("0123456789abcdef"[r>>4]) + string("0123456789ABCDEF"[r&15]))
			} else {
				b.WriteByte(r)
			}
		}
		return b.String()
	}
	for _, name := range []string{"confirm", "confirm move", "correct", "leave", "block"} {
		path := f.path("news", name)
		for _, link := range []string{
			strings.NewReplacer("-", "%2D", "_", "%5f").Replace(path), encoded(path), path + "/", path + "%3E", path + ">.", path + ".", path + "%E3%80%82",
			path + "%EF%BC%89", path + "?lang=en", path + "/?lang=en",
		} {
			raw(t, address, request("GET", link, "", "")).want(t, 200)
			f.desk.take()
			raw(t, address, request("POST", link, formKind, "name=x&email=you%40example.jp")).want(t, 200)
			if calls := f.desk.take(); len(calls) != 1 || calls[0].visit != f.visit(path) {
				t.Errorf("%s: %q is not the link itself", name, link[:12])
			}
		}
		for _, link := range []string{path[:len(path)-1], path + "A", path + "%2541", path + "/x", path + "%2Fx", path + "%", path + "%00"} {
			raw(t, address, request("POST", link, formKind, "name=x")).want(t, 404)
		}
	}
	raw(t, address, request("GET", "/lists/%6Eews", "", "")).want(t, 200)
	if calls := f.desk.take(); len(calls) != 0 {
		t.Errorf("asked: %+v", calls)
	}
}

// TestLongLeaves: the body of a leaving decides nothing, so its length does not
// either; that of a form is bounded as ever.
func TestLongLeaves(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	address, path := f.serve(), f.path("news", "leave")
	long := oneClick + "&x=" + strings.Repeat("a", 20<<10)
	file := parts[:len(parts)-len("------part--\r\n")] + "------part\r\nContent-Disposition: form-data; name=\"f\"; filename=\"f\"\r\n\r\n" +
		strings.Repeat("a", 200<<10) + "\r\n------part--\r\n"
	for _, r := range []string{
		request("POST", path, formKind, long), request("POST", path, partsKind, file), request("POST", path, "text/plain", long),
		request("POST", path, formKind, oneClick+"&x="+strings.Repeat("%41", 80<<10)),
	} {
		raw(t, address, r).want(t, 200)
		if calls := f.desk.take(); len(calls) != 1 || calls[0].verb != "leave" {
			t.Errorf("asked: %+v", calls)
		}
	}
	raw(t, address, request("POST", path, formKind, long)).want(t, 200, "OK")
	f.desk.take()
	raw(t, address, request("POST", path, formKind, strings.Repeat("a", leaveLimit+1))).want(t, 413)
	for _, other := range []string{f.path("news", "block"), f.path("news", "confirm"), "/lists/news"} {
		raw(t, address, request("POST", other, formKind, long)).want(t, 413)
	}
	if calls := f.desk.take(); len(calls) != 0 {
		t.Errorf("asked: %+v", calls)
	}
}
