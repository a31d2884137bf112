package source

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/pelletier/go-toml/v2"
	xwidth "golang.org/x/text/width"

	"example.jp/kairan/deliver/compose/finding"
	"example.jp/kairan/deliver/phrase"
)

// maxSlips is how many lines of the front matter that cannot be read are named.
const maxSlips = 10

// readTOML reads the front matter. A line that is no TOML is said in an editor's
// words, and the rest is read without it, so that all of them are said.
func readTOML(head string, found *finding.List) map[string]any {
	lines := strings.Split(head, "\n")
	for range maxSlips {
		values := map[string]any{}
		err := toml.Unmarshal([]byte(strings.Join(lines, "\n")), &values)
		wrong, is := errors.AsType[*toml.DecodeError](err)
		switch {
		case err == nil:
			return values
		case !is:
			found.Fail(2, "front-matter", "%s", phrase.Key(noLine))
			return nil
		}
		row, _ := wrong.Position()
		at := min(max(row, 1), len(lines)) - 1
		if strings.Contains(wrong.Error(), "multiline") { // all that follows belongs to it
			at = firstWith(lines, `"""`, `'''`)
			lines = lines[:at+1]
		}
		if len(wrong.Key()) > 0 {
			found.Fail(at+2, "front-matter", "the key %s stands here a second time; keep one of the two lines", finding.Clip(strings.Join(wrong.Key(), ".")))
		} else {
			found.Fail(at+2, "front-matter", "%s", slip(lines[at], strings.Contains(wrong.Error(), "escape")))
		}
		lines[at] = ""
	}
	return nil
}

// firstWith is the index of the first line that holds one of these, or 0.
func firstWith(lines []string, these ...string) int {
	for i, l := range lines {
		for _, s := range these {
			if strings.Contains(l, s) {
				return i
			}
		}
	}
	return 0
}

const noLine = `this is no line of a front matter; write lines such as subject = "秋のお知らせ", and the text of the issue below the closing line "+++"`

// colonForm is a line as YAML and mails have it.
var colonForm = regexp.MustCompile(`^\s*[\pL_-]+\s*[:：]`)

// slip says what an editor did in a line that is no TOML, and what to write instead.
func slip(line string, escape bool) phrase.Words {
	key, value, equals := strings.Cut(line, "=")
	switch {
	case strings.Trim(xwidth.Narrow.String(line), " \t") == "---":
		return phrase.Say(`a line "---" has no meaning here; the front matter begins and ends with a line "+++"`)
	case colonForm.MatchString(key):
		return phrase.Say(`a key and its value are joined by "=", not by a colon; write a line such as subject = "秋のお知らせ"`)
	case strings.Contains(key, "＝"):
		return phrase.Say(`the equals sign is full-width (＝); write a plain one (半角の =)`)
	case strings.HasPrefix(strings.TrimSpace(line), "＃"):
		return phrase.Say(`the number sign is full-width (＃); a remark begins with a plain one (半角の #)`)
	case !equals:
		return phrase.Say(noLine)
	case strings.ContainsAny(key, "\u3000\u00a0"), strings.ContainsRune("\u3000\u00a0", firstRune(strings.TrimLeft(value, " \t"))):
		return phrase.Say(`a full-width or no-break space stands beside the "="; write plain spaces (半角スペース), or none`)
	}
	if fault := slipOfKey(strings.Trim(key, " \t")); fault.EN != "" {
		return fault
	}
	return slipOfValue(strings.Trim(key, " \t"), strings.TrimSpace(value), escape)
}

// bareKey is what TOML takes for a key.
var bareKey = regexp.MustCompile(`^[A-Za-z0-9_.-]+$|^"[^"]*"$|^'[^']*'$`)

func slipOfKey(key string) (says phrase.Words) {
	if bareKey.MatchString(key) {
		return says
	}
	if narrow := strings.ToLower(xwidth.Narrow.String(key)); isKey(narrow) {
		return phrase.Say("the letters of the key are full-width (%s); write %s (半角)", finding.Clip(key), narrow)
	}
	return unknownKey(key)
}

// quotation are marks that look like the quotes of TOML, and are none.
const quotation = "”“„‟＂″〝〟〞’‘‚‛＇′「」『』«»`｀´"

func slipOfValue(key, value string, escape bool) phrase.Words {
	first := firstRune(value)
	switch {
	case value == "":
		return phrase.Say(`nothing stands behind the "="; write %s, or delete the line`, exampleOf(key, ""))
	case strings.ContainsRune(quotation, first):
		return phrase.Say(`the quotation mark %c is not the one that is needed; write " before and behind the text (半角の二重引用符), as in %s`, first, exampleOf(key, strings.Trim(value, quotation+`"'`)))
	case first == '"' || first == '\'':
		return slipOfQuotes(value, first, escape)
	case first == '[' || key == "attachments":
		return phrase.Say(`this list cannot be read; write the names in quotes, with commas between them and brackets around them, as in attachments = ["annai.pdf", "map.png"]`)
	case key == "keep_breaks":
		return phrase.Say(`keep_breaks is written keep_breaks = true or keep_breaks = false, in small letters and without quotes`)
	}
	return phrase.Say("the text behind the \"=\" stands in no quotes; write %s", exampleOf(key, value))
}

// slipOfQuotes is about a text that begins with a quote of TOML.
func slipOfQuotes(value string, quote rune, escape bool) phrase.Words {
	last, _ := utf8.DecodeLastRuneInString(value)
	inside, behind, closed := cutQuoted(value[1:], quote)
	switch {
	case escape:
		return phrase.Say(`a backslash \ (¥) begins a special character in quotes; write it twice, \\, for one that is printed`)
	case !closed && strings.ContainsRune(quotation, last):
		return phrase.Say(`the quotation mark %c at the end is not the one that is needed; write %c there (半角)`, last, quote)
	case strings.HasPrefix(value, strings.Repeat(string(quote), 3)):
		return phrase.Say("the text that begins with three quotes is not closed; write it on one line, between single %c", quote)
	case !closed:
		return phrase.Say("the closing quote is missing; write %c at the end of the line", quote)
	case strings.ContainsFunc(inside, func(r rune) bool { return r < ' ' }):
		return phrase.Say("a control character stands in the text; delete it")
	case strings.ContainsRune(behind, quote):
		return phrase.Say(`a quote stands within the text; write \%c for it, or Japanese quotes 「」`, quote)
	}
	return phrase.Say("something stands behind the closing quote; delete it, or write it before the quote")
}

// cutQuoted cuts a text at the quote that closes it.
func cutQuoted(s string, quote rune) (inside, behind string, closed bool) {
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '\\' && quote == '"':
			i++
		case rune(s[i]) == quote:
			return s[:i], s[i+1:], true
		}
	}
	return s, "", false
}

// exampleOf is a line with a key and its value as it should be written.
func exampleOf(key, value string) string {
	if value = finding.Clip(value); value == "" || strings.ContainsAny(value, "\"\\#…") {
		switch key {
		case "lang":
			value = "ja"
		case "expires":
			value = "72h"
		default:
			value = "秋のお知らせ"
		}
	}
	if !bareKey.MatchString(key) || strings.Contains(finding.Clip(key), "…") {
		key = "subject"
	}
	return fmt.Sprintf("%s = \"%s\"", key, value)
}

func firstRune(s string) rune {
	r, _ := utf8.DecodeRuneInString(s)
	return r
}
