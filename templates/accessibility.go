package templates

import (
	"bytes"
	"fmt"
	"html/template"
	"strings"

	"github.com/pelletier/go-toml/v2"
)

// AccessibilityData fills the page on which an office may publish the result of a test by
// JIS X 8341-3:2016, once people have made it. It stands by itself.
type AccessibilityData struct {
	Office, Contact string
	Base            string // URL of the pages
	Pages           []AccessibilityPage
}

// AccessibilityPage is one that is tested, as a sample of its kind.
type AccessibilityPage struct{ Name, URL string }

// inBoth is a text of criteria.toml and checks.toml by its language.
type inBoth map[string]string

// criterion is one of criteria.toml.
type criterion struct {
	Number, Level string
	Since         string // the version of WCAG that brought it, if that is not 2.0
	Until         string // the last version of WCAG that has it; "": the newest
	Name          inBoth
	Checks        []string
	People, None  inBoth
}

// check is one of checks.toml.
type check struct {
	ID, Test, Look string
	Name, Says     inBoth
}

// shownCriterion and shownCheck are rows of the page, in its language.
type (
	shownCriterion struct {
		Number, Name, Level, People, None string
		Checks                            []string
	}
	shownCheck    struct{ Name, Says string }
	criterionList struct {
		ID       string // "jis" or "wcag"
		Criteria []shownCriterion
	}
)

func readCriteria() (all []criterion, checks []check, err error) {
	var c struct{ Criterion []criterion }
	var k struct{ Check []check }
	for name, into := range map[string]any{"criteria": &c, "checks": &k} {
		raw, err := files.ReadFile("accessibility/" + name + ".toml")
		if err == nil {
			err = toml.Unmarshal(raw, into)
		}
		if err != nil {
			return nil, nil, fmt.Errorf("the %s of accessibility: %w", name, err)
		}
	}
	return c.Criterion, k.Check, nil
}

// Accessibility renders the page as it is before anybody has tested: with what machines
// check, and what people have to judge.
func (s *Set) Accessibility(lang string, data AccessibilityData) ([]byte, error) {
	lang = language(lang)
	criteria, checks, err := readCriteria()
	if err != nil {
		return nil, err
	}
	names := map[string]string{}
	page := struct {
		AccessibilityData
		Facts  []string
		Lists  []criterionList
		Checks []shownCheck
	}{data, []string{"day", "standard", "aim", "met", "site", "technologies", "period", "contact"}, []criterionList{{ID: "jis"}, {ID: "wcag"}}, nil}
	for _, c := range checks {
		names[c.ID] = c.Name[lang]
		page.Checks = append(page.Checks, shownCheck{c.Name[lang], c.Says[lang]})
	}
	for _, c := range criteria {
		row := shownCriterion{c.Number, c.Name[lang], c.Level, c.People[lang], c.None[lang], nil}
		for _, id := range c.Checks {
			row.Checks = append(row.Checks, names[id])
		}
		list := &page.Lists[0]
		if c.Since != "" {
			list = &page.Lists[1]
		}
		list.Criteria = append(list.Criteria, row)
	}
	between := map[string]string{Japanese: "、", English: ", "}[lang]
	t, err := template.New("page.html").Option("missingkey=error").Funcs(template.FuncMap{
		"lang":  func() string { return lang },
		"lines": lines,
		"parts": func(s string) template.HTML { return parts(lang, s) },
		"join":  func(all []string) string { return strings.Join(all, between) },
		"t":     func(key string, pairs ...any) (string, error) { return s.message(lang, key, pairs) },
	}).ParseFS(files, "accessibility/page.html")
	if err != nil {
		return nil, fmt.Errorf("parsing the page of accessibility: %w", err)
	}
	var b bytes.Buffer
	if err := t.Execute(&b, page); err != nil {
		return nil, fmt.Errorf("rendering the page of accessibility: %w", err)
	}
	return b.Bytes(), nil
}
