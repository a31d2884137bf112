package lint

import (
	"regexp"
	"strings"
	"unicode/utf8"
)

// blank is what is left in a text to be filled in.
type blank struct {
	with string // characters without which there is none
	form *regexp.Regexp
	not  *regexp.Regexp // with what stands around it: something else; nil: nothing is
	word bool           // in brackets, as labels are, too
}

// example is what stands around a blank that is one on purpose: 「○○」と名乗る電話, 記入例.
var example = regexp.MustCompile(`(?:記入|記載|入力)例|例えば|たとえば|の例:|例:|[○〇◯△×Xx][^「」『』]{0,9}[」』]\s?(?:と|など|という|といった|って|や|を名乗|をかた|を装|の(?:よう|ため)|では)|[Xx-][\d-]*のような`)

// signs are written for what is not known yet.
const signs = `○〇◯●◎△▲□■×✕_`

var blanks = []blank{
	{ // ○○, 〇〇課, ●●様
		with: "○〇◯△×●▲■□",
		form: regexp.MustCompile(`[○〇◯]{2,3}|△{2,3}|×{2,3}|[●▲■□]{2,3}(?:様|さん|氏|殿|御中)|[^\s●▲■□◆◇][●▲■□]{2,3}(?:県|市|町|村|区|課|部|室|係|館|年|月|日|時|円|名|人|会|小学校|中学校|大学|株式会社)`),
		not: regexp.MustCompile(`[○〇◯●◎△▲□■×✕]{4,}|[一二三四五六七八九十百千0-9]〇{2,}|〇{2,}[一二三四五六七八九十百千万]|` +
			`[◎△×✕]○○|○○[◎△×✕]|伏せ字`),
	},
	{ // 〇月〇日, 令和〇年, 12月○日, 第○回
		with: "○〇◯●◎△▲□■×✕_",
		form: regexp.MustCompile(`[` + signs + `]{1,4}\s?月\s?[` + signs + `]{1,4}\s?日|[` + signs + `]{1,4}\s?時\s?[` + signs + `]{1,4}\s?分|` +
			`[○〇◯●△×]{2,4}-[○〇◯●△×]{2,4}-[○〇◯●△×]{4}|(?:令和|平成)\s?[` + signs + `]{1,4}\s?年|\d\s?月\s?[` + signs + `]{1,2}\s?日|第\s?[○〇◯●△×]{1,2}\s?[回号期]|(?:^|[^一二三四五六七八九十\d])[○〇◯●△]{1,2}\s?月号|[○〇◯●△]\s?日\s?\([○〇◯●△]\)`),
	},
	{ // XXX, 03-XXXX-XXXX, YYYY年MM月DD日, ???
		with: "Xx?〓YyMm",
		form: regexp.MustCompile(`\b[Xx]{1,2}[月/][Xx]{1,2}(?:日|\b)|(?i:\by{4}[年/-]m{1,2}[月/-]d{1,2}|\bm{1,2}月d{1,2}日)|(?:^|[は:(「\s])[?]{3,}|〓+|\b[Xx]{3,}\b|\b[Xx]{2}\s(?:` + months + `)\b|\b(?:` + months + `)\s[Xx]{2}\b|\bXX(?:年|月|日|時|課|様|市|円|名)|\b0\d{1,3}-[Xx]{2,4}-[Xx]{4}`),
		not:  regexp.MustCompile(`XXX\s?(?:Olympi|Session)|[Xx]{3}-?(?:rated|L)`),
	},
	{
		with: "TF",
		form: regexp.MustCompile(`\b(?:TODO|TBD|FIXME|TKTK)\b`),
		not:  regexp.MustCompile(`TODO\s?(?:リスト|アプリ|管理|list|app)`),
	},
	{ // what templates say of themselves
		form: regexp.MustCompile(`(?i)\blorem ipsum\b|(?:テキスト){2,}|あああ+|(?:画像|写真|リンク|URL|地図)を?(?:ここに)?(?:挿入|貼る|差し込む|入れる)(?:$|[。)\]】])|差し替え(?:てください|ること|予定)|\bdolor sit amet\b|(?:ダミー|サンプル|仮)テキスト|(?:(?:文章|テキスト|本文|文字)が入ります[。、 ]?){2}|(?:ここに|ダミーの?)[^。]{0,10}(?:文章|テキスト|本文|文字)が入ります|` +
			`ここに(?:は)?、?[^。]{0,10}(?:本文|文章|テキスト|タイトル|見出し|件名|内容|説明|URL|リンク|画像|写真|日付|日時|会場|名前)[^。]{0,6}を?(?:入力|記入|入れ|挿入|書い|書く|貼)|` +
			`\b(?:insert|enter|add|type|your) (?:[a-z]+ )?(?:text|name|date|title|link|headline) here\b|タップしてテキストを入力`),
		not: regexp.MustCompile(`(?:欄|フォーム|用紙|画面|枠)に|ここに(?:氏名|お名前|住所|電話)`),
	},
	{ // （要確認）
		with: "([【〔<←※",
		form: regexp.MustCompile(`[(\[【〔<](?:要確認|要修正|要調整|要差し?替え?|後で確認|後日記入|あとで書く|仮置き|差し?替え予定)[)\]】〕>]|[←※]\s?(?:要確認|要修正|あとで|後で直す)`),
	},
	{ // ［日付］
		with: "[<〔",
		form: regexp.MustCompile(`(?i)[\[<〔](?:日付|日時|氏名|名前|お名前|会社名|団体名|イベント名|件名|タイトル|場所|会場|金額|担当者名?|電話番号|url|リンク|` +
			`date|time|name|first name|last name|your name|title|subject|link|venue|place|company|organi[sz]ation|event name|headline|insert [a-z ]+)[\]>〕]`),
		word: true,
	},
	{ // a photograph's name, where the photograph was to be
		with: "_",
		form: regexp.MustCompile(`\b(?:IMG|DSC|DSCF|DSCN|PXL|MVI|P)_\d{4,}(?:_\d+)?\b`),
	},
	{ // 【会場名】で
		with: "【",
		form: regexp.MustCompile(`【(?:日付|氏名|名前|お名前|会社名|団体名|会場名|施設名|イベント名|講座名|講師名|件名|担当者名?)】(?:は|が|で|様|さん|氏)`),
	},
	{ // slots of other systems
		with: "%{$<[#_",
		form: regexp.MustCompile(`%%?[A-Za-z_]{2,30}%%?|%%[^%\s]{1,20}%%|\{(?:first_?|last_?|full_?|user_?)?name\}|\{(?:user|e?mail|address|date|time|title|subject|company|organi[sz]ation|office|url|link|customer|member|place|venue|city)\}|\$\{?[A-Za-z_]{2,30}[}$]|<<[A-Za-z_ ]{2,30}>>|\[\[[^\[\]]{1,30}\]\]|\{%[^%]{1,200}%\}|##[A-Za-z_]{2,30}##|__[A-Z][A-Z_]{2,30}__`),
		not:  regexp.MustCompile(`\d%[A-Za-z_]+%`),
	},
}

// label is a word in brackets in front of what it is of, or alone for readers to fill in.
var label = regexp.MustCompile(`^[\s\-*+>|・●○◯■□◆◇★☆※]*$`)

// particle goes on with a sentence.
var particle = regexp.MustCompile(`^\s?(?:に|は|を|の|が|で|と(?:[^書あ記い]|$)|から|まで|より|様|さん|at |on |is )`)

// placeholders looks for what was to be filled in.
func (p *page) placeholders() {
	for _, l := range p.lines {
		for _, b := range blanks {
			s := l.narrow
			if b.with != "" && !strings.ContainsAny(s, b.with) {
				continue
			}
			m := b.form.FindStringIndex(s)
			if m == nil || b.not != nil && b.not.MatchString(around(s, m[0], m[1], beside)) || example.MatchString(around(s, m[0], m[1], 2*beside)) || rating(s, m[0], m[1], l.row) {
				continue
			}
			if b.word && label.MatchString(s[:m[0]]) && !particle.MatchString(s[m[1]:]) {
				continue
			}
			if strings.ContainsAny(s[m[0]:m[1]], "{}[") && p.isSaid(l.number, "printed") {
				continue // as a slot, in better words
			}
			p.warn(l.number, "placeholder", "%q looks like a place that was to be filled in; write what belongs there, or take it out", strings.TrimSpace(l.original(m[0], m[1])))
			break
		}
	}
	switch s := strings.ToLower(strings.Trim(narrow(p.Draft.Subject), " 【】[]()")); s {
	case "テスト", "test", "件名", "題名", "subject", "タイトル", "title", "無題", "untitled", "no subject", "件名なし", "draft", "下書き", "テスト配信", "test mail", "テストメール":
		p.warn(p.Draft.SubjectLine, "placeholder", "the subject %q looks like one that was to be replaced; write what the issue is about", s)
	}
}

// beside is how many characters at either side of a blank may say that it is none.
const beside = 8

// around is what was found with so many characters at both sides.
func around(s string, from, to, many int) string {
	for n := 0; n < many && from > 0; n++ {
		_, size := utf8.DecodeLastRuneInString(s[:from])
		from -= size
	}
	for n := 0; n < many && to < len(s); n++ {
		_, size := utf8.DecodeRuneInString(s[to:])
		to += size
	}
	return s[from:to]
}

// rating reports a cell of a table, or a word, that is made of such signs and nothing else.
func rating(s string, from, to int, row bool) bool {
	if !strings.ContainsAny(s[from:to], "○〇◯△×●") || strings.ContainsAny(s[from:to], "月日時年回号期") {
		return false
	}
	edge := func(r rune, n int) bool { return n == 0 || strings.ContainsRune(" |\t", r) }
	before, size := utf8.DecodeLastRuneInString(s[:from])
	after, more := utf8.DecodeRuneInString(s[to:])
	return row && edge(before, size) && edge(after, more)
}
