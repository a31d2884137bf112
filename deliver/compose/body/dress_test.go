package body

import (
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"example.jp/kairan/deliver"
	"example.jp/kairan/deliver/compose/composetest"
	"example.jp/kairan/deliver/compose/markdown"
	"example.jp/kairan/deliver/compose/slot"
	"example.jp/kairan/deliver/compose/source"
	"example.jp/kairan/subscribe"
)

func TestDress(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		fragment     string
		holds, lacks string
	}{
		"a heading has the list's colour": {fragment: `<h2>a</h2>`, holds: `border-bottom:2px solid #123456;`},
		"a paragraph of an item":          {fragment: `<ul><li><p>a</p></li></ul>`, holds: `<ul style="margin:0 0 16px 24px;padding:0"><li style="margin:0 0 6px"><p style="margin:0 0 6px">`},
		"a list in a list":                {fragment: `<ul><li>a<ol><li>b</li></ol></li></ul>`, holds: `<ol style="margin:6px 0 0 18px;padding:0">`},
		"a list far inside":               {fragment: strings.Repeat(`<ul><li>`, 14) + `a`, holds: `<ul style="margin:6px 0 0 0px;padding:0">`},
		"a line on the right":             {fragment: `<p>` + strings.Repeat("　", 20) + `敬具</p>`, holds: `<p align="right" style="margin:0 0 16px;text-align:right">敬具</p>`},
		"a letter in the middle":          {fragment: `<p>` + strings.Repeat("　", 12) + `記</p>`, holds: `<p align="center" style="margin:0 0 16px;text-align:center">記</p>`},
		"a line that is indented":         {fragment: `<p>` + strings.Repeat("　", 11) + `敬具</p>`, holds: `<p style="margin:0 0 16px">　`},
		"a line of several on the right": {fragment: `<p>一<br>` + strings.Repeat("　", 20) + `二<br>` + strings.Repeat("　", 20) + `<b>三</b>四<br>五</p>`,
			holds: `<p style="margin:0">一</p><p align="right" style="margin:0;text-align:right">二<br/><b>三</b>四</p><p style="margin:0 0 16px">五</p>`},
		"a line that is drawn": {fragment: `<p>` + strings.Repeat("━", 20) + "<br>\n■題<br>\n" + strings.Repeat("─", 20) + `</p>`,
			holds: `<hr style="margin:12px 0;border:0;border-top:3px solid #888"/><p style="margin:0">` + "\n■題</p>" + `<hr style="margin:12px 0;border:0;border-top:1px solid #888"/>`},
		"a short line that is drawn": {fragment: `<p>━━━<br>題</p>`, holds: `━━━<br/>題`},
		"a line drawn behind words":  {fragment: `<p>━━【目次】` + strings.Repeat("━", 30) + `<br>` + strings.Repeat("━", 20) + `</p>`, holds: `>━━【目次】` + strings.Repeat("━", 11) + `</p>`},
		"a first row without words":  {fragment: `<table><thead><tr><th></th><th> </th></tr></thead><tbody><tr><td>1</td><td>2</td></tr></tbody></table>`, holds: `<tbody>`, lacks: "thead"},
		"a head without words":       {fragment: `<table><thead><tr><th></th><th>1回</th></tr></thead><tbody><tr><td>期間</td><td>2</td></tr></tbody></table>`, holds: `#888"></td><th `},
		"a table of three in which words would break": {fragment: `<table><thead><tr><th></th><th>Telephone</th><th>Hours</th></tr></thead><tbody><tr><td>Emergencies at the consulate</td><td>110</td><td>Wednesdays and Saturdays</td></tr></tbody></table>`,
			holds: `mso-hide:all">Telephone：</span>110`},
		"a table of four with long cells": {fragment: `<table><thead><tr><th>書名</th><th>著者</th><th>ISBN</th><th>価格</th></tr></thead><tbody><tr><td>『はじめての統計』（改訂版）</td><td>例示太郎／例示社出版</td><td>978-4-00-000001-7</td><td>1,800円</td></tr></tbody></table>`,
			holds: `class="wide"`},
		"spaces in an item":          {fragment: `<ul><li>` + strings.Repeat("　", 20) + `敬具</li></ul>`, holds: `<li style="margin:0 0 6px">　　敬具</li>`},
		"lines of 36 characters":     {fragment: `<p>` + strings.Repeat("市", 36) + `<br>続き</p>`, holds: `<p style="margin:0 0 16px;font-size:15px">市`},
		"lines of 35 characters":     {fragment: `<p>` + strings.Repeat("市", 35) + `<br>続き</p>`, holds: `<p style="margin:0 0 16px">市`},
		"a paragraph of 36":          {fragment: `<p>` + strings.Repeat("市", 36) + `</p>`, holds: `<p style="margin:0 0 16px">市`},
		"spaces alone":               {fragment: `<p>` + strings.Repeat("　", 20) + `</p>`, holds: `<p style="margin:0 0 16px">　`},
		"code in a paragraph":        {fragment: `<p><code>a</code></p>`, holds: `<code style="`},
		"code in a block":            {fragment: `<pre><code>a</code></pre>`, holds: `<code>a`},
		"a cell that is aligned":     {fragment: `<table><tr><th align="right">a</th><th>b</th></tr></table>`, holds: `<th align="right" style="border:1px solid #888;background-color:#f0f1f5">a</th><th align="left" `},
		"a picture alone":            {fragment: `<p><a href="https://example.jp/"><img src="cid:a" alt="b" width="300" height="200"></a></p>`, holds: `width="300" height="200" style="max-width:100%;height:auto;border:0;display:block"`},
		"a picture in a line":        {fragment: `<p>a <img src="cid:a" alt="b"></p>`, holds: `height:auto;border:0"/>`},
		"a picture that is too wide": {fragment: `<p>a <img src="cid:a" alt="b" width="1120" height="100"></p>`, holds: `width="560" height="50"`},
		"a note":                     {fragment: `<ol><li id="note-1">a</li></ol>`, holds: `<li id="note-1" style="margin:0 0 6px"><a name="note-1"></a>a`},
		"a reference to it":          {fragment: `<p>a<sup><a href="#note-1" id="noteref-1">[1]</a></sup></p>`, holds: `<a name="noteref-1"></a><a href="#note-1" id="noteref-1" style="`},
		"a table with a short column": {fragment: `<table><tr><th>項目</th><th>内容</th></tr><tr><td>参加費</td><td>無料です。お申込みの方には資料を差し上げます。</td></tr></table>`,
			holds: `word-break:normal;overflow-wrap:break-word"><tbody><tr valign="top"><th width="50" align="left"`, lacks: "fixed"},
		"a table with a long word": {fragment: `<table><tr><th>a</th><th>b</th></tr><tr><td>1</td><td>` + strings.Repeat("x", 80) + `</td></tr></table>`,
			holds: `style="table-layout:fixed;width:100%;`},
		"a table with a slot": {fragment: `<table><tr><th>a</th></tr><tr><td>` + slot.Mark(0) + `</td></tr></table>`, holds: `<th width="100%"`},
		"a table of four columns": {fragment: `<table><thead><tr><th>a</th><th>b</th><th>c</th><th>d</th></tr></thead><tbody><tr><td>1</td><td>2</td><td>3</td><td>4</td></tr></tbody></table>`,
			holds: `cellpadding="8"`, lacks: "label"},
		"a table of five": {fragment: `<table><thead><tr><th>a</th><th>b</th><th>c</th><th>d</th><th><strong>e</strong></th></tr></thead><tbody><tr><td>1</td><td>2</td><td>3</td><td></td><td>5</td></tr></tbody></table>`,
			holds: `<td style="border:1px solid #888"></td><td style="border:1px solid #888"><span class="label" style="display:none;mso-hide:all">e：</span>5</td>`},
		"a table of five with a short column": {fragment: `<table><thead><tr><th>窓口</th><th>a</th><th>b</th><th>c</th><th>備考</th></tr></thead><tbody><tr><td>市民課</td><td>1</td><td>2</td><td>3</td><td>返却ポストは年末年始も使えます。</td></tr></tbody></table>`,
			holds: `<th width="50" align="left"`},
		"a large table of five": {fragment: `<table><tr><th>a</th><th>b</th><th>c</th><th>d</th><th>e</th></tr>` + strings.Repeat(`<tr><td>1</td><td>2</td><td>3</td><td>4</td><td>5</td></tr>`, 100) + `</table>`,
			holds: `<td style="border:1px solid #888">5</td>`, lacks: "wide"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := dress(tc.fragment, "#123456", subscribe.Japanese)
			if err != nil {
				t.Fatal(err)
			}
			composetest.Holds(t, "the HTML", got, tc.holds)
			if tc.lacks != "" {
				composetest.Lacks(t, "the HTML", got, tc.lacks)
			}
		})
	}
}

// TestCellsAreShort: a table of many cells must not be cut by Gmail for its style.
func TestCellsAreShort(t *testing.T) {
	t.Parallel()
	const rows = 500
	got, err := dress(`<table>`+strings.Repeat(`<tr><td>a</td></tr>`, rows)+`</table>`, "#123456", subscribe.Japanese)
	if err != nil {
		t.Fatal(err)
	}
	if each := len(got) / rows; each > 70 {
		t.Errorf("a row of one cell takes %d octets", each)
	}
}

// TestDressLosesNoWord: the check of what was written looks at the text before it is
// dressed, so dressing must keep it, but for the labels that phones show.
func TestDressLosesNoWord(t *testing.T) {
	t.Parallel()
	sources := map[string][]byte{"of ten columns": composetest.Source("|1|2|3|4|5|6|7|8|9|10|\n|-|-|-|-|-|-|-|-|-|-|\n|a|b|c|d|e|f|g|h|i|&lt;|\n")}
	files, err := filepath.Glob(composetest.Testdata(t, "issues", "*.md"))
	if err != nil || len(files) == 0 {
		t.Fatal("no issues are found", err)
	}
	for _, file := range files {
		sources[filepath.Base(file)] = composetest.Sample(t, filepath.Base(file))
	}
	for _, h := range composetest.HostileSources(4 << 10) {
		sources[h.Name] = h.Text
	}
	read := 0
	for name, text := range sources {
		d, err := source.Parse(t.Context(), composetest.Centre(t), deliver.Manuscript{Source: text})
		if err != nil { // it is there to be refused
			continue
		}
		read++
		dressed, err := dress(d.HTML, "#123456", subscribe.Japanese)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		} else if got, want := textOf(t, labels.ReplaceAllString(dressed, "")), textOf(t, d.HTML); got != want {
			t.Errorf("%s: %q became %q", name, want, got)
		}
	}
	if read < 10 {
		t.Errorf("only %d sources were dressed", read)
	}
}

// placed is what [layLines] may take, since the layout does its work.
var placed = regexp.MustCompile(`\n|　{12,}|[━─═＝=]{3,}`)

var labels = regexp.MustCompile(`<span class="label"[^>]*>[^<]*</span>`)

// textOf is the text of a fragment, without what places it.
func textOf(t *testing.T, fragment string) string {
	t.Helper()
	n, err := html.Parse(strings.NewReader(fragment))
	if err != nil {
		t.Fatal(err)
	}
	return placed.ReplaceAllString(words(n), "")
}

// TestNumbersAreWholeOnADesk: columns of a table that is a list of its rows on a phone
// are as wide as their longest words where there is room.
func TestNumbersAreWholeOnADesk(t *testing.T) {
	t.Parallel()
	const edge = 13
	columns := []column{{6, 0}, {10, 84}, {9, 75}, {10, 84}, {22, 0}, {46, 0}}
	sum := 0
	for _, c := range columns {
		sum += c.weight()
	}
	all := 0
	for i, percent := range shares(columns, sum, edge) {
		all += percent
		if percent*markdown.TextWidth/100 < max(columns[i].unbroken, min(columns[i].longest, 6)*8)+edge {
			t.Errorf("column %d has %d per cent", i, percent)
		}
	}
	if all != 100 {
		t.Errorf("%d per cent in all", all)
	}
}
