package markdown

import (
	"strings"
	"testing"
)

func TestHTMLThatIsTaken(t *testing.T) {
	t.Parallel()
	for source, want := range map[string]string{
		`a<b>重要</b>b`: `<p>a<strong>重要</strong>b</p>`,
		`<i>一</i><em>二</em><u>三</u><s>四</s><del>五</del><strike>六</strike><small>七</small>`: `<p><em>一</em><em>二</em><u>三</u><del>四</del><del>五</del><del>六</del><small>七</small></p>`,
		`H<sub>2</sub>O m<sup>2</sup>`:                  `<p>H<sub>2</sub>O m<sup>2</sup></p>`,
		`<ruby>漢<rp>(</rp><rt>かん</rt><rp>)</rp></ruby>`: `<p><ruby>漢<rp>(</rp><rt>かん</rt><rp>)</rp></ruby></p>`,
		`<ruby><rb>漢</rb><rt>かん</ruby>`:                 `<p><ruby>漢<rt>かん</rt></ruby></p>`,
		`<span class="x">**太字**</span>です`:               `<p><strong>太字</strong>です</p>`,
		"一<br/>二<BR>三<br />四":                           `<p>一<br>二<br>三<br>四</p>`,
		"一\n<br>\n二":                                    `<p>一<br>二</p>`,
		"<br>\n次の**文**です":                               "<p><br>次の<strong>文</strong>です</p>",
		`<a href="https://www.example.jp/?a=1&amp;b=2" target="_blank">案内</a>です`: `<p><a href="https://www.example.jp/?a=1&amp;b=2">案内</a>です</p>`,
		`<a href="https://日本語.jp/">案内</a>です`:                                     `<p><a href="https://xn--wgv71a119e.jp/">案内</a>です</p>`,
		`<img src="https://www.example.jp/a.png" alt="地図" width="200">`:          `<p><img src="https://www.example.jp/a.png" alt="地図" width="200"></p>`,
		"<p align=\"center\">中央の文\nです</p>":                                       "<p align=\"center\">中央の文です</p>",
		"<p>一\n<p>二":          "<p>一</p>\n<p>二</p>",
		"<center>中央</center>": `<div align="center">中央</div>`,
		"<div style=\"text-align: right;\">\n\n**広報課**\n\n</div>":                       "<div align=\"right\"><p><strong>広報課</strong></p>\n</div>",
		"<div>\n詳細はhttps://www.example.jp/aをご覧ください。\n</div>":                            `<div>詳細は<a href="https://www.example.jp/a">https://www.example.jp/a</a>をご覧ください。</div>`,
		"<div>お問い合わせはdesk@example.jpまで &amp; &copy;</div>":                              `<div>お問い合わせは<a href="mailto:desk@example.jp">desk@example.jp</a>まで &amp; ©</div>`,
		"<table>\n<tr><th>日時<th>内容\n<tr><td colspan=\"2\">1日<br>2日</td></tr>\n</table>": "<table><tr><th>日時</th>\n<th>内容</th>\n</tr>\n<tr><td colspan=\"2\">1日<br>2日</td>\n</tr>\n</table>",
		"<ul>\n<li>一\n<li>二<ul><li>三</ul>\n</ul>":                                       "<ul><li>一</li>\n<li>二\n<ul><li>三</li>\n</ul>\n</li>\n</ul>",
		"<hr>\n":       "<hr>",
		"<h2>見出し</h2>": "<h2>見出し</h2>",
		"> <div>引用\n> の文</div>\n> \n> 続き": "<blockquote>\n<div>引用の文</div>\n<p>続き</p>\n</blockquote>",
		"| a |\n|--|\n| <b>x</b><br>y |":  "<table>\n<thead>\n<tr>\n<th>a</th>\n</tr>\n</thead>\n<tbody>\n<tr>\n<td><strong>x</strong><br>y</td>\n</tr>\n</tbody>\n</table>",
		"前<!-- メモ -->後":                   "<p>前後</p>",
		"前\n\n<!-- メモ\n\nメモ -->\n\n後":     "<p>前</p>\n<p>後</p>",
		"<!-- メモ --> 後":                   "後",
		"A &lt; B, 1 < 2, <お問い合わせ>":       "<p>A &lt; B, 1 &lt; 2, &lt;お問い合わせ&gt;</p>",
	} {
		d, err := render(t, source)
		if err != nil {
			t.Errorf("%q: %v", source, err)
			continue
		}
		if got := strings.TrimSpace(d.HTML); got != want {
			t.Errorf("%q\n became %q\n   want %q", source, got, want)
		}
		if len(d.Findings) > 0 {
			t.Errorf("%q: %v", source, d.Findings)
		}
	}
}

func TestHTMLThatIsFound(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ text, want string }{
		{"前の文。\n\n<!-- 内部メモ\n\n後の文。", `line 6: the comment that begins here with "<!--" is not closed`},
		{"前 <!A 重要> 後", `line 4: what stands between "<!" and ">"`},
		{"前 <?重要?> 後", `line 4: what stands between "<?" and ">"`},
		{"前 <![CDATA[大切な文]]> 後", `line 4: what stands between "<!" and ">"`},
		{"<![CDATA[大切な文]]>", `line 4: what stands between "<!" and ">"`},
		{"<?重要?>", `line 4: what stands between "<?" and ">"`},
		{"<!DOCTYPE html>", `line 4: what stands between "<!" and ">"`},
		{"あ\n\nい<b>太字", `line 6: the HTML tag <b> is not closed`},
		{"<b>太字\n\n次</b>", `line 4: the HTML tag <b> is not closed`},
		{"<b>太字\n\n次</b>", `line 6: the HTML tag </b> closes nothing`},
		{"<div>\n\n文", `line 4: the HTML tag <div> is not closed`},
		{"文\n\n</div>", `line 6: the HTML tag </div> closes nothing`},
		{"- <b>項目\n- 項目</b>", `line 4: the HTML tag <b> is not closed`},
		{"**<b>太字**</b>", `line 4: the HTML tag <b> is not closed`},
		{"[[^1]](https://www.example.jp/)\n\n[^1]: 注", `line 4: a note is all that this link shows`},
		{"文<div>x</div>", `line 4: the HTML tag <div> cannot stand in a paragraph`},
		{"<b id=\"x\"><p dir=\"ltr\"><span>案内</span></p><ul><li><p>日時</p></li></ul></b>", `line 4: the HTML tag <p> cannot stand in a paragraph; begin a line with it, below a blank one`},
		{"<script>alert(1)</script>", `line 4: the HTML tag <script> cannot be sent; programs do not run in mails`},
		{"文\n\n<style>\np {}\n</style>", `line 6: the HTML tag <style> cannot be sent; the layout`},
		{"<iframe src=\"https://www.example.jp/\"></iframe>", `line 4: the HTML tag <iframe> cannot be sent; write a link`},
		{"<form>\n<input>\n</form>", `line 5: the HTML tag <input> cannot be sent`},
		{"<foo>x</foo>", `line 4: the HTML tag <foo> cannot be sent; write it in Markdown`},
		{"あ</foo>", `line 4: the HTML tag </foo> closes nothing`},
		{"<b onclick=\"x\">太字</b>", `line 4: the HTML tag <b> cannot be sent with onclick`},
		{"<a href=\"http://example.jp/\">x</a>", `line 4: the link to "http://example.jp/" cannot be sent`},
		{"<a href=\"javascript:alert(1)\">x</a>", `line 4: the link to "javascript:alert(1)" cannot be sent`},
		{"<p><img src=\"https://example.org/a.png\"></p>", `line 4: the picture "https://example.org/a.png" cannot be sent`},
		{"<font color=\"red\">赤</font>", `line 4: color of <font> is left out: the layout`},
		{"<font color=\"red\">赤</font>\n\n<p style=\"color: red\">赤</p>\n\n<p><span style=\"x\">青</span></p>", `line 4: color of <font> is left out, as in other tags: the layout`},
		{"<p style=\"color: red\">赤</p>", `line 4: style of <p> is left out`},
		{"[案内](https://www.example.jp/ \"秋の案内\")", `line 4: "秋の案内" behind the address`},
		{"<div>\n**太字\n</div>", `line 5: "**" is printed as it stands, since Markdown is not read between HTML tags`},
		{"<div>\n- 一つ\n</div>", `line 5: "-" is printed as it stands`},
		{"<div>\n## 見出し\n</div>", `line 5: "##" is printed as it stands`},
		{"<table><tr><td>[申込](https://www.example.jp/)</td></tr></table>", `line 4: "](" is printed as it stands`},
		{"<div>\n日時：1日\n場所：市役所\n</div>", `line 5: this line and those below`},
	} {
		d, err := render(t, tc.text)
		said := ""
		if err != nil {
			said = err.Error()
		} else {
			said = d.Findings.Error()
		}
		if !strings.Contains(said, tc.want) {
			t.Errorf("%q\n found %s\n  want %s", tc.text, said, tc.want)
		}
	}
}

// TestLookThatNobodyMisses: what a tag says of its look is no finding if the layout does
// the same.
func TestLookThatNobodyMisses(t *testing.T) {
	t.Parallel()
	const picture = `<img src="https://www.example.jp/p.png" alt="菊" style="%s">`
	for text, want := range map[string]string{
		strings.Replace(picture, "%s", "width: 100%; max-width: 480px;", 1): "",
		strings.Replace(picture, "%s", "height:auto", 1):                    "",
		strings.Replace(picture, "%s", "width:100%;float:left", 1):          "4 html-look",
		`上<br style="clear:both">下`:                                         "",
		`<p dir="ltr">上</p>`:                                                "",
		`<p dir="rtl">上</p>`:                                                "4 html-look",
		`<p style="width:100%">上</p>`:                                       "4 html-look",
	} {
		d, err := render(t, text)
		if got := rules(d.Findings); err != nil || got != want {
			t.Errorf("%s: %q, want %q (%v)", text, got, want, err)
		}
	}
}
