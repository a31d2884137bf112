package proof

import (
	"html"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// written is what an editor wrote, without what only tells programs something: where
// links lead, names of tags, remarks. Those are left out only where the page shows that
// they did their work.
type written struct {
	body  string
	lines []int // offsets at which they begin
	chars []char

	page     *page
	labels   map[string]bool // of definitions that a link of the page uses
	notes    map[string]int  // footnotes by their numbers, from 1
	order    []string        // of their first use
	defined  map[string]int  // line of each footnote
	isCode   bool            // within a fence
	laidOut  map[string]bool // lines of code, without the space around them
	fence    string
	opened   int          // the line on which it begins
	fenced   map[int]bool // lines within a fence
	places   []int        // of each offset, for [written.index]
	unused   map[int]bool // lines that say where a link leads, and there is none
	unclosed int          // where a remark begins that does not end; -1: nowhere
}

// read reads the body of an issue beside the page that was made of it. A line of which the
// editor knows that it is not shown is left out.
func read(i Issue, p *page) *written {
	body := i.Body
	w := &written{body: body, page: p, labels: map[string]bool{}, notes: map[string]int{}, defined: map[string]int{}, fenced: map[int]bool{}, unclosed: -1,
		laidOut: map[string]bool{}, unused: map[int]bool{}, chars: make([]char, 0, len(body)/2)}
	for at := 0; at <= len(body); {
		w.lines = append(w.lines, at)
		n := strings.IndexByte(body[at:], '\n')
		if n < 0 {
			break
		}
		at += n + 1
	}
	for line := range strings.Lines(p.pre.String()) {
		w.laidOut[strings.TrimLeft(strings.TrimSpace(line), " \t>")] = true
	}
	for _, f := range i.Found {
		w.unused[f.Line-i.First] = w.unused[f.Line-i.First] || f.Rule == "reference"
	}
	w.define()
	moved := make([]bool, len(w.lines)) // to the end, as footnotes are
	for _, line := range w.defined {
		for l := line; l < w.noteEnd(line); l++ {
			moved[l] = true
		}
	}
	for l := 0; l < len(w.lines); {
		if moved[l] {
			l++
			continue
		}
		end := l
		for end < len(w.lines) && !moved[end] {
			end++
		}
		w.read(w.lines[l], w.start(end))
		l = end
	}
	done := 0
	readOn := func() { // notes, in the order of their first use; one may refer to the next
		for ; done < len(w.order); done++ {
			id := w.order[done]
			w.readNote(w.defined[id])
			delete(w.defined, id)
		}
	}
	readOn()
	last := slices.SortedFunc(maps.Keys(w.defined), func(a, b string) int { return w.defined[a] - w.defined[b] })
	for _, id := range last { // those that nothing refers to
		if w.isNote(id) && len(w.order) > done {
			readOn()
		}
	}
	return w
}

// readNote reads the footnote that begins on a line.
func (w *written) readNote(line int) {
	w.isCode = false
	w.read(w.lines[line], w.start(w.noteEnd(line)))
}

// noteEnd is the line behind the footnote that begins on one.
func (w *written) noteEnd(line int) int {
	end := line + 1
	for end < len(w.lines) && w.continues(end) {
		end++
	}
	return end
}

// start is the offset at which a line begins, or the end.
func (w *written) start(line int) int {
	if line < len(w.lines) {
		return w.lines[line]
	}
	return len(w.body)
}

// line is the number of the line of an offset, from 0.
func (w *written) line(at int) int {
	n, found := slices.BinarySearch(w.lines, at)
	if found {
		return n
	}
	return n - 1
}

// index is the index of the first character at or behind an offset, as it was written:
// footnotes stand at the end.
func (w *written) index(at int) int {
	if w.places == nil {
		w.places = make([]int, len(w.body)+1)
		next := len(w.chars)
		for i := range w.places {
			w.places[i] = -1
		}
		for i := len(w.chars) - 1; i >= 0; i-- {
			w.places[w.chars[i].at] = i
		}
		for i := len(w.body); i >= 0; i-- {
			if w.places[i] < 0 {
				w.places[i] = next
			}
			next = w.places[i]
		}
	}
	return w.places[at]
}

// firstAt is the offset of the first character behind one that must be there to be read.
func (w *written) firstAt(at int) int {
	for i := w.index(at); i < len(w.chars); i++ {
		if isContent(w.chars[i]) {
			return w.chars[i].at
		}
	}
	return -1
}

// text is a line without its end.
func (w *written) text(line int) string {
	return strings.TrimSuffix(w.body[w.lines[line]:w.start(line+1)], "\n")
}

var (
	definitionForm = regexp.MustCompile(`^[ >]*\[([^\]\n^][^\]\n]*)\]:[ \t]*(<[^>\n]*>|\S+)[ \t]*("[^"]*"|'[^']*'|\([^()]*\))?[ \t]*$`)
	noteForm       = regexp.MustCompile(`^ {0,3}\[\^([^\]\s]+)\]:`)
	referenceForm  = regexp.MustCompile(`^\[\^([^\]\s]+)\]`)
)

// define notes the definitions that did their work.
func (w *written) define() {
	for l := range w.lines {
		text := w.text(l)
		if m := definitionForm.FindStringSubmatch(text); m != nil && w.leads(m[2]) {
			w.labels[label(m[1])] = true
		}
		if m := noteForm.FindStringSubmatch(text); m != nil && w.page.ids["note-1"] {
			if _, twice := w.defined[m[1]]; !twice && strings.Contains(w.body, "[^"+m[1]+"]") {
				w.defined[m[1]] = l
			}
		}
	}
}

// continues reports that a line belongs to the footnote above it.
func (w *written) continues(line int) bool {
	text, before := w.text(line), w.text(line-1)
	switch {
	case noteForm.MatchString(text), blockForm.MatchString(text) && !isIndented(text):
		return false
	case strings.TrimSpace(text) == "":
		return line+1 < len(w.lines) && isIndented(w.text(line+1))
	case strings.TrimSpace(before) == "":
		return isIndented(text)
	}
	return true
}

func isIndented(text string) bool {
	return strings.HasPrefix(text, "    ") || strings.HasPrefix(text, "\t")
}

// blockForm is a line that ends a paragraph above it, with no blank one between.
var blockForm = regexp.MustCompile("^ {0,3}(?:#{1,6}(?:[ \t]|$)|>|(?:[-*+]|1[.)])[ \t]+\\S|`{3,}[^`]*$|~{3}|<!--|(?:-[ \t]*){3,}$|(?:\\*[ \t]*){3,}$|(?:_[ \t]*){3,}$|" +
	`(?i:</?(?:address|article|aside|blockquote|center|dd|div|dl|dt|figcaption|figure|footer|h[1-6]|header|hr|li|main|nav|ol|p|section|table|tbody|td|tfoot|th|thead|tr|ul)[\s/>]))`)

// label is the name of a definition as it is compared.
func label(s string) string { return strings.ToLower(strings.Join(strings.Fields(s), " ")) }

// leads reports that a link or a picture of the page has this address.
func (w *written) leads(dest string) bool {
	dest = w.address(dest)
	if strings.HasPrefix(dest, "#") && w.page.within { // a place within has a name of the page's own
		return true
	}
	return w.page.targets[target(dest)] || dest == ""
}

// address is a destination without the signs in which it was written.
func (*written) address(dest string) string {
	return unescape(html.UnescapeString(strings.TrimSuffix(strings.TrimPrefix(dest, "<"), ">")))
}

var escapes = regexp.MustCompile(`\\([!-/:-@\[-` + "`" + `{-~])`)

func unescape(s string) string { return escapes.ReplaceAllString(s, "$1") }

// read reads a part of the body.
func (w *written) read(from, to int) {
	for at := from; at < to; {
		if _, found := slices.BinarySearch(w.lines, at); found {
			if next := w.head(at); next != at {
				at = next
				continue
			}
		}
		at = w.inline(at, to)
	}
}

// add adds what stands at an offset.
func (w *written) add(s string, at int, is feature) {
	for i, r := range s {
		w.chars = append(w.chars, char{r: r, at: at + i, is: is})
	}
}

var (
	fenceForm    = regexp.MustCompile("^[ \t>]*(?:(?:[-*+]|\\d{1,9}[.)])[ \t]+)*(`{3,}|~{3,})([^`\n]*)$")
	languageForm = regexp.MustCompile(`^[ \t]*[\w+#.-]*(?:[ \t]*\{[^{}]*\}|[ \t]+[\w-]+=\S*)?[ \t]*$`)
	prefixForm   = regexp.MustCompile(`^[ \t>]*(?:[-*+][ \t]+)*`)
	numberForm   = regexp.MustCompile(`^(\d{1,9})[.)](?:[ \t]+|$)`)
)

// head reads what has a meaning only where a line begins. It returns how far it read.
func (w *written) head(at int) int {
	l := w.line(at)
	text, end := w.text(l), w.start(l+1)
	bare := strings.TrimLeft(text, " \t>")
	indented := !w.isCode && isIndented(text) && bare != "" && w.laidOut[strings.TrimSpace(bare)]
	if !indented && w.readFence(text, at, l) {
		return end
	}
	if w.fenced[l] = w.isCode; w.isCode || indented {
		w.literal(text, at)
		return end
	}
	if m := definitionForm.FindStringSubmatch(text); m != nil && (w.labels[label(m[1])] && w.leads(m[2]) || w.unused[l]) {
		return end
	}
	if m := noteForm.FindStringSubmatch(text); m != nil && w.notes[m[1]] > 0 {
		w.chars = append(w.chars, char{r: rune(w.notes[m[1]]), at: at, is: number})
		return at + len(m[0])
	}
	n := len(prefixForm.FindString(text))
	w.add(text[:n], at, 0)
	for {
		m := numberForm.FindStringSubmatch(text[n:])
		if m == nil {
			return at + n
		}
		w.chars = append(w.chars, char{r: atoi(m[1]), at: at + n, is: number})
		n += len(m[0])
	}
}

// readFence reads a line that begins or ends code, and says whether this is one.
func (w *written) readFence(text string, at, l int) bool {
	m := fenceForm.FindStringSubmatch(text)
	switch {
	case m == nil || w.page.pre.Len() == 0:
		return false
	case !w.isCode:
		w.isCode, w.fence, w.opened = true, m[1], l
		info := m[2]
		if !languageForm.MatchString(info) {
			info = "" // it is of the text, and not shown
		}
		w.add(strings.TrimSuffix(text, info), at, 0)
		return true
	case strings.HasPrefix(m[1], w.fence) && strings.TrimSpace(m[2]) == "":
		w.isCode = false
		w.add(text, at, 0)
		return true
	}
	return false
}

// literal adds a line of code. The signs of a quotation are not of it.
func (w *written) literal(text string, at int) {
	n := len(text) - len(strings.TrimLeft(text, " \t>"))
	w.add(text[:n], at, 0)
	w.code(text[n:]+"\n", at+n)
}

// code adds code, in which slots alone have a meaning.
func (w *written) code(text string, at int) {
	for text != "" {
		n := strings.Index(text, "{{")
		if n < 0 {
			break
		}
		if n > 0 && text[n-1] == '\\' {
			w.add(text[:n-1], at, inCode)
			w.add("{{", at+n, inCode)
			text, at = text[n+2:], at+n+2
			continue
		}
		w.add(text[:n], at, inCode)
		m := max(2, len(slotForm.FindString(text[n:min(len(text), n+maxSpan)])))
		if m > 2 {
			w.chars = append(w.chars, char{r: slotRune, at: at + n})
		} else {
			w.add("{{", at+n, inCode)
		}
		text, at = text[n+m:], at+n+m
	}
	w.add(text, at, inCode)
}

func atoi(digits string) (n rune) {
	for _, d := range digits {
		n = n*10 + d - '0'
	}
	return n
}
