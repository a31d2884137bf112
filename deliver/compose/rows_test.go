package compose

import (
	"strings"
	"testing"
	"time"

	"example.jp/kairan/deliver"
	"example.jp/kairan/deliver/compose/composetest"
	"example.jp/kairan/deliver/compose/finding"
	"example.jp/kairan/deliver/compose/lint"
)

// row is a text of a kind that went wrong once, and how it must go.
type row struct {
	source           string   // with front matter, or the body alone
	says             []string // findings; none: none at all
	html, lacks      []string // of the HTML part
	text, lacksInTxt []string // of the text part
}

// TestWhatWentWrongOnce: texts that editors could write, of which words were lost or
// altered, or which were refused in words that nobody understood. That of a window of 320
// pixels is in body.TestNothingIsWiderThanTheWindow.
func TestWhatWentWrongOnce(t *testing.T) {
	t.Parallel()
	for name, r := range map[string]row{
		"one tilde is a character": {source: "開館は9:00~12:00と13:00~17:00、料金は100~300円です。",
			html: []string{"9:00~12:00と13:00~17:00、料金は100~300円"}, lacks: []string{"<del"}, text: []string{"9:00~12:00と13:00~17:00"}},
		"brackets and a colon":        {source: "[集合]: 9時\n\n[場所]: 駅前広場", html: []string{"[集合]: 9時", "[場所]: 駅前広場"}, text: []string{"[集合]: 9時", "[場所]: 駅前広場"}},
		"a remark that is not closed": {source: "本文。\n\n<!-- 確認中\n\n続き。", says: []string{"<!--"}},
		"what programs would read":    {source: "本文 <![CDATA[大事]]> と <?確認?> と <!B 注意>", says: []string{"<!", "<?"}},
		"an address behind Japanese": {source: "詳しくはhttps://www.example.jp/x を、（https://www.example.jp/y）も、問合せ:info@example.jp",
			html: []string{`href="https://www.example.jp/x"`, `href="https://www.example.jp/y"`, `href="mailto:info@example.jp"`}, text: []string{"https://www.example.jp/x", "https://www.example.jp/y", "info@example.jp"}},
		"a plain one behind Japanese": {source: "申込先：http://www.example.jp/form", says: []string{"https://www.example.jp/form"}},
		"a path in Japanese":          {source: "https://www.example.jp/広報/第1号.pdf をご覧ください。", html: []string{`href="https://www.example.jp/%E5%BA%83%E5%A0%B1/%E7%AC%AC1%E5%8F%B7.pdf"`}},
		"a break in a cell": {source: "| 時刻 | 次第 |\n|--|--|\n| 10時 | 受付<br>開場 |\n| 11時 | 講演 |",
			text: []string{"受付", "開場", "講演"}, lacksInTxt: []string{"10時 受付\n開場"}},
		"a line ends behind a mark": {source: "お申込みは[窓口](https://www.example.jp/)\nへ。これは**大切**\nです。<ruby>祭<rt>まつ</rt></ruby>\nり。",
			html: []string{"</a>へ", "</strong>です", "</ruby>り"}, lacks: []string{"</strong>\n", "</ruby>\n"}},
		"lines that are joined": {source: "◆日程\n　5月3日\n◆集合\n　駅前", says: []string{"keep_breaks"}},
		"lines that are kept": {source: "+++\nsubject = \"お知らせ\"\nkeep_breaks = true\n+++\n◆日程\n　5月3日\n◆集合\n　駅前\n",
			html: []string{"◆日程<br", "　5月3日<br"}, text: []string{"◆日程\n　5月3日\n◆集合\n　駅前"}},
		"a ruled line below a paragraph": {source: "編集：広報室\n住所：本町\n----------", says: []string{"heading"}},
		"a link that leads nowhere":      {source: "[案内][x]と[資料][]、増えました[^9]。", says: []string{"[案内][x]", "[資料][]", "[^9]"}},
		"a footnote":                     {source: "減りました[^a]。\n\n[^a]: 統計年鑑による。", html: []string{"[1]", "統計年鑑による。", `id="note-1"`}, text: []string{"［注1］", "統計年鑑による。"}},
		"full-width slips": {source: "##催し\n\n＃ 催し\n\n[詳細]（https://www.example.jp/）\n\n＊＊重要＊＊\n\n-一つ目",
			says: []string{"##", "＃", "[詳細]（", "＊＊", `"-" makes no list`}},
		"slots of other programs": {source: "｛｛name｝｝様\n\n{name}様\n\n%name%様", says: []string{"｛｛", "{name}", "%name%"}},
		"other emphasis": {source: "*「急告」*です。~~「中止」~~です。この__大切__な話。",
			html: []string{"<em>「急告」</em>", "<del>「中止」</del>", "<strong>大切</strong>"}},
		"marks of headings":          {source: "## ■ 催し\n\n### ●募集", text: []string{"■ 催し", "●募集"}, lacksInTxt: []string{"■ ■", "● ●"}},
		"a backslash and a space":    {source: `保存先は E:\ です。`, html: []string{`E:\ です`}, text: []string{`E:\ です`}},
		"full-width quotes":          {source: "+++\nsubject = “秋の便り”\n+++\n本文\n", says: []string{"“", `"`}},
		"a number for a text":        {source: "+++\nsubject = 12\nexpires = 24\n+++\n本文\n", says: []string{`"12"`, `"24h"`}},
		"a picture without words":    {source: "![](https://www.example.jp/chirashi.png)", says: []string{"alternative text"}},
		"a subject that turns round": {source: "+++\nsubject = \"案内\u202efdp.exe\"\n+++\n本文\n", says: []string{"U+202E"}},
		"a list of ten":              {source: strings.Repeat("1. 項\n", 12), text: []string{"1. 項", "10. 項", "12. 項"}, lacksInTxt: []string{"01. 項"}},
		"a host in Japanese":         {source: "[名](https://例え.jp/) と https://例え.jp/ です。", html: []string{`href="https://xn--r8jz45g.jp/"`}, lacks: []string{"https://%E4"}},
		"struck out in words":        {source: "会費は~~800円~~500円です。", html: []string{"<del"}, text: []string{"（取消：800円）"}, lacksInTxt: []string{"~"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r.check(t)
		})
	}
}

func (r row) check(t *testing.T) {
	source := []byte(r.source)
	if !strings.HasPrefix(r.source, "+++") {
		source = composetest.Source(r.source + "\n")
	}
	laid, err := (&Compiler{Templates: set()}).layOut(t.Context(), composetest.Centre(t), deliver.Manuscript{Source: source})
	var found finding.List
	if err != nil {
		list, ok := err.(finding.List)
		if !ok {
			t.Fatal(err)
		}
		found = list
	} else {
		found = append(laid.draft.Findings, lint.Check(lint.Issue{Draft: laid.draft, Now: time.Date(2026, 4, 1, 9, 0, 0, 0, time.UTC)})...)
		composetest.Holds(t, "the HTML part", laid.whole.HTML, r.html...)
		composetest.Lacks(t, "the HTML part", laid.draft.HTML, r.lacks...)
		composetest.Holds(t, "the text part", laid.whole.Text, r.text...)
		composetest.Lacks(t, "the text part", laid.whole.Text, r.lacksInTxt...)
	}
	all := strings.Join(found.Lines(), "\n")
	if (len(r.says) == 0) != (len(found) == 0) {
		t.Errorf("found: %q", all)
	}
	composetest.Holds(t, "what is found", all, r.says...)
}

// TestWhatHeldTheServiceOnce: these took minutes and gigabytes.
func TestWhatHeldTheServiceOnce(t *testing.T) {
	t.Parallel()
	for name, body := range map[string]string{
		"short rows of a wide table": strings.Repeat("|b", 48) + "|\n" + strings.Repeat("|-", 48) + "|\n" + strings.Repeat("b\n", 8000),
		"deep quotations":            strings.Repeat(">", 100_000) + "\n",
	} {
		began := time.Now()
		found := found(t, body)
		if took := time.Since(began); took > 5*time.Second && !composetest.Race || len(found.Of(finding.Error)) == 0 {
			t.Errorf("%s: %v, after %v", name, found, took)
		}
	}
}
