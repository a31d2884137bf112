package lint

import (
	"regexp"
	"strings"

	"example.jp/kairan/deliver/compose/finding"
	"example.jp/kairan/subscribe"
)

// pointing are texts that do not say where a link leads (WCAG 2.4.4, JIS X 8341-3).
var pointing = regexp.MustCompile(`(?i)^(?:(?:詳しく|詳細|くわしく|続き|つづき|これ)?(?:は|を)?(?:、)?(?:こちら|コチラ|此方|ここ|ココ)(?:から|へ|を(?:ご覧ください|ご確認ください|クリック|タップ|押す|参照)|をクリックしてください|の?(?:リンク|ページ|サイト|URL))?|これ|それ|あれ|` +
	`(?:この|次の|下記の?|以下の?|上記の?)(?:リンク|ページ|サイト|URL|ウェブサイト)?(?:から|へ)?|クリック(?:する|してください)?|タップ|リンク(?:先)?|詳細|詳しく|もっと見る|続きを読む|続きを見る|URL|` +
	`(?:(?:at|on|via|through|from) )?(?:this link|this page)|(?:click|tap)(?: here| this)?(?: for (?:more|details))?|here|this|this (?:link|page|site|website|one)|the link|link|read more|learn more|more|more info(?:rmation)?|see more|find out more|details|view|go)$`)

// linkTexts looks at what readers press.
func (p *page) linkTexts() {
	type place struct {
		text string
		line int
	}
	first := map[place]string{}
	for _, k := range p.Draft.Links {
		text := plainText(k.Text)
		if text == "" || strings.HasPrefix(k.To, "mailto:") || strings.HasPrefix(k.To, "tel:") {
			continue
		}
		if pointing.MatchString(text) {
			p.warn(k.Line, "link-text", "the link text %q does not say where it leads, and some readers hear the links alone; write what is there, as in [%s](…)", finding.Clip(k.Text),
				subscribe.Text{JA: "申込案内", EN: "programme of the film night"}.In(p.Draft.Lang))
			continue
		}
		// In lines of their own they are told apart by what stands around them.
		here := place{text, k.Line}
		if to, known := first[here]; known && to != k.To && !p.inTable(k.Line) {
			p.warn(k.Line, "link-same", "the link text %q stands here twice, and leads to different places; say in each what is there", finding.Clip(k.Text))
		}
		first[here] = k.To
	}
}

// plainText is a link's text without brackets and arrows around it.
func plainText(s string) string {
	return strings.Trim(strings.Join(strings.Fields(narrow(s)), " "), " 「」『』【】[]()<>《》〈〉→⇒≫»▶►☞・.…。!")
}

func (p *page) inTable(number int) bool {
	for _, l := range p.lines {
		if l.number == number && l.row {
			return true
		}
	}
	return false
}
