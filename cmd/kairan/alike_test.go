package main

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"example.jp/kairan/store/seal"
	"example.jp/kairan/subscribe"
)

// question is one request, which is put about somebody of each standing.
type question struct {
	what   string
	method string
	path   func(*town, *towner) (path, secret string) // secret stands in the path, and is no part of the answer
	form   func(*towner) url.Values
	first  bool // POST once before: the link has been used
}

// changes says that somebody may stand elsewhere afterwards.
func (q question) changes() bool { return q.method == http.MethodPost || q.first }

// purposesOfLinks are those of links, with the page that each is for and what is sent with it.
var purposesOfLinks = []struct {
	purpose subscribe.Purpose
	page    string
	form    url.Values
}{
	{subscribe.ToConfirm, "/confirm/", url.Values{"name": {"Ume"}, "prefecture": {"13"}}},
	{subscribe.ToMove, "/confirm/", nil},
	{subscribe.ToCorrect, "/correct/", url.Values{"organisation": {"Matsu"}, "erase": {"business"}}},
	{subscribe.ToLeave, "/leave/", nil},
	{subscribe.ToBlock, "/block/", nil},
}

// questions are every page with every method and every kind of link.
func questions() (all []question) {
	strangers := seal.Generate(time.Now())
	for _, x := range purposesOfLinks {
		link := func(mint func(*town, *towner) (string, error)) func(*town, *towner) (string, string) {
			return func(w *town, o *towner) (string, string) {
				tok, err := mint(w, o)
				if err != nil {
					w.t.Fatal(err)
				}
				return x.page + tok, tok
			}
		}
		own := func(old time.Duration) func(*town, *towner) (string, error) {
			return func(w *town, o *towner) (string, error) { return w.mint(w.tokens, x.purpose, o, townList, old) }
		}
		kinds := map[string]func(*town, *towner) (string, string){
			"valid":  link(own(0)),
			"late":   link(own(40 * 24 * time.Hour)),
			"forged": link(func(w *town, o *towner) (string, error) { tok, err := own(0)(w, o); return forged(tok), err }),
			"cut":    link(func(w *town, o *towner) (string, error) { tok, err := own(0)(w, o); return tok[:len(tok)-5], err }),
			"of another list": link(func(w *town, o *towner) (string, error) {
				return w.mint(w.tokens, x.purpose, o, otherList, 0)
			}),
			"of another installation": link(func(w *town, o *towner) (string, error) {
				by := w.tokens
				by.Keys = strangers
				return w.mint(by, x.purpose, o, townList, 0)
			}),
			"for another purpose": func(w *town, o *towner) (string, string) {
				_, tok := link(own(0))(w, o)
				page := "/leave/"
				if x.page == page {
					page = "/correct/"
				}
				return page + tok, tok
			},
		}
		form := func(*towner) url.Values { return x.form }
		for kind, path := range kinds {
			what := strings.Trim(x.page, "/") + " " + string('A'+rune(x.purpose)&15-1) + ", " + kind
			for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodPost} {
				all = append(all, question{what, method, path, form, false})
			}
			if kind == "valid" {
				all = append(all, question{what + ", used", http.MethodPost, path, form, true}, question{what + ", used", http.MethodGet, path, form, true})
				for _, method := range []string{http.MethodPut, http.MethodDelete, http.MethodPatch, http.MethodOptions} {
					all = append(all, question{what, method, path, form, false})
				}
			}
		}
	}
	all = append(all, question{"correct, another address", http.MethodPost, func(w *town, o *towner) (string, string) {
		tok, err := w.mint(w.tokens, subscribe.ToCorrect, o, townList, 0)
		if err != nil {
			w.t.Fatal(err)
		}
		return "/correct/" + tok, tok
	}, func(o *towner) url.Values { return url.Values{"email": {"x." + o.address}} }, false})
	fixed := func(path string) func(*town, *towner) (string, string) {
		return func(*town, *towner) (string, string) { return path, "" }
	}
	typed := func(more url.Values) func(*towner) url.Values {
		return func(o *towner) url.Values {
			form := url.Values{"email": {o.address}}
			for k, v := range more {
				form[k] = v
			}
			return form
		}
	}
	for _, path := range []string{"/lists/" + townList, "/lists/" + otherList, "/correct"} {
		list := map[string]string{"/correct": townList}[path]
		for _, lang := range []string{"ja", "en"} {
			all = append(all, question{"typed, " + lang, http.MethodPost, fixed(path), typed(url.Values{"lang": {lang}, "list": {list}}), false})
		}
		all = append(all, question{"asked again at once", http.MethodPost, fixed(path), typed(url.Values{"list": {list}}), true},
			question{"as a query", http.MethodGet, func(_ *town, o *towner) (string, string) {
				return path + "?email=" + url.QueryEscape(o.address), url.QueryEscape(o.address)
			}, nil, false})
	}
	slices.SortFunc(all, func(a, b question) int { return strings.Compare(a.what+a.method, b.what+b.method) })
	return all
}

// put puts a question about somebody, and returns the answer without what was typed.
func (w *town) put(q question, o *towner) string {
	path, secret := q.path(w, o)
	network := w.network()
	send := func(method string) string {
		header := http.Header{"X-Real-Ip": {network}}
		body := ""
		if q.form != nil && method != http.MethodGet && method != http.MethodHead {
			body = q.form(o).Encode()
			header.Set("Content-Type", "application/x-www-form-urlencoded")
		}
		a, err := w.ask(method, "http://"+w.public+path, header, body)
		if err != nil {
			w.t.Fatalf("%s %s: %v", q.method, q.what, err)
		}
		w.secrets.echoed(path, a.status, url.Values{"email": {o.address}})
		text := a.head + "\n" + a.body
		for _, own := range []string{secret, o.address} {
			if own != "" {
				text = strings.ReplaceAll(text, own, "[own]")
			}
		}
		return text
	}
	if q.first {
		send(http.MethodPost)
	}
	return send(q.method)
}

// TestNobodyIsTold asks every page by every method and with every kind of link about
// somebody of each standing: status, headers and body are the same for all.
func TestNobodyIsTold(t *testing.T) {
	t.Parallel()
	w := newTownOf(t, enoughFor(questions()), noCeilings...)
	w.putAll(questions())
	// What became of it all is in the log and in the file; the end of the story looks there
	// for everything that was typed, and in what a crash prints, too.
	if err := w.crash(); err != nil {
		t.Error(err)
	}
	w.readFiles()
}

// TestNobodyIsToldWithoutRoom does the same when the database is full.
func TestNobodyIsToldWithoutRoom(t *testing.T) {
	t.Parallel()
	w := foundTown(t, uint64(time.Now().UnixNano()), append([]string{"max_size", `"32MiB"`}, noCeilings...)...)
	w.settleAll(enoughFor(questions()))
	if err := fillUp(w.cfg, w.db); err != nil {
		t.Fatal(err)
	}
	w.open()
	w.putAll(questions())
	if answer := w.put(question{method: http.MethodPost, path: pathOf("/lists/" + townList), form: typedAddress}, w.take("unknown")); !strings.Contains(answer, "503") {
		t.Errorf("the database is not full: a sign-up is answered\n%s", clipped(answer))
	}
}

var noCeilings = []string{"limits.requests_per_hour", "100000", "limits.requests_per_network_per_hour", "100000"}

// enoughFor is how many of each standing these questions take, and a few.
func enoughFor(all []question) map[standing]int {
	of := map[standing]int{}
	for _, at := range standings {
		of[at] = 2
		for _, q := range all {
			if q.changes() {
				of[at]++
			}
		}
	}
	return of
}

// putAll puts questions about everybody, and compares the answers.
func (w *town) putAll(all []question) {
	w.t.Helper()
	who := map[standing]*towner{} // for what changes nothing
	for _, at := range standings {
		who[at] = w.take(at)
	}
	for _, q := range all {
		var first string
		for _, at := range standings {
			o := who[at]
			if q.changes() {
				o = w.take(at)
			}
			answer := w.put(q, o)
			if at == standings[0] {
				first = answer
			} else if answer != first {
				w.t.Errorf("%s %s: who is %s is told something else than who is %s:\n%s\n----\n%s", q.method, q.what, at, standings[0], clipped(answer), clipped(first))
			}
		}
	}
}

func clipped(s string) string { return s[:min(len(s), 1500)] }
