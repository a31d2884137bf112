package proof

import (
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/idna"
)

// page is the HTML of an issue as it is read: its characters in their order, with the
// numbers of its lists and the alternative texts of its pictures, and where its elements
// begin and end.
type page struct {
	chars   []char
	targets map[string]bool // where its links lead and its pictures lie, by [target]
	named   map[string]bool // of these, to which something leads that shows other words
	ids     map[string]bool
	titles  map[string]bool
	links   []lead
	pre     strings.Builder // what is laid out as code
	within  bool            // some links lead to places in it
	cids    bool            // pictures travel beside it
	tables  int
}

// lead is a link, with the index at which it begins.
type lead struct {
	to string
	at int
}

// reader is on its way through a page.
type reader struct {
	*page
	in     feature
	depth  map[string]int // of open elements, by name
	lists  []int          // the next number of each open list; -1: of bullets
	of     []int          // which list each is
	opened int            // lists so far
	silent bool           // within a way back from a note
}

// elements says of what kind a place is at which one begins or ends.
func elements() map[string]feature {
	of := map[string]feature{"blockquote": quote | block, "li": item | block, "ul": item | block, "ol": item | block, "a": link, "img": picture,
		"hr": ruled | block, "br": broken, "p": block, "div": block, "pre": code | block, "code": code, "del": struck, "s": struck}
	for feature, names := range map[feature]string{emphasis: "em strong b i", heading | block: "h1 h2 h3 h4 h5 h6", table | block: "table thead tbody tr th td"} {
		for name := range strings.FieldsSeq(names) {
			of[name] = feature
		}
	}
	return of
}

func readPage(fragment string) *page {
	r := reader{page: &page{targets: map[string]bool{}, named: map[string]bool{}, ids: map[string]bool{}, titles: map[string]bool{}}, depth: map[string]int{}}
	kinds := elements()
	z := html.NewTokenizer(strings.NewReader(fragment))
	for kind := z.Next(); kind != html.ErrorToken; kind = z.Next() {
		t := z.Token()
		switch kind {
		case html.TextToken:
			r.text(t.Data)
		case html.StartTagToken, html.SelfClosingTagToken:
			r.place(kinds[t.Data])
			r.open(t)
		case html.EndTagToken:
			r.close(t.Data)
			r.place(kinds[t.Data])
		}
	}
	return r.page
}

func (r *reader) place(kind feature) {
	if kind != 0 {
		r.chars = append(r.chars, char{is: kind | r.in&inQuote})
	}
}

func (r *reader) text(s string) {
	if r.silent {
		return
	}
	if r.depth["pre"] > 0 {
		r.pre.WriteString(s)
	}
	whole := r.depth["a"] > 0 && addressForm.MatchString(s) // with what is Japanese in it
	shown, n := addresses(s), 0
	for _, c := range s {
		in := r.in
		if whole || shown[n] {
			in |= inAddress
		}
		n++
		if c = unmarked(c); c == slotBraces {
			r.chars = append(r.chars, char{r: '{', is: in | escaped}, char{r: '{', is: in | escaped})
			continue
		}
		r.chars = append(r.chars, char{r: c, is: in})
	}
}

// addressForm is an address that is shown as it is.
var addressForm = regexp.MustCompile(`(?i)^(?:https?://|www\.|mailto:|[!-~]+@)`)

func (r *reader) open(t html.Token) {
	of := map[string]string{}
	for _, a := range t.Attr {
		of[a.Key] = a.Val
	}
	if of["id"] != "" {
		r.ids[of["id"]] = true
	}
	if of["title"] != "" {
		r.titles[oneLine(of["title"])] = true
	}
	switch t.Data {
	case "img":
		r.targets[target(of["src"])], r.named[target(of["src"])] = true, true
		r.cids = r.cids || strings.HasPrefix(of["src"], "cid:")
		r.text(of["alt"])
		r.place(picture)
		return
	case "br", "hr":
		return
	case "a":
		r.targets[target(of["href"])] = true
		r.links = append(r.links, lead{of["href"], len(r.chars)})
		r.silent = strings.HasPrefix(of["href"], "#noteref")
		r.within = r.within || strings.HasPrefix(of["href"], "#")
	case "ul":
		r.lists, r.of = append(r.lists, -1), append(r.of, 0)
	case "ol":
		first, err := strconv.Atoi(of["start"])
		if err != nil {
			first = 1
		}
		r.opened++
		r.lists, r.of = append(r.lists, first), append(r.of, r.opened)
	case "li":
		if n := len(r.lists) - 1; n >= 0 && r.lists[n] >= 0 {
			r.chars = append(r.chars, char{r: rune(r.lists[n]), at: r.of[n], is: r.in | number})
			r.lists[n]++
		}
	case "table":
		r.tables++
	}
	r.depth[t.Data]++
	r.look()
}

func (r *reader) close(name string) {
	if r.depth[name]--; r.depth[name] < 0 {
		r.depth[name] = 0
	}
	switch name {
	case "ul", "ol":
		if n := len(r.lists) - 1; n >= 0 {
			r.lists, r.of = r.lists[:n], r.of[:n]
		}
	case "a":
		r.silent = false
		r.shown()
	}
	r.look()
}

// shown notes whether the link that ends here is shown by its own address.
func (r *reader) shown() {
	if len(r.links) == 0 {
		return
	}
	l := r.links[len(r.links)-1]
	var b strings.Builder
	for _, c := range r.chars[l.at:] {
		if c.r > ' ' && c.is&number == 0 {
			b.WriteRune(c.r)
		}
	}
	if !isAddressOf(b.String(), l.to) {
		r.named[target(l.to)] = true
		return
	}
	for i := l.at; i < len(r.chars); i++ {
		r.chars[i].is |= inAddress
	}
}

// isAddressOf reports that the words of a link are where it leads.
func isAddressOf(words, to string) bool {
	words = target(words)
	return strings.ContainsAny(words, "./") && strings.Contains(target(to), strings.TrimSuffix(words, "/"))
}

// look says where characters stand that come next.
func (r *reader) look() {
	r.in = 0
	for name, in := range map[string]feature{"code": inCode, "pre": inCode, "td": inCell, "th": inCell, "blockquote": inQuote, "li": inItem, "rp": bracket} {
		if r.depth[name] > 0 {
			r.in |= in
		}
	}
}

// target is an address in a form that is the same however it was written: without
// percent signs, with its host in ASCII, in lower case.
func target(address string) string {
	address = strings.TrimSpace(address)
	if u, err := url.Parse(address); err == nil && u.Host != "" {
		if host, err := idna.ToASCII(u.Host); err == nil {
			u.Host = host
			address = u.String()
		}
	}
	return strings.ToLower(percent.ReplaceAllStringFunc(address, func(octet string) string {
		plain, _ := url.PathUnescape(octet)
		return plain
	}))
}

// percent is an octet of an address that is written by its number.
var percent = regexp.MustCompile(`%[0-9A-Fa-f]{2}`)
