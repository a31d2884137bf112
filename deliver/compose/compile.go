package compose

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"slices"
	"time"

	"example.jp/kairan/deliver"
	"example.jp/kairan/deliver/compose/body"
	"example.jp/kairan/deliver/compose/finding"
	"example.jp/kairan/deliver/compose/issue"
	"example.jp/kairan/deliver/compose/mime"
	"example.jp/kairan/deliver/compose/proof"
	"example.jp/kairan/deliver/compose/slot"
	"example.jp/kairan/deliver/compose/source"
	"example.jp/kairan/subscribe"
	"example.jp/kairan/templates"
)

// Compiler makes issues of their sources. Each is read and laid out once for all that
// an editor does with it: what that depends on besides the source (the declaration of
// its list, the words and the layout) is the same as long as the program runs. It is
// safe for concurrent use.
type Compiler struct {
	Templates *templates.Set

	recent  recent[sourceKey, *layout]
	editors turn // one after the other, which leaves processors to mails and to other commands
}

// sourceKey is a manuscript under the declaration of a list.
type sourceKey struct {
	list *subscribe.List
	sum  [sha256.Size]byte
}

// layout is a source with all that its list says around it, before it is dated.
type layout struct {
	draft        *source.Draft
	whole, trial body.Alternatives
}

// Compile makes the issue of a source of this list, which has this slug. The date is that of all its copies
// (RFC 5322 §3.6.1), and is printed in the list's zone. The boundary between its parts
// and the key of its Message-IDs are drawn each time.
// Beside a [finding.List] as error stands the draft, if the source could be read.
func (c *Compiler) Compile(ctx context.Context, list *subscribe.List, slug string, m deliver.Manuscript, date time.Time) (*issue.Compiled, *source.Draft, error) {
	laid, err := c.layOut(ctx, list, m)
	if err != nil {
		if laid == nil {
			return nil, nil, err
		}
		return nil, laid.draft, err
	}
	return c.finish(list, slug, laid, m, date)
}

// CompileRun is Compile for a run that begins: it waits for no editor.
func (c *Compiler) CompileRun(ctx context.Context, list *subscribe.List, slug string, m deliver.Manuscript, date time.Time) (*issue.Compiled, *source.Draft, error) {
	key := sourceKey{list, m.Sum()}
	laid, kept := c.recent.kept(key)
	if !kept {
		var err error
		if laid, err = c.read(ctx, list, m); err != nil {
			return nil, nil, err
		}
		c.recent.keep(key, laid)
	}
	return c.finish(list, slug, laid, m, date)
}

// finish makes the issue that is laid out.
func (c *Compiler) finish(list *subscribe.List, slug string, laid *layout, m deliver.Manuscript, date time.Time) (*issue.Compiled, *source.Draft, error) {
	d := laid.draft
	i := &issue.Compiled{
		List: list.ID, Lang: d.Lang,
		From: list.From.Envelope(), FromName: list.FromName.In(d.Lang), FromDomain: list.From.Domain(),
		ReplyTo: list.ReplyTo.Envelope(), ReturnPath: list.ReturnPath.Envelope(), Delimiter: list.Delimiter,
		Headers: issueHeaders(list, d.Lang), Date: date.In(list.Zone).Truncate(time.Second),
		Boundary: rand.Text(), Key: []byte(rand.Text() + rand.Text()),
	}
	if err := c.fillBodies(i, list, slug, laid); err != nil {
		return nil, nil, err
	}
	for _, x := range d.Enclosed {
		i.Files = append(i.Files, issue.File{Name: x.Name, Type: x.Type, ID: x.ID, Sum: x.Sum})
	}
	return i, d, i.Fill(d.Named(m.Files))
}

// Draft reads a source; see [source.Parse].
func (c *Compiler) Draft(ctx context.Context, list *subscribe.List, m deliver.Manuscript) (*source.Draft, error) {
	laid, err := c.layOut(ctx, list, m)
	if err != nil {
		return nil, err
	}
	return laid.draft, nil
}

// Test makes a tester's copy; see [issue.Compiled.Test].
func (c *Compiler) Test(i *issue.Compiled, to subscribe.Address) (deliver.Message, error) {
	return i.Test(c.Templates, to)
}

// layOut reads a source and lays it out, unless it is kept. One editor at a time is
// served: nobody is kept waiting long, since [source.Parse] bounds what a source costs.
func (c *Compiler) layOut(ctx context.Context, list *subscribe.List, m deliver.Manuscript) (*layout, error) {
	return c.recent.get(ctx, sourceKey{list, m.Sum()}, func(sourceKey) (*layout, error) {
		if err := c.editors.take(ctx); err != nil {
			return nil, err
		}
		defer c.editors.leave()
		return c.read(ctx, list, m)
	})
}

func (c *Compiler) read(ctx context.Context, list *subscribe.List, m deliver.Manuscript) (*layout, error) {
	d, err := source.Parse(ctx, list, m)
	if err != nil {
		return &layout{draft: d}, err
	}
	if err := checkDeclaration(list, d.Lang); err != nil {
		return nil, err
	}
	whole, trial, err := body.Make(c.Templates, list, d)
	if err != nil {
		return nil, err
	}
	d.Findings = append(d.Findings, proof.Check(proof.Issue{
		Body: d.Body, First: d.First, HTML: d.HTML, Text: whole.Text, Keeps: d.KeepBreaks, Width: list.TextWidth, Found: d.Findings,
	})...).Sorted()
	return &layout{d, whole, trial}, d.Findings.Err()
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

// fillBodies dates the bodies of an issue, says in them where it can be read, and cuts them and its subject at its slots.
func (c *Compiler) fillBodies(i *issue.Compiled, list *subscribe.List, slug string, laid *layout) (err error) {
	day := i.Date.Format(c.Templates.Say(string(i.Lang), "issue.date", nil))
	page := list.URL((&subscribe.BackNumber{List: list.ID, Slug: slug}).Path())
	whole, trial := laid.whole.Of(day, page), laid.trial.Of(day, page)
	if len(whole.HTML) > deliver.MostHTML {
		var found finding.List
		found.Fail(0, "clipping", "the HTML part would have %d KB; above %d KB Gmail cuts a mail and hides the link that leaves: shorten the issue, or put its long parts on the web and link to them",
			len(whole.HTML)>>10, deliver.MostHTML>>10)
		return found
	}
	cut := func(marked string) (all []slot.Segment) {
		if err == nil {
			all, err = slot.Cut(marked, laid.draft.Slots)
		}
		return all
	}
	sample := c.sample(list, i.Lang)
	subject := cut(laid.draft.Subject)
	if i.Subject = slot.Fill(subject, false, sample); slices.ContainsFunc(subject, isSlot) {
		i.SubjectSegments = subject
	}
	i.Text = issue.Part{Encoding: mime.Transfer(whole.Text), Segments: cut(whole.Text)}
	i.HTML = issue.Part{Encoding: mime.Transfer(whole.HTML), Segments: cut(whole.HTML)}
	i.TrialText, i.TrialHTML = slot.Fill(cut(trial.Text), false, sample), slot.Fill(cut(trial.HTML), true, sample)
	return err
}

// sample fills each slot with the label of its field.
func (c *Compiler) sample(list *subscribe.List, lang subscribe.Lang) func(slot.Segment) string {
	return func(s slot.Segment) string {
		f, _ := list.Field(s.Slot)
		return c.Templates.Say(string(lang), "issue.sample", map[string]any{"Label": f.Label.In(lang)})
	}
}

func isSlot(s slot.Segment) bool { return s.Slot != "" }
