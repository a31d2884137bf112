package markdown

import (
	"regexp"
	"strings"
	"testing"

	"example.jp/kairan/deliver/compose/composetest"
)

// bareLinks are texts with the links that become of them, as href and what is shown.
var bareLinks = []struct {
	text  string
	links string // "href|shown" with spaces between
	warns bool
}{
	{text: `URL：https://www.example.jp/a`, links: `https://www.example.jp/a`},
	{text: `（https://www.example.jp/b）`, links: `https://www.example.jp/b`},
	{text: `(https://www.example.jp/b)`, links: `https://www.example.jp/b`},
	{text: `「https://www.example.jp/b」`, links: `https://www.example.jp/b`},
	{text: `・https://www.example.jp/d`, links: `https://www.example.jp/d`},
	{text: `詳細はhttps://www.example.jp/c まで`, links: `https://www.example.jp/c`},
	{text: `詳細はhttps://www.example.jp/aをご覧ください。`, links: `https://www.example.jp/a`},
	{text: `詳細はhttps://www.example.jpをご覧ください。`, links: `https://www.example.jp`},
	{text: `詳細はhttps://www.example.jp/をご覧ください。`, links: `https://www.example.jp/`},
	{text: `https://www.example.jp/から申し込めます。`, links: `https://www.example.jp/`},
	{text: `https://www.example.jp/index.htmlをご覧ください`, links: `https://www.example.jp/index.html`},
	{text: `https://www.example.jp/a?b=1&c=2をご覧ください`, links: `https://www.example.jp/a?b=1&amp;c=2`},
	{text: `https://www.example.jp/a、https://www.example.jp/b。`, links: `https://www.example.jp/a https://www.example.jp/b`},
	{text: `https://www.example.jp/aとhttps://www.example.jp/bです`, links: `https://www.example.jp/a https://www.example.jp/b`},
	{text: `https://www.example.jp/a?x=y.`, links: `https://www.example.jp/a?x=y`},
	{text: `https://ja.example.org/wiki/a_(b)`, links: `https://ja.example.org/wiki/a_(b)`},
	{text: `（詳細:https://ja.example.org/wiki/a_(b)）`, links: `https://ja.example.org/wiki/a_(b)`},
	{text: `**https://www.example.jp/a**です`, links: `https://www.example.jp/a`},
	{text: `**詳細：https://www.example.jp/a**をご覧ください`, links: `https://www.example.jp/a`},
	{text: `~~https://www.example.jp/a~~です`, links: `https://www.example.jp/a`},
	{text: `https://www.example.jp/snake_case_name/a*b*c`, links: `https://www.example.jp/snake_case_name/a*b*c`},
	{text: `https://www.example.jp:8443/a`, links: `https://www.example.jp:8443/a`},
	{text: `www.example.jp/a をご覧ください`, links: `https://www.example.jp/a|www.example.jp/a`},
	{text: `詳細はwww.example.jpまで`, links: `https://www.example.jp|www.example.jp`},
	// A path in Japanese is part of it.
	{text: `https://www.mofa.example.jp/資料/案内_2026.pdf をご覧ください。`, links: `https://www.mofa.example.jp/%E8%B3%87%E6%96%99/%E6%A1%88%E5%86%85_2026.pdf|https://www.mofa.example.jp/資料/案内_2026.pdf`},
	{text: `https://www.example.jp/資料/案内.pdfをご覧ください。`, links: `https://www.example.jp/%E8%B3%87%E6%96%99/%E6%A1%88%E5%86%85.pdf|https://www.example.jp/資料/案内.pdf`},
	{text: `https://www.example.jp/資料 をご覧ください`, links: `https://www.example.jp/%E8%B3%87%E6%96%99|https://www.example.jp/資料`},
	{text: `https://www.example.jp/お知らせ/a.html`, links: `https://www.example.jp/%E3%81%8A%E7%9F%A5%E3%82%89%E3%81%9B/a.html|https://www.example.jp/お知らせ/a.html`},
	{text: `https://www.example.jp/2026年度/案内.pdf`, links: `https://www.example.jp/2026%E5%B9%B4%E5%BA%A6/%E6%A1%88%E5%86%85.pdf|https://www.example.jp/2026年度/案内.pdf`},
	{text: `https://www.example.jp/?q=東京&a=1`, links: `https://www.example.jp/?q=%E6%9D%B1%E4%BA%AC&amp;a=1|https://www.example.jp/?q=東京&amp;a=1`},
	{text: `https://www.example.jp/?q=東京 です`, links: `https://www.example.jp/?q=%E6%9D%B1%E4%BA%AC|https://www.example.jp/?q=東京`},
	{text: `https://www.example.jp/?q=%E6%9D%B1`, links: `https://www.example.jp/?q=%E6%9D%B1`},
	// In doubt, it is a link, and said.
	{text: `詳しくはhttps://www.example.jp/資料をご覧ください。`, links: `https://www.example.jp/`, warns: true},
	{text: `詳しくはhttps://www.example.jp/資料。`, links: `https://www.example.jp/%E8%B3%87%E6%96%99|https://www.example.jp/資料`, warns: true},
	{text: `https://www.example.jp/はじめに`, links: `https://www.example.jp/%E3%81%AF%E3%81%98%E3%82%81%E3%81%AB|https://www.example.jp/はじめに`, warns: true},
	{text: `https://www.example.jp/2026年度 です`, links: `https://www.example.jp/2026`, warns: true},
	{text: `<https://www.example.jp/はじめに>`, links: `https://www.example.jp/%E3%81%AF%E3%81%98%E3%82%81%E3%81%AB|https://www.example.jp/はじめに`},
	{text: `https://www.example.jp/?id=3＆lang=ja`, links: `https://www.example.jp/?id=3`, warns: true},
	{text: `https://www.example.jp/a.pdf(120KB)、https://www.example.jp/b.pdf[PDF]`, links: `https://www.example.jp/a.pdf https://www.example.jp/b.pdf`},
	{text: `お済みですか→https://www.example.jp/a？はい`, links: `https://www.example.jp/a`},
	// Hosts in Japanese.
	{text: `[日本語の名](https://日本語.jp/)です`, links: `https://xn--wgv71a119e.jp/|日本語の名`},
	{text: `名は https://日本語.jp/ です`, links: `https://xn--wgv71a119e.jp/|https://日本語.jp/`},
	{text: `名はhttps://日本語.jpです`, links: `https://xn--wgv71a119e.jp|https://日本語.jp`},
	{text: `<https://日本語.jp/>`, links: `https://xn--wgv71a119e.jp/|https://日本語.jp/`},
	{text: `[x](https://例え.jp/)`, links: `https://xn--r8jz45g.jp/|x`},
	{text: `[x](https://%E6%97%A5%E6%9C%AC%E8%AA%9E.jp:8443/a?b=1#c)`, links: `https://xn--wgv71a119e.jp:8443/a?b=1#c|x`},
	{text: `[x](https://日本語.jp?b)と[y](mailto:a@b.example?subject=c&amp;body=d)`, links: `https://xn--wgv71a119e.jp?b|x mailto:a@b.example?subject=c&amp;body=d|y`},
	// Addresses.
	{text: `お問い合わせはdesk@example.jpまで。`, links: `mailto:desk@example.jp|desk@example.jp`},
	{text: `連絡先:info@example.jp`, links: `mailto:info@example.jp|info@example.jp`},
	{text: `（first_last+a@example.jp）`, links: `mailto:first_last+a@example.jp|first_last+a@example.jp`},
	{text: `*desk@example.jp*へ`, links: `mailto:desk@example.jp|desk@example.jp`},
	{text: `_desk@example.jp_ です`, links: `mailto:desk@example.jp|desk@example.jp`},
	{text: `<desk@example.jp>`, links: `mailto:desk@example.jp|desk@example.jp`},
	{text: `窓口は desk@日本語.jp です`, links: `mailto:desk@xn--wgv71a119e.jp|desk@日本語.jp`},
	// In a link and in the words of a picture it is text.
	{text: `[https://www.example.jp/a](https://www.example.jp/a)`, links: `https://www.example.jp/a`},
	{text: `[詳細：https://www.example.jp/a]です`, links: `https://www.example.jp/a`},
	{text: `![https://www.example.jp/a](https://www.example.jp/a.png)`},
	// None of these is one.
	{text: "`https://www.example.jp/a`"},
	{text: `10:00~12:00、C:\a、a@b、@example、www.、https://、1.5倍、例:あ`},
	{text: `https\://www.example.jp/a`},
	{text: `電話：03-0000-0000`},
	{text: `[電話](tel:03-1234-5678)`, links: `tel:03-1234-5678|電話`},
}

var anchor = regexp.MustCompile(`<a href="([^"]*)">(.*?)</a>`)

func TestBareLinks(t *testing.T) {
	t.Parallel()
	for _, l := range bareLinks {
		d, err := render(t, l.text)
		if err != nil {
			t.Errorf("%s: %v", l.text, err)
			continue
		}
		var got []string
		for _, a := range anchor.FindAllStringSubmatch(d.HTML, -1) {
			if a[1] == a[2] {
				got = append(got, a[1])
			} else {
				got = append(got, a[1]+"|"+a[2])
			}
		}
		if links := strings.Join(got, " "); links != l.links {
			t.Errorf("%s\n links %s\n  want %s", l.text, links, l.links)
		}
		if warns := len(d.Findings) > 0; warns != l.warns {
			t.Errorf("%s: findings %v", l.text, d.Findings)
		}
	}
}

func TestLinksThatCannotBeSent(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		`申込先：http://www.example.com/form`:                   `write https://www.example.com/form if`,
		`https://desk@www.example.jp/`:                      `a name before an @ hides where it leads`,
		`[a](http://example.org/)`:                          `the link to "http://example.org/" cannot be sent: `,
		`[a](/b/c)`:                                         `write the whole address: https://www.example.jp/b/c`,
		`[a](b.html)`:                                       `write the whole address: https://www.example.jp/b.html`,
		`[a](../b.html)`:                                    `write the whole address: https://www.example.jp/b.html`,
		`[a](www.example.org/b)`:                            `write the whole address: https://www.example.org/b`,
		`[a](//www.example.org/b)`:                          `write the whole address: https://www.example.org/b`,
		`[a](example.org)`:                                  `write the whole address: https://example.org`,
		`[a]()`:                                             `it leads nowhere`,
		`[a](https://)`:                                     `it is no address of a page`,
		`[a](https://日本 語.jp/)`:                             ``, // no link to Markdown
		`[a](<https://a b.jp/>)`:                            `it is no address of a page`,
		`[a](https://-x.jp/)`:                               `there can be no host "-x.jp"`,
		`[a](https://日本語..jp/)`:                             `there can be no host`,
		`[a](https://xn--a.jp/)`:                            `there can be no host`,
		`[a](ftp://example.jp/)`:                            `a link must begin with https://`,
		`[a](javascript:alert%281%29)`:                      `a link must begin with https://`,
		`[a](mailto:desk)`:                                  `mailto: and one address`,
		`[a](mailto:a@b.example?subject=c&BCC=d@e.example)`: `and "BCC" is none of these`,
		`https://www.exаmple.jp/`:                           `there can be no host`,
		`[a](https://www.xn--exmple-4nf.jp/)`:               `there can be no host`,
		`[a](https://[::1]/)`:                               `there can be no host`,
		`[外 <a href="https://b.example/">内</a>](https://a.example/)`: `a link stands within another here`,
		`<a href="https://a.example/">外 [内](https://b.example/)</a>`: `a link stands within another here`,
		`[a](tel:総務課)`:                 `a telephone number has digits`,
		`[a](https：//www.example.jp/)`: `full-width`,
	} {
		d, err := render(t, text)
		if want == "" {
			if err != nil {
				t.Errorf("%s: %v", text, err)
			}
			continue
		}
		if err == nil {
			t.Errorf("%s was taken: %s", text, d.HTML)
			continue
		}
		composetest.Holds(t, text, err.Error(), "line 4: ", want)
	}
}
