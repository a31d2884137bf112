package proof

import (
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"example.jp/kairan/deliver/compose/finding"
	"example.jp/kairan/deliver/phrase"
)

// lost finds what was written and is not in the HTML.
func (p *proof) lost() {
	for k := 0; k < len(p.partner) && len(p.found) < maxFindings; {
		if p.partner[k] >= 0 {
			k++
			continue
		}
		end := k
		for end < len(p.partner) && p.partner[end] < 0 {
			end++
		}
		if p.spelled(k, end) != p.instead(k, end) {
			p.lose(k, end)
		}
		k = end
	}
}

// spelled is a part of what was written, with its numbers in digits.
func (p *proof) spelled(from, to int) string { return spell(p.written.chars, p.wrote[from:to]) }

// instead is what the page shows at that place, and was not written.
func (p *proof) instead(from, to int) string {
	first, last := 0, len(p.shown)
	if from > 0 {
		first = p.partner[from-1] + 1
	}
	if to < len(p.partner) {
		last = max(p.partner[to], 0)
	}
	return spell(p.page.chars, p.shown[first:max(first, last)])
}

func spell(chars []char, at []int) string {
	var b strings.Builder
	for _, i := range at {
		if c := chars[i]; c.is&number != 0 {
			b.WriteString(strconv.Itoa(int(c.r)))
		} else {
			b.WriteRune(c.r)
		}
	}
	return b.String()
}

// lose says what is lost: a line at a time, and lines together that are lost for the
// same reason.
func (p *proof) lose(from, to int) {
	for from < to {
		line := p.lineOf(p.wrote[from])
		cause, end, last := p.cause(line, from), from, line
		for end < to {
			next := p.lineOf(p.wrote[end])
			if next != last && p.cause(next, end) != cause {
				break
			}
			end, last = end+1, next
		}
		words := clip(p.words(from, end, line))
		say := p.fail
		if cause == titled || cause == unused { // nobody misses it
			if p.isKnown(line) {
				from = end
				continue
			}
			say = p.warn
		}
		if last > line {
			say(line, "lost", "%s and what follows, to line %d, is not in the mail: %s", words, p.First+last, cause)
		} else {
			say(line, "lost", "%s is not in the mail: %s", words, cause)
		}
		from = end
	}
}

// words are what is lost of a line, with the marks in front of it if it begins the line.
func (p *proof) words(from, to, line int) string {
	start := p.written.chars[p.wrote[from]].at
	if from == 0 || p.lineOf(p.wrote[from-1]) != line {
		start = p.written.lines[line]
	}
	end := start
	for k := from; k < to && p.lineOf(p.wrote[k]) == line; k++ {
		end = p.written.chars[p.wrote[k]].at
	}
	n := len(slotForm.FindString(p.Body[end:min(len(p.Body), end+maxSpan)]))
	if n == 0 {
		_, n = utf8.DecodeRuneInString(p.Body[end:])
	}
	return p.Body[start : end+n]
}

// titled is the cause of a loss that may be meant.
var titled = phrase.Say("mail programs do not show what stands in quotes behind the address of a link; write it into the text, or delete it")

// unused is the cause of another.
var unused = phrase.Say("no link of the text has this name; write [text][name] where it belongs, or delete the line")

var (
	addressLike    = regexp.MustCompile(`^[ >]*\[[^\]\n]+\]:\s*<?(?:[a-zA-Z][a-zA-Z0-9+.-]*:[!-~]|[./#]|www\.)[!-~]*`)
	definitionLike = regexp.MustCompile(`^[ >]*\[([^\]\n]+)\]:`)
	programLike    = regexp.MustCompile(`<[!?]`)
	tagLike        = regexp.MustCompile(`</?[^<>\s][^<>\n]*>`)
)

// cause is why a word of a line is lost, and what to write instead.
func (p *proof) cause(line, word int) phrase.Words {
	at := p.written.chars[p.wrote[word]].at
	text, before := p.written.text(line), p.before(at)
	if len(text) > maxSpan {
		text = text[:maxSpan]
	}
	m := definitionLike.FindStringSubmatch(text)
	switch {
	case p.written.unclosed >= 0 && at >= p.written.unclosed:
		return phrase.Say("the remark that begins with <!-- on line %d does not end; write --> behind it", p.First+p.written.line(p.written.unclosed))
	case m != nil && p.written.notes[strings.TrimPrefix(m[1], "^")] > 0:
	case m != nil && strings.HasPrefix(m[1], "^"):
		return phrase.Say("it is a footnote that nothing refers to; write [%s] where it belongs, or delete it", finding.Clip(m[1]))
	case addressLike.MatchString(text):
		return unused
	case m != nil:
		return phrase.Say(`a line that begins with [ ]: is taken for the address of a link; write ［%s］, or a full-width colon ：`, finding.Clip(m[1]))
	case strings.LastIndex(before, "](") > strings.LastIndexByte(before, ')'):
		return titled
	case programLike.MatchString(before) || programLike.MatchString(text) && !strings.Contains(before, ">"):
		return phrase.Say("what begins with <! or <? is meant for programs; write \\< for a literal <, or ＜")
	case fenceForm.MatchString(text):
		return phrase.Say("what stands behind the signs that begin code is not shown; write it on a line of its own")
	case p.page.tables > 0 && strings.Contains(text, "|"):
		return phrase.Say(`this row has more cells than the first row of its table; give that as many, or write \| for a | that separates nothing`)
	case tagLike.MatchString(text):
		return phrase.Say("what stands in < > is taken for an HTML tag; write ＜ ＞, or \\< for a literal <")
	}
	return phrase.Say("Markdown takes something here for a mark; write it in another way, and look at the preview")
}
