package plain

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.jp/kairan/deliver/compose/slot"
	"example.jp/kairan/subscribe"
)

func japanese() Style { return Style{subscribe.Japanese, 72, Words{"画像", "取消", "注"}} }

func english() Style { return Style{subscribe.English, 72, Words{"Image", "deleted", "note"}} }

const ruled = "----------------------------------------"

// laid is the text part of a fragment.
func laid(t testing.TB, fragment string, s Style) string {
	t.Helper()
	got, err := Text(fragment, s)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// layoutCase is a fragment and the lines that it becomes.
type layoutCase struct{ name, html, want string }

func check(t *testing.T, s Style, cases []layoutCase) {
	t.Helper()
	for _, c := range cases {
		if diff := cmp.Diff(c.want, laid(t, c.html, s)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
}

// backnumber is a URL that is long enough for a line of its own.
const backnumber = "https://www.example.jp/magazine/backnumber/"

func TestBlocksInJapanese(t *testing.T) {
	t.Parallel()
	check(t, japanese(), []layoutCase{
		{"headings", "<h1>題</h1><h2>大</h2><h3>中</h3><h4>小</h4><p>文</p>", "題\n==\n\n■ 大\n\n● 中\n\n○ 小\n\n文"},
		{"headings that have a mark", "<h2>■ お知らせ</h2><h3>●行事</h3><h2>【重要】</h2><h3>・次</h3><h2>📢 その他</h2>", "■ お知らせ\n\n●行事\n\n■ 【重要】\n\n・次\n\n📢 その他"},
		{"a heading that is long", "<h2>" + strings.Repeat("長い見出し", 8) + "</h2>", "■ " + strings.Repeat("長い見出し", 6) + "長い見出\n　 し長い見出し"},
		{"full-width space at the beginning", "<p>　はじめに<br>　次に<br />\n　終わりに</p>", "　はじめに\n　次に\n　終わりに"},
		{"blanks at the end", "<p>一　<br>二 <br>三　</p>", "一\n二\n三"},
		{"a URL behind full-width spaces", `<p>A．掲載しています。<br>　　<a href="` + backnumber + `">` + backnumber + `</a><br>◇詳細　　<a href="` + backnumber + `">` + backnumber + `</a><br>詳細：<a href="` + backnumber + `">` + backnumber + `</a></p>`,
			"A．掲載しています。\n　　" + backnumber + "\n◇詳細　　" + backnumber + "\n詳細：\n" + backnumber},
		{"a list", "<ul><li>旅券<ul><li>写真</li></ul></li><li>印</li></ul><p>後</p>", "・旅券\n　・写真\n・印\n\n後"},
		{"a list of paragraphs", "<ul><li><p>一</p><p>続き</p></li><li><p>二</p></li></ul>", "・一\n\n　続き\n\n・二"},
		{"a list that has its own marks", "<ul><li>・一</li><li>※二</li></ul>", "・一\n※二"},
		{"numbers", `<ol start="9"><li>九</li><li>十</li></ol>`, "9. 九\n10. 十"},
		{"an empty item counts", "<ol><li>一</li><li></li><li>三</li></ol>", "1. 一\n2.\n3. 三"},
		{"a list in an item that has nothing else", "<ul><li><ul><li>内</li></ul></li></ul>", "・・内"},
		{"a quotation", "<p>前</p><blockquote><p>一</p><p>二</p><blockquote><p>三</p></blockquote></blockquote><p>後</p>", "前\n\n> 一\n>\n> 二\n>\n> > 三\n\n後"},
		{"code", "<p>前</p><pre><code>a  b\n\n  c\n</code></pre>", "前\n\na  b\n\n  c"},
		{"a rule", "<p>前</p><hr><p>後</p>", "前\n\n" + ruled + "\n\n後"},
		{"terms", "<dl><dt>日時</dt><dd>明日</dd><dt>場所</dt><dd>市役所</dd></dl>", "日時\n　　明日\n\n場所\n　　市役所"},
		{"text between blocks", "前<p>中</p>後", "前\n\n中\n\n後"},
		{"pictures only", `<p><img alt="ポスター"></p>`, "［画像：ポスター］"},
		{"a picture without words", `<p>前<img src="a.png">後</p>`, "前後"},
		{"items are folded below their text", "<ul><li>" + strings.Repeat("項目の文", 10) + "</li></ul>", "・" + strings.Repeat("項目の文", 8) + "項目の\n　文項目の文"},
	})
}

func TestBlocksInEnglish(t *testing.T) {
	t.Parallel()
	check(t, english(), []layoutCase{
		{"headings", "<h1>Title</h1><h2>Big</h2><h3>Small</h3><p>x</p>", "Title\n=====\n\nBig\n---\n\nSmall\n\nx"},
		{"lists", "<ul><li>a<ol><li>b</li></ol></li></ul>", "- a\n  1. b"},
		{"pictures", `<p>See <img alt="a map"> here</p>`, "See [Image: a map] here"},
		{"struck out", "<p>Fee: <del>500 yen</del> free</p>", "Fee: [deleted: 500 yen] free"},
		{"folded at spaces", "<p>" + strings.Repeat("word ", 20) + "</p>", strings.TrimSpace(strings.Repeat("word ", 14)) + "\n" + strings.TrimSpace(strings.Repeat("word ", 6))},
		{"links", `<p>See <a href="https://example.jp/a">the page</a>.</p><h2>B</h2>`, "See the page [1].\n\n[1] https://example.jp/a\n\nB\n-"},
		{"footnotes", `<p>By census<sup><a href="#note-1" id="noteref-1">[1]</a></sup>.</p><hr><ol class="notes"><li id="note-1">Of 2025.</li></ol>`,
			"By census [note 1].\n\n" + ruled + "\n\n[note 1] Of 2025."},
		{"a contact", `<p><a href="mailto:info@example.jp">Write to us</a></p>`, "Write to us (info@example.jp)"},
	})
}

func TestInline(t *testing.T) {
	t.Parallel()
	check(t, japanese(), []layoutCase{
		{"emphasis", "<p><strong>重要</strong>な<em>お知らせ</em>、<code>a  b</code></p>", "重要なお知らせ、a b"},
		{"struck out", "<p>料金は<del>500円</del>無料</p>", "料金は（取消：500円）無料"},
		{"readings", "<p><ruby>東京<rp>(</rp><rt>とうきょう</rt><rp>)</rp></ruby>と<ruby>漢<rt>かん</rt>字<rt>じ</rt></ruby></p>", "東京（とうきょう）と漢（かん）字（じ）"},
		{"powers", "<p>10<sup>2</sup>と10<sup>-3</sup>とm<sup>2</sup>とx<sup>n</sup>とe<sup>x</sup></p>", "10^2と10^-3とm^2とx^nとe^x"},
		{"raised, and no power", "<p>1<sup>st</sup>、国勢調査<sup>1</sup>、品名<sup>TM</sup>、census<sup>2</sup></p>", "1st、国勢調査（1）、品名TM、census（2）"},
		{"lowered", "<p>H<sub>2</sub>O、NO<sub>x</sub>、PM<sub>2.5</sub>、x<sub>max</sub>、10<sub>2</sub></p>", "H2O、NOx、PM2.5、x_max、10_2"},
		{"white space", "<p>\n a\n\tb <b> c</b>&nbsp;d </p>", "a b c d"},
		{"a line break at the end", "<p>一<br></p><p><br>二</p>", "一\n\n二"},
		{"quoted marks", "<p>2 * 3 &lt; 5 &amp;amp; a_b ~ # 1.</p>", "2 * 3 < 5 &amp; a_b ~ # 1."},
	})
}

func TestLinks(t *testing.T) {
	t.Parallel()
	const page = `<a href="https://example.jp/a">予約ページ</a>`
	long := "https://www.example.jp/" + strings.Repeat("long/", 20)
	check(t, japanese(), []layoutCase{
		{"numbered below the section", "<p>" + page + `からお願いします。<a href="https://example.jp/b">他</a>も、` + page + "も。</p><h2>次</h2><p>" + page + "</p><p>" + page + "へ</p>",
			"予約ページ［1］からお願いします。他［2］も、予約ページ［1］も。\n\n［1］ https://example.jp/a\n［2］ https://example.jp/b\n\n■ 次\n\n予約ページ\nhttps://example.jp/a\n\n予約ページ［3］へ\n\n［3］ https://example.jp/a"},
		{"a paragraph of its own", "<p><strong>" + page + "</strong></p>", "予約ページ\nhttps://example.jp/a"},
		{"a line of its own", "<p>一<br />\n" + page + "<br />\n二、" + page + "<br />\n" + page + "</p>", "一\n予約ページ\nhttps://example.jp/a\n二、予約ページ［1］\n予約ページ\nhttps://example.jp/a\n\n［1］ https://example.jp/a"},
		{"an item of its own", "<ul><li>" + page + "</li></ul>", "・予約ページ\n　https://example.jp/a"},
		{"bare, before a space", `<p>詳細 <a href="https://example.jp/a">https://example.jp/a</a> をどうぞ</p>`, "詳細 https://example.jp/a をどうぞ"},
		{"bare, before letters", `<p>詳細は<a href="https://example.jp/a">https://example.jp/a</a>をどうぞ</p>`, "詳細は\nhttps://example.jp/a\nをどうぞ"},
		{"bare, before what is read on", `<p><a href="https://example.jp/a">https://example.jp/a</a>PDFと <a href="https://example.jp/b">https://example.jp/b</a>(資料)、<a href="https://example.jp/c">https://example.jp/c</a>.</p>`,
			"https://example.jp/a\nPDFと\nhttps://example.jp/b\n(資料)、https://example.jp/c."},
		{"bare, before a full stop", `<p>詳細：<a href="https://example.jp/a">https://example.jp/a</a>。次（<a href="https://example.jp/b">https://example.jp/b</a>）</p>`, "詳細：https://example.jp/a 。次（https://example.jp/b ）"},
		{"bare and long", `<p>詳細 <a href="` + long + `">` + long + `</a> をどうぞ</p>`, "詳細\n" + long + "\nをどうぞ"},
		{"without its scheme", `<p>→ <a href="https://www.example.jp/">www.example.jp</a> など</p>`, "→ https://www.example.jp/ など"},
		{"as people read it", `<p><a href="https://xn--wgv71a119e.example/%E8%B3%87%E6%96%99">https://日本語.example/資料</a> をどうぞ</p>`,
			"https://日本語.example/資料 ［1］ をどうぞ\n\n［1］ https://xn--wgv71a119e.example/%E8%B3%87%E6%96%99"},
		{"addresses", `<p><a href="mailto:info@example.jp">info@example.jp</a>まで。<a href="mailto:a%2Bb@example.jp?subject=x">窓口</a>（<a href="mailto:info@example.jp">info@example.jp</a>）</p>`,
			"info@example.jp まで。窓口（a+b@example.jp）（info@example.jp）"},
		{"telephones", `<p><a href="tel:+81-3-1234-5678">03-1234-5678</a>、<a href="tel:03-1234-5678">代表</a>、<a href="tel:0312345678">電話０３（１２３４）５６７８</a></p>`,
			"03-1234-5678、代表（03-1234-5678）、電話０３（１２３４）５６７８"},
		{"anchors", `<p><a href="#a">下記</a>と<a>なし</a></p>`, "下記となし"},
		{"a picture", `<p><a href="https://example.jp/a"><img alt="地図"></a></p>`, "［画像：地図］\nhttps://example.jp/a"},
		{"no words", `<p>前 <a href="https://example.jp/a"><img></a> 後</p>`, "前 https://example.jp/a 後"},
		{"in a heading", `<h2>` + page + `</h2><p>文</p>`, "■ 予約ページ［1］\n\n文\n\n［1］ https://example.jp/a"},
		{"footnotes", `<p>調査<sup><a href="#note-1" id="noteref-1">[1]</a></sup>と` + page + `。</p><hr><ol class="notes"><li id="note-1">国勢調査による。 <a href="#noteref-1">↩</a></li><li id="note-2">` + page + `による。</li></ol>`,
			"調査［注1］と予約ページ［1］。\n\n［1］ https://example.jp/a\n\n" + ruled + "\n\n［注1］ 国勢調査による。\n\n［注2］ 予約ページ［2］による。\n\n［2］ https://example.jp/a"},
	})
}

func TestSlotsKeepTheirMarks(t *testing.T) {
	t.Parallel()
	name := slot.Mark(0)
	check(t, japanese(), []layoutCase{
		{"a name and its title stay together", "<p>" + strings.Repeat("あ", 31) + name + "様へ</p>", strings.Repeat("あ", 31) + "\n" + name + "様へ"},
		{"in a table", "<table><tr><th>a</th><th>b</th></tr><tr><td>" + name + "</td><td>全国</td></tr></table>", "a：b\n----\n" + name + "：全国"},
		{"braces", "<p>" + string(slot.MarkBraces) + "x}}</p>", string(slot.MarkBraces) + "x}}"},
	})
}
