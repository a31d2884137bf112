package markdown

import (
	"regexp"
	"slices"
	"strings"

	"github.com/yuin/goldmark/ast"
	extast "github.com/yuin/goldmark/extension/ast"
	xhtml "golang.org/x/net/html"

	"example.jp/kairan/deliver/phrase"
)

// tag is what becomes of an HTML tag that an issue may have in it.
type tag struct {
	as    string                       // the element that is sent; "": only what is in it
	node  func(t xhtml.Token) ast.Node // where Markdown has a node for it
	block bool                         // it stands between paragraphs, not in them
	void  bool                         // it has no end
	open  bool                         // its end may be left out
}

// taken are the tags that Markdown editors write and mail programs show alike.
var taken = map[string]tag{
	"a": {as: "a", node: linkTag}, "img": {as: "img", node: imageTag, void: true},
	"br": {as: "br", void: true}, "wbr": {void: true},
	"b": {node: emphasisTag(2)}, "strong": {node: emphasisTag(2)},
	"i": {node: emphasisTag(1)}, "em": {node: emphasisTag(1)}, "cite": {node: emphasisTag(1)}, "var": {node: emphasisTag(1)}, "dfn": {node: emphasisTag(1)},
	"s": {node: struckTag}, "del": {node: struckTag}, "strike": {node: struckTag},
	"u": {as: "u"}, "ins": {as: "u"}, "small": {as: "small"}, "sub": {as: "sub"}, "sup": {as: "sup"},
	"code": {as: "code"}, "kbd": {as: "code"}, "samp": {as: "code"}, "tt": {as: "code"},
	"ruby": {as: "ruby"}, "rp": {as: "rp", open: true}, "rt": {as: "rt", open: true}, "rb": {open: true},
	"mark": {node: emphasisTag(2)}, "span": {}, "font": {}, "nobr": {},

	"p": {as: "p", block: true, open: true}, "hr": {as: "hr", block: true, void: true},
	"div": {as: "div", block: true}, "center": {as: "div", block: true},
	"section": {as: "div", block: true}, "article": {as: "div", block: true}, "main": {as: "div", block: true}, "header": {as: "div", block: true},
	"footer": {as: "div", block: true}, "aside": {as: "div", block: true}, "nav": {as: "div", block: true}, "address": {as: "div", block: true},
	"figure": {as: "div", block: true}, "figcaption": {as: "p", block: true},
	"h1": {as: "h1", block: true}, "h2": {as: "h2", block: true}, "h3": {as: "h3", block: true},
	"h4": {as: "h4", block: true}, "h5": {as: "h5", block: true}, "h6": {as: "h6", block: true},
	"blockquote": {as: "blockquote", block: true},
	"ul":         {as: "ul", block: true}, "ol": {as: "ol", block: true}, "li": {as: "li", block: true, open: true},
	"dl": {as: "dl", block: true}, "dt": {as: "dt", block: true, open: true}, "dd": {as: "dd", block: true, open: true},
	"table": {as: "table", block: true}, "caption": {as: "caption", block: true},
	"thead": {as: "thead", block: true, open: true}, "tbody": {as: "tbody", block: true, open: true}, "tfoot": {as: "tbody", block: true, open: true},
	"tr": {as: "tr", block: true, open: true}, "th": {as: "th", block: true, open: true}, "td": {as: "td", block: true, open: true},
}

// repairs say what to write instead of a tag that cannot be sent.
var repairs = map[string]phrase.Key{
	"pre": "put the text between two lines of ```", "textarea": "put the text between two lines of ```",
	"script": "programs do not run in mails; leave it out", "style": "the layout of the list decides how an issue looks; leave it out",
	"video": "write a link to it", "audio": "write a link to it", "iframe": "write a link to the page", "embed": "write a link to it", "object": "write a link to it",
	"form": "write a link to a page that has the form", "input": "write a link to a page that has the form", "button": "write a link", "select": "write a link to a page that has the form",
	"q": "write the quotation marks", "abbr": "write the words in full", "details": "write the text as it is to be read", "summary": "write the text as it is to be read",
	"o:p":     "it comes from Word: paste the text without its format (テキストのみ貼り付け)",
	"picture": "write ![text](https://…)", "svg": "write ![text](https://…)", "html": "write the text only", "body": "write the text only", "head": "write the text only",
}

func emphasisTag(level int) func(xhtml.Token) ast.Node {
	return func(xhtml.Token) ast.Node { return ast.NewEmphasis(level) }
}

func struckTag(xhtml.Token) ast.Node { return extast.NewStrikethrough() }

func linkTag(t xhtml.Token) ast.Node {
	href, ok := value(t, "href")
	if !ok {
		return nil
	}
	link := ast.NewLink()
	link.Destination = []byte(href)
	link.SetAttributeString(asWritten, false)
	if title, ok := value(t, "title"); ok {
		link.Title = []byte(xhtml.EscapeString(title))
	}
	return link
}

func imageTag(t xhtml.Token) ast.Node {
	link := ast.NewLink()
	src, _ := value(t, "src")
	link.Destination = []byte(src)
	if title, ok := value(t, "title"); ok {
		link.Title = []byte(xhtml.EscapeString(title))
	}
	image := ast.NewImage(link)
	if alt, _ := value(t, "alt"); alt != "" {
		words := ast.NewString([]byte(alt))
		words.SetRaw(true)
		image.AppendChild(image, words)
	}
	for _, side := range []string{"width", "height"} {
		if v, _ := value(t, side); octets.MatchString(v) {
			image.SetAttributeString(side, []byte(v))
		}
	}
	return image
}

// anchorOf is the name by which a link of the text may lead to a tag.
func anchorOf(t xhtml.Token) string {
	if id, ok := value(t, "id"); ok {
		return id
	}
	name, _ := value(t, "name")
	return name
}

func value(t xhtml.Token, key string) (string, bool) {
	for _, a := range t.Attr {
		if a.Key == key {
			return a.Val, true
		}
	}
	return "", false
}

var (
	octets = regexp.MustCompile(`^[0-9]{1,4}$`)
	side   = regexp.MustCompile(`^(?i:left|center|right)$`)
	align  = regexp.MustCompile(`^\s*text-align\s*:\s*(left|center|right)\s*;?\s*$`)
)

// silent are attributes that show nothing.
var silent = []string{"class", "id", "name", "target", "rel", "role", "tabindex", "lang", "loading", "decoding", "href", "src", "alt",
	"summary", "scope", "headers", "cite", "datetime", "download", "referrerpolicy"}

// kept are the attributes of a tag that are sent with it, and the names of those that
// readers would have seen and do not.
func kept(name string, t xhtml.Token) (attrs []xhtml.Attribute, lost []string) {
	if name == "center" {
		attrs = append(attrs, xhtml.Attribute{Key: "align", Val: "center"})
	}
	for _, a := range t.Attr {
		key := strings.ToLower(a.Key)
		if sent, ok := sentAs(name, key, a.Val); ok {
			attrs = append(attrs, sent)
		} else if !isSilent(name, key, a.Val) {
			lost = append(lost, key)
		}
	}
	return attrs, lost
}

// aligned are the elements that are set left, right or in the middle.
var aligned = []string{"p", "div", "h1", "h2", "h3", "h4", "h5", "h6", "td", "th"}

// sentAs is an attribute as it is sent.
func sentAs(name, key, val string) (xhtml.Attribute, bool) {
	cell, isAligned := name == "td" || name == "th", slices.Contains(aligned, name)
	switch styled := align.FindStringSubmatch(val); {
	case key == "align" && isAligned && side.MatchString(val):
	case key == "style" && isAligned && styled != nil:
		key, val = "align", styled[1]
	case cell && (key == "colspan" || key == "rowspan") && octets.MatchString(val):
	case name == "ol" && key == "start" && octets.MatchString(val):
	default:
		return xhtml.Attribute{}, false
	}
	return xhtml.Attribute{Key: key, Val: strings.ToLower(val)}, true
}

// roomOnly is a style of a picture that says no more than how much room it takes, which is
// never more than there is.
var roomOnly = regexp.MustCompile(`(?i)^(?:\s*(?:max-|min-)?(?:width|height)\s*:\s*(?:auto|[0-9.]+(?:%|px|r?em|vw)?)\s*(?:;|$))+$`)

// isSilent says that nobody sees whether an attribute is sent, or that it is sent in
// another way.
func isSilent(name, key, val string) bool {
	switch key {
	case "title":
		return val == "" || name == "a" || name == "img"
	case "type":
		return name != "ol"
	case "width", "height":
		return name == "img" && octets.MatchString(val)
	case "style":
		return val == "" || name == "br" || name == "img" && roomOnly.MatchString(val)
	case "clear":
		return name == "br"
	case "dir":
		return strings.EqualFold(val, "ltr") || strings.EqualFold(val, "auto")
	}
	return slices.Contains(silent, key) || strings.HasPrefix(key, "data-") || strings.HasPrefix(key, "aria-") || strings.HasPrefix(key, "item")
}
