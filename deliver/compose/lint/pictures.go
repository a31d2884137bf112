package lint

import (
	"regexp"
	"strings"
	"unicode"

	"example.jp/kairan/deliver/compose/finding"
)

// noAlt are alternative texts that say nothing of the picture.
var noAlt = regexp.MustCompile(`(?i)^(?:(?:画像|写真|図|イメージ|image|img|picture|pic|photo|figure|untitled|無題|alt|logo_?final)[\s_-]?\(?\d*\)?|(?:img|dsc[nf]?|p|image|スクリーンショット|screenshot)[\s_-]?\d{3,}.*|[\w.\-ぁ-んァ-ヶ一-龠()（）]+\.(?:png|jpe?g|gif|webp|svg|bmp|tiff?))$`)

// leastText is how many letters a mail has that says something besides its pictures.
const leastText = 15

// pictures looks at what stands for pictures where they are not shown: in the text
// part, in mail programs that hide them, and for who hears the mail.
func (p *page) pictures() {
	for _, i := range p.Draft.Pictures {
		switch alt := strings.TrimSpace(i.Alt); {
		case alt == "":
			p.warn(i.Line, "alt", "the picture has no alternative text, so that many readers get nothing of it; write what it says: ![秋祭り 10月10日 市民広場](…)")
		case noAlt.MatchString(narrow(alt)):
			p.warn(i.Line, "alt", "the alternative text %q is the name of a file or of nothing; write what the picture says", finding.Clip(alt))
		}
	}
	if len(p.Draft.Pictures) == 0 {
		return
	}
	letters := 0
	for _, l := range p.lines {
		if l.number < p.Draft.First {
			continue
		}
		for _, r := range l.text {
			if unicode.IsLetter(r) {
				letters++
			}
		}
	}
	if letters < leastText {
		p.warn(p.Draft.Pictures[0].Line, "picture-only", "the issue is pictures and hardly any text, and most mail programs hide pictures at first; write what they say below them")
	}
}
