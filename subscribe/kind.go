package subscribe

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Kind is the kind of a declared field, by the name that the configuration has for
// it. Declarations are stored with it, and a reader's consent covers it.
type Kind string

// The kinds of fields.
const (
	KindText       Kind = "text"
	KindChoice     Kind = "choice"     // one of Field.Choices
	KindPrefecture Kind = "prefecture" // one of [Prefectures]
)

// MaxTextLength is the greatest length, in characters, that a field may declare.
const MaxTextLength = 200

// kindRow is all that differs between the kinds. A field is either chosen from
// options or typed into an input, and then read.
type kindRow struct {
	kind    Kind
	options func(Field) []Choice
	input   Input
	// read returns the canonical form of what was typed, which is stored, or why
	// it is refused. What is canonical it returns as it is.
	read         func(f Field, typed string) (canonical string, refused Reason)
	autocomplete string // the HTML token for what is asked; "": the field's id says it, or none
	length       bool   // the configuration may give a length
	choices      bool   // the configuration must give choices
}

// Input is the HTML input element that a field is typed into.
type Input struct {
	Type string // "text", "tel" and so on; "": none, it is chosen from [Field.Options]
	Mode string // its inputmode, for the keyboard of a telephone; may be ""
}

var kindRows = []kindRow{
	{kind: KindText, input: Input{Type: "text"}, read: readText, length: true},
	{kind: KindChoice, options: func(f Field) []Choice { return f.Choices }, choices: true},
	{kind: KindPrefecture, options: func(Field) []Choice { return Prefectures() }, autocomplete: "address-level1"},
}

// row is that of the kind; one that there is not takes no value.
func (k Kind) row() kindRow {
	if i := slices.IndexFunc(kindRows, func(r kindRow) bool { return r.kind == k }); i >= 0 {
		return kindRows[i]
	}
	return kindRow{}
}

// Kinds returns every kind.
func Kinds() (all []Kind) {
	for _, r := range kindRows {
		all = append(all, r.kind)
	}
	return all
}

// HasLength says that a field of the kind may declare its greatest length.
func (k Kind) HasLength() bool { return k.row().length }

// HasChoices says that a field of the kind declares its choices.
func (k Kind) HasChoices() bool { return k.row().choices }

// Options are the values that the field may take; nil if it is typed.
func (f Field) Options() []Choice {
	if options := f.Kind.row().options; options != nil {
		return options(f)
	}
	return nil
}

// Input is how a page lets a value be typed.
func (f Field) Input() Input { return f.Kind.row().input }

// Autocomplete is the HTML token for what the field asks (WCAG 1.3.5); may be "".
func (f Field) Autocomplete() string {
	token := f.Kind.row().autocomplete
	switch {
	case token != "":
		return token
	case f.ID == "name":
		return "name"
	case f.ID == "organisation", f.ID == "organization":
		return "organization"
	}
	return ""
}

// read returns what is stored for a value, or why it is refused.
func (f Field) read(typed string) (canonical string, refused Reason) {
	if read := f.Kind.row().read; read != nil {
		return read(f, typed)
	}
	if slices.ContainsFunc(f.Options(), func(c Choice) bool { return c.ID == typed }) {
		return typed, ""
	}
	return "", ReasonChoice
}

// readText keeps a text as typed: no normalisation, so 神 stays 神. It refuses
// control characters and what looks like a link.
func readText(f Field, typed string) (string, Reason) {
	switch {
	case !utf8.ValidString(typed), strings.ContainsFunc(typed, control):
		return "", ReasonControl
	case utf8.RuneCountInString(typed) > f.Length:
		return "", ReasonLong
	case urlish.MatchString(asLink(typed)):
		return "", ReasonURL
	}
	return typed, ""
}

// urlish finds links, and leaves names such as "Example.com Japan" alone.
var urlish = regexp.MustCompile(`(?i)://|\bwww\.|\.[a-z]{2,}/`)

// asLink is a text as a program may read it that looks for links: full-width ASCII,
// as an IME types it, is ASCII (ｈｔｔｐｓ：／／ is a link too), and what cannot be seen is
// not there. Only to judge a text by; what is kept is as it was typed.
func asLink(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= '！' && r <= '～':
			return r - '！' + '!'
		case unseen(r), r == '\u200c', r == '\u200d':
			return -1
		}
		return r
	}, s)
}

// control reports what must not stand in a stored text: controls, line
// separators, and the invisible directional overrides that disguise text.
func control(r rune) bool {
	return unicode.IsControl(r) || r == '\u2028' || r == '\u2029' ||
		(r >= '\u202a' && r <= '\u202e') || (r >= '\u2066' && r <= '\u2069')
}
