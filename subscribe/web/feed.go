package web

import (
	"encoding/xml"
	"strings"
	"time"
	"unicode"

	"github.com/gofiber/fiber/v2"

	"example.jp/kairan/subscribe"
)

// perFeed is of how many issues a feed tells.
const perFeed = 20

// feedPath is where a list's feed is.
func feedPath(l *subscribe.List) string { return "/lists/" + l.ID + "/feed.atom" }

// The parts of a feed (RFC 4287).
type (
	atomFeed struct {
		XMLName  xml.Name    `xml:"http://www.w3.org/2005/Atom feed"`
		Lang     string      `xml:"xml:lang,attr"`
		ID       string      `xml:"id"`
		Title    string      `xml:"title"`
		Subtitle string      `xml:"subtitle,omitempty"`
		Updated  string      `xml:"updated"`
		Author   atomAuthor  `xml:"author"`
		Links    []atomLink  `xml:"link"`
		Entries  []atomEntry `xml:"entry"`
	}
	atomAuthor struct {
		Name string `xml:"name"`
		URI  string `xml:"uri"`
	}
	atomLink struct {
		Rel  string `xml:"rel,attr"`
		Type string `xml:"type,attr"`
		Lang string `xml:"hreflang,attr,omitempty"`
		Href string `xml:"href,attr"`
	}
	atomEntry struct {
		Lang      string   `xml:"xml:lang,attr,omitempty"`
		ID        string   `xml:"id"`
		Title     string   `xml:"title"`
		Link      atomLink `xml:"link"`
		Published string   `xml:"published"`
		Updated   string   `xml:"updated"`
		Summary   string   `xml:"summary,omitempty"`
	}
)

// feed is GET /lists/{list}/feed.atom, in the language of the list.
func (p *pages) feed(c *fiber.Ctx) error {
	l, _, err := p.archived(c)
	if err != nil {
		return err
	}
	return p.sendFileOnce(c, once{page: "feed", of: l.ID}, func() (*rendered, error) { return p.feedOf(l) })
}

func (p *pages) feedOf(l *subscribe.List) (*rendered, error) {
	heads, err := p.shelf.of(p.Archive, l.ID)
	if err != nil {
		return nil, err
	}
	office, lang := l.Office, l.Language
	changed := office.PolicyDate // of an archive in which nothing is, something must be said
	out := atomFeed{
		Lang: string(lang), ID: tagURI(l, "issues"), Title: l.Name.In(lang), Subtitle: l.Description.In(lang),
		Author: atomAuthor{office.Name.In(lang), office.BaseURL},
		Links: []atomLink{
			{Rel: "self", Type: "application/atom+xml", Href: l.URL(feedPath(l))},
			{Rel: "alternate", Type: "text/html", Lang: string(lang), Href: l.URL(subscribe.ArchivePath(l.ID))},
		},
	}
	for i := 0; i < len(heads) && len(out.Entries) < perFeed; i++ {
		changed = later(changed, heads[i].At, heads[i].Withdrawn)
		if !heads[i].Withdrawn.IsZero() {
			continue
		}
		b, err := p.standing(l, heads[i].Slug)
		if err != nil {
			return nil, err // withdrawn in this moment; the next one who asks gets a feed without it
		}
		e := atomEntry{
			ID: tagURI(l, "issues/"+b.Slug), Title: b.Subject, Published: atomTime(b.At), Updated: atomTime(b.At), Summary: summary(b.Text),
			Link: atomLink{Rel: "alternate", Type: "text/html", Href: l.URL(b.Path())},
		}
		if b.Lang != lang {
			e.Lang = string(b.Lang)
		}
		out.Entries = append(out.Entries, e)
	}
	out.Updated = atomTime(changed)
	body, err := xml.MarshalIndent(out, "", " ")
	if err != nil {
		return nil, err
	}
	body = append([]byte(xml.Header), append(body, '\n')...)
	return &rendered{kind: "application/atom+xml; charset=utf-8", body: body, changed: later(p.began, changed)}, nil
}

// tagURI names something for ever, also when the pages move to another host (RFC 4151): the
// identifier of the list never changes. Of the year only the past matters.
func tagURI(l *subscribe.List, what string) string { return "tag:" + l.ListID + ",2026:" + what }

func atomTime(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// summary is how a text begins. Lines that only part others are left out.
func summary(text string) string {
	const most = 200
	var b strings.Builder
	n := 0
	for word := range strings.FieldsSeq(text) {
		if strings.IndexFunc(word, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }) < 0 {
			continue
		}
		if n > 0 {
			b.WriteByte(' ')
			n++
		}
		for _, r := range word {
			if n++; n > most {
				return b.String() + "…"
			}
			b.WriteRune(r)
		}
	}
	return b.String()
}
