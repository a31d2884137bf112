package compose

import (
	"fmt"
	"html/template"
	"strings"
	"time"

	"github.com/vanng822/go-premailer/premailer"

	"example.jp/kairan/subscribe"
	"example.jp/kairan/templates"
)

// bodies are the two parts of an issue, with LF line ends, and with marks in place
// of its slots.
type bodies struct{ html, text string }

// layOut puts what every issue of the list says around the text of a draft. trial
// is the copy for checking, without links.
func layOut(set *templates.Set, list *subscribe.List, d *Draft, date time.Time) (issue, trial bodies, err error) {
	content := sanitise(d.html, officeHosts(list))
	text, err := plainText(content, d.Lang)
	if err != nil {
		return issue, trial, err
	}
	f := frame(list, d, date)
	if f.Title != "" {
		text = heading(f.Title, 1, d.Lang) + "\n\n" + text
	}
	if issue, err = newBodies(set, d.Lang, f, content, text); err != nil {
		return issue, trial, err
	}
	f.Trial = true
	trial, err = newBodies(set, d.Lang, f, content, text)
	return issue, trial, err
}

func frame(list *subscribe.List, d *Draft, date time.Time) templates.Issue {
	office := list.Office
	f := templates.Issue{
		Subject: d.Subject, Date: date, List: list.Name.In(d.Lang), Office: office.Name.In(d.Lang),
		Postal: strings.Join(strings.Fields(office.Postal.In(d.Lang)), " "), Contact: office.Contact,
		Purpose: list.Purpose.In(d.Lang), PolicyURL: office.PolicyURL.In(d.Lang),
		LeaveLink: string(runeLeave), CorrectLink: string(runeCorrect), NoReply: list.ReplyTo.IsZero(),
	}
	if !d.titled {
		f.Title = d.Subject
	}
	return f
}

func newBodies(set *templates.Set, lang subscribe.Lang, f templates.Issue, content, text string) (b bodies, err error) {
	page, err := set.IssueHTML(string(lang), f, template.HTML(content)) //nolint:gosec // sanitised
	if err != nil {
		return b, err
	}
	if b.html, err = inlineStyle(page); err != nil {
		return b, fmt.Errorf("the style cannot be inlined: %w", err)
	}
	b.text, err = set.IssueText(string(lang), f, text)
	return b, err
}

// inlineStyle writes the rules of the style into the elements, since mail programs
// drop the head.
func inlineStyle(page string) (string, error) {
	p, err := premailer.NewPremailerFromString(page, &premailer.Options{})
	if err != nil {
		return "", err
	}
	out, err := p.Transform()
	return out + "\n", err
}
