package body

import (
	"strings"
	"testing"

	"example.jp/kairan/deliver"

	"example.jp/kairan/deliver/compose/composetest"
	"example.jp/kairan/deliver/compose/slot"
	"example.jp/kairan/deliver/compose/source"
	"example.jp/kairan/subscribe"
	"example.jp/kairan/templates"
)

// laidOut is an issue of the consulate, and its copy for checking.
func laidOut(t *testing.T, text []byte) (issue, trial Alternatives) {
	t.Helper()
	return made(t, composetest.Consulate(t), text)
}

func made(t *testing.T, list *subscribe.List, text []byte) (issue, trial Alternatives) {
	t.Helper()
	set, err := templates.New()
	if err != nil {
		t.Fatal(err)
	}
	d, err := source.Parse(t.Context(), list, deliver.Manuscript{Source: text})
	if err != nil {
		t.Fatal(err)
	}
	if issue, trial, err = Make(set, list, d); err != nil {
		t.Fatal(err)
	}
	return issue, trial
}

func TestPlainTextOfMarkdown(t *testing.T) {
	t.Parallel()
	issue, _ := laidOut(t, composetest.Source(`# 題

2 * 3 * 4 & 5 < 6 &amp;lt; a_b_c #1 1. [x] \| +

<ruby>漢<rp>(</rp><rt>かん</rt><rp>)</rp></ruby>字 ~~古い~~ [行事](https://example.jp/a)へ https://example.jp/b 。

[行事](https://example.jp/c)

### 小

一行目<br>二行目
`))
	composetest.Holds(t, "the text part", issue.Text, "題\n==\n", "2 * 3 * 4 & 5 < 6 &lt; a_b_c #1 1. [x] | +", "漢（かん）字 （取消：古い） 行事［1］へ https://example.jp/b 。",
		"\n［1］ https://example.jp/a\n", "\n行事\nhttps://example.jp/c\n", "● 小", "一行目\n二行目")
	composetest.Lacks(t, "the text part", issue.Text, "お知らせ\n=") // the text has a title of its own
}

func TestHeadingsAsEachLanguageWritesThem(t *testing.T) {
	t.Parallel()
	const headings = "# A\n\nx\n\n## B\n\n### C\n"
	ja, _ := laidOut(t, []byte("+++\nsubject = \"x\"\n+++\n"+headings))
	composetest.Holds(t, "the Japanese text", ja.Text, "\nA\n=\n\nx\n\n■ B\n\n● C\n")
	en, _ := laidOut(t, []byte("+++\nsubject = \"x\"\nlang = \"en\"\n+++\n"+headings))
	composetest.Holds(t, "the English text", en.Text, "\nA\n=\n\nx\n\nB\n-\n\nC\n")
	titled, _ := laidOut(t, composetest.Source("x"))
	composetest.Holds(t, "the text", titled.Text, "\nお知らせ\n========\n\nx\n")
	composetest.Holds(t, "the HTML", titled.HTML, ">お知らせ</h1>")
}

// TestTheLinksAreMarks in the issue, and nowhere in the copy for checking.
func TestTheLinksAreMarks(t *testing.T) {
	t.Parallel()
	issue, trial := laidOut(t, composetest.Source("x"))
	for _, mark := range []string{string(slot.MarkLeave), string(slot.MarkCorrect)} {
		composetest.Holds(t, "the text", issue.Text, "\n"+mark+"\n")
		composetest.Holds(t, "the HTML", issue.HTML, `href="`+mark+`"`)
		composetest.Lacks(t, "the copy for checking", trial.Text+trial.HTML, mark)
	}
}

// TestPreheader: it is the first text of the HTML, shown nowhere, and nothing behind it
// is near enough to be shown in a list of mails.
func TestPreheader(t *testing.T) {
	t.Parallel()
	issue, _ := laidOut(t, []byte("+++\nsubject = \"お知らせ\"\npreheader = \"講演会 <先着50名>\"\n+++\n本文\n"))
	_, shown, _ := strings.Cut(issue.HTML, "<body")
	composetest.Holds(t, "the HTML", shown, `<div style="display:none;max-height:0;overflow:hidden;mso-hide:all" aria-hidden="true">講演会 &lt;先着50名&gt;`+strings.Repeat("\u00a0\u200c", 150)+"</div>")
	if strings.Index(shown, "講演会") > strings.Index(shown, "ジャパニフォルニア") {
		t.Error("the preheader stands behind the list's name")
	}
	composetest.Lacks(t, "the text part", issue.Text, "講演会")
	without, _ := laidOut(t, composetest.Source("本文"))
	composetest.Lacks(t, "the HTML without a preheader", without.HTML, "display:none;", "\u200c")
}

// TestRepliesAreSaidToBeUnread unless they are read: at a Reply-To, or because the address that
// issues come from is the very one at which the office is to be reached.
func TestRepliesAreSaidToBeUnread(t *testing.T) {
	t.Parallel()
	const unread = "このメールに返信いただいても、お答えできません。"
	list := composetest.Consulate(t)
	list.ReplyTo = subscribe.Address{}
	said := func() (in [2]string) {
		issue, _ := made(t, list, composetest.Source("本文"))
		return [2]string{issue.Text, issue.HTML}
	}
	for _, part := range said() {
		composetest.Holds(t, "an issue that nobody answers", part, unread)
	}
	list.Office.Contact = strings.ToUpper(list.From.Clear())
	for _, part := range said() {
		composetest.Lacks(t, "an issue from the contact itself", part, unread)
	}
	list.Office.Contact, list.ReplyTo = "https://example.jp/contact", composetest.Address(t, "desk@example.jp")
	for _, part := range said() {
		composetest.Lacks(t, "an issue with a Reply-To", part, unread)
	}
}
