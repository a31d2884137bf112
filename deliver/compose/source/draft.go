package source

import (
	"context"
	"errors"
	"html"
	"regexp"
	"strings"
	"time"

	"example.jp/kairan/deliver"
	"example.jp/kairan/deliver/compose/finding"
	"example.jp/kairan/deliver/compose/markdown"
	"example.jp/kairan/deliver/compose/slot"
	"example.jp/kairan/subscribe"
)

// Draft is an issue's source, read and found good for one list.
type Draft struct {
	Subject string // with marks in place of its slots
	Sample  string // the subject, with the names of fields or what stands for them in its slots
	Lang    subscribe.Lang
	Expires time.Duration // how long copies are tried, 1 to 240 hours; 0: as the installation says

	Preheader   string   // what stands behind the subject in a list of mails, with marks likewise; "": the beginning of the text
	KeepBreaks  bool     // every line break of a paragraph is one
	Attachments []string // names of files

	Enclosed []Enclosed // the files that it carries: pictures in the order of the text, then attachments

	Findings finding.List // what can be sent, and is probably not meant

	Body  string // below the front matter, as written
	First int    // its first line in the file

	markdown.Fragment                // what becomes of the text
	Slots             []slot.Segment // by the index of their marks

	SubjectLine, PreheaderLine int // of the file, if they are there
}

// Parse reads the manuscript of an issue of a list: TOML front matter between lines
// "+++", with its keys, of which subject is required, then Markdown with merge
// slots {{field}} and {{field|fallback}}. The error is [finding.List], everything that
// is wrong, unless the work was given up with ctx. If the text could be read all the
// same, it is returned without HTML beside the error.
func Parse(ctx context.Context, list *subscribe.List, m deliver.Manuscript) (*Draft, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if len(m.Source) > MaxSource {
		var found finding.List
		found.Fail(1, "size", "the issue has %d KB, and more than %d KB cannot be sent; shorten it, and link to what is long", len(m.Source)>>10, MaxSource>>10)
		return nil, found
	}
	text, found := readText(m.Source)
	if len(found) > 0 {
		return nil, found
	}
	head, body, first, found := cut(text)
	if len(found) > 0 {
		return nil, found
	}
	d := &Draft{Body: body, First: first}
	found = d.readFront(list, head)
	d.SubjectLine, d.PreheaderLine = keyLine(head, "subject"), keyLine(head, "preheader")
	if strings.TrimSpace(body) == "" {
		found.Fail(first, "empty", "the issue has no text; write it below the front matter")
		return nil, found.Sorted()
	}
	body = clean(body, first, &found)
	slots := marker{list: list, found: &found, slots: d.Slots, braces: `\{{`}
	body = slots.mark(body, first)
	d.Slots = slots.slots
	files := newEnclosing(list, m.Files, &found)
	page, err := markdown.Render(ctx, markdown.Text{Body: body, First: first, Hosts: list.Office.Hosts(list.Language), KeepBreaks: d.KeepBreaks, Fields: fieldIDs(list), Show: files.picture}, &found)
	if excess, is := errors.AsType[finding.List](err); is {
		return nil, append(found, excess...).Sorted()
	}
	if err != nil {
		return nil, err
	}
	d.Fragment = *page
	checkCharacters(d.Body, first, &found)
	files.attachAll(d.Attachments, keyLine(head, "attachments"))
	d.Enclosed = files.enclosed
	if isEmpty(d.HTML) && len(found) == 0 {
		found.Fail(first, "empty", "the issue has no text; write it below the front matter")
	}
	d.Findings = found.Sorted()
	if err := d.Findings.Err(); err != nil {
		d.HTML = ""
		return d, err
	}
	return d, ctx.Err()
}

// tags are those of HTML.
var tags = regexp.MustCompile(`<[^>]*>`)

// isEmpty reports HTML in which nothing is read and no picture shown, as of a source
// that is one comment.
func isEmpty(fragment string) bool {
	return !strings.Contains(fragment, "<img") && strings.TrimSpace(html.UnescapeString(tags.ReplaceAllString(fragment, ""))) == ""
}

// MaxSource is the greatest size of an issue's source in octets. What is larger
// could not be sent and would only take the server's time.
const MaxSource = 128 << 10
