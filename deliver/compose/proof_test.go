package compose

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"example.jp/kairan/deliver"
	"example.jp/kairan/deliver/compose/composetest"
	"example.jp/kairan/deliver/compose/finding"
)

// found is everything that is said of a body: what keeps it from being sent, or what
// may not be meant.
func found(t *testing.T, body string) finding.List {
	t.Helper()
	d, err := (&Compiler{Templates: set()}).Draft(t.Context(), composetest.Centre(t), deliver.Manuscript{Source: composetest.Source(body)})
	if err == nil {
		return d.Findings
	}
	list, ok := err.(finding.List)
	if !ok {
		t.Fatal(err)
	}
	return list
}

// TestNothingIsLostInSilence: each of these loses or changes something that was written,
// or prints a mark, and a finding names it.
func TestNothingIsLostInSilence(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ body, says string }{
		"definition":               {"[会場]: https://www.example.jp/hall\n\n本文", "会場"},
		"definition of a word":     {"本文\n\n[注意]: chui.html", "注意"},
		"definition in a quote":    {"> [会費]: https://www.example.jp/\n>\n> 本文", "会費"},
		"definition with a title":  {"[締切]: https://www.example.jp/ (必着)\n\n本文", "締切"},
		"unclosed remark":          {"前の文。\n\n<!-- メモ\n\n後の文", "<!--"},
		"unclosed in a line":       {"前の文。<!-- メモ\n\n後の文", "<!--"},
		"declaration":              {"前 <!A 重要> 後", "<!"},
		"instruction":              {"前 <?重要?> 後", "<?"},
		"CDATA":                    {"前 <![CDATA[大切な文]]> 後", "<!"},
		"numbers with gaps":        {"1. 一\n3. 三\n5. 五", "3"},
		"a year":                   {"1986. 開館の年です。", "1986"},
		"a date":                   {"2026. 12. 1 開催", "2026"},
		"numbers turned round":     {"3. 三\n2. 二\n1. 一", "2"},
		"cells too many":           {"| 日 | 会場 |\n|--|--|\n| 1日 | ホール | 雨天中止 |", "雨天中止"},
		"cells too few":            {"| 日 | 会場 |\n|--|--|\n| 1日 |\n| 2日 | 公園 |", "cells"},
		"text below a table":       {"| 日 | 会場 |\n|--|--|\n| 1日 | 公園 |\nお待ちしています", "row of the table"},
		"struck out by ranges":     {"10:00~~12:00と13:00~~15:00", "~~"},
		"folder":                   {`フォルダは C:\_data です`, `C:\_data`},
		"share":                    {`共有は \\server\share です`, `\\server`},
		"backslash at a bracket":   {`式は \(x\) です`, `\(x\)`},
		"stars":                    {"これは**重要です", "**"},
		"tildes":                   {"料金は~~ 500円 ~~無料", "~~"},
		"heading without a space":  {"##見出し\n\n本文", "##"},
		"one number sign":          {"#お知らせ\n\n本文", "#"},
		"full-width number sign":   {"＃ 見出し\n\n本文", "＃"},
		"full-width space":         {"#　見出し\n\n本文", "half-width"},
		"item without a space":     {"-項目\n-項目二", "-"},
		"item with a wide space":   {"1.　項目\n2.　項目", "half-width"},
		"full-width stars":         {"＊＊太字＊＊", "＊＊"},
		"link with a space":        {"[こちら] (https://www.example.jp/)", "[こちら]"},
		"link in wide brackets":    {"[こちら]（https://www.example.jp/）", "]（https"},
		"link over nothing":        {"[こちら][annai]", "[こちら][annai]"},
		"empty reference":          {"[要綱][]をご覧ください", "[要綱][]"},
		"footnote without text":    {"増えました[^1]。", "[^1]"},
		"picture without brackets": {"![地図] は下に", "![地図]"},
		"ruled line of no table":   {"| 日 | 会場 |\n\n|---|---|\n\n本文", "|---|"},
		"table without its line":   {"日 | 会場 | 料金\n--- | ---\n1日 | 公園 | 無料", "--- | ---"},
		"ruled line too long":      {"日 | 会場\n--- | --- | ---\n1日 | 公園 | 無料", "columns"},
		"full-width tag":           {"一行目＜br＞二行目", "＜br＞"},
		"full-width slot":          {"｛｛name｝｝様", "｛｛"},
		"slot with one brace":      {"{name}様", "{name}"},
		"slot with per cent":       {"%name%様", "%name%"},
		"a tag of no element":      {"前<kaijo>後</kaijo>", "kaijo"},
		"private use":              {"渡\uE000さん", "U+E000"},
		"private use, plane 15":    {"渡\U000F0000さん", "U+F0000"},
		"replacement character":    {"渡\uFFFDさん", "�"},
		"noncharacter":             {"渡\uFDD0さん", "U+FDD0"},
		"NFD":                      {"か\u3099くせい", "か\u3099"},
		"NFD in Latin":             {"Cafe\u0301", "e\u0301"},
		"zero width":               {"市\u200B役所", "U+200B"},
		"byte order mark within":   {"市\uFEFF役所", "U+FEFF"},
		"joiner between kanji":     {"市\u200D役所", "U+200D"},
		"prose as code":            {"本文です。\n\n    ご案内のとおり開催します。", "typewriter"},
		"prose by a tab":           {"本文です。\n\n\tご案内のとおり開催します。", "typewriter"},
		"columns by spaces":        {"日時      12月1日\n会場      ホール", "align"},
		"columns by tabs":          {"日時\t12月1日\n会場\tホール", "align"},
		"minus at the beginning":   {"気温です。\n\n- 5℃", "sign"},
		"greater than":             {"条件です。\n\n> 5人", "quotation"},
		"paragraph as heading":     {"発行：広報課\n電話：03\n-----", "heading"},
		"table without a line":     {"| 日 | 会場 |\n| 1日 | 公園 |", "|---|---|"},
		"a name of a program":      {"`__init__`と__init__.pyです", "the __ of"},
		"code to the end":          {"本文\n\n```\n残りすべて", "does not end"},
		"words behind a fence":     {"```重要なお知らせ\n本文\n```", "重要なお知らせ"},
		"two words at a fence":     {"```Important notice\n本文\n```", "Important notice"},
		"in a note of nobody":      {"本文\n\n[^1]: 注です。\n| 日 | 会場 |\n|--|--|\n| 1日 | 公園 | 雨天中止 |", "雨天中止"},
		"link over two lines":      {"[こちら]\n(https://www.example.jp/)", "a link is written"},
		"signs of other programs":  {"==強調==\n\n[[頁]]\n\n> [!NOTE]\n> 注意\n\n:warning: 注意\n\n[TOC]", ":warning:"},
		"a date with dots":         {"12. 1（火）から", "12. 1"},
		"half-width indentation":   {"  字下げの段落です。", "full-width ones"},
		"English prose as code":    {"Text.\n\n    Dear readers, this is a letter to all of you.", "typewriter"},
		"prose as code in a quote": {"> 引用\n>\n>     字下げの文です。", "typewriter"},
		"plus sign":                {"料金です。\n\n+ 500円 追加", "sign"},
		"title of a link":          {"[a](https://www.example.jp/ \"申込締切は1日\")", "申込締切"},
		"entity without semicolon": {"&copy 2026", "&copy"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if all := strings.Join(found(t, c.body+"\n").Lines(), "\n"); !strings.Contains(all, c.says) {
				t.Errorf("nobody says %q: %q", c.says, all)
			}
		})
	}
}

// TestSlotsInATag: the words of a picture may have a slot in them, written as HTML, too.
func TestSlotsInATag(t *testing.T) {
	t.Parallel()
	if l := found(t, "本文です。\n\n<img src=\"https://www.example.jp/a.png\" alt=\"{{name}}様をお待ちしています\">\n"); len(l) > 0 {
		t.Error(l)
	}
}

// TestNamesOfNoCharacter: what begins like an entity and is none stays.
func TestNamesOfNoCharacter(t *testing.T) {
	t.Parallel()
	if l := found(t, "&copyright; と &notice; と &copy; と &semi; と &#59; です。\n"); len(l) > 0 {
		t.Error(l)
	}
}

// TestNothingIsCalledLost that is there: each text has something odd in it, and the proof
// has nothing to say of its words.
func TestNothingIsCalledLost(t *testing.T) {
	t.Parallel()
	for _, body := range []string{
		"本文[^1]。\n\n[^1]: https://www.example.jp/p13 の注。\n\n[r0]: https://www.example.jp/p66", "連絡先はmailto:a@example.jp?subject=xまで。", "<https://www.example.jp/a>PDFと<https://www.example.jp/b>(HTML)です。", "[https://www.example.jp/](https://www.example.jp/)と[**www.example.jp**](https://www.example.jp/)です。",
		"文です。\n\n[^1]: 甲[^3]\n[^2]: 乙\n[^3]: 丙[^2]",
	} {
		for _, f := range found(t, body+"\n") {
			if f.Level == finding.Error || strings.HasPrefix(string(f.Rule), "lost") || f.Rule == "text-part" {
				t.Errorf("%q: %v", body, f)
			}
		}
	}
}

// TestBlocksBelowANote: what ends a paragraph ends a note, without a blank line between.
func TestBlocksBelowANote(t *testing.T) {
	t.Parallel()
	for _, block := range []string{"# 見出し", "> 引用です。", "- 項目\n- 項目二", "* 項目", "1. 一番", "---\n\n線の下です。", "***\n線の下です。", "<div>区画です。</div>", "<!-- メモ\n\nです -->", "```\n東京都の天気\n```", "続きの行です。"} {
		if l := found(t, "文[^1]と続く文です。\n\n[^1]: 注の文です。\n"+block+"\n\n終わりの文です。\n"); len(l) > 0 {
			t.Errorf("%q: %v", block, l)
		}
	}
}

// TestSaidOnce: what is one mistake to whoever made it is one finding.
func TestSaidOnce(t *testing.T) {
	t.Parallel()
	for name, body := range map[string]string{
		"table":     "|日時|1日|\n|会場|公園|\n|会費|無料|",
		"list":      "-りんご\n-みかん\n-なし",
		"paste":     `<b id="docs"><p dir="ltr"><span>案内</span></p><ul><li><p>日時</p></li></ul></b>`,
		"looks":     "<p style=\"color: red\">一</p>\n\n<p><span style=\"color: red\">二</span></p>",
		"file name": "![写真](写真 1.png)",
	} {
		if all := found(t, body+"\n"); len(all) != 1 || all[0].Line != 4 {
			t.Errorf("%s: %v", name, all.Lines())
		}
	}
}

// TestCleanTexts: what is written well has no finding, in either language.
func TestCleanTexts(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob(composetest.Testdata(t, "issues", "clean", "*.md"))
	if err != nil || len(files) < 20 {
		t.Fatalf("%d texts, %v", len(files), err)
	}
	for _, f := range files {
		t.Run(filepath.Base(f), func(t *testing.T) {
			t.Parallel()
			text, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			d, err := (&Compiler{Templates: set()}).Draft(t.Context(), composetest.Centre(t), deliver.Manuscript{Source: text})
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range d.Findings {
				t.Errorf("%s: %v", f.Rule, f)
			}
		})
	}
}
