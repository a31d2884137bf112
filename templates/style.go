package templates

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
)

// sheets are the parts of the stylesheet, as they follow each other: what is later wins.
var sheets = []string{"tokens", "base", "frame", "text", "cards", "form", "archive", "print"}

// stylesheet joins the parts, and names the path of what they make.
func stylesheet() (body []byte, path string, err error) {
	for _, name := range sheets {
		sheet, err := files.ReadFile("style/" + name + ".css")
		if err != nil {
			return nil, "", fmt.Errorf("reading the stylesheet: %w", err)
		}
		body = append(body, sheet...)
	}
	return body, stylePath(body), nil
}

// stylePath names a sheet by its content.
func stylePath(body []byte) string {
	sum := sha256.Sum256(body)
	return "/style-" + hex.EncodeToString(sum[:6]) + ".css"
}

// Stylesheet returns the stylesheet of pages that have no [Tint], and its path.
// The path changes with the content, so it may be cached for ever.
func (s *Set) Stylesheet() (body []byte, path string) {
	return bytes.Clone(s.style), s.stylePath
}

// Tint is an office's own colour, of lines and buttons: as it is, and lit for dark screens,
// each also as it is under the pointer. White can be read on the first two, and
// a dark grey on the others.
type Tint struct{ Key, KeyHover, Lit, LitHover string }

// Tinted is [Set.Stylesheet] in a colour.
func (s *Set) Tinted(t Tint) (body []byte, path string) {
	const set = ":root{--key:%s;--key-hover:%s}"
	body = fmt.Appendf(bytes.Clone(s.style), set+"\n@media screen and (prefers-color-scheme:dark){"+set+"}\n", t.Key, t.KeyHover, t.Lit, t.LitHover)
	return body, stylePath(body)
}
