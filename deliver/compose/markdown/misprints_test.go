package markdown

import (
	"strings"
	"testing"
)

// TestMarksOfOtherDialects: what other programs take for a mark is printed here, and is
// said in words that help.
func TestMarksOfOtherDialects(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ source, says string }{
		"a term and what it means":     {"集合時刻\n: 九時十五分", "does not explain the line above"},
		"the same with more spaces":    {"持ち物\n:   軍手", "does not explain the line above"},
		"a colon that begins a text":   {": 九時十五分", ""},
		"a colon within a line":        {"集合時刻 : 九時十五分\nです", ""},
		"a box":                        {"::: warning 大雨の日\n\n中止します。\n\n:::", "there are no boxes"},
		"colons in a name":             {"植木市::春の部", ""},
		"a class":                      {"広報係より\n{: .note }", "means nothing here"},
		"an identifier":                {"ことば {#words .big}", "means nothing here"},
		"braces of a set":              {"集合 {a, b} と {.5} の", ""},
		"the name of a picture":        {"満開です :tulip: です。", "write the sign itself"},
		"a time with seconds":          {"09:15:30:開始", ""},
		"a path with colons":           {"urn:isbn:978 と a:bcd:e", ""},
		"a name of a picture as code":  {"`:tulip:` と書く", ""},
		"a space in an address":        {"[地図](annai zu.pdf)を見る", "has no space in it"},
		"a link that is none":          {"[地図](を見る", "a link is written"},
		"braces that shall be printed": {"[\U0010FF02 名札 }}](x y)", `"[{{ 名札 }}](" is printed`},
		"stars with spaces in them":    {"これは ** 重要 ** です", "on both sides"},
		"powers":                       {"2 ** 3 ** 4", ""},
		"a field as elsewhere":         {"%name%様", "written {{name}}"},
		"a field in brackets":          {"Dear [name], we meet.", "written {{name}}"},
		"a field in two":               {"[[name]]様", "written {{name}}"},
		"another slot":                 {"｛｛name｝｝様", "half-width braces"},
		"pictures in a row":            {"満開です:tulip::sunflower::rose:", `":tulip::sunflower::rose:" is printed`},
		"a list of contents":           {"[[toc]]", "nothing is put in here"},
		"in a heading":                 {"## ==強調==", "nothing is marked by =="},
		"said in other words":          {"[要綱][annai] ==強調==", "where it leads"},
		"hashtags":                     {"＃防災 ＃地震", ""},
		"rows of no table":             {"| 日 | 会場 |\n| 1日 | 公園 |", "|---|---|"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d, err := renderText(t, Text{Body: c.source, Fields: []string{"name"}})
			if err != nil {
				t.Fatal(err)
			}
			if all := strings.Join(d.Findings.Lines(), "\n"); (all == "") != (c.says == "") || !strings.Contains(all, c.says) || len(d.Findings) > 2 {
				t.Errorf("said %q, want %q", all, c.says)
			}
		})
	}
}
