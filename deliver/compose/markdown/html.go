package markdown

import (
	"bytes"
	"regexp"
	"slices"
	"strings"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
	xhtml "golang.org/x/net/html"

	"example.jp/kairan/deliver/compose/finding"
	"example.jp/kairan/deliver/phrase"
)

// htmlBlocks reads HTML between paragraphs. A line that is a tag of running text, as
// <br> or <img>, begins a paragraph; else the Markdown below it would not be read.
type htmlBlocks struct{ parser.BlockParser }

// Open makes htmlBlocks a [parser.BlockParser].
func (h htmlBlocks) Open(parent ast.Node, reader text.Reader, pc parser.Context) (ast.Node, parser.State) {
	line, _ := reader.PeekLine()
	name := strings.TrimPrefix(tagName(string(bytes.TrimLeft(line[:min(len(line), 200)], " "))), "/")
	if t, ok := taken[name]; ok && !t.block {
		return nil, parser.NoChildren
	}
	return h.BlockParser.Open(parent, reader, pc)
}

// weave makes nodes of the HTML in a node and below it, so that all that is asked of
// Markdown's own is asked of it. What cannot be sent is an error.
func (m markdown) weave(n ast.Node) {
	var children []ast.Node
	raw := false
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		children = append(children, c)
		raw = raw || c.Kind() == ast.KindRawHTML || c.Kind() == ast.KindHTMLBlock
	}
	for _, c := range children {
		m.weave(c)
	}
	if !raw {
		return
	}
	w := weaver{m: m, inline: n.FirstChild().Type() == ast.TypeInline, open: []opened{{node: n}}, refused: map[string]bool{}}
	n.RemoveChildren(n)
	for _, c := range children {
		switch c := c.(type) {
		case *ast.RawHTML:
			w.feed(slices.Clone(c.Segments.Sliced(0, c.Segments.Len())))
		case *ast.HTMLBlock:
			lines := slices.Clone(c.Lines().Sliced(0, c.Lines().Len()))
			if c.HasClosure() {
				lines = append(lines, c.ClosureLine)
			}
			w.feed(lines)
			w.close(func(o opened) bool { return o.tag.block }) // tags of running text end in their block
		default:
			w.append(c)
		}
	}
	w.close(func(o opened) bool { return o.name == "" })
}

// rawText is HTML as its lines in the source, of which the first is cut where it has been
// read.
type rawText []text.Segment

// take cuts off the next octets, line by line.
func (r *rawText) take(octets int) (part rawText) {
	for octets > 0 && len(*r) > 0 {
		l := &(*r)[0]
		n := min(octets, l.Len())
		part = append(part, text.NewSegment(l.Start, l.Start+n))
		if l.Start += n; l.Len() == 0 {
			*r = (*r)[1:]
		}
		octets -= n
	}
	return part
}

// weaver hangs nodes under HTML elements.
type weaver struct {
	m      markdown
	inline bool // in running text
	open   []opened

	refused map[string]bool // names of tags that cannot be sent, and were said
	broken  bool            // a block stands in a paragraph, which is said once of it
}

// opened is an element that has not ended. The outermost is the node around all.
type opened struct {
	name string // as written
	tag  tag
	node ast.Node // what it holds hangs under it
	at   int      // where it begins in the source
}

func (w *weaver) top() *opened { return &w.open[len(w.open)-1] }

// append hangs a node under what is open.
func (w *weaver) append(n ast.Node) {
	if n.Type() == ast.TypeInline {
		w.beginLine()
	}
	w.top().node.AppendChild(w.top().node, n)
}

// beginLine makes room for running text between blocks.
func (w *weaver) beginLine() {
	if !w.inLine() {
		line := ast.NewTextBlock()
		w.top().node.AppendChild(w.top().node, line)
		w.open = append(w.open, opened{name: "\n", tag: tag{open: true}, node: line})
	}
}

func (w *weaver) inLine() bool {
	n := w.top().node
	return w.inline || n.Type() == ast.TypeInline || n.Kind() == ast.KindTextBlock
}

// close ends elements until one is found that stays. Who left out an end that is needed
// is told.
func (w *weaver) close(stays func(opened) bool) {
	for len(w.open) > 1 && !stays(*w.top()) {
		if o := w.top(); !o.tag.open {
			w.m.found.Fail(w.m.budget.line(o.at), "html", "the HTML tag <%s> is not closed; write </%[1]s> where it ends, in the same paragraph if it stands in one", o.name)
		}
		w.open = w.open[:len(w.open)-1]
	}
}

// feed reads HTML.
func (w *weaver) feed(lines rawText) {
	var b bytes.Buffer
	for _, l := range lines {
		b.Write(l.Value(w.m.source))
	}
	z := xhtml.NewTokenizer(&b)
	for starts := true; z.Next() != xhtml.ErrorToken; starts = false {
		raw := string(z.Raw())
		part := lines.take(len(raw))
		at := part[0].Start
		switch t := z.Token(); t.Type {
		case xhtml.TextToken:
			w.text(part, starts)
		case xhtml.StartTagToken, xhtml.SelfClosingTagToken:
			w.refused[t.Data] = !w.start(t, at)
		case xhtml.EndTagToken:
			if !w.refused[t.Data] {
				w.end(t.Data, at)
			}
		default:
			w.m.checkComment(raw, at)
		}
	}
}

// checkComment drops comments, and refuses what is none.
func (m markdown) checkComment(raw string, at int) {
	switch {
	case !strings.HasPrefix(raw, "<!--"):
		m.found.Fail(m.budget.line(at), "html", `what stands between %q and ">" is not shown to readers; write it as text, or \< for a literal <`, raw[:min(len(raw), 2)])
	case !strings.HasSuffix(raw, "-->"):
		m.found.Fail(m.budget.line(at), "html", `the comment that begins here with "<!--" is not closed, and all that follows is in it; close it with -->`)
	}
}

// text takes text between tags as Markdown takes that of a paragraph, but for its marks.
func (w *weaver) text(lines rawText, starts bool) {
	for i, l := range lines {
		ends := bytes.HasSuffix(l.Value(w.m.source), []byte("\n"))
		if i > 0 || starts && !w.inline {
			l = l.TrimLeftSpace(w.m.source)
		}
		if ends {
			l = l.TrimRightSpace(w.m.source)
		}
		if len(bytes.TrimSpace(l.Value(w.m.source))) > 0 || w.inLine() {
			w.m.checkUnread(l, i > 0 || starts)
			w.words(l, ends)
		}
	}
}

// What would be a mark of Markdown at the beginning of a line, and anywhere in it.
var (
	lineMark   = regexp.MustCompile(`^(?:(#{1,6}|[-*+]|[0-9]{1,2}\.) |(\|).*\|\s*$)`)
	inlineMark = regexp.MustCompile(`(\*\*)[^*\s]|(~~)[^~\s]|(\]\()(?:https|mailto|tel|#)`)
)

// checkUnread warns of Markdown in a line between HTML tags, where it is not read.
func (m markdown) checkUnread(l text.Segment, begins bool) {
	value := l.Value(m.source)
	found := inlineMark.FindSubmatch(value)
	if head := lineMark.FindSubmatch(value); head != nil && begins {
		found = head
	}
	if found != nil {
		mark := bytes.Join(found[1:], nil) // one of them
		m.found.Warn(m.budget.line(l.Start), unread, "%q is printed as it stands, since Markdown is not read between HTML tags; put an empty line below the tag above it and one above the tag below it, or write HTML", mark)
	}
}

const unread finding.Rule = "html-markdown"

// words takes a line of text, with the links and the references to notes in it.
func (w *weaver) words(l text.Segment, ends bool) {
	value := l.Value(w.m.source)
	done := 0
	take := func(n ast.Node, s text.Segment) {
		if before := text.NewSegment(l.Start+done, s.Start); before.Len() > 0 {
			w.append(ast.NewTextSegment(before))
		}
		w.append(n)
		done = s.Stop - l.Start
	}
	for at := 0; at < len(value); at++ {
		switch value[at] {
		case '[':
			if form := noteForm.Find(value[at:min(len(value), at+512)]); form != nil {
				r := newNoteRef(text.NewSegment(l.Start+at, l.Start+at+len(form)))
				take(r, r.segment)
				at = done - 1
			}
		case ':', '.', '@':
			if b, end := findBare(string(value[max(done, at-maxBefore):at]), value[at:], false); b != nil {
				b.segment = text.NewSegment(l.Start+at-b.back, l.Start+at+end)
				b.SetPos(b.segment.Start)
				take(b, b.segment)
				at = done - 1
			}
		}
	}
	rest := ast.NewTextSegment(text.NewSegment(l.Start+done, l.Stop))
	rest.SetSoftLineBreak(ends)
	w.append(rest)
}

// start begins an element, if it can be sent.
func (w *weaver) start(t xhtml.Token, at int) bool {
	m, name := w.m, t.Data
	tag, ok := taken[name]
	if !ok {
		repair, ok := repairs[name]
		if !ok {
			repair = `write it in Markdown, or \< for a literal <`
		}
		m.found.Fail(m.budget.line(at), "html", "the HTML tag <%s> cannot be sent; %s", finding.Clip(name), repair)
		w.refused[name] = true
		return false
	}
	if tag.block && w.inline {
		w.breakParagraph(name, at)
		return false
	}
	if tag.block {
		w.close(func(o opened) bool { return o.tag.block && !endsAt(o.name, name) })
	} else if name == "rt" || name == "rp" || name == "rb" {
		w.close(func(o opened) bool { return o.name != "rt" && o.name != "rp" && o.name != "rb" })
	}
	if !tag.block {
		w.beginLine()
	}
	if len(w.open) > maxTree {
		m.stop(at, "nesting", "HTML tags stand in one another more than %d deep here; use fewer", maxTree)
	}
	attrs, lost := kept(name, t)
	for _, a := range t.Attr {
		if strings.HasPrefix(strings.ToLower(a.Key), "on") {
			m.found.Fail(m.budget.line(at), "html", "the HTML tag <%s> cannot be sent with %s, which is a program; leave that out", name, finding.Clip(a.Key))
			return false
		}
	}
	if len(lost) > 0 {
		m.looks.note(m.budget.line(at), phrase.Say("%s of <%s>", finding.Clip(strings.Join(lost, ", ")), name))
	}
	node := tag.make(t, attrs)
	if node != nil {
		node.(interface{ SetPos(int) }).SetPos(at)
		w.append(node)
	}
	if !tag.void {
		if node == nil {
			node = w.top().node
		}
		w.open = append(w.open, opened{name, tag, node, at})
	}
	return true
}

// breakParagraph says that a block stands in a paragraph, once of each: the others go with
// it.
func (w *weaver) breakParagraph(name string, at int) {
	if !w.broken {
		w.m.found.Fail(w.m.budget.line(at), "html", "the HTML tag <%s> cannot stand in a paragraph; begin a line with it, below a blank one", name)
	}
	w.broken = true
}

// looks are attributes that say how something looks, and are left out. A text that was
// pasted from a word processor has hundreds.
type looks struct {
	tags  int
	line  int          // of the first
	first phrase.Words // what it has lost
}

func (l *looks) note(line int, lost phrase.Words) {
	if l.tags++; l.tags == 1 || line < l.line {
		l.line, l.first = line, lost
	}
}

// warn says it once.
func (l *looks) warn(found *finding.List) {
	more := phrase.Key("")
	if l.tags > 1 {
		more = ", as in other tags"
	}
	if l.tags > 0 {
		found.Warn(l.line, "html-look", "%s is left out%s: the layout of the list decides how an issue looks; what stands in the tag is sent", l.first, more)
	}
}

// endsAt says that an element ends where another begins, without an end tag (HTML,
// optional tags).
func endsAt(open, next string) bool {
	switch open {
	case "p":
		return true
	case "li":
		return next == "li"
	case "dt", "dd":
		return next == "dt" || next == "dd"
	case "td", "th":
		return slices.Contains([]string{"td", "th", "tr", "tbody", "thead", "tfoot"}, next)
	case "tr":
		return slices.Contains([]string{"tr", "tbody", "thead", "tfoot"}, next)
	case "thead", "tbody", "tfoot":
		return slices.Contains([]string{"tbody", "thead", "tfoot"}, next)
	}
	return false
}

// make is the node of a tag, nil if only what is in it is sent.
func (t tag) make(token xhtml.Token, attrs []xhtml.Attribute) ast.Node {
	if t.node != nil {
		if n := t.node(token); n != nil || anchorOf(token) == "" {
			return n
		}
	}
	switch {
	case t.as == "":
		return nil
	case t.block:
		return &blockElement{name: t.as, attrs: attrs, anchor: anchorOf(token)}
	}
	return &element{name: t.as, attrs: attrs, anchor: anchorOf(token), aside: t.as == "rt" || t.as == "rp"}
}

// end ends an element.
func (w *weaver) end(name string, at int) {
	tag, ok := taken[name]
	if !ok && w.refused[name] {
		return // with the tag that it closes
	}
	for i := len(w.open) - 1; i > 0 && ok; i-- {
		if w.open[i].name == name {
			w.close(func(o opened) bool { return o.name == name })
			w.open = w.open[:len(w.open)-1]
			return
		}
		if w.open[i].tag.block && !tag.block {
			break
		}
	}
	w.m.found.Fail(w.m.budget.line(at), "html", "the HTML tag </%s> closes nothing that stands open in the same paragraph or block; delete it, or write <%[1]s> where it begins", finding.Clip(name))
}
