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
			return nil, "", fmt.Errorf("templates: read the stylesheet: %w", err)
		}
		body = append(body, sheet...)
	}
	sum := sha256.Sum256(body)
	return body, "/style-" + hex.EncodeToString(sum[:6]) + ".css", nil
}

// Stylesheet returns the one stylesheet and the path that every page links to.
// The path changes with the content, so it may be cached for ever.
func (s *Set) Stylesheet() (body []byte, path string) {
	return bytes.Clone(s.style), s.stylePath
}
