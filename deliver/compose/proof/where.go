package proof

import (
	"strings"

	"example.jp/kairan/deliver/compose/width"
)

// where is the text part for those who look in it for where links lead.
type where struct {
	text   string // without white space, in lower case
	digits string
}

func whereIn(text string) where {
	return where{strings.ToLower(strings.Join(strings.Fields(text), "")), width.Digits(text)}
}

// says reports that the text has the address of a link: as it is sent, or as people read
// it; of a letter without what is filled in for its writer; of a telephone the number,
// perhaps without the country's.
func (w where) says(to string) bool {
	scheme, rest, _ := strings.Cut(to, ":")
	switch strings.ToLower(scheme) {
	case "tel":
		number := strings.TrimPrefix(width.Digits(rest), "81")
		return strings.Contains(w.digits, strings.TrimPrefix(number, "0"))
	case "mailto":
		to, _, _ = strings.Cut(rest, "?")
	}
	plain := target(to)
	return plain == "" || plain[0] == '#' || strings.Contains(w.text, strings.ToLower(to)) ||
		strings.Contains(w.text, plain) || strings.Contains(w.text, readable(plain))
}
