package source

import (
	"fmt"
	"html"
	"strings"
	"time"

	"example.jp/kairan/deliver/compose/slot"
	"example.jp/kairan/subscribe"
)

// Draft is an issue's source, read and found good for one list.
type Draft struct {
	Subject  string
	Lang     subscribe.Lang
	Expires  time.Duration // how long copies are tried, 1 to 240 hours; 0: as the installation says
	Warnings Faults        // what can be sent, and is probably not meant

	HTML   string         // the text, safe, with marks in place of its slots
	Slots  []slot.Segment // by the index of their marks
	Titled bool           // the text has a heading of the first level
}

// Parse reads the source of an issue of a list: TOML front matter between lines
// "+++", with the keys subject (required), lang and expires, then Markdown with merge
// slots {{field}} and {{field|fallback}}. The error is [Faults], everything that
// is wrong, unless the file is not text in UTF-8.
func Parse(list *subscribe.List, source []byte) (*Draft, error) {
	if len(source) > MaxSource {
		return nil, Faults{{1, fmt.Sprintf("the issue has %d KB, and more than %d KB cannot be sent; shorten it, and link to what is long", len(source)>>10, MaxSource>>10)}}
	}
	text, err := readText(source)
	if err != nil {
		return nil, err
	}
	head, body, first, faults := cut(text)
	if len(faults) > 0 {
		return nil, faults
	}
	d := &Draft{}
	faults = d.readFront(list, head)
	if strings.TrimSpace(body) == "" {
		faults.add(first, "the issue has no text; write it below the front matter")
		return nil, faults
	}
	body = clean(body, first, &faults)
	body, d.Slots = markSlots(list, body, first, &faults)
	hosts := officeHosts(list)
	page := markdown{source: []byte(body), first: first, hosts: hosts, faults: &faults, warnings: &d.Warnings}
	text, d.Titled, err = page.render()
	if err != nil {
		return nil, err
	}
	if len(faults) > 0 {
		return nil, faults
	}
	d.HTML = sanitise(text, hosts)
	return d, nil
}

// MaxSource is the greatest size of an issue's source in octets. What is larger
// could not be sent and would only take the server's time.
const MaxSource = 128 << 10

// maxColumns bounds tables, whose making takes the square of their size.
const maxColumns = 50

// clean reports what no mail body should hold, and takes it out.
func clean(body string, first int, faults *Faults) string {
	for i, l := range strings.Split(body, "\n") {
		if strings.Count(l, "|") > maxColumns {
			faults.add(first+i, "a table of more than %d columns; no mail program can show it", maxColumns)
		}
		for _, r := range l + html.UnescapeString(l) { // Markdown reads &#x...; too
			if slot.IsMark(r) {
				faults.add(first+i, "%s", markText)
			} else if r != '\t' && subscribe.IsUnprintable(r) {
				faults.add(first+i, "an invisible control character (U+%04X) stands here; delete it", r)
			}
		}
	}
	return strings.Map(func(r rune) rune {
		if slot.IsMark(r) || r != '\t' && r != '\n' && subscribe.IsUnprintable(r) {
			return -1
		}
		return r
	}, body)
}
