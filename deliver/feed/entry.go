package feed

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"net/url"
	"strings"
	"time"

	"example.jp/kairan/deliver"
)

// Entry is one entry of a feed, as plain text of one line each.
type Entry struct {
	ID      string    // as the feed has it; "": it has none
	Link    string    // an absolute http or https address; "": none
	Title   string    // never empty
	Summary string    // ""
	Date    time.Time // when it was published; zero: not known
}

// Prints are what the entry is known by, the first by its id and the second by what it says.
// With its title its link is one, too; and with its day, so that an entry that was corrected
// and has a new id as well is known. shared says that another entry of the feed has its link,
// of which nothing follows then; and clash that another has its id and is not the same, so
// that the id tells nothing either.
func (e Entry) Prints(shared, clash bool) []deliver.Print {
	day := ""
	if !e.Date.IsZero() {
		day = e.Date.UTC().Format(time.DateOnly)
	}
	says := printOf("says", e.Title, e.Summary, day)
	if day == "" { // "Updated" may be all that an entry says, again and again
		says = printOf("says", e.Title, e.Summary, pathOf(e.Link))
	}
	id := printOf("id", e.key())
	if clash {
		id = says
	}
	prints := []deliver.Print{id, says}
	if e.Link != "" {
		prints = append(prints, printOf("link and title", e.Link, e.Title))
		if day != "" && !shared {
			prints = append(prints, printOf("link and day", e.Link, day))
		}
	}
	return prints
}

// key is the id of an entry, or what stands for it where the feed has none.
func (e Entry) key() string { return cmp.Or(e.ID, e.Link, e.Title) }

// face is what entries with one key have in common if they are the same: with an id of their
// own the page that they lead to (a feed may have two versions of an entry, RFC 4287 §4.1.1);
// where the page is the id, the title, since sites lead from each entry to one page of news.
func (e Entry) face() string {
	_, id, _ := strings.Cut(e.ID, "://")
	_, page, _ := strings.Cut(e.Link, "://")
	if e.ID == "" || id != "" && id == page {
		return e.Title
	}
	return e.Link
}

// pathOf is an address without its host, which changes when a site moves.
func pathOf(link string) string {
	u, err := url.Parse(link)
	if err != nil {
		return link
	}
	return u.RequestURI()
}

// printOf is the beginning of a hash. The book and the journal seal it.
func printOf(parts ...string) deliver.Print {
	h := sha256.New()
	for _, part := range parts {
		h.Write(binary.BigEndian.AppendUint64(nil, uint64(len(part))))
		h.Write([]byte(part))
	}
	return deliver.Print(h.Sum(nil))
}

// PrintOfURL tells the addresses of feeds apart.
func PrintOfURL(address string) deliver.Print { return printOf("url", address) }

// prints are those of all entries of a feed, in their order.
func prints(all []Entry) [][]deliver.Print {
	links, faces, clash := map[string]int{}, map[string]string{}, map[string]bool{}
	for _, e := range all {
		links[e.Link]++
		if face, met := faces[e.key()]; met && face != e.face() {
			clash[e.key()] = true
		}
		faces[e.key()] = e.face()
	}
	out := make([][]deliver.Print, len(all))
	for n, e := range all {
		out[n] = e.Prints(links[e.Link] > 1, clash[e.key()])
	}
	return out
}
