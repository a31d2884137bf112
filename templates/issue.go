package templates

import (
	"fmt"
	"html"
	"html/template"
	"io"
	"strings"
	texttemplate "text/template"
)

// Issue is what stands around the text of an issue, in both of its parts. None of
// it is a reader's: the links may be marks in whose place each copy has its own.
type Issue struct {
	Subject   string
	Title     string // of the HTML part, above the text; "" where the text has its own
	Date      string // as it is printed
	List      string
	Office    string
	Postal    string // on one line
	Contact   string // https URL or mail address
	Purpose   string // of the list
	PolicyURL string

	LeaveLink   string
	CorrectLink string

	NoReply bool // answers are not read, since no Reply-To is declared
	Trial   bool // a copy for checking, without links
}

func (s *Set) parseIssue(lang string) (t issueTemplates, err error) {
	funcs := map[string]any{
		"lang": func() string { return lang },
		"t":    func(key string, pairs ...any) (string, error) { return s.message(lang, key, pairs) },
		"quoted": func(name string) string {
			if lang == English {
				return `"` + name + `"`
			}
			return quoted(name)
		},
		"contact": ContactLink,
		"href":    href,
	}
	if t.html, err = template.New("issue.html").Funcs(funcs).ParseFS(files, "issue/issue.html"); err != nil {
		return t, fmt.Errorf("templates: parse the layout of issues: %w", err)
	}
	if t.text, err = texttemplate.New("issue.txt").Funcs(funcs).ParseFS(files, "issue/issue.txt"); err != nil {
		return t, fmt.Errorf("templates: parse the layout of issues: %w", err)
	}
	return t, nil
}

// href is a whole attribute, since html/template would encode the marks of links.
func href(dest string) template.HTMLAttr {
	return template.HTMLAttr(`href="` + html.EscapeString(dest) + `"`) //nolint:gosec // escaped here
}

// IssueHTML renders the HTML part around a content that is safe; its style is in
// its head.
func (s *Set) IssueHTML(lang string, d Issue, content template.HTML) (string, error) {
	return frame(s.issues[language(lang)].html, d, content)
}

// IssueText renders the text part around its content. Its line ends are LF, and
// every URL of the frame stands alone on its line, since programs that make links
// of URLs take the letters behind one in.
func (s *Set) IssueText(lang string, d Issue, content string) (string, error) {
	return frame(s.issues[language(lang)].text, d, content)
}

func frame[T ~string](t interface{ Execute(io.Writer, any) error }, d Issue, content T) (string, error) {
	var b strings.Builder
	if err := t.Execute(&b, struct {
		Issue
		Content T
	}{d, content}); err != nil {
		return "", fmt.Errorf("templates: render an issue: %w", err)
	}
	return b.String(), nil
}

// ContactLink makes a link of an office's contact if it is an https URL or a bare
// address; for a telephone number or a sentence it is "".
func ContactLink(contact string) string {
	switch {
	case strings.ContainsAny(contact, " \t\n　"):
		return ""
	case strings.HasPrefix(contact, "https://"):
		return contact
	case strings.Count(contact, "@") == 1 && !strings.ContainsAny(contact, ":/?&<>\""):
		return "mailto:" + contact
	}
	return ""
}
