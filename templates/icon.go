package templates

import (
	"fmt"
	"html"
	"unicode"
)

// Icon is what stands for an office in a browser's tab: the first letter of its name, white
// on its colour. It is an SVG without a style of its own, which the pages' policy forbids.
func Icon(name, colour string) []byte {
	letter := ""
	for _, r := range name {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			letter = string(unicode.ToUpper(r))
			break
		}
	}
	return fmt.Appendf(nil, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="6" fill="%s"/>`+
		`<text x="16" y="16" dy=".35em" text-anchor="middle" font-family="sans-serif" font-size="22" font-weight="700" fill="#ffffff">%s</text></svg>`+"\n",
		html.EscapeString(colour), html.EscapeString(letter))
}
