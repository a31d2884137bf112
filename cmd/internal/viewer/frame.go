package viewer

import (
	"regexp"
	"strings"
)

var (
	asksDark  = regexp.MustCompile(`\(\s*prefers-color-scheme\s*:\s*dark\s*\)`)
	asksLight = regexp.MustCompile(`\(\s*prefers-color-scheme\s*:\s*light\s*\)`)
	schemes   = regexp.MustCompile(`(<meta name="color-scheme" content=")[^"]*"`)
	headTag   = regexp.MustCompile(`(?i)<head(\s[^>]*)?>`)
)

// framed is the mail as a program shows it whose colours are light or dark, whatever
// those of the browser are. Its links open outside of the frame.
func framed(mail string, dark bool) string {
	const always, never = "(min-width: 0)", "(max-width: 0)"
	scheme, inDark, inLight := "light", never, always
	if dark {
		scheme, inDark, inLight = "dark", always, never
	}
	mail = asksDark.ReplaceAllLiteralString(mail, inDark)
	mail = asksLight.ReplaceAllLiteralString(mail, inLight)
	mail = schemes.ReplaceAllString(mail, "${1}"+scheme+`"`)
	const base = `<base target="_blank">`
	if at := headTag.FindStringIndex(mail); at != nil {
		return mail[:at[1]] + base + mail[at[1]:]
	}
	return base + mail
}

// mailPolicy is the policy of a frame: no scripts and no forms; pictures that are in the
// mail, or lie on the office's own hosts.
func mailPolicy(hosts []string) string {
	return strings.Join(append([]string{"default-src 'none'; style-src 'unsafe-inline'; img-src data:"}, hosts...), " ") +
		"; base-uri 'none'; form-action 'none'; frame-ancestors 'self'; sandbox " + mailSandbox
}

// mailSandbox lets the page measure how long the mail is, and its links open outside.
const mailSandbox = "allow-same-origin allow-popups allow-popups-to-escape-sandbox"
