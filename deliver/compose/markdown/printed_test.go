package markdown

import (
	"fmt"
	"strings"
	"testing"

	"example.jp/kairan/deliver/compose/finding"
)

// rules are the findings in short: "LINE RULE", with commas between.
func rules(found finding.List) string {
	var all []string
	for _, f := range found {
		all = append(all, fmt.Sprintf("%d %s", f.Line, f.Rule))
	}
	return strings.Join(all, ",")
}

func TestMarksThatWouldBePrinted(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ text, want string }{
		{"##見出し", "4 heading"},
		{"本文です。\n\n###見出し\n\n本文です。", "6 heading"},
		{"#見出し", "4 heading"},
		{"＃ 見出し", "4 heading"},
		{"＃見出し", "4 heading"},
		{"＃＃見出し", "4 heading"},
		{"##　見出し", "4 heading"},
		{"　## 見出し", "4 mark"},
		{"　- 項目", "4 mark"},
		{"-項目", "4 list"},
		{"-　項目", "4 list"},
		{"-項目\n-項目", "4 list"},
		{"-項目\n-項目\n\n-項目", "4 list,7 list"},
		{"![写真](写真 1.png)", "4 file"},
		{"＊＊太字＊＊", "4 emphasis"},
		{"これは＊＊太字＊＊です", "4 emphasis"},
		{"[こちら]（https://www.example.jp/）", "4 link"},
		{"【[リンク]（https://www.example.jp/）】", "4 link"},
		{"［こちら］（https://www.example.jp/）", "4 link"},
		{"[こちら] (https://www.example.jp/)", "4 link"},
		{"[こちら][annai]です", "4 reference"},
		{"[要綱][]です", "4 reference"},
		{"[こちら][a]、[要綱][]です", "4 reference,4 reference"},
		{"詳しくは[資料][1]を", "4 reference"},
		{"増えました[^1]。", "4 note"},
		{"増えました［^1］。", "4 note"},
		{"https//www.example.jp", "4 link"},
		{"http:/www.example.jp", "4 link"},
		{"https：//www.example.jp/", "4 link"},
		{"ｈｔｔｐｓ：／／www.example.jp/", "4 link"},
		{"**重要です", "4 emphasis"},
		{"これは** 重要 **です", "4 emphasis"},
		{"重要**です", "4 emphasis"},
		{"__重要です", "4 emphasis"},
		{"~~取消です", "4 emphasis"},
		{"| a |\n|--|\n| **x |", "6 emphasis"},
		{"- 項目\n- **項目", "5 emphasis"},
		{"> 引用\n> **引用", "5 emphasis"},
		{"前文です。\n二行目です。\n**三行目", "6 emphasis"},
		{"文 <!-- メモ", "4 html"},
		{"参加費*は500円、会場*は未定です", "4 emphasis"},
		{"un*frigging*believable", "4 emphasis"},
		// Plain uses.
		{text: "これは*重要*です、*強調する文、文。*"},
		{text: "10:00~12:00、6~12歳、2*3、2*3*4、5*、4*、snake_case、__init__.py、C#、F#、#1、＃1、No.#2"},
		{text: "※ 注意、＊ 印、A*B、foo__bar、10~~12、2**10、****"},
		{text: "#防災 #地震"},
		{text: "#防災訓練 を実施します"},
		{text: "＃防災 ＃地震"},
		{text: "#1 です"},
		{text: "-5度、-10、--、-"},
		{text: "-5度でした"},
		{text: "a[i][j]、[1][2]、[注]、［注］（参考）、[注]（参考）"},
		{text: "会場（市役所）、[要綱]（案）"},
		{text: "`##見出し` と `**` と `[^1]`"},
		{text: "\\**重要\\**、\\[こちら][a]"},
		{text: "＊＊＊＊＊＊"},
		{text: "＊ ＊ ＊"},
		{text: "~~~~~~~~ 区切り"},
		{text: "1. 項目\n2. 項目"},
		{text: "1.はじめに"},
		{text: "１．はじめに"},
		{text: "・項目"},
		{text: "## C# の話\n\n本文です。"},
		{text: "*斜体* _斜体_ **太字** __太字__ ~~取消~~"},
		{text: "[案内](https://www.example.jp/)（PDF）"},
		{text: "「[案内](https://www.example.jp/)」（https://www.example.jp/）"},
		{text: "お申込みは（https://www.example.jp/）まで"},
		{text: "A < B、B > C、a <- b"},
	} {
		d, err := render(t, tc.text)
		if err != nil {
			t.Errorf("%q: %v", tc.text, err)
			continue
		}
		if got := rules(d.Findings); got != tc.want {
			t.Errorf("%q\n found %s\n  want %s: %v", tc.text, got, tc.want, d.Findings)
		}
	}
}
