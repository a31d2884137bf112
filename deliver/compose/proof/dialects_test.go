package proof

import (
	"strings"
	"testing"
)

// TestMarksOfOtherDialects: what other programs take for a mark is printed here, and is
// said in words that help.
func TestMarksOfOtherDialects(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ source, html, says string }{
		"a term and what it means":     {"集合時刻\n: 九時十五分", "<p>集合時刻\n: 九時十五分</p>", "does not explain the line above"},
		"the same with more spaces":    {"持ち物\n:   軍手", "<p>持ち物\n:   軍手</p>", "does not explain the line above"},
		"a colon that begins a text":   {": 九時十五分", "<p>: 九時十五分</p>", ""},
		"a colon within a line":        {"集合時刻 : 九時十五分\nです", "<p>集合時刻 : 九時十五分\nです</p>", ""},
		"a box":                        {"::: warning 大雨の日\n\n中止します。\n\n:::", "<p>::: warning 大雨の日</p><p>中止します。</p><p>:::</p>", "there are no boxes"},
		"colons in a name":             {"植木市::春の部", "<p>植木市::春の部</p>", ""},
		"a class":                      {"広報係より\n{: .note }", "<p>広報係より\n{: .note }</p>", "means nothing here"},
		"an identifier":                {"ことば {#words .big}", "<p>ことば {#words .big}</p>", "means nothing here"},
		"braces of a set":              {"集合 {a, b} と {.5} の", "<p>集合 {a, b} と {.5} の</p>", ""},
		"the name of a picture":        {"満開です :tulip: です。", "<p>満開です :tulip: です。</p>", "write the sign itself"},
		"pictures in a row":            {"満開です:tulip::sunflower::rose:", "<p>満開です:tulip::sunflower::rose:</p>", `":tulip::sunflower::rose:" is printed`},
		"a list of contents":           {"[[toc]]", "<p>[[toc]]</p>", "nothing is put in here"},
		"a title over two lines":       {"[地図](https://www.example.jp/ \"一階から\n 三階まで\")", "<p><a href=\"https://www.example.jp/\" title=\"一階から\n三階まで\">地図</a></p>", ""},
		"another title":                {"[地図](https://www.example.jp/ \"一階から\n 三階まで\")", "<p><a href=\"https://www.example.jp/\">地図</a></p>", "in quotes behind the address"},
		"a time with seconds":          {"09:15:30:開始", "<p>09:15:30:開始</p>", ""},
		"a path with colons":           {"urn:isbn:978 と a:bcd:e", "<p>urn:isbn:978 と a:bcd:e</p>", ""},
		"a name of a picture as code":  {"`:tulip:` と書く", "<p><code>:tulip:</code> と書く</p>", ""},
		"a space in an address":        {"[地図](annai zu.pdf)を見る", "<p>[地図](annai zu.pdf)を見る</p>", "has no space in it"},
		"a link that is none":          {"[地図](を見る", "<p>[地図](を見る</p>", "a link is written"},
		"braces that shall be printed": {`[\{{ 名札 }}](x y)`, "<p>[{{ 名札 }}](x y)</p>", `"[{{ 名札 }}](" is printed`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			found := Check(Issue{Body: c.source, First: 4, HTML: c.html, Text: laidOut(c.html)})
			if all := strings.Join(found.Lines(), "\n"); (all == "") != (c.says == "") || !strings.Contains(all, c.says) || len(found) > 2 {
				t.Errorf("said %q, want %q", all, c.says)
			}
		})
	}
}

// TestAddressBehindColons: what stands beside an address is no part of it.
func TestAddressBehindColons(t *testing.T) {
	t.Parallel()
	const source = "- 窓口:係:madoguchi@shiyakusho.example.jp:/mado 二階"
	const page = `<ul><li>窓口:係:<a href="mailto:madoguchi@shiyakusho.example.jp">madoguchi@shiyakusho.example.jp</a>:/mado 二階</li></ul>`
	if found := Check(Issue{Body: source, First: 4, HTML: page, Text: "・窓口:係:madoguchi@shiyakusho.example.jp:/mado 二階"}); len(found) > 0 {
		t.Error(found.Lines())
	}
	if found := Check(Issue{Body: source, First: 4, HTML: page, Text: "・窓口:係:madoguchi@shiyakusho.example.jp"}); len(found) != 1 {
		t.Error("nothing is said of what is gone:", found.Lines())
	}
}
