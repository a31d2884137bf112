package proof

import (
	"regexp"
	"strings"
	"unicode/utf8"
)

// masked stands for a character of code, or one that was escaped: no mark.
const masked = '\uFFFE'

// slipForm is a mark that is printed as it stands, and what to write instead.
type slipForm struct {
	holds  string // at least, so that most texts need no look
	form   *regexp.Regexp
	repair string
}

const (
	beside = `write it on both sides, directly at the words; or write a backslash before marks that shall be read, as in \**`
	wide   = "the marks of Markdown are half-width; write it so (半角)"
)

// printedForms are looked for in what is read.
var printedForms = []slipForm{
	{"**", regexp.MustCompile(`(?:^|[^*])(\*\*)(?:[^*]|$)`), beside},
	{"*", regexp.MustCompile(`(?:^|[^*])(\*(?:[「『（【“][^*]*|[^*\s][^*]*[」』）】”、。！？])\*)(?:[^*]|$)`), beside},
	{"* ", regexp.MustCompile(`\pL(\* [^*\d]{1,20} \*)\pL`), beside},
	{"__", regexp.MustCompile(`(?:^|[^_])(__[^_\s][^_]*__)(?:[^_]|$)`), "write ** on both sides of what shall be bold; _ makes emphasis between spaces only"},
	{"_", regexp.MustCompile(`(?:^|[^_\w])(_(?:[「『（【“][^_]*|[^_\s][^_]*[」』）】”、。！？])_)(?:[^_]|$)`), "write * on both sides of what shall be emphasised; _ makes emphasis between spaces only"},
	{"~~", regexp.MustCompile(`(?:^|[^~])(~~)(?:[^~]|$)`), "write ~~ on both sides, directly at the words; " + beside},
	{"![", regexp.MustCompile(`(!\[[^\]]*\]?)`), "a picture is written ![what it shows](map.png), on one line"},
	{"](", regexp.MustCompile(`((?:\[[^\]\[]*)?\]\()[^\s()]*[ \x{3000}][^()]*\)`), "the address of a link has no space in it; write %20 for one, and nothing but the address between ( and )"},
	{"](", regexp.MustCompile(`((?:\[[^\]\[]*)?\]\()`), "a link is written [text](https://example.jp/), on one line, and with nothing between ] and ("},
	{"（", regexp.MustCompile(`(\][ 　]?（[ 　]*(?:https?:|mailto:))`), "write half-width ( ) around the address of a link, directly behind ]"},
	{"[^", regexp.MustCompile(`(\[\^[^\]\s]+\])`), "no footnote has this name; write its text on a line of its own that begins with the same, as in [^1]: text"},
	{"][", regexp.MustCompile(`(\[[^\]\[]*[^\]\[\d][^\]\[]*\]\[[^\]]*\])`), "no line says where this link leads; write [text](https://example.jp/)"},
	{"`", regexp.MustCompile("(`+)"), "code stands between two backticks; write \\` for one that is read"},
	{"|", regexp.MustCompile(`(\|[ \t]*:?-{2,}:?[ \t]*\||-{3,}[ \t]*\|[ \t]*:?-{3,})`), "the line below the first row of a table needs as many columns as that row, and an empty line above the table"},
	{"｜", regexp.MustCompile(`(｜[ 　]*[-－ー―]{2,})`), wide},
	{"＊＊", regexp.MustCompile(`(＊＊[^＊\s][^＊]*＊＊)`), wide},
	{"＜", regexp.MustCompile(`(?i)(＜/?(?:br|b|u|p|i|div|span|font|center|strong)(?:[\s/／][^＞]*)?＞)`), "HTML tags are half-width; write <br> for a line break, and Markdown for the rest"},
	{"&", regexp.MustCompile(`(?:^|[^\w=&?;/])(&(?:nbsp|amp|lt|gt|copy|reg|trade|yen|quot|hellip|mdash|ndash|times)\b)`), "write the character itself, or a semicolon behind the name, as in &copy;"},
	{"(", regexp.MustCompile(`(\]\s+\((?:https?:|mailto:))`), "a link is written [text](https://example.jp/), with nothing between ] and ("},
	{"==", regexp.MustCompile(`(?:^|[^=])(==[^=\s](?:[^=]*[^=\s])?==)(?:[^=]|$)`), "nothing is marked by ==; write ** on both sides"},
	{"[[", regexp.MustCompile(`(\[\[[^\]]+\]\])`), "nothing is put in here; write what belongs there, or a link as in [text](https://example.jp/)"},
	{"[!", regexp.MustCompile(`(\[!(?:NOTE|TIP|IMPORTANT|WARNING|CAUTION)\])`), "write the word in bold, as in **注意**"},
	{"[", regexp.MustCompile(`^\s*(\[(?:TOC|toc)\])\s*$`), "no table of contents is made; write the list yourself"},
	{"{", regexp.MustCompile(`(\{:?\s?[#.:][^{}\s][^{}]*\})\s*$`), "what stands in braces means nothing here; delete it"},
	{"{", regexp.MustCompile(`^\s*(\{[#.][A-Za-z][\w-]*\})\s*\S`), "what stands in braces means nothing here; delete it"},
	{":", regexp.MustCompile(`(?:^|[^\w:/])((?::[a-z][a-z0-9_]{2,}:)+)(?:[^\w:/]|$)`), "write the sign itself, as 🌸"},
	{"", regexp.MustCompile(`([｛{][｛{][^｛{}｝]*[}｝]?[}｝]?)`), "a merge slot is written with half-width braces, as in {{name}}"},
}

// printed finds marks that are read as they stand.
func (p *proof) printed() {
	forms := append(p.slotForms(), printedForms...)
	var text []rune
	var at []int
	say := func() {
		said, known := string(text), map[int]bool{}
		for _, f := range forms {
			if !strings.Contains(said, f.holds) {
				continue
			}
			for _, m := range f.form.FindAllStringSubmatchIndex(said, maxFindings) {
				if known[m[2]] {
					continue // in better words
				}
				known[m[2]] = true
				from := utf8.RuneCountInString(said[:m[2]])
				p.print(at[from:], clip(p.shows(at[from:from+utf8.RuneCountInString(said[m[2]:m[3]])])), f.repair)
			}
		}
		text, at = text[:0], at[:0]
	}
	for i, c := range p.page.chars {
		switch {
		case c.r == 0 && c.is&(block|broken) != 0:
			say()
		case c.r == 0 || c.is&number != 0:
		case c.is&inCode != 0 || p.from[i] >= 0 && p.written.chars[p.from[i]].is&escaped != 0:
			text, at = append(text, masked), append(at, i)
		default:
			text, at = append(text, c.r), append(at, i)
		}
	}
	say()
	p.halves()
}

// halves finds marks that are printed beside one of the same run that did its work:
// ***words** prints one.
func (p *proof) halves() {
	for i, c := range p.written.chars {
		if c.r != '*' && c.r != '_' && c.r != '~' || p.to[i] < 0 || c.is&(inCode|escaped) != 0 {
			continue
		}
		for _, j := range []int{i - 1, i + 1} {
			if j < 0 || j >= len(p.to) {
				continue
			}
			if d := p.written.chars[j]; d.r == c.r && p.to[j] < 0 && d.at-c.at == j-i {
				p.print([]int{p.to[i]}, clip(string(c.r)), "the marks on both sides of the words are not as many; "+beside)
				break
			}
		}
	}
}

// shows are characters of the page, those too that are no marks.
func (p *proof) shows(at []int) string {
	var b strings.Builder
	for _, i := range at {
		b.WriteRune(p.page.chars[i].r)
	}
	return b.String()
}

// print says that something is printed, at the first of its characters that was written.
func (p *proof) print(at []int, words, repair string) {
	for _, i := range at {
		if p.from[i] < 0 {
			continue
		}
		if line := p.lineOf(p.from[i]); !p.isKnown(line) && p.isNew(said{line, "printed", words}) {
			p.found.Warn(p.First+line, "printed", "%s is printed as it stands: %s", words, repair)
		}
		return
	}
}

// slotForms are fields of the list in the writing of other programs.
func (p *proof) slotForms() (forms []slipForm) {
	if p.List == nil {
		return nil
	}
	for _, f := range p.List.Fields {
		id := regexp.QuoteMeta(f.ID)
		forms = append(forms, slipForm{f.ID, regexp.MustCompile(`(?i)(?:^|[^{｛])([{｛]` + id + `[}｝]|%+` + id + `%+|\$\{` + id + `\}|\[\[?` + id + `\]\]?|<<` + id + `>>)`),
			"a merge slot is written {{" + f.ID + "}}"})
	}
	return forms
}

// lineForms are marks at the beginning of a line that are no marks there. The first
// character is the one that must be printed for it to be so.
var lineForms = []slipForm{
	{"", regexp.MustCompile(`^[ >]*(#{2,6}[^\s#].*)$`), "a heading needs a space behind its #, as in ## 見出し"},
	{"", regexp.MustCompile(`^[ >]*(＃{1,6}[ 　]?[^＃].*)$`), "the # of a heading is half-width (半角), with a space behind it, as in ## 見出し"},
	{"", regexp.MustCompile(`^[ >]*(#　.*)$`), "a heading needs a half-width space behind its # (半角スペース), as in # 見出し"},
	{"", regexp.MustCompile(`^[ >]*([-+]　?[\p{Han}\p{Hiragana}\p{Katakana}「『【].*)$`), "an item of a list needs a half-width space behind its mark, as in - 項目"},
	{"", regexp.MustCompile(`^[ >]*([0-9]{1,2}[.)]　.*)$`), "an item of a list needs a half-width space behind its number (半角スペース), as in 1. 項目"},
	{"", regexp.MustCompile(`^[ >]*(\|[^|]+\|.*)$`), "a table needs a line such as |---|---| below its first row, and an empty line above it"},
	{"", regexp.MustCompile(`^ *(＞[ 　].*)$`), "the > of a quotation is half-width (半角)"},
	{"", regexp.MustCompile(`^ *(:::+)(?:[ 　]?[A-Za-z{].*)?$`), "there are no boxes; leave the line out, or begin the lines of the box with > and a space"},
}

// termForm explains the term on the line above, in other writings of Markdown.
var termForm = regexp.MustCompile(`^ {0,3}:[ \t]+\S`)

// alone is a line that may be a heading without its space, or a hashtag.
var alone = regexp.MustCompile(`^#[^\s#\d][^\s#]*$`)

// slips finds marks at the beginning of lines that are printed as they stand.
func (p *proof) slips() {
	if w := p.written; w.isCode {
		p.warn(w.opened, "code", "the code that begins here does not end, and all that follows is of it; write a line %s behind it", w.fence)
	}
	printed := map[int]bool{} // offsets
	for i, c := range p.written.chars {
		if to := p.to[i]; to >= 0 && c.is&(inCode|escaped) == 0 {
			printed[c.at] = true
		}
	}
	blank := func(line int) bool {
		return line < 0 || line >= len(p.written.lines) || strings.TrimSpace(p.written.text(line)) == ""
	}
	above := make([]int, len(lineForms)) // the last line of each form, which is said once for lines below each other
	for i := range above {
		above[i] = -2
	}
	for line, start := range p.written.lines {
		text := p.written.text(line)
		for i, f := range lineForms {
			m := f.form.FindStringSubmatchIndex(text)
			if m == nil || !printed[start+m[2]] {
				continue
			}
			known := p.isKnown(line)
			if above[i] != line-1 && !known {
				p.warn(line, "printed", "%s is printed as it stands: "+f.repair, clip(text))
			}
			if !known || above[i] == line-1 || p.isKnown(line, "list", "heading", "mark", "printed") {
				above[i] = line
			}
		}
		if alone.MatchString(text) && blank(line-1) && blank(line+1) && printed[start] && !p.isKnown(line) {
			p.warn(line, "printed", `%s is printed as it stands: a heading needs a space behind its #; if it is a hashtag, write \#`, clip(text))
		}
		if !blank(line-1) && printed[start+max(0, strings.IndexByte(text, ':'))] {
			p.term(line, text)
		}
		p.signs(line, text, blank)
	}
}

// term finds what was meant to explain the line above.
func (p *proof) term(line int, text string) {
	if !p.Keeps && termForm.MatchString(text) && !p.isKnown(line) {
		p.warn(line, "printed", "%s does not explain the line above, but is joined to it with its colon; write **日時**：10時, or an item of a list", clip(text))
	}
}

var (
	signForm    = regexp.MustCompile(`^\s*(?:[-+]\s+[\d.,]+\s*(?:℃|°[CF]?|度|%|％)\s*[。、．.]?$|\+\s+[\d.,]+\s*(?:円|名|人|点|ポイント)|-\s+[\d.]+\s*(?:℃|度)(?:まで|以下|を下回)|\+\s+\d{1,3}[ -]\d{1,4}[ -]\d)`)
	greaterForm = regexp.MustCompile(`^\s*>\s*[=＝]?\s*\d[\d.,]*\s*(?:℃|°|度|%|％|人|名|円|歳|才|点|件|回|時間|分|日|年|km|kg|cm|m\b|people|persons|years|days|hours|points)`)
	quoteForm   = regexp.MustCompile(`^\s*>`)
	bulletForm  = regexp.MustCompile(`^\s*[-+*]\s`)
)

// goesOn is the end of a line in the middle of a sentence; topic is one, if a sentence
// stands on the next line, and else what a list begins with.
var (
	topic    = regexp.MustCompile(`は\s*$`)
	sentence = regexp.MustCompile(`(?:です|ます|した|せん)。`)
	goesOn   = regexp.MustCompile(`(?:[\p{Han}\p{Hiragana}\p{Katakana}](?:には|では|とは|よりも?|ても|て|が|を|に|、)|\b(?:to|the|is|was|of|in|and|or|by|from|at|than|about|a|an))\s*$`)
)

// signs finds those of numbers at the beginning of a line, which became a bullet or a
// quotation.
func (p *proof) signs(line int, text string, blank func(int) bool) {
	single := func(form *regexp.Regexp) bool {
		return (blank(line-1) || !form.MatchString(p.written.text(line-1))) && (blank(line+1) || !form.MatchString(p.written.text(line+1)))
	}
	if signForm.MatchString(text) && single(bulletForm) && p.is(line, item) {
		p.warn(line, "sign", "%s has become an item of a list, and its sign is gone; write a full-width sign (－ or ＋), or %s", clip(text), `\-`)
	}
	if made := bulletForm.MatchString(text) && single(bulletForm) && p.is(line, item) || quoteForm.MatchString(text) && single(quoteForm) && p.is(line, inQuote); made && p.broken(line) {
		p.warn(line, "sign", "%s goes on with the sentence above it, and has become a list or a quotation by its sign, which is gone; write it on the line above, or a backslash before the sign", clip(text))
	}
	if greaterForm.MatchString(text) && single(quoteForm) && p.is(line, inQuote) {
		p.warn(line, "sign", "%s has become a quotation, and its > is gone; write 超 or ＞, or %s", clip(text), `\>`)
	}
}

// broken reports a line that goes on with the sentence of the one above it.
func (p *proof) broken(line int) bool {
	if line == 0 || bulletForm.MatchString(p.written.text(line-1)) {
		return false
	}
	above := p.written.text(line - 1)
	return goesOn.MatchString(above) || topic.MatchString(above) && sentence.MatchString(p.written.text(line))
}

// is reports that the first word of a line is read in an element, or behind the
// beginning of one.
func (p *proof) is(line int, what feature) bool {
	for i := p.written.index(p.written.lines[line]); i < len(p.written.chars); i++ {
		if p.to[i] < 0 {
			continue
		}
		for j := p.to[i]; j >= 0 && j >= p.to[i]-6; j-- {
			if p.page.chars[j].is&what != 0 {
				return true
			}
		}
		return false
	}
	return false
}
