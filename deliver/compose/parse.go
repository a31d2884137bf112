package compose

import (
	"fmt"
	"html"
	"strings"
	"time"

	"golang.org/x/text/width"

	"example.jp/kairan/subscribe"
)

// Draft is an issue's source, read and found good for one list.
type Draft struct {
	Subject  string
	Lang     subscribe.Lang
	Expires  time.Duration // how long copies are tried, 1 to 240 hours; 0: as the installation says (RULES D-05)
	Warnings Faults        // what can be sent, and is probably not meant

	slots  []slot
	html   string // Markdown rendered, slots still marked, not yet sanitised
	titled bool   // the text has a heading of the first level
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
	if d.Subject != "" && columns(d.Subject) > longSubject {
		d.Warnings.add(keyLine(head, "subject"), "the subject is longer than 40 full-width characters; many readers see only its beginning")
	}
	body = readable(body, first, &faults)
	marked, slots := markSlots(list, body, first, &faults)
	d.slots = slots
	page := markdown{source: []byte(marked), first: first, hosts: officeHosts(list), faults: &faults, warnings: &d.Warnings}
	if d.html, d.titled, err = page.render(); err != nil {
		return nil, err
	}
	if len(faults) > 0 {
		return nil, faults
	}
	return d, nil
}

// maxColumns bounds tables, whose making takes the square of their size.
const maxColumns = 50

// MaxSource is the greatest size of an issue's source in octets. What is larger
// could not be sent (see [MaxHTML]) and would only take the server's time.
const MaxSource = 128 << 10

// readable reports what no mail body should hold, and takes it out.
func readable(body string, first int, faults *Faults) string {
	for i, l := range strings.Split(body, "\n") {
		if strings.Count(l, "|") > maxColumns {
			faults.add(first+i, "a table of more than %d columns; no mail program can show it", maxColumns)
		}
		for _, r := range l + html.UnescapeString(l) { // Markdown reads &#x...; too
			if reserved(r) {
				faults.add(first+i, "%s", reservedText)
			} else if r != '\t' && (unsafeInHeader(r) || turned(r)) {
				faults.add(first+i, "an invisible control character (U+%04X) stands here; delete it", r)
			}
		}
	}
	return strings.Map(func(r rune) rune {
		if reserved(r) || r != '\t' && r != '\n' && (unsafeInHeader(r) || turned(r)) {
			return -1
		}
		return r
	}, body)
}

// turned reports the characters that make text run the other way, which disguise
// links and file names.
func turned(r rune) bool { return r >= '\u202a' && r <= '\u202e' || r >= '\u2066' && r <= '\u2069' }

// columns is the width of a line on a screen, in half-width columns.
func columns(s string) (n int) {
	for _, r := range s {
		switch width.LookupRune(r).Kind() {
		case width.EastAsianWide, width.EastAsianFullwidth:
			n += 2
		default:
			n++
		}
	}
	return n
}
