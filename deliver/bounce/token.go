package bounce

import (
	"cmp"
	"strings"

	"example.jp/kairan/subscribe"
)

// Token is the text behind the delimiter in an address to which a mail came: the letters and
// digits of base32 at the end of its local part, if they are as many as in a return path or
// in a leaving by mail. "": it has none. The delimiter is not asked for, so what is out is
// read after the configuration has another.
func Token(address string) string {
	address = strings.Trim(strings.TrimSpace(address), "<>")
	if at := strings.LastIndexByte(address, '@'); at >= 0 {
		address = address[:at]
	}
	local := strings.Trim(address, `"`)
	begins := strings.LastIndexFunc(local, func(r rune) bool { return !inToken(r) }) + 1
	token := local[begins:]
	if begins == 0 || len(token) != subscribe.ReturnLength && len(token) != subscribe.LeaveByMailLength {
		return ""
	}
	return token
}

// Token is that of the address that a mail came to, or of the first address by which a
// complaint says which copy it is about; "": there is none. to is what the relay says that it
// came to, if it says so beside the mail.
func (m Mail) Token(to string) string {
	token := Token(cmp.Or(to, m.To))
	for _, address := range m.Of {
		token = cmp.Or(token, Token(address))
	}
	return token
}

// inToken says whether a character may be one of a token, in whatever case a relay writes it.
func inToken(r rune) bool {
	return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '2' <= r && r <= '7'
}
