package templates

import (
	"maps"
	"math"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

var (
	tokenSet  = regexp.MustCompile(`(--[a-z0-9-]+):\s*([^;]+);`)
	tokenUsed = regexp.MustCompile(`var\((--[a-z0-9-]+)\)`)
)

// tokens are what the stylesheet says of each of its names, on light and on dark screens.
func tokens(t *testing.T) (light, dark map[string]string) {
	t.Helper()
	style, err := files.ReadFile("style/tokens.css")
	if err != nil {
		t.Fatal(err)
	}
	bright, night, ok := strings.Cut(string(style), "@media screen and (prefers-color-scheme: dark)")
	if !ok {
		t.Fatal("nothing is said of dark screens")
	}
	light = map[string]string{}
	for _, m := range tokenSet.FindAllStringSubmatch(bright, -1) {
		light[m[1]] = m[2]
	}
	dark = maps.Clone(light)
	for _, m := range tokenSet.FindAllStringSubmatch(night, -1) {
		if dark[m[1]] == "" {
			t.Errorf("%s is set for dark screens only", m[1])
		}
		dark[m[1]] = m[2]
	}
	return light, dark
}

// TestTokens: each is used, each that is used is there, and no rule has a colour of its own.
func TestTokens(t *testing.T) {
	t.Parallel()
	light, _ := tokens(t)
	used := map[string]bool{}
	for _, name := range sheets {
		sheet, err := files.ReadFile("style/" + name + ".css")
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range tokenUsed.FindAllStringSubmatch(string(sheet), -1) {
			if used[m[1]] = true; light[m[1]] == "" {
				t.Errorf("%s.css uses %s, which tokens.css does not have", name, m[1])
			}
		}
		if own := regexp.MustCompile(`#[0-9a-f]{3,6}\b|rgb|hsl`).Find(sheet); own != nil && name != "tokens" {
			t.Errorf("%s.css has the colour %s; colours stand in tokens.css", name, own)
		}
	}
	for name := range light {
		if !used[name] {
			t.Errorf("no rule uses %s", name)
		}
	}
}

// TestContrast holds WCAG 1.4.3 and 1.4.11 for the colours that meet, on light screens
// and on dark ones.
func TestContrast(t *testing.T) {
	t.Parallel()
	const text, mark = 4.5, 3
	light, dark := tokens(t)
	for screen, set := range map[string]map[string]string{"light": light, "dark": dark} {
		for _, pair := range []struct {
			fronts, backs string
			least         float64
		}{
			{"ink", "paper paper-soft note wrong-soft right-soft", text},
			{"ink-soft", "paper paper-soft note", text},
			{"link link-hover link-active link-visited", "paper paper-soft note", text},
			{"wrong", "paper wrong-soft", text},
			{"right", "paper right-soft", mark},
			{"key", "paper", text},
			{"on-key", "key key-hover", text},
			{"line line-hover", "paper", mark},
			{"key", "paper-soft note", mark},
			{"color-neutral-black", "color-primitive-yellow-300", text},
		} {
			for front := range strings.FieldsSeq(pair.fronts) {
				for back := range strings.FieldsSeq(pair.backs) {
					if got := contrast(luminance(t, set, front), luminance(t, set, back)); got < pair.least {
						t.Errorf("%s: %s on %s: contrast %.2f, want %.1f", screen, front, back, got, pair.least)
					}
				}
			}
		}
		// Of the two rings around what has the focus, one is seen on any ground.
		for back := range strings.FieldsSeq("paper paper-soft note wrong-soft right-soft key") {
			ground := luminance(t, set, back)
			if got := max(contrast(luminance(t, set, "focus"), ground), contrast(luminance(t, set, "focus-inner"), ground)); got < mark {
				t.Errorf("%s: the focus on %s: contrast %.2f, want %d", screen, back, got, mark)
			}
		}
	}
}

func contrast(a, b float64) float64 { return (math.Max(a, b) + 0.05) / (math.Min(a, b) + 0.05) }

// luminance is that of a token (WCAG 2.2, relative luminance).
func luminance(t *testing.T, set map[string]string, name string) float64 {
	t.Helper()
	value := set["--"+name]
	for m := tokenUsed.FindStringSubmatch(value); m != nil; m = tokenUsed.FindStringSubmatch(value) {
		value = set[m[1]]
	}
	n, err := strconv.ParseUint(strings.TrimPrefix(value, "#"), 16, 24)
	if err != nil || len(value) != len("#000000") {
		t.Fatalf("%s is %q, which is no colour", name, value)
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
