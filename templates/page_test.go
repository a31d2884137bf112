package templates

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

func newSet(t *testing.T) *Set {
	t.Helper()
	s, err := New()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// forEachSample renders every sample in both languages.
func forEachSample(t *testing.T, check func(t *testing.T, lang string, p sample, body []byte)) {
	t.Helper()
	s := newSet(t)
	for _, lang := range []string{Japanese, English} {
		for _, p := range samples(lang) {
			t.Run(lang+"/"+p.name, func(t *testing.T) {
				t.Parallel()
				body, err := s.Page(p.page, lang, p.data)
				if err != nil {
					t.Fatal(err)
				}
				check(t, lang, p, body)
			})
		}
	}
}

func walk(n *html.Node, visit func(*html.Node)) {
	if n.Type == html.ElementNode {
		visit(n)
	}
	for c := range n.ChildNodes() {
		walk(c, visit)
	}
}

func attr(n *html.Node, key string) (string, bool) {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val, true
		}
	}
	return "", false
}

func text(n *html.Node) string {
	if n.Type == html.TextNode {
		return n.Data
	}
	var b strings.Builder
	for c := range n.ChildNodes() {
		b.WriteString(text(c))
	}
	return b.String()
}

func TestEveryPageHasASample(t *testing.T) {
	t.Parallel()
	have := map[PageName]bool{}
	for _, p := range samples(Japanese) {
		have[p.page] = true
	}
	for name := range newSet(t).pages[Japanese] {
		if !have[name] {
			t.Errorf("page %s is never rendered by a test", name)
		}
	}
}

// TestPagesAreAccessible checks what a machine can of WCAG 2.2.
func TestPagesAreAccessible(t *testing.T) {
	t.Parallel()
	forEachSample(t, func(t *testing.T, lang string, p sample, body []byte) {
		root, err := html.Parse(bytes.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		count, ids, labelled := map[string]int{}, map[string]int{}, map[string]bool{}
		var controls []*html.Node
		var referred []string
		walk(root, func(n *html.Node) {
			count[n.Data]++
			if id, ok := attr(n, "id"); ok {
				ids[id]++
			}
			if forID, ok := attr(n, "for"); ok {
				labelled[forID] = strings.TrimSpace(text(n)) != ""
			}
			for _, key := range []string{"aria-describedby", "aria-labelledby", "for"} {
				v, _ := attr(n, key)
				referred = append(referred, strings.Fields(v)...)
			}
			if href, _ := attr(n, "href"); strings.HasPrefix(href, "#") {
				referred = append(referred, href[1:])
			}
			if kind, _ := attr(n, "type"); n.Data == "select" || n.Data == "input" && kind != "hidden" {
				controls = append(controls, n)
			}
			checkElement(t, n)
		})
		for _, once := range []string{"html", "title", "h1", "main", "header", "footer"} {
			if count[once] != 1 {
				t.Errorf("%d elements <%s>, want 1", count[once], once)
			}
		}
		for id, n := range ids {
			if n != 1 {
				t.Errorf("id %q occurs %d times", id, n)
			}
		}
		for _, id := range referred {
			if ids[id] == 0 {
				t.Errorf("something refers to id %q, which does not exist", id)
			}
		}
		for _, n := range controls {
			if id, _ := attr(n, "id"); !labelled[id] {
				t.Errorf("control %q has no label", id)
			}
		}
		checkTitle(t, root, lang, p)
	})
}

// checkElement refuses what the content security policy would block.
func checkElement(t *testing.T, n *html.Node) {
	t.Helper()
	if src, _ := attr(n, "src"); n.Data == "img" && (!strings.HasPrefix(src, "/") || strings.HasPrefix(src, "//")) {
		t.Errorf("the picture %q is on another host", src)
	}
	if alt, _ := attr(n, "alt"); n.Data == "img" && alt == "" {
		t.Error("a picture says nothing")
	}
	if slices.Contains([]string{"script", "style", "iframe", "object"}, n.Data) {
		t.Errorf("there is a <%s>", n.Data)
	}
	for _, a := range n.Attr {
		if a.Key == "style" || strings.HasPrefix(a.Key, "on") || a.Key == "maxlength" {
			t.Errorf("<%s> has the attribute %s", n.Data, a.Key)
		}
	}
	if method, _ := attr(n, "method"); n.Data == "form" && method != "post" {
		t.Error("a form does not post")
	}
}

func checkTitle(t *testing.T, root *html.Node, lang string, p sample) {
	t.Helper()
	walk(root, func(n *html.Node) {
		if got, _ := attr(n, "lang"); n.Data == "html" && got != lang {
			t.Errorf("html lang is %q, want %q", got, lang)
		}
		if n.Data != "title" {
			return
		}
		got := text(n)
		if p.name != "home-empty" && !strings.HasSuffix(got, " | "+sampleFrame(lang).Office) {
			t.Errorf("title %q does not end with the office", got)
		}
		mark := texts(lang, "エラー：", "Error: ")
		if wrong := strings.HasSuffix(p.name, "-wrong"); wrong != strings.HasPrefix(got, mark) {
			t.Errorf("title %q: error mark is %v, want %v", got, !wrong, wrong)
		}
	})
}

// TestPagesAreWellFormed finds tags that are left open or closed twice, which a
// browser would repair in silence.
func TestPagesAreWellFormed(t *testing.T) {
	t.Parallel()
	void := []string{"meta", "link", "input", "br", "hr", "img"}
	forEachSample(t, func(t *testing.T, _ string, _ sample, body []byte) {
		var open []string
		for z := html.NewTokenizer(bytes.NewReader(body)); ; {
			switch z.Next() {
			case html.ErrorToken:
				if len(open) != 0 {
					t.Errorf("left open: %v", open)
				}
				return
			case html.StartTagToken:
				if tag := z.Token().Data; !slices.Contains(void, tag) {
					open = append(open, tag)
				}
			case html.EndTagToken:
				tag := z.Token().Data
				if len(open) == 0 || open[len(open)-1] != tag {
					t.Fatalf("</%s> closes %v", tag, open)
				}
				open = open[:len(open)-1]
			}
		}
	})
}

func TestWhatVisitorsTypeIsEscaped(t *testing.T) {
	t.Parallel()
	forEachSample(t, func(t *testing.T, _ string, p sample, body []byte) {
		if bytes.Contains(body, []byte("<script")) {
			t.Error("what was typed became markup")
		}
		if !strings.HasSuffix(p.name, "-wrong") && p.name != "signup-sent-hostile" {
			return
		}
		root, err := html.Parse(bytes.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		shown := false
		walk(root, func(n *html.Node) {
			value, _ := attr(n, "value")
			shown = shown || value == hostile || n.Data == "p" && text(n) == hostile
		})
		if !shown {
			t.Error("what was typed is not shown again unchanged")
		}
	})
}

func TestFormsPostWhatTheContractNames(t *testing.T) {
	t.Parallel()
	want := map[string][]string{
		"signup":         {"email", "lang", "show_in", "website"},
		"signup-review":  {"email", "lang", "show_in", "website"},
		"confirm":        {"lang", "show_in", "wording"},
		"confirm-fields": {"business", "lang", "name", "prefecture", "show_in", "wording"},
		"confirm-move":   {},
		"confirm-late":   {},
		"leave":          {},
		"block":          {},
		"correct-ask":    {"email", "lang", "list", "show_in"},
		"correct":        {"business", "email", "erase", "lang", "name", "prefecture", "show_in"},
	}
	forEachSample(t, func(t *testing.T, _ string, p sample, body []byte) {
		names, ok := want[p.name]
		if !ok {
			return
		}
		root, err := html.Parse(bytes.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		got, buttons := []string{}, 0
		walk(root, func(n *html.Node) {
			if _, apart := attr(n, "form"); n.Data == "button" && !apart {
				buttons++
			}
			if name, ok := attr(n, "name"); ok && n.Data != "meta" {
				got = append(got, name)
			}
		})
		slices.Sort(got)
		got = slices.Compact(got)
		if !slices.Equal(got, names) || buttons != 1 {
			t.Errorf("the form posts %v with %d buttons, want %v with 1", got, buttons, names)
		}
	})
}

func TestCorrectionFormIsBlank(t *testing.T) {
	t.Parallel()
	forEachSample(t, func(t *testing.T, _ string, p sample, body []byte) {
		if p.name != "correct" {
			return
		}
		root, _ := html.Parse(bytes.NewReader(body))
		walk(root, func(n *html.Node) {
			kind, _ := attr(n, "type")
			if value, _ := attr(n, "value"); kind == "text" && value != "" {
				t.Errorf("a field is filled in: %q", value)
			}
			for _, key := range []string{"checked", "selected"} {
				if value, _ := attr(n, "value"); value == "" { // "as it is"
					continue
				}
				if _, ok := attr(n, key); ok {
					t.Errorf("something is %s", key)
				}
			}
		})
	})
}

// TestNoticeStandsBeforeTheButton holds: who asks, for what, until when. Before the button
// that is the consent it stands whole. Before the one that asks for the mail, with which
// the field has to be in the first screen of a telephone, stand the purpose (個人情報の保護に
// 関する法律 第21条第2項, 第62条) and a link to the rest, which is on the page, and not folded.
func TestNoticeStandsBeforeTheButton(t *testing.T) {
	t.Parallel()
	forEachSample(t, func(t *testing.T, lang string, p sample, body []byte) {
		if p.page != PageSignUp && p.page != PageConfirm {
			return
		}
		page := string(body)
		before, _, _ := strings.Cut(page, `<button type="submit"`)
		whole := before
		if p.page == PageSignUp {
			_, whole, _ = strings.Cut(page, `id="notice"`)
			for _, want := range []string{html.EscapeString(p.data.(SignUp).Purpose), `href="#notice"`} {
				if !strings.Contains(before, want) {
					t.Errorf("%q does not stand before the button", want)
				}
			}
			if strings.Contains(page, "<details") {
				t.Error("something is folded")
			}
		}
		f := sampleFrame(lang)
		for _, want := range []string{f.Office, f.OfficeContact.Contact, f.PolicyURL, texts(lang, "利用目的", "Purpose of use"), texts(lang, "保管期間", "How long"), texts(lang, "停止の方法", "How to stop")} {
			if !strings.Contains(whole, want) {
				t.Errorf("%q does not stand where it is to be read", want)
			}
		}
	})
}

func TestAPageIsWholeOrAnError(t *testing.T) {
	t.Parallel()
	s := newSet(t)
	for _, bad := range []sample{
		{"no such page", "nowhere", Home{}},
		{"the struct of another page", PageConfirm, Leave{}},
		{"no data", PageSignUp, nil},
		{"unknown kind", PageDone, Done{Kind: "unheard-of"}},
	} {
		if body, err := s.Page(bad.page, Japanese, bad.data); err == nil || body != nil {
			t.Errorf("%s: %d bytes, error %v; want none, and an error", bad.name, len(body), err)
		}
	}
}

func TestUnknownLanguageIsJapanese(t *testing.T) {
	t.Parallel()
	body, err := newSet(t).Page(PageHome, "xx", Home{})
	if err != nil || !bytes.Contains(body, []byte(`<html lang="ja">`)) {
		t.Errorf("not a Japanese page (error %v)", err)
	}
}

func TestContactBecomesALinkOnlyIfItIsOne(t *testing.T) {
	t.Parallel()
	for contact, want := range map[string]string{
		"mail@office.example.jp":         "mailto:mail@office.example.jp",
		"https://office.example.jp/form": "https://office.example.jp/form",
		"http://office.example.jp/form":  "",
		"javascript:alert(1)":            "",
		"mail@office.example.jp?bcc=x":   "",
		"03-0000-0000":                   "",
		"総務課　03-0000-0000":               "",
	} {
		if got := ContactLink(contact); got != want {
			t.Errorf("%q leads to %q, want %q", contact, got, want)
		}
	}
}
