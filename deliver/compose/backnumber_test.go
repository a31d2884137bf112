package compose

import (
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"example.jp/kairan/deliver"
	"example.jp/kairan/deliver/compose/composetest"
	"example.jp/kairan/deliver/compose/slot"
	"example.jp/kairan/subscribe"
)

// backNumber is what anybody may read of a source of a list.
func backNumber(t *testing.T, list *subscribe.List, m deliver.Manuscript) *subscribe.BackNumber {
	t.Helper()
	c := &Compiler{Templates: set()}
	d, err := c.Draft(t.Context(), list, m)
	if err != nil {
		t.Fatal(err)
	}
	b, err := c.BackNumber(list, deliver.IssueName{List: list.ID, Slug: "autumn"}, d)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestBackNumberIsNeutral: it has what stands for a reader who left a field blank, and no
// slot and no link of anybody.
func TestBackNumberIsNeutral(t *testing.T) {
	t.Parallel()
	text := composetest.Titled("{{name}}様（{{organisation|読者の皆様}}）へ", "{{name}}様、{{organisation|<読者>の皆}}様\n\n`{\\{` と書きます。")
	b := backNumber(t, composetest.Centre(t), deliver.Manuscript{Source: text})
	if b.Subject != "［お名前］様（読者の皆様）へ" || b.List != "centre-news" || b.Slug != "autumn" || b.Lang != subscribe.Japanese || b.Files != nil || !b.At.IsZero() {
		t.Errorf("%+v", b)
	}
	composetest.Holds(t, "the page", b.HTML, "［お名前］様、&lt;読者&gt;の皆様")
	composetest.Holds(t, "the text", b.Text, "［お名前］様、<読者>の皆様")
	for what, said := range map[string]string{"the page": b.HTML, "the text": b.Text, "the subject": b.Subject} {
		composetest.Lacks(t, what, said, "/leave/", "/correct", "mail.example.jp", "\r", "{{")
		if strings.ContainsFunc(said, slot.IsMark) {
			t.Errorf("%s has a mark in it: %q", what, said)
		}
	}
}

// TestBackNumbersOfTheCorpus: the policy of our pages takes no style from an element and no
// picture from elsewhere; a heading of the first level is the page's own.
func TestBackNumbersOfTheCorpus(t *testing.T) {
	t.Parallel()
	for _, name := range corpus(t) {
		if filepath.Dir(name) == "bad" {
			continue
		}
		b := backNumber(t, corpusList(t, name), manuscript(t, name))
		composetest.Lacks(t, name, b.HTML, "style=", "align=", "cellpadding", "valign", `src="https:`, "cid:", "<h1", "<span", "\r")
		if first := regexp.MustCompile(`<h[1-6]`).FindString(b.HTML); first != "" && !strings.Contains(b.HTML, "<h2") {
			t.Errorf("%s begins with %s", name, first)
		}
		if strings.ContainsFunc(b.HTML+b.Text+b.Subject, slot.IsMark) || b.Text == "" || strings.Contains(b.Text, "/leave/") {
			t.Errorf("%s: %q", name, b.Text)
		}
	}
}

// TestBackNumberHasItsFiles: the page shows the pictures that the issue carries, and offers
// what is attached.
func TestBackNumberHasItsFiles(t *testing.T) {
	t.Parallel()
	m := manuscript(t, "event-map")
	b := backNumber(t, composetest.Centre(t), m)
	composetest.Holds(t, "the page", b.HTML, `<img src="/lists/centre-news/issues/autumn/event-map.png" alt="`, `width="`)
	want := subscribe.BackNumberFile{Name: "event-map.png", Type: "image/png", Size: len(m.Files[0].Data)}
	if len(b.Files) != 1 || b.Files[0] != want {
		t.Errorf("%+v, want %+v", b.Files, want)
	}
	b = backNumber(t, composetest.Centre(t), manuscript(t, "press-release"))
	if len(b.Files) != 1 || b.Files[0].Name != "press-release.pdf" || b.Files[0].Type != "application/pdf" || !b.Files[0].Attached {
		t.Errorf("%+v", b.Files)
	}
}

// TestMailsNameTheirPage: a mail of a list with an archive says where the list's issues are
// and at which address this one is, the same for all readers; the copy for checking has no
// such link, since the page is not there yet; other lists say nothing of it.
func TestMailsNameTheirPage(t *testing.T) {
	t.Parallel()
	list := composetest.Centre(t)
	c := compiled(t, list, composetest.Source("本文"))
	const page, header = "https://mail.example.jp/lists/centre-news/issues/autumn", "List-Archive: <https://mail.example.jp/lists/centre-news/issues/>\r\n"
	mail := message(t, c, reader(t)).Data
	m := read(t, mail)
	composetest.Holds(t, "the mail", string(mail), header)
	composetest.Holds(t, "the HTML", m.html, `<a href="`+page+`" `, "ブラウザーで見る", "この号は mail.example.jp にも掲載しています。")
	composetest.Holds(t, "the text", m.text, "\r\nブラウザーで見る\r\n"+page+"\r\n", "この号は mail.example.jp にも掲載しています。")
	if strings.Count(m.html+m.text, page) != 2 {
		t.Error("the address of the page has more behind it somewhere")
	}
	test, err := c.Test(set(), reader(t).To)
	if err != nil {
		t.Fatal(err)
	}
	m = read(t, test.Data)
	composetest.Lacks(t, "the copy for checking", m.html+m.text, page)
	composetest.Holds(t, "the copy for checking", m.html, "ブラウザーで見る （実際の配信では、ここがリンクになります）")
	composetest.Holds(t, "the copy for checking", m.text, "\r\nブラウザーで見る\r\n（実際の配信では、ここがリンクになります）\r\n")

	list.Archived = false
	mail = message(t, compiled(t, list, composetest.Source("本文")), reader(t)).Data
	m = read(t, mail)
	composetest.Lacks(t, "the mail of a list without an archive", string(mail)+m.html+m.text, "List-Archive", "/issues/", "ブラウザー", "掲載")
}

// TestOneTextUnderTwoNames: what is kept of a source does not keep the address of its page.
func TestOneTextUnderTwoNames(t *testing.T) {
	t.Parallel()
	c, list, m := &Compiler{Templates: set()}, composetest.Centre(t), deliver.Manuscript{Source: composetest.Source("本文")}
	for _, slug := range []string{"spring", "autumn"} {
		got, _, err := c.CompileRun(t.Context(), list, slug, m, time.Now())
		if err != nil {
			t.Fatal(err)
		}
		composetest.Holds(t, "the HTML", read(t, message(t, got, reader(t)).Data).html, "/lists/centre-news/issues/"+slug+`"`)
	}
}
