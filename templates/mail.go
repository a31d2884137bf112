package templates

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"text/template"
	"unicode"
)

// MailName names a machine-written mail.
type MailName string

// The mails, each with the links it needs beside PolicyURL.
const (
	MailConfirm MailName = "confirm" // asks to confirm a sign-up, 7 days: Link, BlockLink
	MailAlready MailName = "already" // sign-up of a reader who is subscribed: CorrectLink, LeaveLink, BlockLink
	MailWelcome MailName = "welcome" // the registration is complete: CorrectLink, LeaveLink
	MailCorrect MailName = "correct" // the correction form, 1 hour: Link, LeaveLink, BlockLink
	MailMove    MailName = "move"    // to a new address, asks to confirm it, 7 days: Link, BlockLink
	MailMoved   MailName = "moved"   // to the old address; does not name the new one: LeaveLink, BlockLink
)

func mailNames() []MailName {
	return []MailName{MailConfirm, MailAlready, MailWelcome, MailCorrect, MailMove, MailMoved}
}

// MailData fills a mail. All of it is declared in the configuration or made by
// the program; nothing that a visitor typed has a place here (RULES F-02).
type MailData struct {
	List    string // name of the list in the mail's language
	Office  string
	Postal  string
	Contact string
	Purpose string // purpose of the list

	From string // address that the mails of the list come from

	PolicyURL   string
	Link        string // what this mail is about: confirm, move or correct
	LeaveLink   string
	CorrectLink string // the page that asks for a correction link
	BlockLink   string

	Carrier bool // the reader has an address of a Japanese mobile carrier (RULES C-17)
}

var (
	blankLines = regexp.MustCompile(`\n{3,}`)

	errNoLink = errors.New("a link that the mail needs is missing or has white space in it")
)

func parseMails(lang string) (map[MailName]*template.Template, error) {
	mails := map[MailName]*template.Template{}
	for _, name := range mailNames() {
		t, err := template.New(string(name)).Funcs(template.FuncMap{"url": mailURL, "quoted": quoted}).ParseFS(files,
			"mails/footer."+lang+".txt", "mails/"+string(name)+"."+lang+".txt")
		if err != nil {
			return nil, fmt.Errorf("templates: parse mail %s: %w", name, err)
		}
		mails[name] = t
	}
	return mails, nil
}

// turned are the quotation marks within others, in Japanese: the inner are double.
var turned = strings.NewReplacer("「", "『", "」", "』", "『", "「", "』", "」")

// quoted puts a name in Japanese quotation marks; those in it change places with
// theirs, so that no two of a kind meet.
func quoted(name string) string { return "「" + turned.Replace(name) + "」" }

// Mail renders a plain-text mail: the subject as one line, not yet encoded, and
// the body with LF line ends and one at its end. It fails if the list, the
// office or a link that the mail needs is missing: a confirmation without its
// link must not be sent.
func (s *Set) Mail(name MailName, lang string, data MailData) (subject, body string, err error) {
	t, ok := s.mails[language(lang)][name]
	if !ok {
		return "", "", fmt.Errorf("templates: there is no mail %q", name)
	}
	if data.List == "" || data.Office == "" {
		return "", "", fmt.Errorf("templates: mail %s: it must name the list and the office", name)
	}
	if subject, err = execute(t, "subject", data); err != nil {
		return "", "", fmt.Errorf("templates: mail %s: %w", name, err)
	}
	if strings.ContainsFunc(subject, unicode.IsControl) { // RULES A-20
		return "", "", fmt.Errorf("templates: mail %s: the name of the list has a control character in it", name)
	}
	if body, err = execute(t, "body", data); err != nil {
		return "", "", fmt.Errorf("templates: mail %s: %w", name, err)
	}
	return subject, body + "\n", nil
}

// execute gives the text without blank lines around it and never two in a row,
// so that the templates can leave optional paragraphs out without care.
func execute(t *template.Template, part string, data MailData) (string, error) {
	var b bytes.Buffer
	if err := t.ExecuteTemplate(&b, part, data); err != nil {
		return "", err
	}
	text := strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(b.String())
	return strings.Trim(blankLines.ReplaceAllString(text, "\n\n"), "\n"), nil
}

// mailURL lets a link into a mail if it can stand alone on its line (RULES A-37).
func mailURL(link string) (string, error) {
	if link == "" || strings.ContainsFunc(link, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }) {
		return "", errNoLink
	}
	return link, nil
}
