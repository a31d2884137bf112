package body

import (
	"cmp"
	"html/template"
	"strings"

	"example.jp/kairan/deliver/compose/plain"
	"example.jp/kairan/deliver/compose/slot"
	"example.jp/kairan/deliver/compose/source"
	"example.jp/kairan/subscribe"
	"example.jp/kairan/templates"
)

// Alternatives are the two bodies of an issue, with LF line ends, and with marks in
// place of its date, its page and its slots.
type Alternatives struct{ HTML, Text string }

// Of puts the date in its place, as it is printed, and the URL of the issue's page, which
// needs no escape.
func (a Alternatives) Of(date, page string) Alternatives {
	of := strings.NewReplacer(string(slot.MarkDate), date, string(slot.MarkPage), page)
	return Alternatives{of.Replace(a.HTML), of.Replace(a.Text)}
}

// Make puts what every issue of the list says around the text of a draft. trial is
// the copy for checking, without links.
func Make(set *templates.Set, list *subscribe.List, d *source.Draft) (issue, trial Alternatives, err error) {
	style, f := textStyle(set, list, d.Lang), frame(list, d)
	text, err := NeutralText(set, list, d)
	if err != nil {
		return issue, trial, err
	}
	content, err := dress(d.HTML, f.Face.Colour, d.Lang)
	if err != nil {
		return issue, trial, err
	}
	if issue, err = alternatives(set, f, style, content, text); err != nil {
		return issue, trial, err
	}
	f.Trial = true
	trial, err = alternatives(set, f, style, content, text)
	return issue, trial, err
}

// NeutralText is the text of a draft below its title in plain text, with LF line ends, and
// with marks in place of its slots.
func NeutralText(set *templates.Set, list *subscribe.List, d *source.Draft) (string, error) {
	style := textStyle(set, list, d.Lang)
	text, err := plain.Text(d.HTML, style)
	if err == nil && !d.Titled {
		text = plain.Heading(d.Subject, 1, style) + "\n\n" + text
	}
	return text, err
}

func textStyle(set *templates.Set, list *subscribe.List, lang subscribe.Lang) plain.Style {
	say := func(key string) string { return set.Say(string(lang), "issue."+key, nil) }
	return plain.Style{Lang: lang, Columns: 2 * list.TextWidth, Words: plain.Words{Picture: say("picture"), Deleted: say("deleted"), Note: say("note")}}
}

func frame(list *subscribe.List, d *source.Draft) templates.Issue {
	office := list.Office
	f := templates.Issue{
		Subject: d.Subject, Date: string(slot.MarkDate), List: list.Name.In(d.Lang), Office: office.Name.In(d.Lang),
		Postal: strings.Join(strings.Fields(office.Postal.In(d.Lang)), " "), Contact: office.Contact, Phone: office.Phone,
		Purpose: list.Purpose.In(d.Lang), PolicyURL: office.PolicyURL.In(d.Lang),
		LeaveLink: string(slot.MarkLeave), CorrectLink: string(slot.MarkCorrect), NoReply: list.ReplyTo.IsZero() && !isContact(list.From, office),
	}
	f.Preheader, f.Face = d.Preheader, face(list, d.Lang)
	if list.Archived {
		_, f.Site, _ = strings.Cut(office.BaseURL, "://")
		f.PageLink = string(slot.MarkPage)
	}
	if !d.Titled {
		f.Title = d.Subject
	}
	return f
}

// isContact says whether an address is the one at which the office is to be reached, so that
// answers to it are read.
func isContact(a subscribe.Address, office *subscribe.Office) bool {
	contact, err := subscribe.ParseAddress(office.Contact)
	return err == nil && contact.Identity() == a.Identity()
}

// standardColour is that of lists which declare none.
const standardColour subscribe.Colour = "#00118f"

func face(list *subscribe.List, lang subscribe.Lang) templates.Face {
	own := list.Face
	colour := cmp.Or(own.Colour, standardColour)
	f := templates.Face{Colour: string(colour), ColourLit: string(colour.Lit(subscribe.Night)), Header: own.Header.In(lang), Footer: own.Footer.In(lang)}
	if own.Logo.URL != "" {
		f.Logo = &templates.Logo{URL: own.Logo.URL, Width: own.Logo.Width, Height: own.Logo.Height}
	}
	return f
}

func alternatives(set *templates.Set, f templates.Issue, style plain.Style, content, text string) (a Alternatives, err error) {
	a.HTML, err = set.IssueHTML(string(style.Lang), f, template.HTML(content)) //nolint:gosec // sanitised
	if err != nil {
		return a, err
	}
	around, err := set.IssueText(string(style.Lang), f, textHere)
	a.Text = strings.Replace(plain.Fold(around, style), textHere, text, 1)
	return a, err
}

// textHere stands for the text, which is folded by then, while that around it is.
const textHere = string(slot.MarkOpen)
