package markdown

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"example.jp/kairan/deliver/compose/slot"
)

// A URL in running Japanese has no space behind it, and may have Japanese in its path:
// https://www.example.jp/aをご覧ください ends at "a", and
// https://www.example.jp/資料/案内_2026.pdf is one. urlEnd is where the URL ends that a
// line has from its first character on, 0 if it has none. free says that it begins where
// a word does, inLabel that it stands in brackets. Where it may as well end elsewhere, it
// is not sure.
func urlEnd(line string, free, inLabel bool) (end int, sure bool) {
	at := 0
	if scheme := urlScheme.FindString(line); scheme != "" {
		at = len(scheme)
		at += len(urlUser.FindString(line[at:])) // which is refused
	}
	n := hostEnd(line[at:])
	if n == 0 {
		return 0, true
	}
	at += n
	at += len(urlPort.FindString(line[at:]))
	if at == len(line) || !strings.ContainsRune("/?#", rune(line[at])) {
		return at, true
	}
	p := path{line: line, at: at, free: free, inLabel: inLabel, sure: true}
	p.read()
	return p.trimmed(at), p.sure
}

var (
	urlScheme = regexp.MustCompile(`^(?i:https?|ftp)://`)
	urlUser   = regexp.MustCompile(`^[A-Za-z0-9._~%!$&'()*+,;=:-]{1,64}@`)
	urlPort   = regexp.MustCompile(`^:[0-9]{1,5}`)
	ownTLD    = regexp.MustCompile(`^(?i:jp|com|org|net|info|biz|gov|edu|int|eu|uk|us|de|fr|kr|cn|tw|asia|example)$`)
)

// maxHost is more than a host has in octets, written in Japanese (RFC 1035 §2.3.4).
const maxHost = 512

// hostEnd is where the host ends that s begins with, 0 if that is none: two names or more
// with dots between, the last of letters. Japanese directly behind the last is no part
// of it: www.example.jpをご覧ください.
func hostEnd(s string) int {
	s = s[:min(len(s), maxHost)]
	if i := strings.IndexFunc(s, func(r rune) bool { return r != '.' && r != '-' && r != '_' && !isLatin(r) && !isBeyondASCII(r) }); i >= 0 {
		s = s[:i]
	}
	s = strings.TrimRight(s, ".-_")
	end, labels := 0, 0
	for label := range strings.SplitSeq(s, ".") {
		if label == "" {
			break
		}
		latin := len(label) - len(strings.TrimLeftFunc(label, isLatin))
		last := end+len(label) == len(s)
		if labels > 0 && latin > 1 && latin < len(label) && label[latin] >= utf8.RuneSelf && (last || ownTLD.MatchString(label[:latin])) {
			end, labels = end+latin, labels+1
			break
		}
		end, labels = end+len(label)+1, labels+1
	}
	end = min(end, len(s))
	top := s[strings.LastIndexByte(s[:end], '.')+1 : end]
	if labels < 2 || len(top) < 2 || strings.ContainsFunc(top, unicode.IsDigit) && !strings.HasPrefix(strings.ToLower(top), "xn--") {
		return 0
	}
	return end
}

// isBeyondASCII reports a letter beyond ASCII, as Japanese words and names have them.
func isBeyondASCII(r rune) bool {
	return r >= utf8.RuneSelf && !slot.IsMark(r) && (unicode.IsLetter(r) || unicode.IsMark(r) || unicode.IsDigit(r))
}

// path reads what stands behind the host of a URL.
type path struct {
	line          string
	at            int
	free, inLabel bool
	sure          bool
}

func (p *path) read() {
	for p.at < len(p.line) {
		switch r, n := utf8.DecodeRuneInString(p.line[p.at:]); {
		case isURLChar(r):
			if p.line[p.at] == ']' && p.inLabel || p.isMark() || (r == '(' || r == '[') && fileEnd.MatchString(p.line[max(0, p.at-6):p.at]) {
				return
			}
			p.at += n
		case isBeyondASCII(r):
			run := p.run()
			take, sure := p.judge(run)
			p.sure = p.sure && sure
			if !take {
				return
			}
			p.at += len(run)
		default:
			next, _ := utf8.DecodeRuneInString(p.line[p.at+n:])
			p.sure = p.sure && !(strings.ContainsRune("＆＝％＿～＃？－", r) && isLatin(next)) // typed in full width
			return
		}
	}
}

// fileEnd is a file's name, behind which brackets say its kind or size.
var fileEnd = regexp.MustCompile(`(?i)\.(?:pdf|docx?|xlsx?|pptx?|html?|zip|csv|txt|png|jpe?g)$`)

// isURLChar reports what a URL may hold (RFC 3986 §2), brackets among them.
func isURLChar(r rune) bool {
	return isLatin(r) || r < utf8.RuneSelf && strings.ContainsRune("-._~:/?#[]@!$&'()*+,;=%", r)
}

// isMark says that a mark of Markdown stands here which closes what stands around the URL.
func (p *path) isMark() bool {
	rest := p.line[p.at:]
	if strings.HasPrefix(rest, "**") || strings.HasPrefix(rest, "~~") {
		return true
	}
	tail := strings.TrimLeft(rest, "*_")
	r, _ := utf8.DecodeRuneInString(tail)
	return tail != rest && !isURLChar(r) && (rest[0] == '*' || strings.HasPrefix(rest, "__"))
}

// run is the Japanese from here on.
func (p *path) run() string {
	rest := p.line[p.at:]
	if i := strings.IndexFunc(rest, func(r rune) bool { return !isBeyondASCII(r) && r != '・' }); i >= 0 {
		rest = rest[:i]
	}
	return strings.TrimRight(rest, "・")
}

// What is written behind an address in a sentence.
var (
	particle = regexp.MustCompile(`^(を|は|に|が|の|と|で|へ|も|や|か|から|まで|より|など|または|および|もしくは|及び|又は|です|だ|にて|への|での|からの|までに|について)`)
	alone    = regexp.MustCompile(`^(を|は|に|が|の|と|で|へ|も|や|から|まで|より|など|です|にて)$`)
	sentence = regexp.MustCompile(`を|ください|下さい|ます|です|でした|ません`)
	kana     = regexp.MustCompile(`\p{Hiragana}`)

	goingOn     = regexp.MustCompile(`^(/|[A-Za-z0-9_.?=&#%~+-]*[A-Za-z0-9/])`)
	anotherLink = regexp.MustCompile(`://|www\.|@`)
)

// judge says whether a run of Japanese is part of the path, by what stands before and
// behind it.
func (p *path) judge(run string) (take, sure bool) {
	before, rest := p.line[p.at-1], p.line[p.at+len(run):]
	tail := rest
	if i := strings.IndexFunc(rest, func(r rune) bool { return !isURLChar(r) }); i >= 0 {
		tail = rest[:i]
	}
	if anotherLink.MatchString(tail) {
		return false, true
	}
	goesOn := goingOn.MatchString(tail)
	next, _ := utf8.DecodeRuneInString(rest)
	bounded := p.free && (rest == "" || isSpace(next) || isClosing(next) && !strings.ContainsRune("、。，．", next))
	switch {
	case strings.HasPrefix(run, "を"), before == ')':
		return false, true
	case isLatin(rune(before)):
		isName := !kana.MatchString(run)
		if !goesOn {
			return false, !isName || !unicode.IsDigit(rune(before))
		}
		return isName, isName && !isLatin(rune(tail[0]))
	case goesOn:
		return !sentence.MatchString(run), !alone.MatchString(run) && !sentence.MatchString(run)
	case particle.MatchString(run):
		take = bounded && !alone.MatchString(run) && !sentence.MatchString(run)
		return take, !take
	case sentence.MatchString(run):
		return false, false
	}
	return true, bounded
}

// trimmed is where the URL ends without the punctuation of the sentence around it, as
// GitHub has it. It has a host up to least.
func (p *path) trimmed(least int) int {
	s := p.line[:p.at]
	round := strings.Count(s, ")") - strings.Count(s, "(")
	square := strings.Count(s, "]") - strings.Count(s, "[")
	for len(s) > least {
		switch c := s[len(s)-1]; {
		case strings.IndexByte("?!.,:*_~'([", c) >= 0:
			round += strings.Count(string(c), "(")
			square += strings.Count(string(c), "[")
		case c == ')' && round > 0:
			round--
		case c == ']' && square > 0:
			square--
		case c == ';':
			if m := entityEnd.FindStringIndex(s[max(least, len(s)-40):]); m != nil {
				s = s[:len(s)-(min(40, len(s)-least)-m[0])]
				continue
			}
		default:
			return len(s)
		}
		s = s[:len(s)-1]
	}
	return len(s)
}

var entityEnd = regexp.MustCompile(`&[A-Za-z0-9]+;$`)

// addressStart is where the local part of an address begins that ends a text: of ASCII,
// as GitHub has it, and of 64 octets at most (RFC 5321 §4.5.3.1.1). It is -1 if there is
// none.
func addressStart(s string) int {
	at := len(s)
	for at > 0 && (isLatin(rune(s[at-1])) || strings.IndexByte("._+-", s[at-1]) >= 0) && len(s)-at <= 64 {
		at--
	}
	at += len(s[at:]) - len(strings.TrimLeft(s[at:], "._-"))
	if at == len(s) || len(s)-at > 64 || !slices.ContainsFunc([]byte(s[at:]), func(b byte) bool { return isLatin(rune(b)) }) {
		return -1
	}
	return at
}
