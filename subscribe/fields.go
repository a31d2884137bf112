package subscribe

import (
	"cmp"
	"log/slog"
	"maps"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Kind is the kind of a declared field.
type Kind string

// The kinds of fields.
const (
	KindText       Kind = "text"
	KindChoice     Kind = "choice"     // one of Field.Choices
	KindPrefecture Kind = "prefecture" // one of [Prefectures]
)

// MaxTextLength is the greatest length, in characters, that a text field may declare.
const MaxTextLength = 200

// Field declares one thing that a list may hold beside the address.
type Field struct {
	ID       string // also the name of its form control
	Kind     Kind
	Label    Text
	Purpose  Text
	Required bool
	Length   int      // text only: the most characters, 1 to [MaxTextLength]
	Choices  []Choice // choice only
}

// Choice is one possible value of a choice field.
type Choice struct {
	ID    string // what is stored
	Label Text
}

// Options are the values a choice or prefecture field may take; nil for text.
func (f Field) Options() []Choice {
	if f.Kind == KindPrefecture {
		return Prefectures()
	}
	return f.Choices
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

// Fields are the declared fields of one subscriber, by id, as they may be
// stored. [List.Check] and [List.Merge] make them; nothing else should.
type Fields map[string]string

// String never shows the values (RULES I-06).
func (Fields) String() string { return "[fields]" }

// MarshalJSON never shows the values.
func (Fields) MarshalJSON() ([]byte, error) { return []byte(`"[fields]"`), nil }

// GoString never shows the values.
func (Fields) GoString() string { return "[fields]" }

// LogValue never shows the values, in a log of JSON either.
func (Fields) LogValue() slog.Value { return slog.StringValue("[fields]") }

// Fault is what is wrong with one field. It names the field and a reason,
// never the value.
type Fault struct {
	Field  string
	Reason Reason
}

// Reason is a catalogue key that says why a value is refused.
type Reason string

// Why a field is refused.
const (
	ReasonRequired   Reason = "required"   // nothing was entered
	ReasonLong       Reason = "long"       // more characters than declared
	ReasonURL        Reason = "url"        // looks like a link, the way spam does
	ReasonControl    Reason = "control"    // line breaks or control characters
	ReasonChoice     Reason = "choice"     // not one of the declared choices
	ReasonUndeclared Reason = "undeclared" // the list does not hold such a field
	ReasonBoth       Reason = "both"       // a new value, and its box "erase"
)

// Faults is every fault of a form, in the order of the declaration. As an
// error it names fields and reasons, never values.
type Faults []Fault

func (fs Faults) Error() string {
	parts := make([]string, len(fs))
	for i, f := range fs {
		parts[i] = f.Field + ": " + string(f.Reason)
	}
	return "subscribe: fields refused: " + strings.Join(parts, ", ")
}

// urlish finds links, and leaves names such as "Example.com Japan" alone.
var urlish = regexp.MustCompile(`(?i)://|\bwww\.|\.[a-z]{2,}/`)

// Check turns what a form sent into storable fields, or says everything that
// is wrong with it. A text field refuses URLs and control characters, is
// trimmed and otherwise kept as typed: no normalisation, so 神 stays 神. A
// key that the list does not declare is a fault (RULES Z-01).
func (l *List) Check(raw map[string]string) (Fields, error) {
	out, faults := Fields{}, Faults{}
	for _, f := range l.Fields {
		v := strings.TrimFunc(raw[f.ID], unicode.IsSpace)
		if v == "" {
			if f.Required {
				faults = append(faults, Fault{f.ID, ReasonRequired})
			}
			continue
		}
		if r := f.refuse(v); r != "" {
			faults = append(faults, Fault{f.ID, r})
			continue
		}
		out[f.ID] = v
	}
	faults = append(faults, l.undeclared(raw)...)
	if len(faults) > 0 {
		return nil, faults
	}
	return out, nil
}

// Merge applies a correction to stored fields: a blank leaves a field as it
// is, an id in erase removes an optional one, anything else overwrites. Both at
// once contradict each other and are refused.
func (l *List) Merge(stored Fields, raw map[string]string, erase []string) (Fields, error) {
	out, faults := Fields{}, Faults{}
	for _, f := range l.Fields {
		v := strings.TrimFunc(raw[f.ID], unicode.IsSpace)
		switch {
		case v != "" && slices.Contains(erase, f.ID):
			faults = append(faults, Fault{f.ID, ReasonBoth})
		case v != "":
			if r := f.refuse(v); r != "" {
				faults = append(faults, Fault{f.ID, r})
			} else {
				out[f.ID] = v
			}
		case slices.Contains(erase, f.ID):
			if f.Required {
				faults = append(faults, Fault{f.ID, ReasonRequired})
			}
		case stored[f.ID] != "":
			out[f.ID] = stored[f.ID]
		}
	}
	faults = append(faults, l.undeclared(raw)...)
	for _, id := range erase {
		if _, ok := l.Field(id); !ok {
			faults = append(faults, Fault{id, ReasonUndeclared})
		}
	}
	if len(faults) > 0 {
		return nil, faults
	}
	return out, nil
}

// Prune keeps what the list still declares of fields that were stored under an
// older declaration.
func (l *List) Prune(stored Fields) Fields {
	out := Fields{}
	for _, f := range l.Fields {
		if v := stored[f.ID]; v != "" && f.refuse(v) == "" {
			out[f.ID] = v
		}
	}
	return out
}

func (l *List) undeclared(raw map[string]string) (faults Faults) {
	for _, id := range slices.SortedFunc(maps.Keys(raw), cmp.Compare[string]) {
		if _, ok := l.Field(id); !ok {
			faults = append(faults, Fault{id, ReasonUndeclared})
		}
	}
	return faults
}

// refuse says why the field cannot hold v, or "".
func (f Field) refuse(v string) Reason {
	if f.Kind != KindText {
		if slices.ContainsFunc(f.Options(), func(c Choice) bool { return c.ID == v }) {
			return ""
		}
		return ReasonChoice
	}
	switch {
	case !utf8.ValidString(v), strings.ContainsFunc(v, control):
		return ReasonControl
	case utf8.RuneCountInString(v) > f.Length:
		return ReasonLong
	case urlish.MatchString(asLink(v)):
		return ReasonURL
	}
	return ""
}

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

// Prefectures returns the 47 prefectures in the order and with the codes of
// JIS X 0401, then "abroad" (RULES H-23).
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
