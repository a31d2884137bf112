package subscribe

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Field declares one thing that a list may hold beside the address.
type Field struct {
	ID       string // also the name of its form control
	Kind     Kind
	Label    Text
	Purpose  Text
	Required bool
	Length   int      // where its kind has one: the most characters, 1 to [MaxTextLength]
	Choices  []Choice // where its kind has them
}

// Choice is one possible value of a choice field.
type Choice struct {
	ID    string // what is stored
	Label Text
}

// Show renders a stored value for its own reader's copy of an issue: the label
// of a choice, the text itself otherwise.
func (f Field) Show(value string, lang Lang) string {
	for _, c := range f.Options() {
		if c.ID == value {
			return c.Label.In(lang)
		}
	}
	return value
}

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
	counted      bool   // how often each option was chosen may stand in statistics
}

// Input is the HTML input element that a field is typed into.
type Input struct {
	Type string // "text", "tel" and so on; "": none, it is chosen from [Field.Options]
	Mode string // its inputmode, for the keyboard of a telephone; may be ""
}

var kindRows = []kindRow{
	{kind: KindText, input: Input{Type: "text"}, read: readText, length: true},
	{kind: KindChoice, options: func(f Field) []Choice { return f.Choices }, choices: true, counted: true},
	{kind: KindPrefecture, options: func(Field) []Choice { return Prefectures() }, autocomplete: "address-level1", counted: true},
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

// Countable says whether the field has a place in statistics: whoever chooses from a few
// options can be counted, and what is typed is nobody's business.
func (f Field) Countable() bool { return f.Kind.row().counted }

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
	case !utf8.ValidString(typed), strings.ContainsFunc(typed, IsUnprintable):
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
		case isInvisible(r), r == '\u200c', r == '\u200d':
			return -1
		}
		return r
	}, s)
}

// IsUnprintable reports what must stand neither in a stored text nor in a header or
// on a page: controls, line separators, and the invisible directional overrides that
// disguise text.
func IsUnprintable(r rune) bool {
	return unicode.IsControl(r) || r == '\u2028' || r == '\u2029' ||
		(r >= '\u202a' && r <= '\u202e') || (r >= '\u2066' && r <= '\u2069')
}

// Prefectures returns the 47 prefectures in the order and with the codes of
// JIS X 0401, then "abroad".
func Prefectures() []Choice { return slices.Clone(prefectures) }

var prefectures = []Choice{
	{"01", Text{"北海道", "Hokkaido"}}, {"02", Text{"青森県", "Aomori"}}, {"03", Text{"岩手県", "Iwate"}},
	{"04", Text{"宮城県", "Miyagi"}}, {"05", Text{"秋田県", "Akita"}}, {"06", Text{"山形県", "Yamagata"}},
	{"07", Text{"福島県", "Fukushima"}}, {"08", Text{"茨城県", "Ibaraki"}}, {"09", Text{"栃木県", "Tochigi"}},
	{"10", Text{"群馬県", "Gunma"}}, {"11", Text{"埼玉県", "Saitama"}}, {"12", Text{"千葉県", "Chiba"}},
	{"13", Text{"東京都", "Tokyo"}}, {"14", Text{"神奈川県", "Kanagawa"}}, {"15", Text{"新潟県", "Niigata"}},
	{"16", Text{"富山県", "Toyama"}}, {"17", Text{"石川県", "Ishikawa"}}, {"18", Text{"福井県", "Fukui"}},
	{"19", Text{"山梨県", "Yamanashi"}}, {"20", Text{"長野県", "Nagano"}}, {"21", Text{"岐阜県", "Gifu"}},
	{"22", Text{"静岡県", "Shizuoka"}}, {"23", Text{"愛知県", "Aichi"}}, {"24", Text{"三重県", "Mie"}},
	{"25", Text{"滋賀県", "Shiga"}}, {"26", Text{"京都府", "Kyoto"}}, {"27", Text{"大阪府", "Osaka"}},
	{"28", Text{"兵庫県", "Hyogo"}}, {"29", Text{"奈良県", "Nara"}}, {"30", Text{"和歌山県", "Wakayama"}},
	{"31", Text{"鳥取県", "Tottori"}}, {"32", Text{"島根県", "Shimane"}}, {"33", Text{"岡山県", "Okayama"}},
	{"34", Text{"広島県", "Hiroshima"}}, {"35", Text{"山口県", "Yamaguchi"}}, {"36", Text{"徳島県", "Tokushima"}},
	{"37", Text{"香川県", "Kagawa"}}, {"38", Text{"愛媛県", "Ehime"}}, {"39", Text{"高知県", "Kochi"}},
	{"40", Text{"福岡県", "Fukuoka"}}, {"41", Text{"佐賀県", "Saga"}}, {"42", Text{"長崎県", "Nagasaki"}},
	{"43", Text{"熊本県", "Kumamoto"}}, {"44", Text{"大分県", "Oita"}}, {"45", Text{"宮崎県", "Miyazaki"}},
	{"46", Text{"鹿児島県", "Kagoshima"}}, {"47", Text{"沖縄県", "Okinawa"}}, {"abroad", Text{"海外", "Outside Japan"}},
}
