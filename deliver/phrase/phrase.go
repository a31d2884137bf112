package phrase

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// Words are a sentence in both languages. As an error they say it in English.
type Words struct{ EN, JA string }

// Key is a sentence of the catalogue that stands in another one. What is no Key is what
// people wrote, and is in no language of ours.
type Key string

// Say is a sentence of the catalogue, with what stands in it: format is its English, as for
// [fmt.Sprintf]. Among args may be Words, errors that have them, and Keys. What the
// catalogue has not is in English in both.
func Say(format string, args ...any) Words {
	ja, other := Format("ja", format, args)
	return Words{visible(fmt.Sprintf(format, args...)), visible(fmt.Sprintf(ja, other...))}
}

// Format is a sentence as it is written in a language, and what stands in it, as of [Say]:
// for who puts them together, and has line breaks in it. What English quotes steers no
// terminal in Japanese either.
func Format(lang, format string, args []any) (string, []any) {
	ja, is := japanese[format]
	if lang != "ja" || !is {
		return format, args
	}
	other := slices.Clone(args)
	for n, verb := range verbsOf(format) {
		if n < len(other) && verb == "q" {
			other[n] = visible(fmt.Sprint(other[n]))
		}
	}
	for n, arg := range args {
		switch x := arg.(type) {
		case error:
			other[n] = Of(x).In("ja")
		case Key:
			if ja, is := japanese[string(x)]; is {
				other[n] = ja
			}
		}
	}
	return ja, other
}

var verbForm = regexp.MustCompile(`%(?:%|[0-9]*(?:\[(\d+)\])?([a-zA-Z]))`)

// verbsOf are the verbs of a format, by the index of what they print.
func verbsOf(format string) map[int]string {
	all, next := map[int]string{}, 0
	for _, m := range verbForm.FindAllStringSubmatch(format, -1) {
		if m[0] == "%%" {
			continue
		}
		if m[1] != "" {
			next, _ = strconv.Atoi(m[1])
			next--
		}
		all[next] = m[2]
		next++
	}
	return all
}

// Error is the sentence in English.
func (w Words) Error() string { return w.EN }

// Words is the sentence itself, as of every error that has some.
func (w Words) Words() Words { return w }

// In is the sentence in a language, "ja" or another.
func (w Words) In(lang string) string {
	if lang == "ja" && w.JA != "" {
		return w.JA
	}
	return w.EN
}

// Number is a number of something as it is said in English: "3 readers", "1 hour".
func Number(en string) Words {
	n, what, _ := strings.Cut(en, " ")
	if unit, is := units[strings.TrimSuffix(what, "s")]; is {
		return Words{en, n + unit}
	}
	return Words{en, en}
}

var units = map[string]string{
	"reader": "人", "message": "通", "tester": "件", "copie": "通", "copy": "通",
	"octet": "バイト", "second": "秒", "minute": "分", "hour": "時間", "day": "日", "entry": "件", "entrie": "件", "entry is new": "件", "entries are new": "件",
}

// Of is what an error says, in Japanese if all of it is known.
func Of(err error) Words {
	said, is := errors.AsType[interface {
		error
		Words() Words
	}](err)
	if is && said.Words().EN == err.Error() {
		return said.Words()
	}
	return Words{EN: err.Error()}
}

// visible writes out what would steer a terminal, or turn or break a line on it: it may
// come from the text that is looked at.
func visible(s string) string {
	if !strings.ContainsFunc(s, steers) {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		if steers(r) {
			fmt.Fprintf(&b, "U+%04X", r)
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}

func steers(r rune) bool {
	return unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || r == '\u2028' || r == '\u2029'
}
