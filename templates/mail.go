package templates

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"strings"
	"text/template"
	"unicode"
)

// MailData fills a mail. All of it is declared in the configuration or made by
// the program; nothing that a visitor typed has a place here.
type MailData struct {
	List    string // name of the list in the mail's language
	Office  string
	Postal  string
	Contact string
	Phone   string // as printed; "": none
	Purpose string // purpose of the list

	From string // address that the mails of the list come from

	PolicyURL   string
	Link        string // what this mail is about: confirm, move or correct
	LeaveLink   string
	CorrectLink string // the page that asks for a correction link
	BlockLink   string

	Carrier bool // the reader has an address of a Japanese mobile carrier, whose filter has to be told of us
}

var (
	blankLines = regexp.MustCompile(`\n{3,}`)

	errNoLink = errors.New("a link that the mail needs is missing or has white space in it")
)

// parseMails reads the mails of a language, each by the name of its file.
func parseMails(lang string) (map[string]*template.Template, error) {
	footer, ending := "mails/footer."+lang+".txt", "."+lang+".txt"
	names, err := fs.Glob(files, "mails/*"+ending)
	if err != nil {
		return nil, fmt.Errorf("finding the mails: %w", err)
	}
	mails := map[string]*template.Template{}
	for _, file := range names {
		if file == footer {
			continue
		}
		t, err := template.New(file).Funcs(template.FuncMap{"url": mailURL, "quoted": quoted}).ParseFS(files, footer, file)
		if err != nil {
			return nil, fmt.Errorf("parsing %s: %w", file, err)
		}
		if t.Lookup("subject") == nil || t.Lookup("body") == nil {
			return nil, fmt.Errorf("%s must define its subject and its body", file)
		}
		mails[strings.TrimSuffix(path.Base(file), ending)] = t
	}
	return mails, nil
}

// quoted puts a name in Japanese quotation marks.
func quoted(name string) string { return nest("「" + name + "」") }

// Mail renders the plain-text mail mails/NAME.LANG.txt: the subject as one line, not
// yet encoded, and the body with LF line ends and one at its end. It fails if there
// is no such mail, or if the list, the office or a link that it needs is missing: a
// confirmation without its link must not be sent.
func (s *Set) Mail(name, lang string, data MailData) (subject, body string, err error) {
	t, ok := s.mails[language(lang)][name]
	if !ok {
		return "", "", fmt.Errorf("there is no mail %q", name)
	}
	if data.List == "" || data.Office == "" {
		return "", "", fmt.Errorf("mail %s: it must name the list and the office", name)
	}
	if subject, err = execute(t, "subject", data); err != nil {
		return "", "", fmt.Errorf("mail %s: %w", name, err)
	}
	if strings.ContainsFunc(subject, unicode.IsControl) {
		return "", "", fmt.Errorf("mail %s: the name of the list has a control character in it", name)
	}
	if body, err = execute(t, "body", data); err != nil {
		return "", "", fmt.Errorf("mail %s: %w", name, err)
	}
	return subject, body + "\n", nil
}

// execute gives the text without blank lines around it and never two in a row,
// so that the templates can leave optional paragraphs out without care.
func execute(t *template.Template, part string, data any) (string, error) {
	var b bytes.Buffer
	if err := t.ExecuteTemplate(&b, part, data); err != nil {
		return "", err
	}
	text := strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(b.String())
	return strings.Trim(blankLines.ReplaceAllString(text, "\n\n"), "\n"), nil
}

// mailURL lets a link into a mail if it can stand alone on its line.
func mailURL(link string) (string, error) {
	if link == "" || strings.ContainsFunc(link, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }) {
		return "", errNoLink
	}
	return link, nil
}
