package enclosure

import (
	"path"
	"strings"

	"golang.org/x/text/unicode/norm"

	"example.jp/kairan/deliver/phrase"
	"example.jp/kairan/subscribe"
)

// maxName is the greatest length of a name in octets, as file systems have it.
const maxName = 255

// Name is a name as it is compared and sent: in the form in which the letters of か
// and ゛ are one (NFC). Some computers store them apart.
func Name(s string) string { return norm.NFC.String(s) }

// CheckName refuses what is not the name of a file in the folder of the issue. The error
// says what to write instead, and does not repeat the name.
func CheckName(name string) error {
	switch {
	case name == "" || name == "." || name == "..":
		return phrase.Say("a file is named by its name, such as press.pdf")
	case strings.ContainsAny(name, `/\:`):
		return phrase.Say("a path is not read; put the file into the folder of the issue, and write its name alone, such as press.pdf")
	case strings.ContainsFunc(name, subscribe.IsUnprintable) || strings.ContainsAny(name, "\"<>|?*\t\r\n\x00"):
		return phrase.Say(`the name holds a character that not every computer takes ("<>|?* or one that cannot be seen): rename the file`)
	case len(name) > maxName:
		return phrase.Say("the name has %d octets; rename the file so that it has %d or fewer (of Japanese characters %d)", len(name), maxName, maxName/3)
	case strings.HasPrefix(name, ".") || strings.HasPrefix(name, " ") || strings.HasSuffix(name, ".") || strings.HasSuffix(name, " "):
		return phrase.Say("the name begins or ends with a dot or a space: rename the file")
	}
	return nil
}

// extension is the ending of a name, in small letters, without its dot.
func extension(name string) string {
	return strings.ToLower(strings.TrimPrefix(path.Ext(name), "."))
}
