package compose

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"example.jp/kairan/subscribe"
	"example.jp/kairan/templates"
)

// MaxHTML is the greatest size of the HTML part in octets: beyond about this
// Gmail cuts a mail, and with it the link that leaves (RULES A-10).
const MaxHTML = 100 << 10

// Options are what [Compile] takes beside the text. A zero Boundary or Key is
// drawn at random; tests give both.
type Options struct {
	Date     time.Time // of the issue; must be given, is printed in the list's zone (RULES A-27)
	Boundary string    // between the MIME parts, at most 70 characters
	Key      []byte    // of the Message-IDs
}

// Compiled is an issue made once, for all its readers. It holds nothing about
// any of them.
type Compiled struct{ form form }

// form is what is stored of a compiled issue.
type form struct {
	Version    int            `json:"version"`
	List       string         `json:"list"`
	Lang       subscribe.Lang `json:"lang"`
	Subject    string         `json:"subject"`
	From       string         `json:"from"`
	FromName   string         `json:"from_name"`
	FromDomain string         `json:"from_domain"`
	ReplyTo    string         `json:"reply_to,omitempty"`
	ReturnPath string         `json:"return_path"`
	Headers    []header       `json:"headers"`
	Date       time.Time      `json:"date"`
	Boundary   string         `json:"boundary"`
	Key        []byte         `json:"key"`
	Text       part           `json:"text"`
	HTML       part           `json:"html"`
	TrialText  string         `json:"trial_text"` // the copy for checking: sample values, no links
	TrialHTML  string         `json:"trial_html"`
}

type part struct {
	Encoding string    `json:"encoding"`
	Segments []segment `json:"segments"`
}

// Subject returns the subject as written.
func (c *Compiled) Subject() string { return c.form.Subject }

// Lang returns the language of the issue.
func (c *Compiled) Lang() subscribe.Lang { return c.form.Lang }

// Compile makes the issue that a draft of this list describes.
func Compile(set *templates.Set, list *subscribe.List, d *Draft, o Options) (*Compiled, error) {
	if err := complete(list, d.Lang); err != nil {
		return nil, err
	}
	if o.Date.IsZero() {
		return nil, errors.New("compose: an issue needs its date")
	}
	if o.Boundary == "" {
		o.Boundary = random(16)
	}
	if o.Key == nil {
		o.Key = []byte(random(32))
	}
	date := o.Date.In(list.Zone).Truncate(time.Second)
	c := &Compiled{form{
		Version: version, List: list.ID, Lang: d.Lang, Subject: d.Subject,
		From: list.From.Envelope(), FromName: list.FromName.In(d.Lang), FromDomain: list.From.Domain(),
		ReplyTo: list.ReplyTo.Envelope(), ReturnPath: list.ReturnPath.Envelope(),
		Headers: issueHeaders(list, d.Lang), Date: date, Boundary: o.Boundary, Key: o.Key,
	}}
	if err := c.bodies(set, list, d, date); err != nil {
		return nil, err
	}
	return c, nil
}

// complete says what of the list's declaration an issue cannot go out without.
func complete(list *subscribe.List, lang subscribe.Lang) error {
	missing := ""
	switch o := list.Office; {
	case o.Name.In(lang) == "":
		missing = "the office's name"
	case o.Postal.In(lang) == "":
		missing = "the office's postal address"
	case o.Contact == "":
		missing = "the office's contact"
	case o.PolicyURL.In(lang) == "":
		missing = "the address of the office's privacy policy"
	case list.Name.In(lang) == "":
		missing = "the list's name"
	case list.ListID == "":
		missing = "the list_id"
	case list.From.IsZero():
		missing = "the From address"
	case list.ReturnPath.IsZero():
		missing = "the return path"
	}
	if missing != "" {
		return fmt.Errorf("an issue of %s in %q must show or carry %s; declare it in the configuration", list.ID, lang, missing)
	}
	return nil
}

// issueHeaders are the headers that are the same for every reader (RULES A-42,
// B-01, B-15, B-17, B-18).
func issueHeaders(list *subscribe.List, lang subscribe.Lang) []header {
	hs := []header{
		listID(list, lang),
		{"List-Help", "<" + list.URL("/lists/"+list.ID) + ">"},
		{"List-Post", "NO"},
		{"Precedence", "bulk"},
		{"Content-Language", string(lang)},
		quiet(),
	}
	if owner := templates.ContactLink(list.Office.Contact); owner != "" {
		hs = append(hs, header{"List-Owner", "<" + owner + ">"})
	}
	return hs
}

// bodies lays the draft out and cuts it at its slots.
func (c *Compiled) bodies(set *templates.Set, list *subscribe.List, d *Draft, date time.Time) error {
	issue, trial, err := layOut(set, list, d, date)
	if err != nil {
		return err
	}
	if len(issue.html) > MaxHTML {
		return fmt.Errorf("the HTML part would have %d KB; above %d KB Gmail cuts a mail and hides the link that leaves: shorten the issue, or put its long parts on the web and link to them",
			len(issue.html)>>10, MaxHTML>>10)
	}
	if c.form.HTML, err = newPart(issue.html, d.slots); err != nil {
		return err
	}
	if c.form.Text, err = newPart(issue.text, d.slots); err != nil {
		return err
	}
	sample := func(s segment) string { // each slot shows the label of its field
		f, _ := list.Field(s.Slot)
		return set.Say(string(d.Lang), "issue.sample", map[string]any{"Label": f.Label.In(d.Lang)})
	}
	if c.form.TrialHTML, err = trialBody(trial.html, d.slots, sample, htmlValue); err != nil {
		return err
	}
	c.form.TrialText, err = trialBody(trial.text, d.slots, sample, plainValue)
	return err
}

func newPart(marked string, slots []slot) (part, error) {
	all, err := segments(marked, slots)
	return part{transfer(marked), all}, err
}

func trialBody(marked string, slots []slot, value func(segment) string, escape func(string) string) (string, error) {
	all, err := segments(marked, slots)
	return fill(all, value, escape), err
}

func random(n int) string {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails; it crashes the program instead
	return hex.EncodeToString(b)
}
