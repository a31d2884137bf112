package compose

import (
	"bytes"
	"mime"
	"slices"
	"strings"
	"testing"
	"time"

	"example.jp/kairan/deliver"

	"example.jp/kairan/deliver/compose/composetest"
	"example.jp/kairan/deliver/compose/issue"
	"example.jp/kairan/subscribe"
)

// issueHeaderNames is every header of an issue, and no other may appear.
func issueHeaderNames() []string {
	return []string{
		"Date", "From", "To", "Reply-To", "Subject", "Message-ID", "MIME-Version", "Content-Type", "Content-Language",
		"List-Id", "List-Help", "List-Owner", "List-Post", "List-Unsubscribe", "List-Unsubscribe-Post",
		"Precedence", "X-Auto-Response-Suppress",
	}
}

func TestIssueOnTheWire(t *testing.T) {
	t.Parallel()
	for _, source := range []string{"autumn.md", "autumn-en.md"} {
		got := message(t, compiled(t, composetest.Consulate(t), composetest.Sample(t, source)), reader(t))
		scan(t, got.Data)
		if got.Envelope.From != "bounce@bounce.example.jp" || got.Envelope.To != "reader@example.com" {
			t.Errorf("envelope %+v", got.Envelope)
		}
		m := read(t, got.Data)
		once(t, m.header, issueHeaderNames()...)
		for name, want := range map[string]string{
			"Date": "Mon, 30 Nov 2026 16:00:00 -0800", "To": "<reader@example.com>", "Reply-To": "<contact@example.jp>",
			"List-Unsubscribe":      "<https://mail.example.jp/leave/FMlUvE0BAgMAAAAAAAAAAAAAAAAA>",
			"List-Unsubscribe-Post": "List-Unsubscribe=One-Click", "Precedence": "bulk", "List-Post": "NO",
			"X-Auto-Response-Suppress": "OOF, AutoReply", "List-Owner": "<mailto:contact@example.jp>",
		} {
			if got := m.header.Get(name); got != want {
				t.Errorf("%s: %s, want %s", name, got, want)
			}
		}
		composetest.Holds(t, "List-Id", m.header.Get("List-Id"), " <japanifornia.list-id.example.jp>")
		composetest.Holds(t, "Message-ID", m.header.Get("Message-ID"), "@example.jp>")
		if want := []string{"text/plain; charset=UTF-8", "text/html; charset=UTF-8"}; !slices.Equal(m.kinds, want) {
			t.Errorf("parts %v, want %v", m.kinds, want)
		}
		for what, part := range map[string]string{"text": m.text, "html": m.html} {
			if bareBreaks([]byte(part)) {
				t.Errorf("a bare line break is in the decoded %s (RFC 2046 §4.1.1)", what)
			}
		}
	}
}

func TestTransferEncodings(t *testing.T) {
	t.Parallel()
	ja := message(t, compiled(t, composetest.Consulate(t), composetest.Sample(t, "autumn.md")), reader(t))
	en := message(t, compiled(t, composetest.Consulate(t), composetest.Sample(t, "autumn-en.md")), reader(t))
	composetest.Holds(t, "the Japanese issue", string(ja.Data), "Content-Transfer-Encoding: base64")
	composetest.Holds(t, "the English issue", string(en.Data), "Content-Transfer-Encoding: quoted-printable")
	composetest.Lacks(t, "the English issue", string(en.Data), "base64")
}

func TestFooterIsInBothParts(t *testing.T) {
	t.Parallel()
	for source, want := range map[string][]string{
		"autumn.md": {
			"在サンフランシスコ日本国総領事館", "カリフォルニア州サンフランシスコ市 見本通り1番地", "contact@example.jp", "「ジャパニフォルニア」の配信に登録された方",
			"当館の行事と領事情報をお知らせするため", "配信は、いつでも停止できます。", "配信を停止する", "登録内容を変更する",
			"https://mail.example.jp/leave/FMlUvE0BAgMAAAAAAAAAAAAAAAAA", "https://mail.example.jp/correct?list=japanifornia", "https://www.example.jp/privacy",
		},
		"autumn-en.md": {
			"Consulate General of Japan in San Francisco", "1 Sample Street", "contact@example.jp", "subscribed to ",
			"news of our events and consular services", "You can unsubscribe at any time.", "Unsubscribe from this list", "Correct your entry",
			"https://mail.example.jp/leave/FMlUvE0BAgMAAAAAAAAAAAAAAAAA", "https://mail.example.jp/correct?list=japanifornia", "https://www.example.jp/en/privacy",
		},
	} {
		m := read(t, message(t, compiled(t, composetest.Consulate(t), composetest.Sample(t, source)), reader(t)).Data)
		composetest.Holds(t, "the text part", strings.Join(strings.Fields(m.text), " "), want...) // however it is folded
		composetest.Holds(t, "the HTML part", m.html, want...)
		composetest.Holds(t, "the HTML part", strings.ToLower(m.html), "<!doctype html>", "<title>", `<meta charset="utf-8">`,
			`<meta name="color-scheme" content="light dark">`, `role="presentation"`, `dir="ltr" style=`, "font-size:16px", "<h1", "<h2")
		composetest.Lacks(t, "the HTML part", m.html, "nofollow", "<script")
	}
}

func TestReaderWithoutReplyIsTold(t *testing.T) {
	t.Parallel()
	m := read(t, message(t, compiled(t, composetest.Centre(t), composetest.Sample(t, "newsletter.md")), reader(t)).Data)
	composetest.Holds(t, "the text part", m.text, "返信いただいても、お答えできません")
	composetest.Holds(t, "the HTML part", m.html, "返信いただいても、お答えできません")
	if m.header.Get("Reply-To") != "" {
		t.Error("a Reply-To that nobody declared")
	}
}

func TestSlots(t *testing.T) {
	t.Parallel()
	c := compiled(t, composetest.Centre(t), composetest.Sample(t, "newsletter.md"))
	p := reader(t)
	m := read(t, message(t, c, p).Data)
	composetest.Holds(t, "the text part", m.text, "山田 <太郎> & 子 様（ご所属なし）", "東京都の皆さま", "{{name}} です")
	composetest.Holds(t, "the HTML part", m.html, "山田 &lt;太郎&gt; &amp; 子 様（ご所属なし）", "書き方は {{name}} です")
	p.Fields = map[string]string{"name": "a\r\n\r\nb", "organisation": `<img src="https://example.org/">`}
	m = read(t, message(t, c, p).Data)
	composetest.Holds(t, "the text part", m.text, "a    b 様", "全国の皆さま")
	composetest.Lacks(t, "the HTML part", m.html, "<img")
}

func TestSlotsInsideMarkdown(t *testing.T) {
	t.Parallel()
	c := compiled(t, composetest.Centre(t), composetest.Source("# {{name}}\n\n| a | b |\n|---|--:|\n| **{{name}}** | {{prefecture|全国}} |\n\n`{{name}}` `\\{{x}}` ![{{name}}](https://mail.example.jp/a.png)"))
	p := reader(t)
	p.Fields = map[string]string{"name": `V"1`}
	m := read(t, message(t, c, p).Data)
	composetest.Holds(t, "the HTML part", m.html, "V&#34;1</h1>", "<strong>V&#34;1</strong>", `align="right"`, "全国</td>", "V&#34;1</code>", "{{x}}</code>", `alt="V&#34;1"`)
	composetest.Holds(t, "the text part", m.text, "V\"1\r\n=", "\r\nV\"1：全国\r\n", "［画像：V\"1］")
}

func TestSameReaderSameBytes(t *testing.T) {
	t.Parallel()
	c := compiled(t, composetest.Centre(t), composetest.Sample(t, "newsletter.md"))
	stored, err := c.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	again, err := issue.Unmarshal(stored)
	if err != nil {
		t.Fatal(err)
	}
	want := message(t, c, reader(t))
	for range 30 { // go-mail writes some headers from a map
		for _, form := range []*issue.Compiled{c, again, compiled(t, composetest.Centre(t), composetest.Sample(t, "newsletter.md"))} {
			if got := message(t, form, reader(t)); !bytes.Equal(got.Data, want.Data) || got.Envelope != want.Envelope {
				t.Fatalf("the same copy made twice differs:\n%s\n%s", got.Data, want.Data)
			}
		}
	}
}

func TestMessageIDs(t *testing.T) {
	t.Parallel()
	c := compiled(t, composetest.Consulate(t), composetest.Sample(t, "autumn.md"))
	p, seen := reader(t), map[string]bool{}
	for i := range 50 {
		p.ID = subscribe.ID{byte(i)}
		seen[read(t, message(t, c, p).Data).header.Get("Message-ID")] = true
	}
	if len(seen) != 50 {
		t.Errorf("%d Message-IDs for 50 readers", len(seen))
	}
	other, _, err := (&Compiler{Templates: set()}).Compile(t.Context(), composetest.Consulate(t), "autumn", deliver.Manuscript{Source: composetest.Sample(t, "autumn.md")}, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	if seen[read(t, message(t, other, p).Data).header.Get("Message-ID")] {
		t.Error("two issues share a Message-ID")
	}
}

func TestCopyWithoutLinksIsNone(t *testing.T) {
	t.Parallel()
	c := compiled(t, composetest.Consulate(t), composetest.Sample(t, "autumn.md"))
	for _, link := range []string{"", "https://mail.example.jp/leave/a\r\nBcc: b@example.com", "https://a> <b", "https://例え/"} {
		p := reader(t)
		p.LeaveURL = link
		if _, err := c.Message(p); err == nil {
			t.Errorf("a copy with the leave link %q", link)
		}
		p = reader(t)
		p.CorrectURL = link
		if _, err := c.Message(p); err == nil {
			t.Errorf("a copy with the correction link %q", link)
		}
	}
	p := reader(t)
	p.To = subscribe.Address{}
	if _, err := c.Message(p); err == nil {
		t.Error("a copy to nobody")
	}
}

func TestCarriersDotsAreQuoted(t *testing.T) {
	t.Parallel()
	p := reader(t)
	p.To = composetest.Address(t, "foo..bar.@docomo.ne.jp")
	got := message(t, compiled(t, composetest.Consulate(t), composetest.Sample(t, "autumn.md")), p)
	if got.Envelope.To != `"foo..bar."@docomo.ne.jp` || read(t, got.Data).header.Get("To") != `<"foo..bar."@docomo.ne.jp>` {
		t.Errorf("envelope %q", got.Envelope.To)
	}
}

func TestDeclarationsCannotAddHeaders(t *testing.T) {
	t.Parallel()
	const evil = "名\r\nBcc: victim@example.com"
	for name, spoil := range map[string]func(*subscribe.List){
		"list name": func(l *subscribe.List) { l.ListID = "a>\r\nBcc: victim@example.com" },
		"from name": func(l *subscribe.List) { l.FromName.JA = evil },
		"base URL":  func(l *subscribe.List) { l.Office.BaseURL = "https://a\r\nBcc: victim@example.com" },
		"not ASCII": func(l *subscribe.List) { l.ListID = "名前.example.jp" },
	} {
		l := composetest.Consulate(t)
		spoil(l)
		c, err := compile(l, composetest.Sample(t, "autumn.md"))
		if err != nil {
			continue
		}
		if m, err := c.Message(reader(t)); err == nil && strings.Contains(string(m.Data), "\r\nBcc:") {
			t.Errorf("%s: a header was added:\n%s", name, m.Data)
		} else if err == nil && name != "from name" {
			t.Errorf("%s: went through", name)
		}
	}
}

func TestDotLinesSurvive(t *testing.T) {
	t.Parallel()
	m := read(t, message(t, compiled(t, composetest.Consulate(t), []byte("+++\nsubject=\"x\"\nlang=\"en\"\n+++\n```\na\n.\n..b\n```\n")), reader(t)).Data)
	composetest.Holds(t, "the text part", m.text, "\r\n.\r\n..b\r\n")
	composetest.Holds(t, "the HTML part", m.html, "\r\n.\r\n..b\r\n")
}

func TestLongIssueIsRefused(t *testing.T) {
	t.Parallel()
	_, err := compile(composetest.Consulate(t), composetest.Source(strings.Repeat("長い号です。\n\n", 6000)))
	if err == nil {
		t.Fatal("no error")
	}
	composetest.Holds(t, "the error", err.Error(), "above 100 KB Gmail cuts a mail and hides the link that leaves: shorten the issue")
}

func TestIncompleteDeclarationIsRefused(t *testing.T) {
	t.Parallel()
	for want, spoil := range map[string]func(*subscribe.List){
		"the office's postal address": func(l *subscribe.List) { l.Office.Postal = subscribe.Text{} },
		"the office's contact":        func(l *subscribe.List) { l.Office.Contact = "" },
		"the office's name":           func(l *subscribe.List) { l.Office.Name = subscribe.Text{} },
		"privacy policy":              func(l *subscribe.List) { l.Office.PolicyURL = subscribe.Text{} },
		"the list's name":             func(l *subscribe.List) { l.Name = subscribe.Text{} },
		"the list_id":                 func(l *subscribe.List) { l.ListID = "" },
		"the From address":            func(l *subscribe.List) { l.From = subscribe.Address{} },
		"the return path":             func(l *subscribe.List) { l.ReturnPath = subscribe.Address{} },
	} {
		l := composetest.Consulate(t)
		spoil(l)
		if _, err := compile(l, composetest.Sample(t, "autumn.md")); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}

func TestTestersCopyIsInert(t *testing.T) {
	t.Parallel()
	c := compiled(t, composetest.Centre(t), composetest.Sample(t, "newsletter.md"))
	got, err := c.Test(set(), composetest.Address(t, "tester@example.jp"))
	if err != nil {
		t.Fatal(err)
	}
	scan(t, got.Data)
	m := read(t, got.Data)
	subject, _ := new(mime.WordDecoder).DecodeHeader(m.header.Get("Subject"))
	if subject != "[テスト] センターニュース：講演会のお知らせ" {
		t.Errorf("subject %q", subject)
	}
	if m.header.Get("List-Unsubscribe") != "" || m.header.Get("List-Unsubscribe-Post") != "" {
		t.Error("a test can be left")
	}
	html, text := c.TrialHTML, c.TrialText
	if html != m.html || text != m.text {
		t.Error("preview and test differ")
	}
	for _, part := range []string{m.html, m.text} {
		composetest.Holds(t, "the test", part, "確認用の見本", "［お名前］ 様（［ご所属］）", "（実際の配信では、ここがリンクになります）", "配信を停止する")
		composetest.Lacks(t, "the test", part, "/leave/", "/correct")
	}
	real := read(t, message(t, c, reader(t)).Data)
	composetest.Lacks(t, "the issue", real.html+real.text, "確認用の見本")
	if m.header.Get("Message-ID") == real.header.Get("Message-ID") {
		t.Error("test and issue share a Message-ID")
	}
}
