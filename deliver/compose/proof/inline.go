package proof

import (
	"html"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"
)

// maxSpan is how many octets an address, a tag or a piece of code may have. It keeps
// the work proportional to the text.
const maxSpan = 4096

// inline reads what stands at an offset, and returns where the next begins.
func (w *written) inline(at, to int) int {
	rest := w.body[at:to]
	switch rest[0] {
	case '\\':
		return w.backslash(at, rest)
	case '`':
		return w.codeSpan(at, rest)
	case '<':
		return w.less(at, rest)
	case '&':
		if m := entityForm.FindString(rest[:min(len(rest), 40)]); m != "" && isEntity(m) {
			for _, r := range html.UnescapeString(m) {
				w.chars = append(w.chars, char{r: r, at: at, is: escaped})
			}
			return at + len(m)
		}
	case '[':
		if m := referenceForm.FindStringSubmatch(rest[:min(len(rest), 200)]); m != nil && w.isNote(m[1]) {
			w.add("["+strconv.Itoa(w.notes[m[1]])+"]", at, 0)
			return at + len(m[0])
		}
	case ']':
		return w.closeBracket(at, rest)
	case '{':
		if n := len(slotForm.FindString(rest[:min(len(rest), maxSpan)])); n > 0 {
			w.chars = append(w.chars, char{r: slotRune, at: at})
			return at + n
		}
		if m := anchorForm.FindStringSubmatch(rest[:min(len(rest), 200)]); m != nil && w.page.ids[m[1]] {
			return at + len(m[0])
		}
	}
	r, n := utf8.DecodeRuneInString(rest)
	w.chars = append(w.chars, char{r: r, at: at})
	return at + n
}

var (
	entityForm = regexp.MustCompile(`^&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});`)
	slotForm   = regexp.MustCompile(`^\{\{[^{}\n]*\}\}`)
	slotsForm  = regexp.MustCompile(`\{\{[^{}\n]*\}\}`)
	anchorForm = regexp.MustCompile(`^\{#([^}\s]+)\}`)
	linkForm   = regexp.MustCompile(`^\(\s*(<[^<>\n]*>|[^\s<>()]*(?:\([^\s()]*\)[^\s<>()]*)*)(?:\s+("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|\((?:[^()\\]|\\.)*\)))?\s*\)`)
	labelForm  = regexp.MustCompile(`^\[([^\[\]]+)\]`)
	tagForm    = regexp.MustCompile(`^</?([A-Za-z][A-Za-z0-9-]*)(?:\s+[A-Za-z_:][\w:.-]*(?:\s*=\s*(?:"[^"]*"|'[^']*'|[^\s"'=<>` + "`" + `]+))?)*\s*/?>`)
	altForm    = regexp.MustCompile(`(?i)\salt\s*=\s*(?:"([^"]*)"|'([^']*)')`)
)

// isEntity reports the name of a character, all of it: HTML also knows "&copy" in
// "&copyright;".
func isEntity(form string) bool {
	s := html.UnescapeString(form)
	return s != form && (!strings.HasSuffix(s, ";") || form == "&semi;" || form == "&#59;" || strings.EqualFold(form, "&#x3b;"))
}

func (w *written) backslash(at int, rest string) int {
	switch {
	case strings.HasPrefix(rest, `\{{`):
		w.add("{{", at+1, escaped)
		return at + 3
	case len(rest) > 1 && isMarkup(rune(rest[1])):
		w.add(`\`, at, escape)
		w.add(rest[1:2], at+1, escaped)
		return at + 2
	case len(rest) > 1 && rest[1] == '\n':
		w.add(`\`, at, escape)
	default:
		w.add(`\`, at, 0)
	}
	return at + 1
}

// codeSpan reads code between backticks, in which nothing is a mark.
func (w *written) codeSpan(at int, rest string) int {
	n := len(rest) - len(strings.TrimLeft(rest, "`"))
	w.add(rest[:n], at, 0)
	inside := rest[n:min(len(rest), n+maxSpan)]
	if end := strings.Index(inside, "\n\n"); end >= 0 {
		inside = inside[:end]
	}
	for i := 0; i < len(inside); {
		next := strings.IndexByte(inside[i:], '`')
		if next < 0 {
			break
		}
		i += next
		run := len(inside[i:]) - len(strings.TrimLeft(inside[i:], "`"))
		if run == n {
			w.code(inside[:i], at+n)
			w.add(inside[i:i+n], at+n+i, 0)
			return at + n + i + n
		}
		i += run
	}
	return at + n
}

// less reads a remark or a tag. Every other "<" is a character.
func (w *written) less(at int, rest string) int {
	if strings.HasPrefix(rest, "<!--") && w.unclosed < 0 {
		if end := strings.Index(rest[4:], "-->"); end >= 0 {
			return at + 4 + end + 3
		}
		w.unclosed = at
	}
	if m := tagForm.FindStringSubmatch(rest[:min(len(rest), maxSpan)]); m != nil && isTag(m[1]) {
		if alt := altForm.FindStringSubmatch(m[0]); alt != nil {
			w.add(html.UnescapeString(slotsForm.ReplaceAllLiteralString(alt[1]+alt[2], string(slotRune))), at, escaped)
		}
		return at + len(m[0])
	}
	w.add("<", at, 0)
	return at + 1
}

// closeBracket reads where a link leads, if the page has one that leads there.
func (w *written) closeBracket(at int, rest string) int {
	w.add("]", at, 0)
	behind := rest[1:min(len(rest), maxSpan)]
	if m := linkForm.FindStringSubmatch(behind); m != nil && (w.leads(m[1]) && w.isNamed(m[1], at) || w.page.cids && !strings.Contains(m[1], ":")) {
		if title := unquoted(m[2]); title != "" && !w.page.titles[oneLine(title)] {
			w.add(title, at+1+strings.Index(m[0], m[2])+1, 0)
		}
		return at + 1 + len(m[0])
	}
	if m := labelForm.FindStringSubmatch(behind); m != nil && w.labels[label(m[1])] {
		return at + 1 + len(m[0])
	}
	return at + 1
}

// oneLine is a title with single spaces, as it is compared.
func oneLine(title string) string { return strings.Join(strings.Fields(title), " ") }

// isNamed reports that the link whose words end at an offset may be what leads to an
// address: the page has one with words, or the words are the address.
func (w *written) isNamed(dest string, at int) bool {
	dest = w.address(dest)
	if w.page.named[target(dest)] || strings.HasPrefix(dest, "#") || dest == "" {
		return true
	}
	words := w.body[max(0, at-maxSpan):at]
	return isAddressOf(strings.Trim(words[strings.LastIndexByte(words, '[')+1:], "*_~` "), dest)
}

func unquoted(title string) string {
	if len(title) < 2 {
		return ""
	}
	return title[1 : len(title)-1]
}

// isNote reports a footnote, and counts it at its first use.
func (w *written) isNote(id string) bool {
	if _, ok := w.defined[id]; !ok && w.notes[id] == 0 {
		return false
	}
	if w.notes[id] == 0 {
		w.order = append(w.order, id)
		w.notes[id] = len(w.order)
	}
	return true
}
