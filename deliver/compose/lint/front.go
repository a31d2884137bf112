package lint

import (
	"regexp"
	"strings"
	"unicode"

	"example.jp/kairan/deliver"
	"example.jp/kairan/deliver/compose/width"
	"example.jp/kairan/subscribe"
)

// size warns of an HTML part that is nearly cut; one that is cut does not come here.
func (p *page) size() {
	if p.HTML > deliver.MostHTML*9/10 {
		p.warn(0, "clipping", "the HTML part has %d KB; above %d KB Gmail cuts a mail, and the link that leaves with it: shorten the issue, or put its long parts on the web and link to them", p.HTML>>10, deliver.MostHTML>>10)
	}
}

var emptyMarks = regexp.MustCompile(`【\s*】|「\s*」|『\s*』|\(\s*\)|\[\s*\]|《\s*》|〈\s*〉|<\s*>`)

// subject looks at the subject; what its draft refuses is not repeated.
func (p *page) subject() {
	d := p.Draft
	if m := emptyMarks.FindString(narrow(d.Subject)); m != "" {
		p.warn(d.SubjectLine, "subject-marks", "the subject has brackets with nothing in them (%s); write what belongs there, or take them out", m)
	}
	capitals, small := 0, 0
	for _, r := range d.Subject {
		switch {
		case unicode.IsUpper(r):
			capitals++
		case unicode.IsLower(r):
			small++
		case width.IsJapanese(r):
			small++
		}
	}
	if capitals >= 10 && small == 0 && strings.Contains(d.Subject, " ") {
		p.warn(d.SubjectLine, "subject-capitals", "the subject is in capitals, which reads like shouting, and which filters take for advertising; write it in small letters")
	}
}

// Of how many letters a language is told.
const (
	enough = 80
	most   = 0.9
)

// language compares the language that the issue is said to be in with its letters.
func (p *page) language() {
	kana, han, latin := 0, 0, 0
	for _, l := range p.lines[1:] {
		for _, r := range l.text {
			switch {
			case unicode.In(r, unicode.Hiragana, unicode.Katakana):
				kana++
			case unicode.Is(unicode.Han, r):
				han++
			case unicode.Is(unicode.Latin, r):
				latin++
			}
		}
	}
	switch all := float64(kana + han + latin); {
	case 2*(kana+han)+latin < enough: // a character of Japanese says as much as two letters
	case p.Draft.Lang == subscribe.Japanese && kana == 0 && float64(latin) > most*all:
		p.warn(p.Draft.SubjectLine, "language", `the issue goes out as Japanese, and no Japanese is in it; write lang = "en" into the front matter`)
	case p.Draft.Lang == subscribe.English && kana > 0 && float64(kana+han) > most*all:
		p.warn(p.Draft.SubjectLine, "language", `the issue goes out as English, and hardly any is in it; write lang = "ja" into the front matter`)
	}
}

var fullWidthAddress = regexp.MustCompile(`[A-Za-z0-9Ａ-Ｚａ-ｚ０-９._+-]+＠[A-Za-z0-9Ａ-Ｚａ-ｚ０-９.．-]+[.．][A-Za-zＡ-Ｚａ-ｚ]+|[A-Za-z0-9._+-]+@[A-Za-z0-9.-]*．[A-Za-zＡ-Ｚａ-ｚ0-9.．-]+|[Ａ-Ｚａ-ｚ０-９]+@[A-Za-zＡ-Ｚａ-ｚ０-９.．-]+`)

// replaced says that readers are asked to put the right sign there.
var replaced = regexp.MustCompile(`半角|置き?換|[替変換]え|迷惑メール|スパム|アットマーク|replace`)

// addresses looks for mail addresses that nobody can press.
func (p *page) addresses() {
	for n, l := range p.lines {
		if !fullWidthAddress.MatchString(l.text) {
			continue
		}
		beside := l.text
		if n > 0 {
			beside += p.lines[n-1].text
		}
		if n+1 < len(p.lines) {
			beside += p.lines[n+1].text
		}
		if !replaced.MatchString(beside) {
			p.warn(l.number, "address-width", "a mail address is written in full-width letters (全角) and is no link; write it in plain letters (半角)")
		}
	}
}
