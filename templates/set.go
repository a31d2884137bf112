package templates

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"html/template"
	"io/fs"
	"path"
	"slices"
	"strings"
	texttemplate "text/template"

	"github.com/nicksnyder/go-i18n/v2/i18n"
)

//go:embed catalogue/*.toml pages/*.html mails/*.txt issue style.css
var files embed.FS

// The languages of pages and mails, as BCP 47 tags. Every method that takes a
// language reads any other value as [Japanese].
const (
	Japanese = "ja"
	English  = "en"
)

// PageName names a page. The comment of each constant says which struct it renders.
type PageName string

// The pages.
const (
	PageHome        PageName = "home"         // Home
	PageSignUp      PageName = "signup"       // SignUp
	PageSignUpSent  PageName = "signup-sent"  // SignUpSent
	PageConfirm     PageName = "confirm"      // Confirm
	PageConfirmMove PageName = "confirm-move" // ConfirmMove
	PageConfirmLate PageName = "confirm-late" // ConfirmLate
	PageDone        PageName = "done"         // Done
	PageLeave       PageName = "leave"        // Leave
	PageCorrectAsk  PageName = "correct-ask"  // CorrectAsk
	PageCorrect     PageName = "correct"      // Correct
	PageBlock       PageName = "block"        // Block
	PageError       PageName = "error"        // Error
)

// Set is every page, mail and message, and the layout of issues, parsed. It is safe for concurrent use.
type Set struct {
	say       map[string]*i18n.Localizer
	pages     map[string]map[PageName]*template.Template
	mails     map[string]map[string]*texttemplate.Template
	issues    map[string]issueTemplates
	style     []byte
	stylePath string
}

// New parses everything that is embedded. It fails only if the embedded files
// themselves are faulty.
func New() (*Set, error) {
	style, err := files.ReadFile("style.css")
	if err != nil {
		return nil, fmt.Errorf("templates: read the stylesheet: %w", err)
	}
	sum := sha256.Sum256(style)
	s := &Set{
		pages:     map[string]map[PageName]*template.Template{},
		mails:     map[string]map[string]*texttemplate.Template{},
		issues:    map[string]issueTemplates{},
		style:     style,
		stylePath: "/style-" + hex.EncodeToString(sum[:6]) + ".css",
	}
	if s.say, err = localizers(); err != nil {
		return nil, err
	}
	for _, lang := range []string{Japanese, English} {
		if s.pages[lang], err = s.parsePages(lang); err != nil {
			return nil, err
		}
		if s.mails[lang], err = parseMails(lang); err != nil {
			return nil, err
		}
		if s.issues[lang], err = s.parseIssue(lang); err != nil {
			return nil, err
		}
	}
	for lang, other := range map[string]string{Japanese: English, English: Japanese} {
		for name := range s.mails[lang] {
			if s.mails[other][name] == nil {
				return nil, fmt.Errorf("templates: there is mails/%s.%s.txt, and no mails/%s.%s.txt", name, lang, name, other)
			}
		}
	}
	return s, nil
}

func (s *Set) parsePages(lang string) (map[PageName]*template.Template, error) {
	around := []string{"pages/layout.html", "pages/parts.html"}
	shared, err := template.New("shared").Option("missingkey=error").Funcs(template.FuncMap{
		"lang":        func() string { return lang },
		"stylesheet":  func() string { return s.stylePath },
		"t":           func(key string, pairs ...any) (string, error) { return s.message(lang, key, pairs) },
		"lines":       lines,
		"href":        ContactLink,
		"asking":      func(f Field) control { return newControl(f, false) },
		"correcting":  func(f Field) control { return newControl(f, true) },
		"describedby": describedBy,
	}).ParseFS(files, around...)
	if err != nil {
		return nil, fmt.Errorf("templates: parse the layout: %w", err)
	}
	names, err := fs.Glob(files, "pages/*.html")
	if err != nil {
		return nil, fmt.Errorf("templates: list the pages: %w", err)
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
			return nil, fmt.Errorf("templates: parse page %s: %w", name, err)
		}
		pages[PageName(strings.TrimSuffix(path.Base(name), ".html"))] = page
	}
	return pages, nil
}

// Page renders a whole HTML document. data is the struct that belongs to name,
// by value. A page that fails gives no bytes at all, so that the caller can
// still answer with [PageError].
func (s *Set) Page(name PageName, lang string, data any) ([]byte, error) {
	page, ok := s.pages[language(lang)][name]
	if !ok {
		return nil, fmt.Errorf("templates: there is no page %q", name)
	}
	var b bytes.Buffer
	if err := page.ExecuteTemplate(&b, "layout", data); err != nil {
		return nil, fmt.Errorf("templates: render page %s: %w", name, err)
	}
	return b.Bytes(), nil
}

// Stylesheet returns the one stylesheet and the path that every page links to.
// The path changes with the content, so it may be cached for ever.
func (s *Set) Stylesheet() (body []byte, path string) {
	return bytes.Clone(s.style), s.stylePath
}

func language(lang string) string {
	if lang == English {
		return English
	}
	return Japanese
}

// lines splits a message into its paragraphs.
func lines(s string) []string {
	return strings.FieldsFunc(s, func(r rune) bool { return r == '\n' })
}

func describedBy(ids ...string) string {
	var set []string
	for _, id := range ids {
		if id != "" {
			set = append(set, id)
		}
	}
	return strings.Join(set, " ")
}
