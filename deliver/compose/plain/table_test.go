package plain

import (
	"strings"
	"testing"
)

// rows is a table; the first row is of headings unless it is empty.
func rows(all ...[]string) string {
	var b strings.Builder
	b.WriteString("<table>")
	for i, row := range all {
		tag := "td"
		if i == 0 {
			tag = "th"
		}
		b.WriteString("<tr>")
		for _, cell := range row {
			b.WriteString("<" + tag + ">" + cell + "</" + tag + ">")
		}
		b.WriteString("</tr>")
	}
	return b.String() + "</table>"
}

func TestTables(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("長い説明です。", 8)
	labelled := strings.Repeat("長い説明です。", 4) + "長い説明\n　です。" + strings.Repeat("長い説明です。", 3) // behind a heading of three characters
	folded := strings.Repeat("長い説明です。", 5) + "\n　" + strings.Repeat("長い説明です。", 3)
	type row = []string
	check(t, japanese(), []layoutCase{
		{"in columns", rows(row{"日付", "会場"}, row{"10月17日", "市立図書館"}, row{"8日", "公会堂"}), "日付　　  会場\n--------  ----------\n10月17日  市立図書館\n8日　　   公会堂"},
		{"aligned", `<table><tr><th>品</th><th align="right">円</th><th align="center">備考欄</th></tr><tr><td>券</td><td align="right">1,000</td><td align="center">無</td></tr></table>`,
			"品  　 円  備考欄\n--  -----  ------\n券  1,000  　無"},
		{"signs are as wide as kanji", rows(row{"可", "日"}, row{"○", "1"}), "可  日\n--  --\n○  1"},
		{"line breaks in cells", rows(row{"日時", "内容"}, row{"1日", "開会<br>閉会<br>"}, row{"2日", "懇親会"}), "日時  内容\n----  ----------\n1日   開会／閉会\n2日   懇親会"},
		{"cells that are missing", rows(row{"a", "b", "c"}, row{"1"}, row{"1", "", "3"}, row{"", "2"}), "a  b  c\n-  -  -\n1\n1     3\n   2"},
		{"cells beyond the headings", rows(row{"a"}, row{"1", "2"}), "a\n-  -\n1  2"},
		{"headings alone", rows(row{"日付", "会場"}), "日付  会場\n----  ----"},
		{"no headings", rows(row{}, row{"一", "二"}), "一  二"},
		{"headings that say nothing", rows(row{"", ""}, row{"一", "二"}), "一  二"},
		{"nothing", rows(row{"", ""}, row{""}), ""},
		{"a caption", "<table><caption>表1</caption><tr><td>一</td></tr></table>", "表1\n\n一"},
		{"row by row", rows(row{"番号", "内容", "備考"}, row{"1", long, ""}, row{"2", "短い", "なし"}),
			"番号：1\n内容：" + labelled + "\n\n番号：2\n内容：短い\n備考：なし"},
		{"row by row, ragged", rows(row{"a", ""}, row{"1", "2", long}), "a：1\n2\n" + folded},
		{"row by row, and nothing in a column", rows(row{"番号", "内容", "備考"}, row{"1", long}, row{"2", "短い", ""}),
			"番号：1\n内容：" + labelled + "\n備考：\n\n番号：2\n内容：短い"},
		{"terms", rows(row{"項目", "内容"}, row{"日時", long}, row{"場所：", "市役所"}, row{"", "2階"}, row{"会費", ""}),
			"項目：内容\n----------\n日時：" + labelled + "\n場所：市役所\n　2階\n会費"},
		{"terms without headings", rows(row{"", ""}, row{"日時", long}), "日時：" + labelled},
		{"long headings are said once", rows(row{strings.Repeat("見出し", 8), "二", "三"}, row{"1", "2", long}),
			strings.Repeat("見出し", 8) + "\n二\n三\n\n1\n2\n" + folded},
		{"headings alone, and wide", rows(row{long, "二", "三"}), folded + "\n二\n三"},
		{"links", rows(row{"催し", "申込"}, row{"講演", `<a href="https://example.jp/a">受付</a>`}), "催し  申込\n----  ---------\n講演  受付［1］\n\n［1］ https://example.jp/a"},
		{"a URL", rows(row{"催し", "頁"}, row{"講演", `<a href="https://example.jp/a">https://example.jp/a</a>で`}), "催し  頁\n----  -----------------------\n講演  https://example.jp/a で"},
		{"in a quotation", "<blockquote>" + rows(row{"a", "b"}, row{"1", "2"}) + "</blockquote>", "> a  b\n> -  -\n> 1  2"},
		{"cells that span columns", "<table><tr><th>日</th><th colspan=2>時間</th></tr><tr><td>月</td><td>9時</td><td>17時</td></tr><tr><td colspan=2>火</td><td>休み</td></tr></table>",
			"日  時間  時間\n--  ----  ----\n月  9時   17時\n火  　　  休み"},
		{"cells that span rows", "<table><tr><th>日</th><th>時</th></tr><tr><td rowspan=2>月</td><td>9時</td></tr><tr><td>17時</td></tr><tr><td>火</td><td>休み</td></tr></table>",
			"日  時\n--  ----\n月  9時\n　  17時\n火  休み"},
		{"row by row, and cells that span rows", "<table><tr><th>日</th><th>時</th><th>備考</th></tr><tr><td rowspan=2>月</td><td>9時</td><td>" + long + "</td></tr><tr><td>17時</td></tr></table>",
			"日：月\n時：9時\n備考：" + labelled + "\n\n日：月\n時：17時"},
		{"terms that span rows", "<table><tr><td rowspan=2>月</td><td>" + long + "</td></tr><tr><td>17時</td></tr></table>", "月：" + strings.Replace(labelled, "\n　です", "で\n　す", 1) + "\n　17時"},
		{"a table in a cell", "<table><tr><td>外<table><tr><td>内</td></tr></table></td></tr></table>", "外／内"},
	})
	check(t, english(), []layoutCase{
		{"line breaks in cells", rows(row{"When", "What"}, row{"1 May", "Opening<br>Closing"}), "When   What\n-----  -----------------\n1 May  Opening / Closing"},
		{"terms", rows(row{"Item", "Is"}, row{"Place", strings.TrimSpace(strings.Repeat("word ", 20))}),
			"Item: Is\n--------\nPlace: " + strings.TrimSpace(strings.Repeat("word ", 12)) + "\n  " + strings.TrimSpace(strings.Repeat("word ", 8))},
	})
}
