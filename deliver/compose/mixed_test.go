package compose

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"example.jp/kairan/deliver"
	"example.jp/kairan/deliver/compose/composetest"
	"example.jp/kairan/deliver/compose/proof"
)

// good are blocks that are written well. In each, § stands for a number.
func good() []string {
	return []string{
		"## 第§回 講演会", "### ● 募集 §", "本文の段落§です。\n次の行に続きます。", "　字下げの段落§です。", "A paragraph § in English, with *emphasis* and `code_§`.",
		"**重要§** なお知らせと~~旧料金§~~の話。", "- 項目§\n- もう一つ§\n  - 入れ子§", "1. 手順§\n2. 次§\n   続き§\n3. 終わり§", "* a§\n* b§\n\n  第二段落§",
		"> 引用§です。\n> 続きです。", "> - 引用の中の項目§\n> - 二つめ", "| 日 | 会場 |\n|--|:-:|\n| §日 | ホール§ |\n| 翌日 | **公園**§ |",
		"| 品 | 値 |\n|--|--:|\n| a\\|b§ | `c§` |\n| 一行<br>二行§ | |", "[案内§](https://www.example.jp/§)をご覧ください。", "[案内§][名§]\n\n[名§]: https://www.example.jp/p§",
		"<https://www.example.jp/q§> と https://www.example.jp/資料§.pdf と info§@example.jp", "詳しくはhttps://www.example.jp/r§まで。",
		"![地図§](https://www.example.jp/m§.png)", "```toml\nkey§ = \"**\" # &amp; <b>\n```", "    code§()\n    **b**", "<ruby>催<rt>もよお</rt></ruby>し§", "面積は10m<sup>2</sup>、§枚。",
		"増えました§[^n§]。\n\n[^n§]: 統計§による。**確定**です。", "{{name}}様、§番です。", "\\{{name}} と書く§。", "5 \\* § = \\_ \\# 1\\. \\<b\\>", "&copy; § &amp; &#9312; &lt;b&gt;",
		"***", "見出し§\n------", "前<!-- 内緒§ -->後§", "<!-- 行の注釈§ -->", "行末の空白§  \n改行です。", "[電話§](tel:+81-3-0000-0000)と[便り§](mailto:a§@example.jp?subject=x)",
		"§名（6~12歳）、10:00~12:00、3 * § = 9、2_§ 〜 ¥1,000", "1986\\. 年の§。", "日時§　会場　　公園", "（*注§*）と「**強§**」と_under_。",
		"<b>太字§</b>と<u>下線§</u>と<a href=\"https://www.example.jp/h§\">リンク§</a>", "[見出しへ§](#見出し§)\n\n## 見出し§",
	}
}

// TestGoodBlocksTogether: blocks that are written well are read as they were written, in
// whatever order.
func TestGoodBlocksTogether(t *testing.T) {
	t.Parallel()
	list := composetest.Centre(t)
	for _, f := range []struct{ front string }{{""}, {"keep_breaks = true\n"}, {"lang = \"en\"\n"}} {
		rapid.Check(t, func(rt *rapid.T) {
			var b strings.Builder
			b.WriteString("+++\nsubject = \"お知らせ\"\n" + f.front + "+++\n")
			for n, block := range rapid.SliceOfN(rapid.SampledFrom(good()), 1, 14).Draw(rt, "blocks") {
				b.WriteString(strings.ReplaceAll(block, "§", fmt.Sprint(n+100)))
				fmt.Fprintf(&b, "\n\n%d番目の後の文です。\n\n", n) // two lists in a row would be one
			}
			laid, err := (&Compiler{Templates: set()}).layOut(t.Context(), list, deliver.Manuscript{Source: []byte(b.String())})
			if err != nil {
				rt.Fatalf("%v\n%s", err, b.String())
			}
			d := laid.draft
			found := proof.Check(proof.Issue{Body: d.Body, First: d.First, HTML: d.HTML, Text: laid.whole.Text, Keeps: d.KeepBreaks})
			if len(found) > 0 {
				rt.Fatalf("%v\n%s\n%s", found, b.String(), d.HTML)
			}
		})
	}
}
