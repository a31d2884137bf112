package templates

import (
	"bytes"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// The success criteria of WCAG 2.0 at A and AA, which JIS X 8341-3:2016 took over, and
// those that 2.1 and 2.2 added.
const (
	jis = `1.1.1 1.2.1 1.2.2 1.2.3 1.2.4 1.2.5 1.3.1 1.3.2 1.3.3 1.4.1 1.4.2 1.4.3 1.4.4 1.4.5 2.1.1 2.1.2 2.2.1 2.2.2 2.3.1
2.4.1 2.4.2 2.4.3 2.4.4 2.4.5 2.4.6 2.4.7 3.1.1 3.1.2 3.2.1 3.2.2 3.2.3 3.2.4 3.3.1 3.3.2 3.3.3 3.3.4 4.1.1 4.1.2`
	added   = `1.3.4 1.3.5 1.4.10 1.4.11 1.4.12 1.4.13 2.1.4 2.4.11 2.5.1 2.5.2 2.5.3 2.5.4 2.5.7 2.5.8 3.2.6 3.3.7 3.3.8 4.1.3`
	doubleA = `1.2.4 1.2.5 1.3.4 1.3.5 1.4.3 1.4.4 1.4.5 1.4.10 1.4.11 1.4.12 1.4.13 2.4.5 2.4.6 2.4.7 2.4.11 2.5.7 2.5.8 3.1.2 3.2.3 3.2.4 3.3.3 3.3.4 3.3.8 4.1.3`
)

// TestCriteriaAreAll: each criterion has its level, and either nothing that it is about or
// something that people judge; each check is named by one, and done.
func TestCriteriaAreAll(t *testing.T) {
	t.Parallel()
	criteria, checks, err := readCriteria()
	if err != nil {
		t.Fatal(err)
	}
	script, err := os.ReadFile("../subscribe/web/webtest/looks.js")
	if err != nil {
		t.Fatal(err)
	}
	both := func(text inBoth) bool { return len(text) == 2 && text[Japanese] != "" && text[English] != "" }
	unused := map[string]bool{}
	for _, c := range checks {
		unused[c.ID] = true
		if !both(c.Name) || !both(c.Says) || c.Test == "" || c.Look != "" && !bytes.Contains(script, []byte("const "+c.Look+" = ")) {
			t.Errorf("check %s: a text is missing, or nobody does it", c.ID)
		}
	}
	known := []string{}
	for id := range unused {
		known = append(known, id)
	}
	var old, since []string
	for _, c := range criteria {
		if c.Since == "" {
			old = append(old, c.Number)
		} else {
			since = append(since, c.Number)
		}
		if want := map[bool]string{true: "AA", false: "A"}[slices.Contains(strings.Fields(doubleA), c.Number)]; c.Level != want {
			t.Errorf("%s: level %s, want %s", c.Number, c.Level, want)
		}
		if !both(c.Name) || both(c.None) == both(c.People) || len(c.None) > 0 && len(c.Checks) > 0 {
			t.Errorf("%s: either there is nothing that it is about, or people judge it", c.Number)
		}
		for _, id := range c.Checks {
			if !slices.Contains(known, id) {
				t.Errorf("%s: there is no check %q", c.Number, id)
			}
			delete(unused, id)
		}
	}
	if !slices.Equal(old, strings.Fields(jis)) || !slices.Equal(since, strings.Fields(added)) {
		t.Errorf("the criteria are %v and %v", old, since)
	}
	for id := range unused {
		t.Errorf("check %s is named by no criterion", id)
	}
}

// TestNothingIsClaimed: the page that is printed says of no criterion that it is met.
func TestNothingIsClaimed(t *testing.T) {
	t.Parallel()
	criteria, _, err := readCriteria()
	if err != nil {
		t.Fatal(err)
	}
	open := 0
	for _, c := range criteria {
		if len(c.None) == 0 {
			open++
		}
	}
	for lang, words := range map[string][2]string{Japanese: {"未確認", "適合"}, English: {"not judged", "met"}} {
		page, err := newSet(t).Accessibility(lang, AccessibilityData{Office: "O", Contact: "c@example.jp", Base: "https://o.example"})
		if err != nil {
			t.Fatal(err)
		}
		cells := regexp.MustCompile(`<td( class="open")?>([^<]*)</td>`).FindAllSubmatch(page, -1)
		is := 0
		for _, c := range cells {
			switch string(c[2]) {
			case words[0]:
				is++
			case words[1]:
				t.Errorf("%s: something is said to be met", lang)
			}
		}
		if is != open {
			t.Errorf("%s: %d criteria are open, want %d", lang, is, open)
		}
	}
}
