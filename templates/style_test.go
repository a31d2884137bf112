package templates

import (
	"bytes"
	"fmt"
	"io/fs"
	"math"
	"regexp"
	"slices"
	"strconv"
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
	forEachSample(t, func(t *testing.T, _ string, _ sample, body []byte) {
		if !bytes.Contains(body, []byte(`<link rel="stylesheet" href="`+path+`">`)) {
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

// TestContrast holds WCAG 1.4.3 and 1.4.11 for the colours that meet.
func TestContrast(t *testing.T) {
	t.Parallel()
	style, _ := newSet(t).Stylesheet()
	colour := map[string]float64{}
	for _, m := range regexp.MustCompile(`--([a-z-]+): #([0-9a-f]{3,6});`).FindAllStringSubmatch(string(style), -1) {
		colour[m[1]] = luminance(t, m[2])
	}
	for _, pair := range []struct {
		front, back string
		least       float64
	}{
		{"ink", "paper", 4.5}, {"ink", "paper-soft", 4.5}, {"ink", "blue-soft", 4.5}, {"ink", "red-soft", 4.5},
		{"ink-soft", "paper", 4.5}, {"ink-soft", "paper-soft", 4.5},
		{"blue", "paper", 4.5}, {"blue", "paper-soft", 4.5}, {"blue", "blue-soft", 4.5}, {"blue-dark", "paper", 4.5},
		{"visited", "paper", 4.5}, {"visited", "paper-soft", 4.5}, {"visited", "blue-soft", 4.5},
		{"red", "paper", 4.5}, {"red", "red-soft", 4.5}, {"line", "paper", 3}, {"green", "paper", 3},
	} {
		a, okA := colour[pair.front]
		b, okB := colour[pair.back]
		got := (math.Max(a, b) + 0.05) / (math.Min(a, b) + 0.05)
		if !okA || !okB || got < pair.least {
			t.Errorf("%s on %s: contrast %.2f, want %.1f", pair.front, pair.back, got, pair.least)
		}
	}
}

func luminance(t *testing.T, hex string) float64 {
	t.Helper()
	if len(hex) == 3 {
		hex = fmt.Sprintf("%[1]c%[1]c%[2]c%[2]c%[3]c%[3]c", hex[0], hex[1], hex[2])
	}
	n, err := strconv.ParseUint(hex, 16, 32)
	if err != nil {
		t.Fatal(err)
	}
	sum := 0.0
	for i, weight := range []float64{0.0722, 0.7152, 0.2126} {
		c := float64(n>>(8*i)&0xff) / 255
		if c <= 0.04045 {
			c /= 12.92
		} else {
			c = math.Pow((c+0.055)/1.055, 2.4)
		}
		sum += weight * c
	}
	return sum
}
