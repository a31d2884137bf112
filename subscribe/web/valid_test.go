package web

import (
	"testing"

	"example.jp/kairan/subscribe/web/webtest"
)

// TestPagesAreValid: each page, in each state and language, is valid HTML.
func TestPagesAreValid(t *testing.T) {
	t.Parallel()
	pages := map[string]string{}
	for _, m := range meet(t, states()) {
		pages[m.name+", "+m.lang] = m.body
	}
	webtest.Valid(t, pages, webtest.Except{
		"void-style":    "off", // either is right
		"require-sri":   []any{"error", map[string]string{"target": "crossorigin"}},
		"long-title":    "off", // it has the list's name and the office's, which are as long as they are
		"form-dup-name": []any{"error", map[string]any{"shared": []string{"checkbox", "radio"}}},
	})
}
