package source

import (
	"regexp"

	"github.com/microcosm-cc/bluemonday"
)

// sanitise is the second lock behind [Parse]: an allow-list of our own. hosts are
// where images may lie.
func sanitise(fragment string, hosts []string) string {
	p := bluemonday.NewPolicy()
	p.AllowElements("h1", "h2", "h3", "h4", "h5", "h6", "p", "hr", "ul", "ol", "li", "blockquote", "pre", "code",
		"strong", "em", "del", "table", "thead", "tbody", "tr", "th", "td", "a", "img")
	p.AllowElements(inlineHTML()...)
	p.AllowAttrs("start").Matching(bluemonday.Integer).OnElements("ol")
	p.AllowAttrs("align").Matching(regexp.MustCompile(`^(left|center|right)$`)).OnElements("th", "td")
	p.AllowAttrs("href").OnElements("a")
	p.AllowAttrs("alt").OnElements("img")
	p.AllowAttrs("width", "height").Matching(bluemonday.Integer).OnElements("img")
	p.AllowAttrs("src").Matching(regexp.MustCompile(`^cid:[0-9a-f]{24}@[A-Za-z0-9.-]+$`)).OnElements("img")
	for _, h := range hosts {
		p.AllowAttrs("src").Matching(regexp.MustCompile(`(?i)^https://` + regexp.QuoteMeta(h) + `/`)).OnElements("img")
	}
	p.RequireParseableURLs(true)
	p.AllowURLSchemes("https", "mailto", "tel", "cid")
	return p.Sanitize(fragment)
}

// inlineHTML is the HTML that Markdown has no sign for and an issue may use:
// line breaks inside table cells, and readings above kanji.
func inlineHTML() []string { return []string{"br", "ruby", "rp", "rt", "sub", "sup"} }
