package plain

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"example.jp/kairan/deliver/compose/slot"
)

// inline is the text of nodes, with marks around URLs that are to be seen, and with
// white space as it came. [settle] makes lines of it.
func (p *page) inline(nodes []*html.Node) string {
	t := &text{page: p}
	for _, n := range nodes {
		t.node(n)
	}
	return t.String()
}

// oneLine is the text of an element, with a sign where a line would break.
func (p *page) oneLine(n *html.Node, sign string) string { return settle(p.inline(children(n)), sign) }

// text grows by the words of nodes.
type text struct {
	*page
	strings.Builder
}

// inside is the text of an element's children, without white space around it.
func (t *text) inside(n *html.Node) string { return trimASCII(t.inline(children(n))) }

// trimASCII leaves full-width spaces, which are an editor's.
func trimASCII(s string) string { return strings.Trim(s, " \t\r\n\f") }

func (t *text) node(n *html.Node) {
	if n.Type == html.TextNode {
		t.WriteString(collapsible.Replace(n.Data))
		return
	}
	switch n.DataAtom {
	case atom.Br:
		t.WriteByte('\n')
	case atom.A:
		t.link(n)
	case atom.Img:
		if alt := trimASCII(attr(n, "alt")); alt != "" {
			t.WriteString(t.said(t.Words.Picture, "［", "：", "］", alt))
		}
	case atom.Del:
		if gone := t.inside(n); gone != "" {
			t.WriteString(t.said(t.Words.Deleted, "（", "：", "）", gone))
		}
	case atom.Ruby:
		t.WriteString(t.together(t.inline(children(n))))
	case atom.Rt:
		if reading := t.inside(n); reading != "" {
			t.WriteString(joint + t.in("（", "(") + reading + t.in("）", ")"))
		}
	case atom.Rp: // our own are there
	case atom.Sup, atom.Sub:
		t.raised(n)
	default:
		t.others(n)
	}
}

// longRuby is how wide a word with its reading is that may be cut, in columns.
const longRuby = 24

// together keeps a word and its reading on one line.
func (s Style) together(word string) string {
	if len(word) > 4*longRuby || s.measure(word) > longRuby {
		return word
	}
	return strings.ReplaceAll(unbroken(word), " ", hardness)
}

// unbroken is a text in one piece.
func unbroken(s string) string { return strings.Join(strings.Split(s, ""), joint) }

// others writes what has no sign in plain text, and breaks the line where a block
// stands among words.
func (t *text) others(n *html.Node) {
	block := isBlock(n)
	if block {
		t.WriteByte('\n')
	}
	for c := range n.ChildNodes() {
		t.node(c)
	}
	if block {
		t.WriteByte('\n')
	}
}

// A line break in HTML is a space.
var collapsible = strings.NewReplacer("\n", " ", "\t", " ", "\r", " ", "\f", " ")

// said puts a word before a text, in the brackets of the language.
func (s Style) said(word, open, colon, end, text string) string {
	if s.japanese() {
		return open + word + colon + text + end
	}
	return "[" + word + ": " + text + "]"
}

// bracketed is a number or an address behind what it belongs to.
func (s Style) bracketed(text string) string {
	if s.japanese() {
		return "（" + text + "）"
	}
	return hardness + "(" + text + ")"
}

// raised writes superscripts and subscripts. Those that change what a number or a
// formula says get a sign (10^2, x_max); for 1st, H2O or NOx the place on the line is
// enough, and a number behind a word points at a note.
func (t *text) raised(n *html.Node) {
	if note := soleLink(children(n)); note != nil && strings.HasPrefix(attr(note, "href"), "#") {
		t.link(note)
		return
	}
	said, before := t.inside(n), t.String()
	number := numeral.MatchString(said)
	switch {
	case said == "":
		return
	case n.DataAtom == atom.Sup && (number && isBase(before) || variable.MatchString(said) && !ordinal.MatchString(said)):
		said = "^" + said
	case n.DataAtom == atom.Sup && number:
		said = t.bracketed(said)
	case n.DataAtom == atom.Sub && (number && endsIn(before, '0', '9') || variable.MatchString(said) && endsIn(before, 'a', 'z')):
		said = "_" + said
	}
	t.WriteString(joint + said)
}

var (
	numeral  = regexp.MustCompile(`^[+\x{2212}-]?[0-9]+$`)
	variable = regexp.MustCompile(`^[a-z]{1,3}$`)
	ordinal  = regexp.MustCompile(`^(?:st|nd|rd|th|er|re|o|a|e|tm|c|r|sm)$`)
	base     = regexp.MustCompile(`(?:[0-9)）]|(?:^|[^a-zA-Z])[a-zA-Z]{1,2})$`)
)

// isBase reports what a power can be of: a number, a bracket, or a unit.
func isBase(before string) bool { return base.MatchString(tail(before)) }

func endsIn(before string, from, to byte) bool {
	return before != "" && before[len(before)-1] >= from && before[len(before)-1] <= to
}

// tail is the last few characters.
func tail(s string) string {
	at := len(s)
	for range 4 {
		_, size := utf8.DecodeLastRuneInString(s[:at])
		at -= size
	}
	return s[at:]
}

// settle collapses white space as HTML does, but for full-width spaces, and gives the
// URLs between marks their places. Where a line ends it puts the sign, which is a line
// break where there may be more than one line.
func settle(raw, sign string) string {
	s := &settler{sign: sign}
	for raw != "" {
		r, size := utf8.DecodeRuneInString(raw)
		raw = raw[size:]
		switch r {
		case ' ':
			s.space = true
		case '\n':
			s.newline()
		case slot.MarkOpen:
			url, rest, _ := strings.Cut(raw, string(slot.MarkClose))
			raw = rest
			s.url(url, rest)
		default:
			s.character(r)
		}
	}
	return strings.TrimRight(s.out.String(), "\n")
}

type settler struct {
	sign  string
	out   strings.Builder
	last  rune // of this line, 0 at its beginning
	words bool // on this line, and not only full-width spaces
	space bool // white space since then
	ended bool // a line, but for the sign
}

func (s *settler) newline() {
	if s.sign == "\n" && s.out.Len() > 0 {
		s.out.WriteByte('\n')
	}
	s.ended = s.sign != "\n"
	s.last, s.space, s.words = 0, false, false
}

func (s *settler) character(r rune) {
	if s.ended && s.out.Len() > 0 {
		s.out.WriteString(s.sign)
		s.last, s.space, s.words = 0, false, false
	}
	if s.space && s.last != 0 {
		s.out.WriteByte(' ')
	}
	s.out.WriteRune(r)
	s.last, s.space, s.ended = r, false, false
	s.words = s.words || r != '　'
}

// holds reports that a line cannot end here: there is only one, or a bracket opens.
func (s *settler) holds() bool {
	return s.sign != "\n" || !s.space && s.last != 0 && strings.ContainsRune(notAtEnd, s.last)
}

// longURL is how long one is that stands better alone, in characters.
const longURL = 40

// goesOn reports a character of ASCII that would be read on with a URL, as no stop is.
func goesOn(r rune) bool {
	return r < unicode.MaxASCII && (unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune("([{/#%&=_~+", r))
}

// url writes a URL or an address so that programs which make links of them take in no
// letter that stands behind. A URL goes on a line of its own if letters follow, or if it
// is long; but a bracket or a full stop may not begin a line, so a space stands between,
// and one that full-width spaces have put somewhere stays there.
func (s *settler) url(url, rest string) {
	next, _ := utf8.DecodeRuneInString(rest)
	bound := next != ' ' && next != '\n' && rest != ""
	stop := bound && strings.ContainsRune(notAtStart, next)
	isURL := strings.Contains(url, "://")
	apart := bound && (next > unicode.MaxASCII && (isURL || !stop) || goesOn(next))
	alone := isURL && !stop && !s.holds() && (apart || !bound && len(url) > longURL && (s.last != '　' || s.space))
	if alone && s.words {
		s.newline()
	}
	for _, r := range url {
		s.character(r)
	}
	switch {
	case alone:
		s.ended = true
	case apart:
		s.space = true
	}
}
