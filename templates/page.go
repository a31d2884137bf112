package templates

import (
	"bytes"
	"cmp"
	"fmt"
	"html/template"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
)

// Page renders a whole HTML document. data is the struct that belongs to name,
// by value. A page that fails gives no bytes at all, so that the caller can
// still answer with [PageError].
func (s *Set) Page(name PageName, lang string, data any) ([]byte, error) {
	page, ok := s.pages[language(lang)][name]
	if !ok {
		return nil, fmt.Errorf("there is no page %q", name)
	}
	var b bytes.Buffer
	if err := page.ExecuteTemplate(&b, "layout", data); err != nil {
		return nil, fmt.Errorf("rendering page %s: %w", name, err)
	}
	return b.Bytes(), nil
}

func (s *Set) parsePages(lang string) (map[PageName]*template.Template, error) {
	around := []string{"pages/layout.html", "pages/parts.html", "pages/archive-parts.html"}
	shared, err := template.New("shared").Option("missingkey=error").Funcs(template.FuncMap{
		"lang":        func() string { return lang },
		"stylesheet":  func(own string) string { return cmp.Or(own, s.stylePath) },
		"t":           func(key string, pairs ...any) (string, error) { return s.message(lang, key, pairs) },
		"lines":       lines,
		"href":        ContactLink,
		"tel":         func(number string) template.URL { return template.URL(PhoneLink(number)) }, //nolint:gosec // digits
		"asking":      func(f Field) control { return newControl(f, false) },
		"correcting":  func(f Field) control { return newControl(f, true) },
		"describedby": describedBy,
		"parts":       func(s string) template.HTML { return parts(lang, s) },
	}).ParseFS(files, around...)
	if err != nil {
		return nil, fmt.Errorf("parsing the layout: %w", err)
	}
	names, err := fs.Glob(files, "pages/*.html")
	if err != nil {
		return nil, fmt.Errorf("listing the pages: %w", err)
	}
	pages := map[PageName]*template.Template{}
	for _, name := range names {
		if slices.Contains(around, name) {
			continue
		}
		page, err := shared.Clone()
		if err == nil {
			page, err = page.ParseFS(files, name)
		}
		if err != nil {
			return nil, fmt.Errorf("parsing page %s: %w", name, err)
		}
		pages[PageName(strings.TrimSuffix(path.Base(name), ".html"))] = page
	}
	return pages, nil
}

// lines splits a message into its paragraphs.
func lines(s string) []string {
	return strings.FieldsFunc(s, func(r rune) bool { return r == '\n' })
}

func describedBy(ids ...string) string {
	return strings.Join(slices.DeleteFunc(ids, func(id string) bool { return id == "" }), " ")
}

var japaneseWords = regexp.MustCompile(`[A-Za-z]*[\p{Han}\p{Hiragana}\p{Katakana}ー]+`)

// parts says which words of an English text are Japanese, so that they are read as such
// (WCAG 3.1.2).
func parts(lang, text string) template.HTML {
	text = template.HTMLEscapeString(text)
	if lang == English {
		text = japaneseWords.ReplaceAllString(text, `<span lang="ja">$0</span>`)
	}
	return template.HTML(text) //nolint:gosec // escaped above
}
