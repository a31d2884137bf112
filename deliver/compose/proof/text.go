package proof

import (
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/idna"

	"example.jp/kairan/deliver/compose/slot"
)

// text compares what the HTML shows with the text part, which numbers, moves and folds,
// and may add words, and must not lose any.
func (p *proof) text() {
	said, at := spoken(p.page.chars)
	part := make([]rune, 0, len(p.Text))
	place := make([]int, 0, len(p.Text)) // of each in the text part, as runes
	whole := []rune(p.Text)
	shown := addresses(p.Text)
	for i, r := range whole {
		if r = unmarked(r); isSpoken(char{r: r}) && !shown[i] {
			part, place = append(part, unicode.ToLower(r)), append(place, i)
		}
	}
	starts := words(said, at)
	partner := align(said, part, starts, 4) // it adds much, and loses nothing but by a fault
	atWords(said, starts, partner)
	p.missing(said, at, starts, part, partner)
	p.missingCells(said, at, part, partner)
	p.missingIndents(at, partner, place, whole)
	p.missingLinks()
}

// shownAddress is one in the text part, which adds those of links.
var shownAddress = regexp.MustCompile(`(?i)(?:https?://|www\.)[!-;=?-~]+|[\w.!#$%&'*+/=?^{|}~-]+@[A-Za-z0-9.-]+`)

// addresses says which runes of a text are of addresses: those are looked for by
// themselves.
func addresses(text string) []bool {
	of := make([]bool, utf8.RuneCountInString(text))
	if !strings.ContainsAny(text, ":@") && !strings.Contains(text, "www.") {
		return of
	}
	at, rune := 0, 0
	for _, m := range shownAddress.FindAllStringIndex(text, -1) {
		rune += utf8.RuneCountInString(text[at:m[0]])
		for range text[m[0]:m[1]] {
			of[rune] = true
			rune++
		}
		at = m[1]
	}
	return of
}

// missingLinks looks for the address of each link in the text part.
func (p *proof) missingLinks() {
	text := whereIn(p.Text)
	for _, l := range p.page.links {
		if text.says(l.to) {
			continue
		}
		for i := l.at; i < len(p.page.chars); i++ {
			if p.from[i] >= 0 {
				p.warn(p.lineOf(p.from[i]), "text-part", "the text part, which some readers see in place of the HTML, does not say where the link leads that begins here; look at the preview")
				break
			}
		}
	}
}

// readable is an address with its host in its own script.
func readable(to string) string {
	u, err := url.Parse(to)
	if err != nil || u.Host == "" {
		return to
	}
	host, err := idna.ToUnicode(u.Host)
	if err != nil {
		return to
	}
	return strings.Replace(to, u.Host, host, 1)
}

// isSpoken reports a letter, a digit, or a sign that is read as a word.
func isSpoken(c char) bool {
	r := c.r
	return isWord(r) || r == slotRune || r > 0x7f && !slot.IsMark(r) && (unicode.In(r, unicode.L, unicode.N, unicode.Sc) || r == '℃' || r == '％')
}

// spoken are the letters and digits of a page, with the numbers of lists in digits, and
// of each its index.
func spoken(chars []char) (said []rune, at []int) {
	for i, c := range chars {
		switch {
		case c.r == 0 && c.is&number == 0 || c.is&(bracket|inAddress) != 0:
		case c.is&number != 0:
			for _, d := range strconv.Itoa(int(c.r)) {
				said, at = append(said, d), append(at, i)
			}
		case isSpoken(c):
			said, at = append(said, unicode.ToLower(c.r)), append(at, i)
		}
	}
	return said, at
}

// missing says what has no partner in the text part, and was not moved. The cells of
// tables may stand in another order.
func (p *proof) missing(flow []rune, index []int, starts []bool, part []rune, partner []int) {
	inTable := func(k int) bool { return p.page.chars[index[k]].is&inCell != 0 }
	elsewhere, all, letters, looks := unpaired(part, partner), string(part), lettersOf(part), maxLooks
	for k := 0; k < len(partner); {
		if partner[k] >= 0 || inTable(k) {
			k++
			continue
		}
		end := k
		for end < len(partner) && partner[end] == partner[k] && !inTable(end) {
			end++
		}
		if partner[k] == unknown {
			p.missingIn(flow[k:end], index[k:end], part)
			k = end
			continue
		}
		words := string(flow[k:end])
		moved := end-k >= shortest && strings.Contains(elsewhere, words)
		if looks--; looks >= 0 && !moved && !stands(all, flow, k, end) && !standsNumbered(letters, flow, k, end) {
			p.miss(wholeWords(index, starts, k, end))
		}
		k = end
	}
}

// shortest is how many characters are known again elsewhere.
const shortest = 3

// unpaired is what a text part has besides what it shares with the page.
func unpaired(part []rune, partner []int) string {
	taken := make([]bool, len(part))
	for _, j := range partner {
		if j >= 0 {
			taken[j] = true
		}
	}
	var b strings.Builder
	for j, r := range part {
		if !taken[j] {
			b.WriteRune(r)
		} else if j > 0 && !taken[j-1] {
			b.WriteByte(0)
		}
	}
	return b.String()
}

// wholeWords are the first and the last place of some characters, with the rest of their
// words if that is near.
func wholeWords(index []int, starts []bool, from, to int) (first, last int) {
	for n := 0; n < gram && !begins(starts, from); n++ {
		from--
	}
	for n := 0; n < gram && !begins(starts, to); n++ {
		to++
	}
	return index[from], index[to-1]
}

// maxLooks is how often the whole text part is looked through.
const maxLooks = 200

// stands reports that characters stand in a text together with those beside them: then
// they have no partner because the two were not aligned well, and are not missing.
func stands(all string, flow []rune, from, to int) bool {
	return from >= gram && strings.Contains(all, string(flow[from-gram:to])) ||
		to+gram <= len(flow) && strings.Contains(all, string(flow[from:to+gram]))
}

// standsNumbered reports the same of their letters, between which the numbers of links
// and notes may stand.
func standsNumbered(letters string, flow []rune, from, to int) bool {
	words, before, behind := lettersOf(flow[from:to]), lettersOf(flow[max(0, from-gram):from]), lettersOf(flow[to:min(len(flow), to+gram)])
	if utf8.RuneCountInString(words) < shortest {
		return false
	}
	return len(before) > gram && strings.Contains(letters, before+words) || len(behind) > gram && strings.Contains(letters, words+behind)
}

// lettersOf are the letters of a text, without its digits and the word for a note.
func lettersOf(text []rune) string {
	var b strings.Builder
	for _, r := range text {
		if !isDigit(r) && r != '注' {
			b.WriteRune(r)
		}
	}
	return b.String()
}

// miss says that a part of the page is not in the text part. The editor cannot help it
// by more than writing it in another way, so it is a warning.
func (p *proof) miss(from, to int) {
	line := -1
	var words strings.Builder
	for i := from; i <= to; i++ {
		c := p.page.chars[i]
		if line < 0 && p.from[i] >= 0 {
			line = p.lineOf(p.from[i])
		}
		if c.is&number != 0 {
			words.WriteString(strconv.Itoa(int(c.r)))
		} else if c.r == slotRune {
			words.WriteString("{{…}}")
		} else if c.r != 0 {
			words.WriteRune(c.r)
		}
	}
	p.warn(max(line, 0), "text-part", "%s is not in the text part, which some readers see in place of the HTML; write it in another way, and look at the preview", clip(words.String()))
}

// missingCells looks for the cells of tables between what stands before and behind the
// table. Their letters must all be there; in which order is a matter of layout.
func (p *proof) missingCells(said []rune, at []int, part []rune, partner []int) {
	first := 0 // behind what stands before
	for k := 0; k < len(at); {
		if p.page.chars[at[k]].is&inCell == 0 {
			if partner[k] >= 0 {
				first = partner[k] + 1
			}
			k++
			continue
		}
		end := k
		for end < len(at) && p.page.chars[at[end]].is&inCell != 0 {
			end++
		}
		last := len(part)
		for next := end; next < len(at) && p.page.chars[at[next]].is&inCell == 0; next++ {
			if partner[next] >= 0 {
				last = partner[next]
				break
			}
		}
		p.missingIn(said[k:end], at[k:end], part[first:max(first, last)])
		k = end
	}
}

// missingIn compares the letters of a table with those of a part of the text.
func (p *proof) missingIn(said []rune, at []int, region []rune) {
	count := map[rune]int{}
	for _, r := range region {
		count[r]++
	}
	short := false
	for _, r := range said {
		count[r]--
		short = short || count[r] < 0
	}
	if !short {
		return
	}
	all, within := string(region), [2]int{-1, -1} // of a cell whose letters are all too few
	for k := 0; k < len(said); {
		end := k + 1
		for end < len(said) && at[end] == at[end-1]+1 {
			end++
		}
		if !strings.Contains(all, string(said[k:end])) {
			p.miss(at[k], at[end-1])
			return
		}
		if within[0] < 0 && isMissing(said[k:end], count) {
			within = [2]int{at[k], at[end-1]}
		}
		k = end
	}
	if within[0] >= 0 { // its neighbours read like it
		p.miss(within[0], within[1])
		return
	}
	for k, r := range said {
		if count[r] < 0 {
			p.miss(at[k], at[k])
			return
		}
	}
}

// isMissing reports that so many letters are too few that these may be them.
func isMissing(letters []rune, count map[rune]int) bool {
	few := map[rune]int{}
	for _, r := range letters {
		if few[r]--; few[r] < count[r] {
			return false
		}
	}
	return true
}

// beginsLine reports that a line of the text part begins as one that was written: the
// same words may stand before it, as where the title of a magazine is its subject too.
func (p *proof) beginsLine(text string) bool {
	r := []rune(strings.TrimRight(text, " \t"))
	return strings.Contains(p.Text, "\n"+string(r[:min(len(r), leading(text)+shortest)]))
}

// missingIndents looks for the full-width space with which a paragraph begins.
func (p *proof) missingIndents(index, partner, place []int, whole []rune) {
	for k, i := range index {
		from := p.from[i]
		if from < 0 || partner[k] < 0 {
			continue
		}
		c := p.written.chars[from]
		line := p.written.line(c.at)
		text := p.written.text(line)
		start := p.written.lines[line]
		if leading(text) == 0 || p.written.firstAt(start) != c.at || !p.Keeps && !p.isBlank(line-1) {
			continue
		}
		at := place[partner[k]] - 1
		for at >= 0 && whole[at] != '\n' && whole[at] != '　' {
			at--
		}
		if (at < 0 || whole[at] != '　') && !p.beginsLine(text) {
			p.warn(line, "indent", "the full-width space at the beginning of %s is not in the text part", clip(text))
		}
	}
}
