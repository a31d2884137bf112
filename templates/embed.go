package templates

import (
	"bytes"
	"fmt"
	"html/template"
	"strings"
	"unicode/utf8"
)

// EmbedData fills the form that an office puts into a page of its own site. All URLs are
// whole ones.
type EmbedData struct {
	ListID, List string
	Host         string // where it posts to, as people read it
	Action       string // POST /lists/{list}
	ListPage     string
	Privacy      string
}

// Comment says to whoever finds the form in a page what it is. Two hyphens would end it in
// XHTML.
func (d EmbedData) Comment() template.HTML {
	id := strings.ReplaceAll(d.ListID, "--", "-")                                                           // declared ids are a-z, 0-9 and hyphens
	return template.HTML("<!-- Kairan: the sign-up form of the list " + id + ", by `kairan list embed`. " + //nolint:gosec // no HTML in it
		"It posts to " + template.HTMLEscapeString(d.Host) + ", which shows the address with the privacy notice and takes nothing in before " +
		"the button there is pressed. Its look is yours; keep the names email, lang and review. -->")
}

// Embed renders the form as HTML that can be pasted. It is ASCII, and right in a page of
// any encoding.
func (s *Set) Embed(lang string, data EmbedData) (string, error) {
	var b bytes.Buffer
	if err := s.embeds[language(lang)].Execute(&b, data); err != nil {
		return "", fmt.Errorf("the form to be embedded: %w", err)
	}
	return toASCII(b.String()), nil
}

// toASCII writes every other character of an HTML text as a reference.
func toASCII(text string) string {
	var b strings.Builder
	for _, r := range text {
		if r < utf8.RuneSelf {
			b.WriteRune(r)
		} else {
			fmt.Fprintf(&b, "&#%d;", r)
		}
	}
	return b.String()
}

func (s *Set) parseEmbed(lang string) (*template.Template, error) {
	t, err := template.New("form.html").Option("missingkey=error").Funcs(template.FuncMap{
		"lang": func() string { return lang },
		"t":    func(key string, pairs ...any) (string, error) { return s.message(lang, key, pairs) },
	}).ParseFS(files, "embed/form.html")
	if err != nil {
		return nil, fmt.Errorf("parsing the form to be embedded: %w", err)
	}
	return t, nil
}
