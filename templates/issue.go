package templates

import (
	"fmt"
	"html"
	"html/template"
	"io"
	"regexp"
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
	Phone     string // as printed; "": none
	Purpose   string // of the list
	PolicyURL string

	Preheader string // beside the subject in a list of mails; "": the beginning of the text
	Face      Face

	LeaveLink   string
	CorrectLink string

	PageLink string // where anybody may read the issue; "": nowhere
	Site     string // the host of PageLink, by which a reader knows that the page is the office's

	NoReply bool // answers are not read, since no Reply-To is declared
	Trial   bool // a copy for checking, without links
}

// Face is what the list shows beside what the law asks for.
type Face struct {
	Colour    string // of its name and its rules, such as "#00118f", on white
	ColourLit string // the same where the screen is dark
	Logo      *Logo  // nil: none
	Header    string // lines above the text; "": none
	Footer    string // lines below it
}

// Logo is a picture, with its size as shown in px.
type Logo struct {
	URL           string // https, or a path of our own
	Width, Height int
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
		"contact":  ContactLink,
		"tel":      PhoneLink,
		"href":     href,
		"japanese": func() bool { return lang == Japanese },
		"linked":   linked,
		"outlook":  func(part string) template.HTML { return template.HTML(forOutlook[part]) }, //nolint:gosec // our own
		"padding":  padding,
		"src":      func(url string) template.HTMLAttr { return attribute("src", url) },
		"urls":     urlsAlone,
		"whole":    whole,
	}
	if t.html, err = template.New("issue.html").Funcs(funcs).ParseFS(files, "issue/issue.html"); err != nil {
		return t, fmt.Errorf("parsing the layout of issues: %w", err)
	}
	if t.text, err = texttemplate.New("issue.txt").Funcs(funcs).ParseFS(files, "issue/issue.txt"); err != nil {
		return t, fmt.Errorf("parsing the layout of issues: %w", err)
	}
	return t, nil
}

// href is a whole attribute, since html/template would encode the marks of links.
func href(dest string) template.HTMLAttr { return attribute("href", dest) }

func attribute(name, value string) template.HTMLAttr {
	return template.HTMLAttr(name + `="` + html.EscapeString(value) + `"`) //nolint:gosec // escaped here
}

// forOutlook is what Outlook for Windows alone reads. It lays mail out by Word, which
// knows no max-width, gives sizes in px by the screen unless told otherwise, forgets
// the font inside tables, and has no padding outside of their cells.
var forOutlook = map[string]string{
	"head": `<!--[if mso]><xml><o:OfficeDocumentSettings xmlns:o="urn:schemas-microsoft-com:office:office"><o:PixelsPerInch>96</o:PixelsPerInch></o:OfficeDocumentSettings></xml>
<style>
td,th,p,li,h1,h2,h3,h4,h5,h6{font-family:'Segoe UI',Meiryo,sans-serif}
h1,h2,h3,h4,h5,h6{mso-line-height-rule:exactly}
table{mso-table-lspace:0;mso-table-rspace:0}
blockquote{margin-left:20px !important}
</style><![endif]-->`,
	"open":  `<!--[if mso]><table role="presentation" align="center" width="600" cellpadding="0" cellspacing="0" border="0"><tr><td><![endif]-->`,
	"close": `<!--[if mso]></td></tr></table><![endif]-->`,
}

// whole is a sentence in which no line ends within a part.
func whole(sentence, part string) template.HTML {
	kept := `<span style="white-space:nowrap">` + html.EscapeString(part) + `</span>`
	return template.HTML(strings.Replace(html.EscapeString(sentence), html.EscapeString(part), kept, 1)) //nolint:gosec // escaped here
}

// padding is blank, and too long for what follows it to be shown in a list of mails.
// The joiners keep its spaces from being taken for one.
func padding() string { return strings.Repeat("\u00a0\u200c", 150) }

// urlForm is a URL in plain text, without the punctuation behind it.
var urlForm = regexp.MustCompile(`https://[!#-;=?-~]*[0-9A-Za-z/#&=_~+-]`)

// linked is plain text of some lines as HTML, its URLs as links.
func linked(text string) template.HTML {
	const style = ` style="color:#0017c1;text-decoration:underline"`
	var b strings.Builder
	at := 0
	for _, span := range urlForm.FindAllStringIndex(text, -1) {
		url := html.EscapeString(text[span[0]:span[1]])
		b.WriteString(html.EscapeString(text[at:span[0]]) + `<a href="` + url + `"` + style + `>` + url + `</a>`)
		at = span[1]
	}
	b.WriteString(html.EscapeString(text[at:]))
	return template.HTML(strings.ReplaceAll(b.String(), "\n", "<br>\n")) //nolint:gosec // escaped here
}

// urlsAlone puts each URL of a plain text on a line of its own.
func urlsAlone(text string) string {
	var lines []string
	for line := range strings.SplitSeq(text, "\n") {
		line = urlForm.ReplaceAllString(line, "\n$0\n")
		for part := range strings.SplitSeq(line, "\n") {
			if part = strings.TrimSpace(part); part != "" || line == "" {
				lines = append(lines, part)
			}
		}
	}
	return strings.Join(lines, "\n")
}

// IssueHTML renders the HTML part around a content that is safe and has its style in
// its elements, as the layout has: several mail programs drop the head. What stands
// there (windows of another width, dark screens) is more than the mail needs.
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
		return "", fmt.Errorf("rendering an issue: %w", err)
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

// PhoneLink is a link that dials a telephone number as it is printed (RFC 3966): its
// digits, behind the plus sign of a country if it has one.
func PhoneLink(number string) string {
	return "tel:" + strings.Map(func(r rune) rune {
		if r == '+' || '0' <= r && r <= '9' {
			return r
		}
		return -1
	}, number)
}
