package markdown

import (
	"strings"
	"testing"

	"example.jp/kairan/deliver/compose/composetest"
)

// Texts with what becomes of them and what is found: "LINE RULE", with commas between.
var references = []struct{ text, want, found string }{
	// Lines that say where a link leads, and text in their form.
	{"[日時]: 11月14日（土）午前10時\n[会場]: 市民ホール\n\n[注]: 参加費は無料です。", "<p>[日時]: 11月14日（土）午前10時\n[会場]: 市民ホール</p>\n<p>[注]: 参加費は無料です。</p>", "4 line-breaks"},
	{"[日時]: 10:00\n\n[料金]: 500\n\n[TEL]: 03-0000-0000\n\n[年]: 2026/11/14", "<p>[日時]: 10:00</p>\n<p>[料金]: 500</p>\n<p>[TEL]: 03-0000-0000</p>\n<p>[年]: 2026/11/14</p>", ""},
	{"[案内][a]と[b]です。\n\n[a]: https://www.example.jp/a\n[b]: <https://www.example.jp/b>\n[注]: 無料", "<p><a href=\"https://www.example.jp/a\">案内</a>と<a href=\"https://www.example.jp/b\">b</a>です。</p>\n<p>[注]: 無料</p>", ""},
	{"[a]です。\n\n[a]: https://www.example.jp/a\n[b]: https://www.example.jp/b\n[A]: https://www.example.jp/c", "<p><a href=\"https://www.example.jp/a\">a</a>です。</p>", "7 reference,8 reference"},
	{"![地図][m]\n\n[m]: https://www.example.jp/m.png", "<p><img src=\"https://www.example.jp/m.png\" alt=\"地図\"></p>", ""},
	// Notes.
	{"増えました[^1]。\n\n[^1]: 国勢調査による。", "<p>増えました<sup><a href=\"#note-1\" id=\"noteref-1\">[1]</a></sup>。</p>\n<hr>\n<ol class=\"notes\"><li id=\"note-1\">国勢調査による。</li>\n</ol>", ""},
	{"一[^b]、二[^a]、三[^b]。\n\n[^a]: **甲**\n\n[^b]: 乙[^c]\n[^c]: 丙\n\n終わり", "<p>一<sup><a href=\"#note-1\" id=\"noteref-1\">[1]</a></sup>、二<sup><a href=\"#note-2\" id=\"noteref-2\">[2]</a></sup>、三<sup><a href=\"#note-1\">[1]</a></sup>。</p>\n<p>終わり</p>\n<hr>\n" +
		"<ol class=\"notes\"><li id=\"note-1\">乙<sup><a href=\"#note-3\" id=\"noteref-3\">[3]</a></sup></li>\n<li id=\"note-2\"><strong>甲</strong></li>\n<li id=\"note-3\">丙</li>\n</ol>", ""},
	{"増えました[^1]\nそして", "<p>増えました[^1]\nそして</p>", "4 note"},
	{"増えました[^1]\nそして\n\n[^1]: 注", "<p>増えました<sup><a href=\"#note-1\" id=\"noteref-1\">[1]</a></sup>そして</p>\n<hr>\n<ol class=\"notes\"><li id=\"note-1\">注</li>\n</ol>", ""},
	{"文です。\n\n[^1]: 呼ばれない注", "<p>文です。</p>\n<hr>\n<ol class=\"notes\"><li id=\"note-1\">呼ばれない注</li>\n</ol>", "6 note"},
	{"文[^1]。\n\n[^1]: 一\n[^1]: 二", "<p>文<sup><a href=\"#note-1\" id=\"noteref-1\">[1]</a></sup>。</p>\n<hr>\n<ol class=\"notes\"><li id=\"note-1\">一</li>\n<li id=\"note-2\">二</li>\n</ol>", "7 note"},
	{"文[^1]。\n\n[^1]: 一\n\n    二", "<p>文<sup><a href=\"#note-1\" id=\"noteref-1\">[1]</a></sup>。</p>\n<hr>\n<ol class=\"notes\"><li id=\"note-1\"><p>一</p>\n<p>二</p>\n</li>\n</ol>", ""},
	{"文[^1]。\n\n[^1]: > [^2]: 甲\n\n    [^3]: 乙", "<p>文<sup><a href=\"#note-1\" id=\"noteref-1\">[1]</a></sup>。</p>\n<hr>\n<ol class=\"notes\"><li id=\"note-1\"><blockquote>\n<p>[^2]: 甲</p>\n</blockquote>\n<p>[^3]: 乙</p>\n</li>\n</ol>", "6 note,8 note"},
	{"[^a]: 甲[^b]\n[^b]: 乙[^c]\n[^c]: 丙[^無]", "<hr>\n<ol class=\"notes\"><li id=\"note-1\">甲<sup><a href=\"#note-2\" id=\"noteref-2\">[2]</a></sup></li>\n" +
		"<li id=\"note-2\">乙<sup><a href=\"#note-3\" id=\"noteref-3\">[3]</a></sup></li>\n<li id=\"note-3\">丙[^無]</li>\n</ol>", "4 note,6 note"},
	{"<dl><dt>語<dd>文[^1]</dd></dl>\n\n[^1]: 注", "<dl><dt>語</dt>\n<dd>文<sup><a href=\"#note-1\" id=\"noteref-1\">[1]</a></sup></dd>\n</dl>\n<hr>\n<ol class=\"notes\"><li id=\"note-1\">注</li>\n</ol>", ""},
	{"[*題[^1]*と[^2]](https://www.example.jp/)です\n\n[^1]: 一\n[^2]: 二", "<p><a href=\"https://www.example.jp/\"><em>題</em>と</a><sup><a href=\"#note-1\" id=\"noteref-1\">[1]</a></sup><sup><a href=\"#note-2\" id=\"noteref-2\">[2]</a></sup>です</p>\n<hr>\n" +
		"<ol class=\"notes\"><li id=\"note-1\">一</li>\n<li id=\"note-2\">二</li>\n</ol>", ""},
	// Links within the text.
	{"[概要へ](#開催概要)\n\n## 開催 概要", "<p><a href=\"#section-1\">概要へ</a></p>\n<h2 id=\"section-1\">開催 概要</h2>", ""},
	{"[b](#no-2-b) [a](#a-1) [a](#a-1)\n\n## A\n\n## A\n\n## No. 2: b", "<p><a href=\"#section-1\">b</a> <a href=\"#section-2\">a</a> <a href=\"#section-2\">a</a></p>\n<h2>A</h2>\n<h2 id=\"section-2\">A</h2>\n<h2 id=\"section-1\">No. 2: b</h2>", ""},
	{"[先頭](#top)です\n\n<a name=\"top\"></a>先頭\n\n<h2 id=\"x\">題</h2>", "<p><a href=\"#section-1\">先頭</a>です</p>\n<p><a id=\"section-1\"></a>先頭</p>\n<h2>題</h2>", ""},
	{"[どこか](#無い)です", "<p>どこかです</p>", "4 anchor"},
	// What a link shows, and where it leads.
	{"[https://www.example.jp/](https://www.example.jp/a)", "", ""},
	{"[www.example.jp](https://example.jp/a)", "", ""},
	{"[example.jp の案内](https://shop.example.jp/)", "", ""},
	{"[http://www.example.jp/a](https://www.example.jp/a)", "", ""},
	{"[https://www.example.jp/資料](https://www.example.jp/%E8%B3%87%E6%96%99)", "", ""},
	{"[https://日本語.jp/](https://xn--wgv71a119e.jp/)", "", ""},
	{"[desk@example.jp](mailto:desk@example.jp)", "", ""},
	{"[電話 03-1234-5678](tel:03-1234-5678)", "", ""},
	{"[Node.js と README.md と ver.2.1](https://www.example.jp/)", "", ""},
	{"[https://www.example.jp/…](https://www.example.jp/b/c)", "", ""},
	{"[詳細は https://www.example.jp/a へ](https://www.example.org/a)", "", "4 link-host"},
	{"[example.com](https://www.example.jp/)", "", "4 link-host"},
	{"[https://www.example.jp/a](https://www.example.jp/b)", "", "4 link-host"},
	{"[desk@example.jp](mailto:other@example.jp)", "", "4 link-host"},
	{"[desk@example.jp](https://www.example.jp/form)", "", "4 link-host"},
}

func TestReferences(t *testing.T) {
	t.Parallel()
	for _, r := range references {
		d, err := render(t, r.text)
		if err != nil {
			t.Errorf("%q: %v", r.text, err)
			continue
		}
		if got := strings.TrimSpace(d.HTML); r.want != "" && got != r.want {
			t.Errorf("%q\n became %q\n   want %q", r.text, got, r.want)
		}
		if got := rules(d.Findings); got != r.found {
			t.Errorf("%q\n found %s\n  want %s: %v", r.text, got, r.found, d.Findings)
		}
	}
}

func TestDisguisedLinksAreRefused(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"[https://www.example.jp/login](https://www.example.org/login)":  `the link shows "www.example.jp" and leads to "www.example.org"`,
		"[https://www.example.jp/](https://www.example.jp.example.org/)": `the link shows "www.example.jp" and leads to "www.example.jp.example.org"`,
		"<a href=\"https://example.org/\">www.example.jp</a>":            `the link shows "www.example.jp" and leads to "example.org"`,
		"[desk@example.jp](mailto:desk@example.org)":                     `the link shows "example.jp" and leads to "example.org"`,
	} {
		_, err := render(t, text)
		if err == nil {
			t.Errorf("%s was taken", text)
			continue
		}
		composetest.Holds(t, text, err.Error(), "line 4: ", want)
	}
}

// TestWordsThatShowAHost: what speaks of an address does not deceive, and neither does a
// backslash in one.
func TestWordsThatShowAHost(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		`[https://www.example.jp/nyusatsu?ka\_no=3](https://www.example.jp/nyusatsu?ka_no=3)`: "",
		`[https://www.example.jp/nyusatsu?ka\_no=3](https://www.example.jp/nyusatsu?ka_no=4)`: "4 link-host",
		`[tosho.example.jp の休止](https://www.example.jp/oshirase/)`:                            "",
		`[tosho.example.jp の休止](https://www.example.org/oshirase/)`:                           "4 link-host",
		`[tosho.example.jp](https://kouhou.example.jp/oshirase/)`:                             "4 link-host",
		`[shi.lg.jp の休止](https://www.machi.lg.jp/)`:                                           "4 link-host",
	} {
		d, err := render(t, text)
		if got := rules(d.Findings); err != nil || got != want {
			t.Errorf("%s: %q, want %q (%v)", text, got, want, err)
		}
	}
}

// TestTitlesThatAreRead: words behind an address are said if they stand nowhere else.
func TestTitlesThatAreRead(t *testing.T) {
	t.Parallel()
	const far = "市の広報紙は毎月一日に各家庭へ配ります。"
	for text, want := range map[string]string{
		"[菊花展](https://www.example.jp/ \"菊花展\")":                                           "",
		"## 菊花展のご案内\n\n[www.example.jp](https://www.example.jp/ \"菊花展のご案内\")":              "",
		"<a href=\"https://www.example.jp/\" title=\"菊花展\">菊花展</a>の頁":                      "",
		"[a](https://www.example.jp/ \"菊花展\") [b](https://www.example.jp/ \"菊花展\")":        "4 title",
		"[申込み](https://www.example.jp/ '菊花展')":                                             "4 title",
		"菊花展\n\n" + strings.Repeat(far, 40) + "\n\n[申込み](https://www.example.jp/ \"菊花展\")": "8 title",
	} {
		d, err := render(t, text)
		if got := rules(d.Findings); err != nil || got != want {
			t.Errorf("%.80s: %q, want %q (%v)", text, got, want, err)
		}
	}
}

// TestPicturesByPath: the words say both places where a picture may lie.
func TestPicturesByPath(t *testing.T) {
	t.Parallel()
	_, err := render(t, "![茶会の会場](../img/2026/chakai.jpg)")
	if err == nil {
		t.Fatal("it was taken")
	}
	composetest.Holds(t, "a path", err.Error(), "line 4: ", "a path is not read", "write its name alone: chakai.jpg;", "the whole address: https://www.example.jp/img/2026/chakai.jpg")
}
