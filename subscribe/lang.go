package subscribe

// Lang is a language Kairan speaks to readers in: "ja" or "en".
type Lang string

// The two languages. Every text that a reader sees exists in both.
const (
	Japanese Lang = "ja"
	English  Lang = "en"
)

// ParseLang returns the language named by s, or fallback for anything else.
func ParseLang(s string, fallback Lang) Lang {
	switch Lang(s) {
	case Japanese, English:
		return Lang(s)
	}
	return fallback
}

// Text is one text in both languages.
type Text struct{ JA, EN string }

// In returns the text in lang.
func (t Text) In(lang Lang) string {
	if lang == English {
		return t.EN
	}
	return t.JA
}
