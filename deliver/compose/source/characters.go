package source

import (
	"html"
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"example.jp/kairan/deliver/compose/finding"
	"example.jp/kairan/deliver/compose/slot"
	"example.jp/kairan/deliver/compose/width"
	"example.jp/kairan/deliver/phrase"
	"example.jp/kairan/subscribe"
)

// maxColumns is more than any mail program can show.
const maxColumns = 50

// controlForm is the number of a control between U+0080 and U+009F, which HTML takes for a
// letter of Windows-1252, and Markdown for what it is.
var controlForm = regexp.MustCompile(`&#(?:0*(1[2-5][0-9])|[xX]0*([89][0-9A-Fa-f]));`)

func control(form string) string {
	m := controlForm.FindStringSubmatch(form)
	n, err := strconv.ParseUint(m[2], 16, 32)
	if m[1] != "" {
		n, err = strconv.ParseUint(m[1], 10, 32)
	}
	if err != nil {
		return form
	}
	return string(rune(n))
}

// clean reports what no mail body should hold, and takes it out.
func clean(body string, first int, found *finding.List) string {
	wide := -2 // the line before of the same table
	for i, l := range strings.Split(body, "\n") {
		if strings.Count(l, "|") > maxColumns {
			if i-wide > 1 {
				found.Fail(first+i, "table", "a table of more than %d columns; no mail program can show it", maxColumns)
			}
			wide = i
		}
		for _, r := range l + html.UnescapeString(controlForm.ReplaceAllStringFunc(l, control)) { // Markdown reads &#x...; too
			if slot.IsMark(r) {
				found.Fail(first+i, "character", "%s", phrase.Key(markText))
			} else if r != '\t' && subscribe.IsUnprintable(r) {
				found.Fail(first+i, "character", "an invisible control character (U+%04X) stands here; delete it", r)
			}
		}
	}
	return strings.Map(func(r rune) rune {
		if slot.IsMark(r) || r != '\t' && r != '\n' && subscribe.IsUnprintable(r) {
			return -1
		}
		return r
	}, body)
}

// checkCharacters finds characters that readers cannot see, or not as the editor does. One
// of a kind is said of a line.
func checkCharacters(body string, first int, found *finding.List) {
	for i, text := range strings.Split(body, "\n") {
		before, said := rune(0), map[string]bool{}
		for at, r := range text {
			next, _ := utf8.DecodeRuneInString(text[at+utf8.RuneLen(r):])
			rule, format, args := judgeCharacter(before, r, next)
			if before = r; format == "" || said[format] {
				continue
			}
			said[format] = true
			if args = append([]any{finding.Clip(strings.TrimSpace(visible(text)))}, args...); rule == "character" {
				found.Fail(first+i, rule, format, args...)
			} else {
				found.Warn(first+i, rule, format, args...)
			}
		}
	}
}

// judgeCharacter says what is wrong with a character between its neighbours; the first
// thing that is said is its line, before args.
func judgeCharacter(before, r, next rune) (rule finding.Rule, format string, args []any) {
	switch pair := string([]rune{before, r}); {
	case r < 0x80 || slot.IsMark(r):
	case r == unicode.ReplacementChar:
		return "character", `"%s" holds the sign � for a character that was lost when the file was made; write the character again`, nil
	case isPrivate(r):
		return "character", `the character U+%04[2]X in "%[1]s" is one of your own computer (外字), and readers see a blank or a box; write it in kana or as another character`, []any{r}
	case !isAssigned(r):
		return "character", `the character U+%04[2]X in "%[1]s" is none; delete it, or write it again`, []any{r}
	case isCombining(r) && norm.NFC.String(pair) != pair:
		return "nfd", `%[2]s in "%[1]s" is two characters, as names of files from a Mac are, and some programs show them apart; write it again by hand (%[3]s)`, []any{pair, norm.NFC.String(pair)}
	case isInvisible(r, before, next):
		return "invisible", `an invisible character (U+%04[2]X) stands in "%[1]s"; readers who copy or search it find nothing; delete it`, []any{r}
	}
	return "", "", nil
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
		return !unicode.IsLetter(before) || width.IsJapanese(before) || width.IsJapanese(next)
	case 0x200C, 0x200D:
		return isPlain(before) || isPlain(next)
	}
	return r >= 0xE0000 && r <= 0xE007F && before != 0x1F3F4 && (before < 0xE0000 || before > 0xE007F)
}

// isPlain reports a letter of a script that joins none.
func isPlain(r rune) bool {
	return r < 0x80 || unicode.Is(unicode.Latin, r) || width.IsJapanese(r)
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
