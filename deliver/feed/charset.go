package feed

import (
	"bytes"
	"errors"
	"fmt"
	"mime"
	"regexp"
	"slices"
	"unicode/utf8"

	"golang.org/x/net/html/charset"
	"golang.org/x/text/encoding/unicode"
)

// declared is the encoding in an XML declaration (XML 1.0 §4.3.3). The whole of it is taken
// out, since what follows is in UTF-8 then.
var declared = regexp.MustCompile(`^\s*<\?xml\s[^>]*?\?>`)

var encodingOf = regexp.MustCompile(`encoding\s*=\s*["']([A-Za-z0-9._:-]{1,40})["']`)

// decode makes UTF-8 of a feed. Its byte order mark says how it is written, or its server, or
// its XML declaration (RFC 7303 §3); where servers are wrong, as many are about Shift_JIS,
// what its octets can be read by counts. What is UTF-8 beyond ASCII is that, whatever anybody
// says: servers that call all texts ISO-8859-1 are common, and as such any octets can be read.
func decode(body []byte, contentType string) ([]byte, error) {
	var names []string
	_, params, _ := mime.ParseMediaType(contentType)
	for _, bom := range []struct{ mark, name string }{{"\xef\xbb\xbf", "utf-8"}, {"\xfe\xff", "utf-16be"}, {"\xff\xfe", "utf-16le"}} {
		if bytes.HasPrefix(body, []byte(bom.mark)) {
			names = append(names, bom.name)
		}
	}
	if hasUTF8(body) { // by chance no other text is
		names = append(names, "utf-8")
	}
	head := declared.Find(body[:min(len(body), 1024)])
	if params["charset"] != "" {
		names = append(names, params["charset"])
	}
	if m := encodingOf.FindSubmatch(head); m != nil {
		names = append(names, string(m[1]))
	}
	names = append(names, "utf-8")
	for _, name := range names {
		if text, ok := decodeAs(body, name); ok {
			return declared.ReplaceAll(bytes.TrimPrefix(text, []byte("\ufeff")), nil), nil
		}
	}
	return nil, fmt.Errorf("its characters cannot be read: it is not in %s, which it is said to be in; ask the site to mend it", slices.Compact(names)[0])
}

// hasUTF8 says whether a text is UTF-8, and not ASCII alone.
func hasUTF8(body []byte) bool {
	return utf8.Valid(body) && bytes.IndexByte(body, 0) < 0 && bytes.ContainsFunc(body, func(r rune) bool { return r >= utf8.RuneSelf })
}

// decodeAs is a text in UTF-8; false if it is not in that encoding, or has characters that
// are none of it.
func decodeAs(body []byte, name string) ([]byte, bool) {
	e, canonical := charset.Lookup(name)
	if e == nil {
		return nil, false
	}
	if canonical == "utf-8" {
		return body, utf8.Valid(body)
	}
	text, err := e.NewDecoder().Bytes(body)
	if err != nil || errors.Is(err, unicode.ErrMissingBOM) || bytes.ContainsRune(text, utf8.RuneError) || bytes.IndexByte(text, 0) >= 0 {
		return nil, false
	}
	return text, true
}
