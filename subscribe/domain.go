package subscribe

import (
	"cmp"
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/idna"
)

// lookup maps a domain as UTS #46 does for looking up. Hyphens are judged below:
// "my--site" is a host name (RFC 1123 §2.1), though no U-label.
var lookup = idna.New(idna.MapForLookup(), idna.BidiRule(), idna.CheckHyphens(false))

// Lengths in octets, RFC 1035 §2.3.4. A character of a U-label takes at least
// one octet of its A-label.
const (
	maxDomain = 253
	maxLabel  = 63
)

// domainLabels returns a domain as A-labels.
func domainLabels(domain string) (string, error) {
	if utf8.RuneCountInString(domain) > maxDomain { // before it is mapped, which can make much of little
		return "", AddressLong
	}
	mapped, err := lookup.ToUnicode(domain)
	labels := strings.Split(mapped, ".")
	if len(labels) < 2 {
		return "", AddressDomain
	}
	for _, l := range labels {
		if utf8.RuneCountInString(l) > maxLabel {
			return "", AddressDomain
		}
		if fault := judgeLabel(l); fault != nil {
			return "", fault
		}
	}
	if err != nil {
		return "", AddressDomain
	}
	ascii, err := idna.Punycode.ToASCII(mapped)
	if err != nil || len(ascii) > maxDomain {
		return "", AddressDomain
	}
	for l := range strings.SplitSeq(ascii, ".") {
		if len(l) > maxLabel {
			return "", AddressDomain
		}
	}
	if last := labels[len(labels)-1]; strings.Trim(last, "0123456789") == "" {
		return "", AddressDomain // an IPv4 address without its brackets
	}
	return ascii, nil
}

// judgeLabel judges one label as it is mapped: a host name's of RFC 1123 §2.1, or
// a U-label of RFC 5890 §2.3.2.1 whose scripts are written together somewhere.
func judgeLabel(label string) error {
	ascii := true
	for _, r := range label {
		if r <= unicode.MaxASCII {
			if (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '-' {
				return AddressDomain
			}
			continue
		}
		if ascii = false; !isProtocolValid(r) {
			return AddressSign
		}
	}
	switch {
	case label == "" || label[0] == '-' || label[len(label)-1] == '-':
		return AddressDomain
	case strings.HasPrefix(label, "xn--"): // what is no punycode is left as it is
		return AddressDomain
	case ascii:
		return nil
	case !contextFits([]rune(label)):
		return AddressSign
	case mixesScripts(label):
		return AddressMixed
	}
	return nil
}

// isProtocolValid says whether IDNA2008 lets a character beyond ASCII stand in a
// label, at least in some context (RFC 5892 §2 and §2.6). What changes under
// normalisation or case folding has been mapped already.
func isProtocolValid(r rune) bool {
	switch {
	case strings.ContainsRune(validByException, r), strings.ContainsRune(validByContext, r):
		return true
	case strings.ContainsRune(invalidByException, r), unicode.Is(oldHangul, r):
		return false
	}
	return unicode.In(r, unicode.Ll, unicode.Lo, unicode.Lm, unicode.Mn, unicode.Mc, unicode.Nd)
}

// The exceptions of RFC 5892 §2.6, and the characters of its appendix A, of which
// idna judges the joiners.
const (
	validByException   = "〇\u0f0b\u06fd\u06fe"
	validByContext     = "\u00b7\u0375\u05f3\u05f4・\u200c\u200d"
	invalidByException = "\u0640\u07fa\u302e\u302f\u3031\u3032\u3033\u3034\u3035\u303b"
)

// oldHangul are the jamo of RFC 5892 §2.9.
var oldHangul = &unicode.RangeTable{R16: []unicode.Range16{{Lo: 0x1100, Hi: 0x11ff, Stride: 1}, {Lo: 0xa960, Hi: 0xa97f, Stride: 1}, {Lo: 0xd7b0, Hi: 0xd7ff, Stride: 1}}}

// contextFits is the contextual rules of RFC 5892, appendix A.3 to A.9, and what a
// U-label may have in its third and fourth place (RFC 5891 §4.2.3.1).
func contextFits(rs []rune) bool {
	at := func(i int) rune {
		if i < 0 || i >= len(rs) {
			return 0
		}
		return rs[i]
	}
	if at(2) == '-' && at(3) == '-' {
		return false
	}
	japanese := slices.ContainsFunc(rs, func(r rune) bool {
		return r != '・' && unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana)
	})
	arabic, extended := false, false
	for i, r := range rs {
		switch {
		case r == '\u00b7' && (at(i-1) != 'l' || at(i+1) != 'l'),
			r == '\u0375' && !unicode.Is(unicode.Greek, at(i+1)),
			(r == '\u05f3' || r == '\u05f4') && !unicode.Is(unicode.Hebrew, at(i-1)),
			r == '・' && !japanese:
			return false
		}
		arabic = arabic || r >= '\u0660' && r <= '\u0669'
		extended = extended || r >= '\u06f0' && r <= '\u06f9'
	}
	return !arabic || !extended
}

// mixesScripts reports a label that mixes scripts which are not written together
// in any language: the check behind "аpple.jp" with a Cyrillic а. Han, kana and
// Latin are written together in Japanese, Han and Hangul in Korean.
func mixesScripts(label string) bool {
	latin, cjk, other := false, false, ""
	for _, r := range label {
		switch s := scriptOf(r); s {
		case "", "Common", "Inherited":
		case "Latin":
			latin = true
		case "Han", "Hiragana", "Katakana", "Hangul", "Bopomofo":
			cjk = true
		default:
			if other != "" && other != s {
				return true
			}
			other = s
		}
	}
	return other != "" && (latin || cjk)
}

// scriptRange is a run of characters of one script.
type scriptRange struct {
	from, to rune
	name     string
}

// scriptRanges are all scripts in the order of their characters: a look-up in
// each script's own table would cost microseconds a character.
var scriptRanges = sync.OnceValue(func() (all []scriptRange) {
	for name, t := range unicode.Scripts {
		for _, r := range t.R16 {
			all = appendRange(all, name, rune(r.Lo), rune(r.Hi), rune(r.Stride))
		}
		for _, r := range t.R32 {
			all = appendRange(all, name, rune(r.Lo), rune(r.Hi), rune(r.Stride))
		}
	}
	slices.SortFunc(all, func(a, b scriptRange) int { return cmp.Compare(a.from, b.from) })
	return all
})

func appendRange(all []scriptRange, name string, lo, hi, stride rune) []scriptRange {
	if stride == 1 {
		return append(all, scriptRange{lo, hi, name})
	}
	for r := lo; r <= hi; r += stride {
		all = append(all, scriptRange{r, r, name})
	}
	return all
}

// scriptOf names the script of a character, "" if it has none.
func scriptOf(r rune) string {
	all := scriptRanges()
	i, found := slices.BinarySearchFunc(all, r, func(x scriptRange, r rune) int { return cmp.Compare(x.from, r) })
	if !found {
		i--
	}
	if i < 0 || r > all[i].to {
		return ""
	}
	return all[i].name
}

// lookAlikes are the small letters of a script that can be taken for Latin ones
// at a glance, out of the table of confusables of UTS #39 (Chromium takes the same
// to decide which domains it shows), and the top-level domains in ASCII under
// which its languages are at home. к, м and т are not among them: москва.com is read
// as what it is.
var lookAlikes = map[string]struct {
	letters string
	homes   []string
}{
	"Cyrillic": {"асԁеһіјӏорԛѕԝхуъьҽпгѵѡ", []string{"bg", "by", "kg", "kz", "md", "me", "mk", "mn", "rs", "ru", "su", "tj", "ua", "uz"}},
	"Greek":    {"αικνρυωηοτ", []string{"gr", "cy", "eu"}},
	"Armenian": {"ագզէլհյոսւօ", []string{"am"}},
}

// looksLikeAnother reports a domain, as A-labels, with a label all of whose letters
// are of one script and can be taken for Latin ones (UTS #39 §4.1): "аррӏе.com",
// all in Cyrillic. Under a top-level domain of that script, or of a country that
// writes it, such a label is a word of the place.
func looksLikeAnother(domain string) bool {
	if !strings.Contains(domain, "xn--") {
		return false
	}
	readable, err := idna.Punycode.ToUnicode(domain)
	if err != nil {
		return false
	}
	labels := strings.Split(readable, ".")
	top := labels[len(labels)-1]
	return slices.ContainsFunc(labels[:len(labels)-1], func(l string) bool {
		script := ""
		for _, r := range l {
			if !unicode.IsLetter(r) {
				continue
			}
			if script = scriptOf(r); !strings.ContainsRune(lookAlikes[script].letters, r) {
				return false
			}
		}
		if script == "" {
			return false
		}
		first, _ := utf8.DecodeRuneInString(top)
		return scriptOf(first) != script && !slices.Contains(lookAlikes[script].homes, top)
	})
}
