package feed

import (
	"strings"
	"sync"
	"testing"
	"time"
	"unicode"

	"example.jp/kairan/deliver"
	"example.jp/kairan/deliver/compose"
	"example.jp/kairan/deliver/compose/composetest"
	"example.jp/kairan/deliver/compose/finding"
	"example.jp/kairan/subscribe"
	"example.jp/kairan/templates"
)

// slot is nine o'clock on the first of December in Tokyo.
var slot = time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC)

// fed is a list that is fed.
func fed(tb testing.TB) *subscribe.List {
	tb.Helper()
	l := *composetest.Consulate(tb)
	l.Zone = time.FixedZone("JST", 9*60*60)
	l.Feed = &subscribe.Feed{URL: "https://www.example.jp/news.rdf", Most: 20, Before: 30 * time.Minute}
	return &l
}

// compiler is one for all tests.
var compiler = sync.OnceValues(func() (*compose.Compiler, error) {
	set, err := templates.New()
	return &compose.Compiler{Templates: set}, err
})

// compiled is what readers read of an issue, and what was found in it.
func compiled(tb testing.TB, l *subscribe.List, entries ...Entry) (text string, found finding.List) {
	tb.Helper()
	c, err := compiler()
	if err != nil {
		tb.Fatal(err)
	}
	m := deliver.Manuscript{Source: Source(l, entries, slot)}
	i, d, err := c.Compile(tb.Context(), l, "x", m, slot)
	if err != nil {
		tb.Fatalf("%v in\n%s", err, m.Source)
	}
	s, err := c.Specimen(l, i)
	if err != nil {
		tb.Fatal(err)
	}
	return s.Text, d.Findings
}

func TestSource(t *testing.T) {
	t.Parallel()
	l := fed(t)
	entries := []Entry{
		{Title: "令和8年度予算(案)について", Link: "https://www.example.jp/yosan.html", Date: slot.Add(-48 * time.Hour)},
		{Title: "お知らせ"},
	}
	want := "+++\nsubject = '新着情報 12月1日（2件）'\n+++\n\n新着情報をお知らせします。\n\n- 11月29日 [令和8年度予算(案)について](<https://www.example.jp/yosan.html>)\n- お知らせ\n"
	if got := string(Source(l, entries, slot)); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if _, found := compiled(t, l, entries...); len(found) > 0 {
		t.Error(found)
	}
	l.Language = subscribe.English
	if got := string(Source(l, entries, slot)); !strings.Contains(got, `"What's new, 1 December (2)"`) || !strings.Contains(got, "- 29 November: [令") || !strings.Contains(got, "\n- お知らせ\n") {
		t.Errorf("got\n%s", got)
	}
	l.Feed.Subject, l.Feed.Template = "News of {date}", "{count} entries\n{each}\n## {title}\n\n{summary}\n\n{link} ({date})\n{end}\nBye."
	entries[0].Summary = "予算を_公表_しました。"
	got := string(Source(l, entries[:1], slot))
	if want := "1 entries\n## 令和8年度予算(案)について\n\n予算を\\_公表\\_しました。\n\n<https://www.example.jp/yosan.html> (29 November)\n\nBye.\n"; !strings.HasSuffix(got, want) {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if _, found := compiled(t, l, entries...); len(found) > 0 {
		t.Error(found)
	}
}

func TestTemplatesThatAreNone(t *testing.T) {
	t.Parallel()
	for template, want := range map[string]string{
		"":                                "needs a line {each}",
		"{each}\n- {title}\n":             "a line {end}",
		"{each} - {title} {end}":          "needs a line {each}",
		"{each}\n- {titel}\n{end}":        "{titel} stands between {each} and {end}",
		"{each}\n- {date}\n{end}":         "neither {entry} nor {title}",
		"{title}\n{each}\n{entry}\n{end}": "{title} stands around",
	} {
		if err := CheckTemplate(template); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", template, err, want)
		}
	}
	for _, x := range []subscribe.Text{Template} {
		if err := CheckTemplate(x.JA); err != nil {
			t.Error(err)
		}
		if err := CheckTemplate(x.EN); err != nil {
			t.Error(err)
		}
	}
	if err := CheckSubject("{title}"); err == nil {
		t.Error("a subject may have the title of an entry")
	}
	if err := CheckSubject(Subject.JA); err != nil {
		t.Error(err)
	}
}

// TestNothingOfAFeedIsMore: what an entry says is read, and nothing of it is HTML, a mark, a
// link or a merge slot.
func TestNothingOfAFeedIsMore(t *testing.T) {
	t.Parallel()
	for _, title := range []string{
		"<重要> *注意* _下線_ **太字** `コード` ~~消す~~", "# 見出し", "> 引用", "- 項目", "+ 項目", "1. 項目", "1) 項目", "---", "===", "***", "+++",
		"[リンク](https://other.example/)", "![絵](https://other.example/x.png)", "[^1]", "[x]: https://other.example/", "{{name}}", "{{", "{entry}{end}", "|a|b|",
		"https://other.example/", "www.other.example", "info@other.example", "&lt;b&gt; &copy; &#x10FFFF;", `C:\dir \\host`, "a\\", "\\*", "｛｛名前｝｝",
		"<!-- 注 -->", "<script>alert(1)</script>", "</a><b>", "3 < 4 > 2", "<株>", "\u202eabc\u200b", "\U0010f000 \ue000", "！？（）「」・※→①㈱",
	} {
		e := Entry{Title: plainText(title, maxTitle), Link: "https://www.example.jp/a", Summary: plainText(title, maxSummary)}
		if e.Title == "" {
			continue
		}
		readsAs(t, e)
	}
}

// readsAs says whether readers read just the words of an entry, in a text of each kind.
func readsAs(tb testing.TB, e Entry) {
	tb.Helper()
	l := fed(tb)
	l.Feed.Template = "ここから\n\n{each}\n{title}\n\n{summary}\n\n- {entry}\n{end}\n"
	text, _ := compiled(tb, l, e)
	squeeze := func(s string) string {
		return strings.Map(func(r rune) rune {
			if unicode.IsSpace(r) {
				return -1
			}
			return r
		}, s)
	}
	_, text, _ = strings.Cut(squeeze(text), "ここから")
	want := squeeze(e.Title + e.Summary + "・" + e.Title)
	if !strings.HasPrefix(text, want) {
		tb.Errorf("%q is read as %.300q", want, text)
	}
}

func FuzzSource(f *testing.F) {
	f.Add("お知らせ *x*", "https://www.example.jp/?a=1&copy;", "本文 {{name}}")
	f.Add("a\\", "http://x/(`)", "1. x")
	c, err := compiler()
	if err != nil {
		f.Fatal(err)
	}
	l := fed(f)
	f.Fuzz(func(t *testing.T, title, link, summary string) {
		e := Entry{Title: plainText(title, maxTitle), Link: linkOf(link, nil), Summary: plainText(summary, maxSummary)}
		if e.Title == "" {
			return
		}
		if s := string(Source(l, []Entry{e}, slot)); strings.Contains(s, "{{") || strings.Count(s, "\n") != 7 {
			t.Errorf("%q", s)
		}
		_, _, err := c.Compile(t.Context(), l, "x", deliver.Manuscript{Source: Source(l, []Entry{e}, slot)}, slot)
		if err != nil && !strings.Contains(err.Error(), "cannot be sent") { // a link, on which a person decides
			t.Errorf("%v of %q", err, e)
		}
	})
}
