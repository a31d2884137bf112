package markdown

import (
	"regexp"
	"strconv"

	"github.com/yuin/goldmark/ast"
	extast "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
	xhtml "golang.org/x/net/html"

	"example.jp/kairan/deliver/compose/finding"
)

// noteRef refers to a note: [^1].
type noteRef struct {
	ast.BaseInline

	segment text.Segment
}

var kindNoteRef = ast.NewNodeKind("NoteRef")

// Kind makes noteRef an [ast.Node].
func (*noteRef) Kind() ast.NodeKind { return kindNoteRef }

// Dump likewise.
func (r *noteRef) Dump(source []byte, level int) { ast.DumpHelper(r, source, level, nil, nil) }

// noteRefs reads references to notes. Which note is meant is settled by
// [markdown.placeNotes].
type noteRefs struct{}

var noteForm = regexp.MustCompile(`^\[\^[^\[\]\s]{1,100}\]`)

// Trigger makes noteRefs a [parser.InlineParser].
func (noteRefs) Trigger() []byte { return []byte{'['} }

// Parse reads a reference.
func (noteRefs) Parse(_ ast.Node, block text.Reader, _ parser.Context) ast.Node {
	line, segment := block.PeekLine()
	form := noteForm.Find(line[:min(len(line), 512)])
	if form == nil {
		return nil
	}
	block.Advance(len(form))
	return newNoteRef(segment.WithStop(segment.Start + len(form)))
}

func newNoteRef(s text.Segment) *noteRef {
	r := &noteRef{segment: s}
	r.SetPos(s.Start)
	return r
}

// noteBlocks reads notes: [^1]: 注の文. One within another is its text, since goldmark
// would lose both.
type noteBlocks struct{ parser.BlockParser }

// Open makes noteBlocks a [parser.BlockParser].
func (b noteBlocks) Open(parent ast.Node, reader text.Reader, pc parser.Context) (ast.Node, parser.State) {
	for p := parent; p != nil; p = p.Parent() {
		if p.Kind() == extast.KindFootnote {
			return nil, parser.NoChildren
		}
	}
	return b.BlockParser.Open(parent, reader, pc)
}

// notes are the notes of a text, numbered as it refers to them.
type notes struct {
	m       markdown
	byLabel map[string]*extast.Footnote
	order   []*extast.Footnote
	read    int // of order, in which references have become links
	number  map[*extast.Footnote]int
}

// placeNotes puts the notes at the end of the text, in the order of their first use, and
// links to them. A reference without a note stays text; a note that is not referred to
// comes last.
func (m markdown) placeNotes(doc ast.Node) {
	n := notes{m: m, byLabel: map[string]*extast.Footnote{}, number: map[*extast.Footnote]int{}}
	all := n.take(doc)
	n.refer(doc)
	n.referOn()
	for _, note := range all {
		if n.number[note] == 0 {
			m.found.Warn(m.line(note), "note", "no [^%s] in the text refers to this note, which is printed after the others; write one where it belongs", finding.Clip(string(note.Ref)))
			n.order = append(n.order, note)
			n.number[note] = len(n.order)
			n.referOn()
		}
	}
	if len(n.order) == 0 {
		return
	}
	list := &blockElement{name: "ol", attrs: []xhtml.Attribute{{Key: "class", Val: "notes"}}}
	for i, note := range n.order {
		item := &blockElement{name: "li", attrs: []xhtml.Attribute{{Key: "id", Val: "note-" + strconv.Itoa(i+1)}}}
		moveChildren(item, note)
		list.AppendChild(list, item)
	}
	doc.AppendChild(doc, &blockElement{name: "hr"})
	doc.AppendChild(doc, list)
}

// take takes the notes out of the text.
func (n *notes) take(doc ast.Node) (all []*extast.Footnote) {
	var lists []ast.Node
	_ = ast.Walk(doc, func(c ast.Node, entering bool) (ast.WalkStatus, error) {
		if note, ok := c.(*extast.Footnote); ok && entering {
			all = append(all, note)
			if _, twice := n.byLabel[string(note.Ref)]; !twice {
				n.byLabel[string(note.Ref)] = note
			}
		}
		if entering && c.Kind() == extast.KindFootnoteList {
			lists = append(lists, c)
		}
		return ast.WalkContinue, nil
	})
	for _, l := range lists {
		l.Parent().RemoveChild(l.Parent(), l)
	}
	return all
}

// referOn makes links of the references in notes, and in those to which these refer.
func (n *notes) referOn() {
	for ; n.read < len(n.order); n.read++ {
		n.refer(n.order[n.read])
	}
}

// refer makes links of the references in a node.
func (n *notes) refer(node ast.Node) {
	var refs []*noteRef
	_ = ast.Walk(node, func(c ast.Node, entering bool) (ast.WalkStatus, error) {
		if r, ok := c.(*noteRef); ok && entering {
			refs = append(refs, r)
		}
		return ast.WalkContinue, nil
	})
	moved := map[ast.Node]bool{} // marks, behind the links in which they were written
	for _, r := range refs {
		label := string(r.segment.Value(n.m.source))
		note := n.byLabel[label[len("[^"):len(label)-len("]")]]
		link := linkAround(r)
		if note != nil && link != nil && link.Kind() == ast.KindLink && link.ChildCount() == 1 && r.Parent() == link {
			n.m.found.Fail(n.m.line(link), "note", "a note is all that this link shows; write its words before %s", finding.Clip(label))
		}
		if note == nil || link != nil && (link.Kind() != ast.KindLink || link.ChildCount() == 1) {
			r.Parent().ReplaceChild(r.Parent(), r, ast.NewTextSegment(r.segment))
			continue
		}
		first := n.number[note] == 0
		if first {
			n.order = append(n.order, note)
			n.number[note] = len(n.order)
		}
		mark := noteMark(n.number[note], first)
		if link == nil {
			r.Parent().ReplaceChild(r.Parent(), r, mark)
			continue
		}
		r.Parent().RemoveChild(r.Parent(), r) // no link stands in a link
		behind := link
		for next := link.NextSibling(); next != nil && moved[next]; next = next.NextSibling() {
			behind = next
		}
		moved[mark] = true
		link.Parent().InsertAfter(link.Parent(), behind, mark)
	}
}

// linkAround is the outermost link or picture of whose words a node is; nil if there is none.
func linkAround(n ast.Node) (link ast.Node) {
	for p := n.Parent(); p != nil && p.Type() == ast.TypeInline; p = p.Parent() {
		if p.Kind() == ast.KindLink || p.Kind() == ast.KindImage {
			link = p
		}
	}
	return link
}

// noteMark is what stands in the text for a note.
func noteMark(number int, first bool) ast.Node {
	digits := strconv.Itoa(number)
	mark := &element{name: "sup", aside: true}
	link := &element{name: "a", attrs: []xhtml.Attribute{{Key: "href", Val: "#note-" + digits}}}
	if first {
		link.attrs = append(link.attrs, xhtml.Attribute{Key: "id", Val: "noteref-" + digits})
	}
	link.AppendChild(link, ast.NewString([]byte("["+digits+"]")))
	mark.AppendChild(mark, link)
	return mark
}

// moveChildren hangs what is in a block under another; a single paragraph becomes its
// text.
func moveChildren(to, from ast.Node) {
	if p := from.FirstChild(); from.ChildCount() == 1 && p.Kind() == ast.KindParagraph {
		line := ast.NewTextBlock()
		line.SetLines(p.Lines())
		to.AppendChild(to, line)
		to, from = line, p
	}
	for c := from.FirstChild(); c != nil; c = from.FirstChild() {
		to.AppendChild(to, c)
	}
}
