package markdown

import (
	"strings"
	"testing"
)

func TestLinesAreJoinedAcrossMarks(t *testing.T) {
	t.Parallel()
	for source, want := range map[string]string{
		"日本の\n秋":                                      `日本の秋`,
		"秋です。\n**冬**です":                               `秋です。<strong>冬</strong>です`,
		"これは**重要**\nです":                               `これは<strong>重要</strong>です`,
		"これは~~重要~~\nです":                               `これは<del>重要</del>です`,
		"これは`鍵`\nです":                                  `これは<code>鍵</code>です`,
		"これは\n`鍵`です":                                  `これは<code>鍵</code>です`,
		"ご予約は[予約頁](https://www.example.jp/)\nから":      `ご予約は<a href="https://www.example.jp/">予約頁</a>から`,
		"日本の\n[秋](https://example.jp/)のこと":            `日本の<a href="https://example.jp/">秋</a>のこと`,
		"**日本の\n秋**です":                                `<strong>日本の秋</strong>です`,
		"***日本の***\n**_秋_**です":                        `<em><strong>日本の</strong></em><strong><em>秋</em></strong>です`,
		"<ruby>催<rt>もよお</rt></ruby>\nし。":              `<ruby>催<rt>もよお</rt></ruby>し。`,
		"<ruby>東京<rt>Tokyo</rt></ruby>\nの空":           `<ruby>東京<rt>Tokyo</rt></ruby>の空`,
		"東京の\n<ruby>空<rt>sky</rt></ruby>":             `東京の<ruby>空<rt>sky</rt></ruby>`,
		"地図\n![地図](https://www.example.jp/m.png)\nです": `地図<img src="https://www.example.jp/m.png" alt="地図">です`,
		"（注）\nABC":                                    `（注）ABC`,
		"続く…\n次へ":                                     `続く…次へ`,
		"“秋”\nの催し":                                    `“秋”の催し`,
		"ｶﾅ\nｶﾅ":                                      `ｶﾅｶﾅ`,
		"\U0010F000\n様":                               "\U0010F000様",
		"한국\n한국":                                      "한국\n한국",
		"We go.\nThey stay.":                          "We go.\nThey stay.",
		"read\n**this**\nnow":                         "read\n<strong>this</strong>\nnow",
		"see\n[it](https://example.jp/)\nhere":        "see\n<a href=\"https://example.jp/\">it</a>\nhere",
		"Dear \U0010F000,\nthank you…\nfor it":        "Dear \U0010F000,\nthank you…\nfor it",
		"https://www.example.jp/\nをご覧ください":            "<a href=\"https://www.example.jp/\">https://www.example.jp/</a>\nをご覧ください",
		"一行  \n二行":                                    "一行<br>\n二行",
		"一行<br>\n二行":                                  "一行<br>二行",
	} {
		d, err := render(t, source)
		if err != nil {
			t.Errorf("%q: %v", source, err)
			continue
		}
		if got := strings.TrimSuffix(strings.TrimPrefix(d.HTML, "<p>"), "</p>\n"); got != want {
			t.Errorf("%q\n became %q\n   want %q", source, got, want)
		}
		if len(d.Findings) > 0 {
			t.Errorf("%q: %v", source, d.Findings)
		}
	}
}

func TestLineBreaksAreKept(t *testing.T) {
	t.Parallel()
	const text = "■■■■■■\n第１号\n■■■■■■\n\n◆日時\n　10月1日\n◆場所\n　市役所\n\n発行：広報課\n電話：03-0000-0000\n-----------------\n終わり\n＝＝＝\n====="
	d, err := renderText(t, Text{Body: text, KeepBreaks: true})
	if err != nil {
		t.Fatal(err)
	}
	want := "<p>■■■■■■<br>\n第１号<br>\n■■■■■■</p>\n<p>◆日時<br>\n　10月1日<br>\n◆場所<br>\n　市役所</p>\n<p>発行：広報課<br>\n電話：03-0000-0000</p>\n<hr>\n<p>終わり<br>\n＝＝＝<br>\n=====</p>\n"
	if d.HTML != want {
		t.Errorf("got %s", d.HTML)
	}
	if len(d.Findings) > 0 {
		t.Errorf("warned: %v", d.Findings)
	}
}

// Texts that were meant in lines, with the lines that are named, and texts that were not.
func TestTheClassicFormIsWarnedOf(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		text string
		want string // "LINE RULE", with commas between
	}{
		{"■■■■\n第１号\n■■■■\n\n◆日時\n　10月1日\n◆場所\n　市役所\n\n発行：広報課\n電話：03-0000-0000\n---------", "4 line-breaks,14 underlined"},
		{"■お知らせ\n来月から変わります。", "4 line-breaks"},
		{"【開催概要】\n日時は次のとおりです。", "4 line-breaks"},
		{"日時：10月1日\n場所：市役所", "4 line-breaks"},
		{"前文です。\n\n日時: 10月1日\n場所: 市役所", "6 line-breaks"},
		{"次のとおりです。\n・資料\n・名札", "4 line-breaks"},
		{"次のとおりです。\n※無料", "4 line-breaks"},
		{"次のとおりです。\n１．資料\n２．名札", "4 line-breaks"},
		{"次のとおりです。\n一、資料\n二、名札", "4 line-breaks"},
		{"次のとおりです。\n（１）資料\n（２）名札", "4 line-breaks"},
		{"次のとおりです。\n①資料\n②名札", "4 line-breaks"},
		{"見出し\n━━━━━━\n本文", "4 line-breaks"},
		{"見出し\n＝＝＝＝＝＝\n本文", "4 line-breaks"},
		{"見出し\n＊＊＊＊＊\n本文", "4 line-breaks"},
		{"見出し\n─────\n\n次の見出し\n─────", "4 line-breaks"},
		{"総務課\n〒100-0000 市役所内", "4 line-breaks"},
		{"- 第１回\n  日時：10月1日\n  場所：市役所", "4 line-breaks"},
		{"Date: 3 November\nVenue: City Hall", "4 line-breaks"},
		{"字下げの段落です。\n　次の段落です。", "4 line-breaks"},
		{"発行：広報課\n-----", "4 underlined"},
		{"お待ちしています。\n=====", "4 underlined"},
		{"一行目\n二行目\n-----", "5 underlined"},
		{"前文\n\n----------\n\n総務課\n----------", "8 underlined"},
		{"日時　11月14日\n場所　市役所", "4 line-breaks"},
		{"<日時>\n11月14日\n<場所>\n市役所", "4 line-breaks"},
		{"Q. 費用は。\nA. 無料です。", "4 line-breaks"},
		{"URL:https://www.example.jp/\nTEL:03-0000-0000", "4 line-breaks"},
		{"https://www.example.jp/a\nhttps://www.example.jp/b", "4 line-breaks"},
		{"~~~~~~~~~~\n本文です。\n~~~~~~~~~~", "4 line-breaks"},
		{"外務省領事局\n政策課", "4 line-breaks"},
		// Not in lines, or in lines that are kept.
		{text: "秋の催しのお知らせです。皆様の\nご参加をお待ちしています。"},
		{text: "※ 定員に達した場合は\n抽選とします。"},
		{text: "・とても長い項目の文が一行に収まらずに\n次の行に続きます。"},
		{text: "● 市民の皆様から寄せられたご意見に対する回答を次の頁で\n公開しています。"},
		{text: "日時：10月1日  \n場所：市役所"},
		{text: "日時：10月1日\\\n場所：市役所"},
		{text: "日時：10月1日\n\n場所：市役所"},
		{text: "- 日時：10月1日\n- 場所：市役所"},
		{text: "| 日時 | 場所 |\n|--|--|\n| 1日 | 市役所 |"},
		{text: "見出し\n=====\n\n小見出し\n-----\n\n本文です。"},
		{text: "秋の催し\n--------\n\n本文です。\n\n- 一\n- 二"},
		{text: "本文です。\n\n-----\n\n終わり"},
		{text: "We write in lines\nthat are joined, as ever.\nNote: this is one."},
		{text: "> 引用の文が\n> 続きます。"},
		{text: "申込みは次の頁からお願いします。\nhttps://www.example.jp/a"},
		{text: "今年度の予算について、\n概要をご説明します。"},
		{text: "本年は国際交流の\n年です。"},
		{text: "来年度から、全国の市町村で新しい制度が始まることになり\n政府は説明会を開きます。"},
		{text: "　字下げした段落です。\n次の行です。"},
		{text: "```\n■ 例\n■ 例\n```"},
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

// TestTagsBreakLines: a line that ends with <br>, or begins with it, is not joined.
func TestTagsBreakLines(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"1. 市内にお住まいであること<br>\n  ※世帯主は問いません": "",
		"受付は正午からです。<br>\n・筆記具":              "",
		"受付は正午からです。<br />\n※雨天中止":           "",
		"受付は正午からです。\n<br>※雨天中止":             "",
		"**受付は正午からです。**<br>\n※雨天中止":         "",
		"受付は<br>正午からです。\n※雨天中止":             "4 line-breaks",
		"受付は正午からです。<br>\n会場は二階です。\n※雨天中止":   "5 line-breaks",
	} {
		d, err := render(t, text)
		if got := rules(d.Findings); err != nil || got != want {
			t.Errorf("%q: %q, want %q (%v)", text, got, want, err)
		}
	}
}
