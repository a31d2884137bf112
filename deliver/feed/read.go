package feed

import (
	"bytes"
	"cmp"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strings"
	"time"

	"github.com/mmcdole/gofeed"
	"golang.org/x/net/idna"
)

// The bounds of what is read.
const (
	MaxOctets  = 4 << 20 // of a feed, unpacked
	maxDepth   = 100     // of elements within each other; the parser calls itself for each
	maxTokens  = 200_000 // tags, texts and comments
	maxAsides  = 5_000   // comments and the like, each of which cuts a text in two
	maxEntries = 5_000

	maxTitle   = 200 // characters
	maxSummary = 200
	maxLink    = 2_000 // octets
	maxID      = 2_000
)

// ErrPage is what came in place of a feed: a page of the web.
var ErrPage = errors.New("the feed has become a web page: look at its address in a browser, and write the one that the site's feed has now as url")

// Read reads a feed that came from an address, with the Content-Type that its server named.
func Read(body []byte, contentType string, from *url.URL) (all []Entry, err error) {
	if len(body) > MaxOctets {
		return nil, fmt.Errorf("the feed has more than %d MB, and is not read; ask the site for a shorter one", MaxOctets>>20)
	}
	text, err := decode(body, contentType)
	if err != nil {
		return nil, err
	}
	if isPage(text) {
		return nil, ErrPage
	}
	if err := bounded(text); err != nil {
		return nil, err
	}
	defer func() { // what strangers send must not end the service, whatever the parser does with it
		if x := recover(); x != nil {
			all, err = nil, fmt.Errorf("the feed cannot be read: %v", x)
		}
	}()
	parsed, err := gofeed.NewParser().Parse(bytes.NewReader(text))
	if err != nil {
		return nil, noFeed(err)
	}
	if len(parsed.Items) > maxEntries {
		return nil, fmt.Errorf("the feed has %d entries, and is not read; ask the site for a shorter one", len(parsed.Items))
	}
	for _, i := range parsed.Items {
		if e := entryOf(i, from); e.Title != "" {
			all = append(all, e)
		}
	}
	return all, nil
}

// noFeed says what a parser found. It may repeat what strangers wrote, and is shown on
// terminals.
func noFeed(err error) error {
	return fmt.Errorf("it is no whole feed, neither RSS nor Atom nor JSON Feed: %.200s", strings.Map(readable, err.Error()))
}

func entryOf(i *gofeed.Item, from *url.URL) Entry {
	e := Entry{
		ID: strings.TrimSpace(i.GUID), Link: linkOf(i.Link, from),
		Title: plainText(i.Title, maxTitle), Summary: plainText(cmp.Or(i.Description, i.Content), maxSummary),
	}
	if len(e.ID) > maxID {
		e.ID = fmt.Sprintf("%x", printOf(e.ID))
	}
	for _, at := range []*time.Time{i.PublishedParsed, i.UpdatedParsed} {
		if at != nil && at.Year() > 1970 && at.Year() < 10_000 && e.Date.IsZero() {
			e.Date = *at
		}
	}
	if e.Title == "" {
		e.Title, e.Summary = cmp.Or(e.Summary, e.Link), ""
	}
	if e.Summary == e.Title {
		e.Summary = ""
	}
	return e
}

// linkOf is the address of a page of the web, whole; "" for anything else. It is one over
// TLS, as browsers would try first, since what readers see of a public body must not be
// changed on its way.
func linkOf(s string, from *url.URL) string {
	u, err := url.Parse(strings.TrimSpace(s))
	if err != nil || s == "" {
		return ""
	}
	if from != nil {
		u = from.ResolveReference(u)
	}
	if u.Scheme != "http" && u.Scheme != "https" || u.User != nil || len(u.String()) > maxLink {
		return ""
	}
	if host, err := idna.Lookup.ToASCII(u.Hostname()); err != nil || !strings.Contains(host, ".") {
		return ""
	}
	u.Scheme = "https"
	return u.String()
}

// isPage says whether a text is HTML. What is XHTML begins as XML does.
func isPage(text []byte) bool {
	head := strings.ToLower(string(bytes.TrimSpace(text[:min(len(text), 4096)])))
	for strings.HasPrefix(head, "<?") || strings.HasPrefix(head, "<!--") {
		end := "?>"
		if head[1] == '!' {
			end = "-->"
		}
		_, rest, closed := strings.Cut(head, end)
		if !closed {
			return false
		}
		head = strings.TrimSpace(rest)
	}
	return strings.HasPrefix(head, "<!doctype html") || strings.HasPrefix(head, "<html")
}

// bounded refuses what would cost the parser more than any feed does. Entities that a text
// declares itself are not expanded, so that none can be a bomb.
func bounded(text []byte) error {
	switch head := bytes.TrimSpace(text); {
	case len(head) == 0:
		return errors.New("the feed is empty: not a single octet of it came")
	case head[0] == '{':
		return boundedJSON(head)
	}
	d := xml.NewDecoder(bytes.NewReader(text))
	d.Strict = false
	d.Entity = nil
	depth, asides, inText := 0, 0, false
	for tokens := 0; ; tokens++ {
		t, err := d.RawToken()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return noFeed(err)
		}
		_, isText := t.(xml.CharData)
		switch t.(type) {
		case xml.StartElement:
			depth++
		case xml.EndElement:
			depth--
		case xml.Comment, xml.ProcInst, xml.Directive:
			asides++
		}
		if isText && inText { // a text in pieces, as of CDATA sections
			asides++
		}
		inText = isText
		if depth > maxDepth || tokens > maxTokens || asides > maxAsides {
			return errTangled
		}
	}
}

var errTangled = errors.New("the feed is nested deeper, or has more elements, than any feed should, and is not read")

func boundedJSON(text []byte) error {
	d := json.NewDecoder(bytes.NewReader(text))
	depth := 0
	for tokens := 0; ; tokens++ {
		t, err := d.Token()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("it is no whole JSON Feed: %.200s", err)
		}
		if mark, is := t.(json.Delim); is {
			if mark == '{' || mark == '[' {
				depth++
			} else {
				depth--
			}
		}
		if depth > maxDepth || tokens > maxTokens {
			return errTangled
		}
	}
}
