package compose

import (
	"bytes"
	_ "embed"
	"fmt"
	"html"
	"html/template"
	"net/url"
	"strings"
	"time"

	"github.com/vanng822/go-premailer/premailer"

	"example.jp/kairan/subscribe"
)

//go:embed layout.html
var layoutHTML string

// frame is what stands around the text of an issue, in both parts (RULES A-07,
// G-10).
type frame struct {
	Lang             subscribe.Lang
	Words            words
	Subject, Title   string // Title: "" where the text has its own
	List, Office     string
	Date             string
	Why, Purpose     string
	Postal, Contact  string
	NoReply          string
	Policy           string
	Banner           string
	Inert            bool // a copy for checking
	Content          template.HTML
	LeaveHref        template.HTMLAttr
	CorrectHref      template.HTMLAttr
	ContactHref      template.HTMLAttr
	PolicyHref       template.HTMLAttr
	leave, correct   string
	contactOnOwnLine bool
}

func newFrame(list *subscribe.List, d *Draft, date time.Time, inert bool) frame {
	w, office := wordsIn(d.Lang), list.Office
	f := frame{
		Lang: d.Lang, Words: w, Subject: d.Subject,
		List: list.Name.In(d.Lang), Office: office.Name.In(d.Lang), Date: date.Format(w.Date),
		Purpose: list.Purpose.In(d.Lang), Postal: strings.Join(strings.Fields(office.Postal.In(d.Lang)), " "),
		Contact: office.Contact, Policy: office.PolicyURL.In(d.Lang), Inert: inert,
		leave: string(runeLeave), correct: string(runeCorrect),
	}
	f.Why = w.Why(f.List)
	if !d.titled {
		f.Title = d.Subject
	}
	if list.ReplyTo.IsZero() {
		f.NoReply = w.NoReply
	}
	if inert {
		f.Banner = w.Banner
		f.leave, f.correct = w.Inert, w.Inert
	}
	contact := contactURL(office.Contact)
	f.contactOnOwnLine = contact != ""
	f.LeaveHref, f.CorrectHref = href(f.leave), href(f.correct)
	f.ContactHref, f.PolicyHref = href(contact), href(f.Policy)
	return f
}

// href is a whole attribute, since html/template would encode the marks of slots.
func href(dest string) template.HTMLAttr {
	if dest == "" {
		return ""
	}
	return template.HTMLAttr(`href="` + html.EscapeString(dest) + `"`) //nolint:gosec // escaped here
}

// contactURL makes a link of an office's contact, if it is a URL or an address.
func contactURL(contact string) string {
	u, err := url.Parse(contact)
	switch {
	case err == nil && u.Scheme == "https" && u.Host != "":
		return contact
	case strings.Count(contact, "@") == 1 && !strings.ContainsAny(contact, " \t\n　:/?&<>\""):
		return "mailto:" + contact
	}
	return ""
}

// html renders the HTML part with its style inlined.
func (f frame) html(content string) (string, error) {
	f.Content = template.HTML(content) //nolint:gosec // sanitised
	t, err := template.New("layout").Parse(layoutHTML)
	if err != nil {
		return "", fmt.Errorf("the layout cannot be read: %w", err)
	}
	var b bytes.Buffer
	if err := t.Execute(&b, f); err != nil {
		return "", fmt.Errorf("the layout cannot be filled: %w", err)
	}
	p, err := premailer.NewPremailerFromString(b.String(), &premailer.Options{})
	if err != nil {
		return "", fmt.Errorf("the style cannot be inlined: %w", err)
	}
	out, err := p.Transform()
	if err != nil {
		return "", fmt.Errorf("the style cannot be inlined: %w", err)
	}
	return out + "\n", nil
}

// text renders the text part; every URL of the frame stands alone on its line
// (RULES A-37).
func (f frame) text(content string) string {
	w := f.Words
	var b strings.Builder
	say := func(lines ...string) {
		for _, l := range lines {
			b.WriteString(l + "\n")
		}
	}
	if f.Banner != "" {
		say("*** "+f.Banner+" ***", "")
	}
	say(f.List, f.Office+w.Gap+f.Date, rule, "")
	if f.Title != "" {
		say(heading(f.Title, 1, f.Lang), "")
	}
	say(content, "", rule, f.Why)
	if f.NoReply != "" {
		say(f.NoReply)
	}
	if f.Purpose != "" {
		say("", w.Purpose+w.Colon+f.Purpose)
	}
	say("", w.Any, "", w.Leave, f.leave, "", w.Correct, f.correct, "", f.Office)
	if f.Postal != "" {
		say(w.Postal + w.Colon + f.Postal)
	}
	if f.contactOnOwnLine {
		say(strings.TrimRight(w.Contact+w.Colon, " "), f.Contact)
	} else {
		say(w.Contact + w.Colon + f.Contact)
	}
	say(strings.TrimRight(w.Policy+w.Colon, " "), f.Policy)
	return b.String()
}
