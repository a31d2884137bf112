package markdown

import (
	"regexp"

	"github.com/microcosm-cc/bluemonday"
)

// sanitise is the second lock behind [Render]: an allow-list of our own. hosts are
// where images may lie.
func sanitise(fragment string, hosts []string) string {
	p := bluemonday.NewPolicy()
	p.AllowElements("h1", "h2", "h3", "h4", "h5", "h6", "p", "hr", "ul", "ol", "li", "blockquote", "pre", "code",
		"strong", "em", "del", "table", "thead", "tbody", "tr", "th", "td", "a", "img")
	// HTML that Markdown has no sign for; see [taken].
	p.AllowElements("br", "ruby", "rp", "rt", "sub", "sup", "u", "small", "div", "dl", "dt", "dd", "caption")
	p.AllowAttrs("start").Matching(bluemonday.Integer).OnElements("ol")
	p.AllowAttrs("align").Matching(regexp.MustCompile(`^(left|center|right)$`)).OnElements("th", "td", "p", "div", "h1", "h2", "h3", "h4", "h5", "h6")
	p.AllowAttrs("colspan", "rowspan").Matching(bluemonday.Integer).OnElements("th", "td")
	p.AllowAttrs("title").OnElements("a", "img")
	p.AllowAttrs("href").Matching(regexp.MustCompile(`^(?:https|mailto|tel):|^#(?:section|note)-[0-9]+$`)).OnElements("a")
	p.AllowAttrs("id").Matching(regexp.MustCompile(`^(?:section|note|noteref)-[0-9]+$`)).Globally()
	p.AllowAttrs("class").Matching(regexp.MustCompile(`^notes$`)).OnElements("ol")
	p.AllowAttrs("alt").OnElements("img")
	p.AllowAttrs("width", "height").Matching(bluemonday.Integer).OnElements("img")
	p.AllowAttrs("src").Matching(regexp.MustCompile(`^cid:[0-9a-f]{24}@[A-Za-z0-9.-]+$`)).OnElements("img")
	for _, h := range hosts {
		p.AllowAttrs("src").Matching(regexp.MustCompile(`(?i)^https://` + regexp.QuoteMeta(h) + `/`)).OnElements("img")
	}
	p.RequireParseableURLs(true)
	p.AllowRelativeURLs(true) // to a place of the text; see above
	p.AllowURLSchemes("https", "mailto", "tel", "cid")
	return p.Sanitize(fragment)
}
