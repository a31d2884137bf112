package proof

import (
	"fmt"
	"html"
	"strings"
	"testing"
	"time"

	"example.jp/kairan/deliver/compose/composetest"
	"example.jp/kairan/deliver/compose/finding"
)

// TestMarksThatDidNoWork: the page is what some program made of the source, with right
// or not.
func TestMarksThatDidNoWork(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ source, html, says string }{
		"nothing is wrong":        {"**a** b", "<p><strong>a</strong> b</p>", ""},
		"stars without emphasis":  {"**a** b", "<p>a b</p>", `"**a** b" is not in the mail as it was written`},
		"tildes without a stroke": {"~~a~~ b", "<p>a b</p>", "~"},
		"a single tilde":          {"10:00~12:00と13:00~15:00", "<p>10:00<del>12:00と13:00</del>15:00</p>", ""},
		"number sign, no heading": {"# a", "<p>a</p>", "#"},
		"bullet, no item":         {"- a", "<p>a</p>", `\-`},
		"a quotation":             {"> a\n> b", "<blockquote><p>a\nb</p></blockquote>", ""},
		"its sign is gone":        {"> a", "<p>a</p>", ">"},
		"a link":                  {"[a](https://www.example.jp/x) b", `<p><a href="https://www.example.jp/x">a</a> b</p>`, ""},
		"a link elsewhere":        {"[a](https://www.example.jp/x) b", `<p><a href="https://www.example.jp/">a</a> b</p>`, "www.example.jp/x"},
		"brackets, no link":       {"[a] b", "<p>a b</p>", "["},
		"multiplication":          {"2*3*4", "<p>2<em>3</em>4</p>", "the * of"},
		"a number of a list":      {"1. a\n1. b\n1. c", "<ol><li>a</li><li>b</li><li>c</li></ol>", ""},
		"numbers from 3":          {"3. a\n4. b", `<ol start="3"><li>a</li><li>b</li></ol>`, ""},
		"another number":          {"3. a\n4. b", `<ol><li>a</li><li>b</li></ol>`, "the number 3 is read as 1"},
		"a definition":            {"[a]\n\n[a]: https://www.example.jp/x", `<p><a href="https://www.example.jp/x">a</a></p>`, ""},
		"text as a definition":    {"a\n\n[会場]: 市民ホール", "<p>a</p>", `"[会場]: 市民ホール" is not in the mail`},
		"a definition for nobody": {"a\n\n[b]: https://www.example.jp/x", "<p>a</p>", "no link of the text has this name"},
		"a link within":           {"[a](#b)\n\n# b", `<p><a href="#section-1">a</a></p><h1 id="section-1">b</h1>`, ""},
		"an entity":               {"a &copy; b", "<p>a © b</p>", ""},
		"a name of an entity":     {"a &yen=1 b", "<p>a ¥=1 b</p>", "yen"},
		"a tag":                   {"a<br>b", "<p>a<br>b</p>", ""},
		"a word in brackets":      {"a<株式会社>b", "<p>ab</p>", "株式会社"},
		"an amount in brackets":   {"a<1000円>b", "<p>ab</p>", "1000円"},
		"a slot":                  {"{{name}} a", "<p>\U0010F000 a</p>", ""},
		"a slot is gone":          {"{{name}} a", "<p>a</p>", "{{"},
		"code":                    {"`**a** &amp;`", "<p><code>**a** &amp;amp;</code></p>", ""},
		"escaped stars":           {`\*\*a\*\*`, "<p>**a**</p>", ""},
		"a title over two lines":  {"[地図](https://www.example.jp/ \"一階から\n 三階まで\")", "<p><a href=\"https://www.example.jp/\" title=\"一階から\n三階まで\">地図</a></p>", ""},
		"another title":           {"[地図](https://www.example.jp/ \"一階から\n 三階まで\")", "<p><a href=\"https://www.example.jp/\">地図</a></p>", "in quotes behind the address"},
		"half of the stars":       {`***a** b`, "<p>*<strong>a</strong> b</p>", "not as many"},
		"indentation":             {"　a", "<p>　a</p>", ""},
		"indentation is gone":     {"　a", "<p>a</p>", "full-width space"},
		"a reading":               {"<ruby>催<rp>(</rp><rt>もよお</rt><rp>)</rp></ruby>し", "<p><ruby>催<rp>(</rp><rt>もよお</rt><rp>)</rp></ruby>し</p>", ""},
		"a definition is gone":    {"[会場]: 市民ホール\n\n本文", "<p>本文</p>", "市民ホール"},
		"a footnote":              {"a[^n] b\n\n[^n]: c\n\nd", `<p>a<sup><a href="#note-1" id="noteref-1">[1]</a></sup> b</p><p>d</p><hr><ol class="notes"><li id="note-1">c</li></ol>`, ""},
		"a footnote is gone":      {"a[^n] b\n\n[^n]: c\n\nd", `<p>a<sup><a href="#note-1" id="noteref-1">[1]</a></sup> b</p><p>d</p><hr><ol class="notes"><li id="note-1"></li></ol>`, `"c" is not in the mail`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			found := Check(Issue{Body: c.source, First: 4, HTML: c.html, Text: laidOut(c.html)})
			if all := strings.Join(found.Lines(), "\n"); (all == "") != (c.says == "") || !strings.Contains(all, c.says) {
				t.Errorf("said %q, want %q", all, c.says)
			}
		})
	}
}

// laidOut is a text part with all that a page shows, and where its links lead.
func laidOut(fragment string) string {
	page := readPage(fragment)
	var all strings.Builder
	for i, c := range page.chars {
		switch {
		case c.r == 0 && c.is&number == 0:
			all.WriteByte(' ')
		default:
			all.WriteString(spell(page.chars, []int{i}))
		}
	}
	for _, l := range page.links {
		all.WriteString("\n" + l.to)
	}
	return all.String()
}

// TestTextPart: what plain text may do with a page, and what it must not.
func TestTextPart(t *testing.T) {
	t.Parallel()
	const source = "## 行事\n\n　[講演会](https://www.example.jp/a)を~~1日~~3日に開きます。\n\n| 日 | 会場 |\n|--|--|\n| 3日 | ホール |\n"
	const page = `<h2>行事</h2><p>　<a href="https://www.example.jp/a">講演会</a>を<del>1日</del>3日に開きます。</p>` +
		`<table><tr><th>日</th><th>会場</th></tr><tr><td>3日</td><td>ホール</td></tr></table>`
	for text, says := range map[string]string{
		"■ 行事\n\n　講演会[1]を（取消：1日）3日に\n開きます。\n\n[1] https://www.example.jp/a\n\n日：3日\n会場：ホール": "",
		"■ 行事\n\n　講演会 <https://www.example.jp/a> を（取消：1日）3日に開きます。\n\n日    会場\n3日   ホール":     "",
		"■ 行事\n\n　講演会[1]を3日に開きます。\n\n[1] https://www.example.jp/a\n\n日：3日\n会場：ホール":          "1日",
		"■ 行事\n\n　講演会[1]を（取消：1日）3日に開きます。\n\n日：3日\n会場：ホール":                                   "where the link leads",
		"■ 行事\n\n　講演会 <https://www.example.jp/a> を（取消：1日）3日に開きます。\n\n日    会場\n3日":           "ホール",
		"■ 行事\n\n講演会 <https://www.example.jp/a> を（取消：1日）3日に開きます。\n\n日    会場\n3日   ホール":      "full-width space",
	} {
		found := Check(Issue{Body: source, First: 4, HTML: page, Text: text})
		if all := strings.Join(found.Lines(), "\n"); (all == "") != (says == "") || !strings.Contains(all, says) {
			t.Errorf("said %q, want %q of\n%s", all, says, text)
		}
		if e := found.Of(finding.Error); len(e) > 0 {
			t.Errorf("what the editor cannot help keeps the issue back: %v", e)
		}
	}
}

// TestTimeIsBounded: texts that hold nothing but marks, or nothing that is read, take as
// long as others. A comparison whose time is the square of its text needs minutes.
func TestTimeIsBounded(t *testing.T) {
	t.Parallel()
	const size = 128 << 10
	fill := func(s string) string { return strings.Repeat(s, size/len(s)) }
	var definitions, notes strings.Builder
	for i := range 4000 {
		fmt.Fprintf(&definitions, "[名%d]: 値\n", i)
		fmt.Fprintf(&notes, "[^%d] \n\n[^%d]: x\n", i, i)
	}
	for _, source := range []string{
		fill("これは普通の文章です。\n\n"), definitions.String(), notes.String(), fill("<!-- "), fill("`a``b```"), fill("> 5人\n\n"),
		fill("- 5℃\n\n"), fill("a"), fill("[a]"), fill("[a](https://www.example.jp/) "), fill("](x \"a "), fill("<a b=\""), fill("*a "), fill(`\*`),
		fill("7. a\n3. b\n\n"), fill("|a|b|\n|-|-|\n|c|d|\n\n"), fill("**a**[^1]`b`|~~c~~ 日本語 "), "<!-- x\n" + fill("日本語の文章がここにある\n"),
	} {
		half := []rune(source)[len([]rune(source))/2:]
		for _, page := range []string{html.EscapeString(source), "", html.EscapeString(string(half)), source} {
			began := time.Now()
			found := Check(Issue{Body: source, First: 1, HTML: "<p>" + page + "</p>", Text: string(half)})
			if took := time.Since(began); took > 5*time.Second && !composetest.Race || len(found) > maxFindings {
				t.Errorf("%.20q took %v, and found %d", source, took, len(found))
			}
		}
	}
}

// TestSaidOnce: what is one fault has one finding; words that stand above the text, too,
// are not taken for those of the text.
func TestSaidOnce(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		issue Issue
		want  int
	}{
		"a date that is a list":   {Issue{Body: "2026. 4. 1から", HTML: `<ol start="2026"><li><ol start="4"><li><p>1から</p></li></ol></li></ol>`, Text: "2026. 4. 1から"}, 1},
		"broken twice":            {keptLines(36, strings.Repeat("市", 38)+"\nは続きます。\n"+strings.Repeat("市", 38)+"\nは続きます。"), 1},
		"broken where it is wide": {keptLines(40, strings.Repeat("市", 38)+"\nは続きます。"), 0},
		"a sentence that ends":    {keptLines(36, strings.Repeat("市", 37)+"。\n次の文です。"), 0},
		"a paragraph":             {keptLines(36, strings.Repeat("市", 100)+"\n次の文です。"), 0},
		"a title in the text":     {Issue{Body: "　　　市政だより", HTML: "<p>　　　市政だより</p>", Text: "市政だより\n====\n\n　　　市政だより"}, 0},
	} {
		if found := Check(c.issue); len(found) != c.want {
			t.Errorf("%s: %v", name, found)
		}
	}
}

// TestCellBetweenItsLikes: the cells beside one that is gone read as it does, together.
func TestCellBetweenItsLikes(t *testing.T) {
	t.Parallel()
	const source = "| 戸 | 口 |\n|--|--|\n| 西山 | 山川 |\n| 川下 | 海 |\n| 山川下 | 島 |\n"
	const page = `<table><tr><th>戸</th><th>口</th></tr><tr><td>西山</td><td>山川</td></tr><tr><td>川下</td><td>海</td></tr><tr><td>山川下</td><td>島</td></tr></table>`
	found := Check(Issue{Body: source, First: 4, HTML: page, Text: "戸    口\n西山\n川下  海\n山川下 島"})
	if len(found) != 1 || !strings.Contains(found[0].Text, `"山川"`) {
		t.Error(found.Lines())
	}
}

// keptLines is a text whose line breaks are kept.
func keptLines(width int, body string) Issue {
	return Issue{Body: body, HTML: "<p>" + strings.ReplaceAll(body, "\n", "<br>") + "</p>", Text: body, Keeps: true, Width: width}
}
