package templates

import (
	"bytes"
	"io/fs"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestEverySheetIsJoined: a part that nobody joins would style nothing.
func TestEverySheetIsJoined(t *testing.T) {
	t.Parallel()
	names, err := fs.Glob(files, "style/*.css")
	if err != nil || len(names) != len(sheets) {
		t.Fatalf("%d parts of the stylesheet, %d of them joined: %v", len(names), len(sheets), err)
	}
	for _, name := range names {
		if !slices.Contains(sheets, strings.TrimSuffix(strings.TrimPrefix(name, "style/"), ".css")) {
			t.Errorf("%s is not joined", name)
		}
	}
}

func TestStylesheetIsLinkedByItsHash(t *testing.T) {
	t.Parallel()
	style, path := newSet(t).Stylesheet()
	if !regexp.MustCompile(`^/style-[0-9a-f]{12}\.css$`).MatchString(path) || len(style) == 0 {
		t.Errorf("stylesheet of %d bytes at %q", len(style), path)
	}
	if regexp.MustCompile(`url\(|@import|@font-face`).Match(style) {
		t.Error("the stylesheet fetches something")
	}
	forEachSample(t, func(t *testing.T, _ string, p sample, body []byte) {
		if !bytes.Contains(body, []byte(`<link rel="stylesheet" href="`+path+`">`)) && p.name != "signup-logo" {
			t.Error("the page does not link to the stylesheet")
		}
	})
}

// TestStylesheetAndPagesAgree finds rules without a page and pages without a rule.
func TestStylesheetAndPagesAgree(t *testing.T) {
	t.Parallel()
	s := newSet(t)
	styled, used := map[string]bool{}, map[string]bool{}
	style, _ := s.Stylesheet()
	rules := regexp.MustCompile(`(?s)\{[^{}]*\}|/\*.*?\*/`).ReplaceAll(style, nil)
	for _, m := range regexp.MustCompile(`\.([a-z][a-z-]*)`).FindAllSubmatch(rules, -1) {
		styled[string(m[1])] = true
	}
	for _, p := range samples(Japanese) {
		body, err := s.Page(p.page, Japanese, p.data)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(`class="([^"]*)"`).FindAllSubmatch(body, -1) {
			for class := range strings.FieldsSeq(string(m[1])) {
				used[class] = true
			}
		}
	}
	for class := range styled {
		if !used[class] {
			t.Errorf("no page uses the class %s", class)
		}
	}
	for class := range used {
		if !styled[class] {
			t.Errorf("the stylesheet does not know the class %s", class)
		}
	}
}
