package compose

import (
	"strings"

	"golang.org/x/text/width"

	"example.jp/kairan/subscribe"
)

// Draft is an issue's source, read and found good for one list.
type Draft struct {
	Subject  string
	Lang     subscribe.Lang
	Warnings Faults // what can be sent, and is probably not meant

	slots  []slot
	html   string // Markdown rendered, slots still marked, not yet sanitised
	titled bool   // the text has a heading of the first level
}

// Parse reads the source of an issue of a list: TOML front matter between lines
// "+++", with the keys subject (required) and lang, then Markdown with merge
// slots {{field}} and {{field|fallback}}. The error is [Faults], everything that
// is wrong, unless the file is not text in UTF-8.
func Parse(list *subscribe.List, source []byte) (*Draft, error) {
	text, err := readText(source)
	if err != nil {
		return nil, err
	}
	head, body, first, faults := cut(text)
	if len(faults) > 0 {
		return nil, faults
	}
	d := &Draft{}
	d.Subject, d.Lang, faults = readFront(list, head)
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
	page := markdown{source: []byte(marked), first: first, host: officeHost(list), faults: &faults, warnings: &d.Warnings}
	if d.html, d.titled, err = page.render(); err != nil {
		return nil, err
	}
	if len(faults) > 0 {
		return nil, faults
	}
	return d, nil
}

// readable reports what no mail body should hold, and takes it out.
func readable(body string, first int, faults *Faults) string {
	for i, l := range strings.Split(body, "\n") {
		for _, r := range l {
			if reserved(r) {
				faults.add(first+i, "%s", reservedText)
			} else if r != '\t' && unsafeInHeader(r) {
				faults.add(first+i, "an invisible control character (U+%04X) stands here; delete it", r)
			}
		}
	}
	return strings.Map(func(r rune) rune {
		if reserved(r) || r != '\t' && r != '\n' && unsafeInHeader(r) {
			return -1
		}
		return r
	}, body)
}

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
