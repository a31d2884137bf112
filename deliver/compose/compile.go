package compose

import (
	"cmp"
	"crypto/rand"
	"errors"
	"fmt"
	"time"

	"example.jp/kairan/deliver/compose/body"
	"example.jp/kairan/deliver/compose/issue"
	"example.jp/kairan/deliver/compose/mime"
	"example.jp/kairan/deliver/compose/slot"
	"example.jp/kairan/deliver/compose/source"
	"example.jp/kairan/subscribe"
	"example.jp/kairan/templates"
)

// Options are what [Compile] takes beside the text. A zero Boundary or Key is
// drawn at random; tests give both.
type Options struct {
	Date     time.Time // of the issue and all its copies (RFC 5322 §3.6.1); must be given, is printed in the list's zone
	Boundary string    // between the MIME parts, at most 70 characters
	Key      []byte    // of the Message-IDs
}

// Compile makes the issue that a draft of this list describes.
func Compile(set *templates.Set, list *subscribe.List, d *source.Draft, o Options) (*issue.Compiled, error) {
	l, err := layOut(set, list, d)
	if err != nil {
		return nil, err
	}
	return l.compile(o)
}

// layout is a draft with all that its list says around it, before it is dated.
type layout struct {
	set          *templates.Set
	list         *subscribe.List
	draft        *source.Draft
	whole, trial body.Alternatives
}

func layOut(set *templates.Set, list *subscribe.List, d *source.Draft) (l *layout, err error) {
	if err := checkDeclaration(list, d.Lang); err != nil {
		return nil, err
	}
	l = &layout{set: set, list: list, draft: d}
	l.whole, l.trial, err = body.Make(set, list, d)
	return l, err
}

// compile dates the issue, and cuts it at its slots.
func (l *layout) compile(o Options) (*issue.Compiled, error) {
	list, d := l.list, l.draft
	if o.Date.IsZero() {
		return nil, errors.New("compose: an issue needs its date")
	}
	date := o.Date.In(list.Zone).Truncate(time.Second)
	c := &issue.Compiled{
		List: list.ID, Lang: d.Lang, Subject: d.Subject,
		From: list.From.Envelope(), FromName: list.FromName.In(d.Lang), FromDomain: list.From.Domain(),
		ReplyTo: list.ReplyTo.Envelope(), ReturnPath: list.ReturnPath.Envelope(),
		Headers: issueHeaders(list, d.Lang), Date: date,
		Boundary: cmp.Or(o.Boundary, rand.Text()), Key: o.Key,
	}
	if c.Key == nil {
		c.Key = []byte(rand.Text() + rand.Text())
	}
	if err := l.fillBodies(c); err != nil {
		return nil, err
	}
	return c, nil
}

// checkDeclaration says what of the list's declaration an issue cannot go out without.
func checkDeclaration(list *subscribe.List, lang subscribe.Lang) error {
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

// maxHTML is the greatest size of the HTML part in octets: beyond about this
// Gmail cuts a mail, and with it the link that leaves.
const maxHTML = 100 << 10

func (l *layout) fillBodies(c *issue.Compiled) (err error) {
	day := c.Date.Format(l.set.Say(string(c.Lang), "issue.date", nil))
	whole, trial := l.whole.Dated(day), l.trial.Dated(day)
	if len(whole.HTML) > maxHTML {
		return fmt.Errorf("the HTML part would have %d KB; above %d KB Gmail cuts a mail and hides the link that leaves: shorten the issue, or put its long parts on the web and link to them",
			len(whole.HTML)>>10, maxHTML>>10)
	}
	cut := func(marked string) (all []slot.Segment) {
		if err == nil {
			all, err = slot.Cut(marked, l.draft.Slots)
		}
		return all
	}
	sample := func(s slot.Segment) string { // each slot shows the label of its field
		f, _ := l.list.Field(s.Slot)
		return l.set.Say(string(c.Lang), "issue.sample", map[string]any{"Label": f.Label.In(c.Lang)})
	}
	c.Text = issue.Part{Encoding: mime.Transfer(whole.Text), Segments: cut(whole.Text)}
	c.HTML = issue.Part{Encoding: mime.Transfer(whole.HTML), Segments: cut(whole.HTML)}
	c.TrialText, c.TrialHTML = slot.Fill(cut(trial.Text), false, sample), slot.Fill(cut(trial.HTML), true, sample)
	return err
}
