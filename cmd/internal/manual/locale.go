package manual

import (
	"cmp"
	"strings"
)

// The languages there are.
const (
	English  = "en"
	Japanese = "ja"
)

// Languages are all of them.
func Languages() []string { return []string{English, Japanese} }

// Locale is the language of whoever has this environment, by the first of LC_ALL,
// LC_MESSAGES and LANG that is not empty (POSIX.1-2017, XBD 8.2): Japanese, or English.
func Locale(getenv func(string) string) string {
	name := cmp.Or(getenv("LC_ALL"), getenv("LC_MESSAGES"), getenv("LANG"))
	if language, _, _ := strings.Cut(name, "."); language == "ja" || strings.HasPrefix(language, "ja_") {
		return Japanese
	}
	return English
}
