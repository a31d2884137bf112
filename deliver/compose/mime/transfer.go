package mime

import (
	"strings"

	"github.com/wneessen/go-mail"
)

// The transfer encodings of a part (RFC 2045 §6).
const (
	Base64          = string(mail.EncodingB64)
	QuotedPrintable = string(mail.EncodingQP)
)

// Transfer chooses the transfer encoding that is shorter: base64 for text that
// is mostly Japanese, quoted-printable for what is mostly ASCII. Both are 7 bit
// clean.
func Transfer(content string) string {
	escaped := 0
	for i := range len(content) {
		if content[i] >= 0x80 || content[i] == '=' {
			escaped++
		}
	}
	if len(content)+2*escaped > len(content)*4/3 {
		return Base64
	}
	return QuotedPrintable
}

// CRLF gives a text the line ends of the canonical form (RFC 2046 §4.1.1).
func CRLF(s string) string {
	return strings.ReplaceAll(strings.ReplaceAll(s, "\r\n", "\n"), "\n", "\r\n")
}
