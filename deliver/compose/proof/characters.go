package proof

import (
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// characters finds characters that readers cannot see, or not as the editor does.
func (p *proof) characters() {
	for line := range p.written.lines {
		text := p.written.text(line)
		before := rune(0)
		n := len(p.found)
		for at, r := range text {
			if len(p.found) > n+4 {
				break // one of a kind is said of a line
			}
			next, _ := utf8.DecodeRuneInString(text[at+utf8.RuneLen(max(r, 0)):])
			p.character(line, text, before, r, next)
			before = r
		}
	}
}

// character judges one between its neighbours.
func (p *proof) character(line int, text string, before, r, next rune) {
	switch {
	case r < 0x80:
	case r == unicode.ReplacementChar:
		p.fail(line, "character", "%s holds the sign � for a character that was lost when the file was made; write the character again", clip(text))
	case isPrivate(r):
		p.fail(line, "character", "the character U+%04X in %s is one of your own computer (外字), and readers see a blank or a box; write it in kana or as another character", r, clip(text))
	case !isAssigned(r):
		p.fail(line, "character", "the character U+%04X in %s is none; delete it, or write it again", r, clip(text))
	case isCombining(r) && norm.NFC.String(string([]rune{before, r})) != string([]rune{before, r}):
		p.warn(line, "nfd", "%s in %s is two characters, as names of files from a Mac are, and some programs show them apart; write it again by hand (%s)",
			string([]rune{before, r}), clip(text), norm.NFC.String(string([]rune{before, r})))
	case isInvisible(r, before, next):
		p.warn(line, "invisible", "an invisible character (U+%04X) stands in %s; readers who copy or search it find nothing; delete it", r, clip(visible(text)))
	}
}

// isPrivate reports a character that has no meaning but by agreement. The marks of our
// own are refused before.
func isPrivate(r rune) bool {
	return r >= 0xE000 && r <= 0xF8FF || r >= 0xF0000 && r <= 0x10FFFD
}

// isAssigned reports a character that exists, or may, where new emoji and kanji come.
func isAssigned(r rune) bool {
	return unicode.In(r, unicode.L, unicode.M, unicode.N, unicode.P, unicode.S, unicode.Z, unicode.Cc, unicode.Cf) ||
		r >= 0x1F000 && r <= 0x1FAFF || r >= 0x20000 && r <= 0x3FFFD
}

// isCombining reports what joins the letter before it: the voicing of kana, accents.
func isCombining(r rune) bool {
	return r == 0x3099 || r == 0x309A || r >= 0x300 && r <= 0x36F
}

// isInvisible reports a character without width that changes nothing where it stands.
// Joiners belong between emoji, and into scripts that join letters.
func isInvisible(r, before, next rune) bool {
	switch r {
	case 0x200B, 0x2060, 0xFEFF, 0x180E, 0x3164, 0x115F, 0x1160, 0xFFA0, 0x2061, 0x2062, 0x2063, 0x2064, 0xFFF9, 0xFFFA, 0xFFFB:
		return true
	case 0x00AD:
		return !unicode.IsLetter(before) || isJapanese(before) || isJapanese(next)
	case 0x200C, 0x200D:
		return isPlain(before) || isPlain(next)
	}
	return r >= 0xE0000 && r <= 0xE007F && before != 0x1F3F4 && (before < 0xE0000 || before > 0xE007F)
}

// isPlain reports a letter of a script that joins none.
func isPlain(r rune) bool {
	return r < 0x80 || unicode.In(r, unicode.Latin, unicode.Hiragana, unicode.Katakana, unicode.Han)
}

// visible is a text without what cannot be seen.
func visible(s string) string {
	out := make([]rune, 0, len(s))
	for _, r := range s {
		if !unicode.Is(unicode.Cf, r) {
			out = append(out, r)
		}
	}
	return string(out)
}
