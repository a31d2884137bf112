package mirror

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/url"
	"path"
	"strings"

	"golang.org/x/net/html"
)

// place is a page, or a file, of a list's archive, and where it lies in the folder.
type place struct {
	list List
	path string // without its query, unescaped
	lang string // "" for what has none
}

// at is the place of a path, in the language of the list if it is a page.
func (p place) at(to string) place {
	p.path, p.lang = to, ""
	if p.isPage() {
		p.lang = p.list.Lang
	}
	return p
}

// isPage says whether it is a page, which has languages, and not a file.
func (p place) isPage() bool {
	switch parts := strings.Split(strings.TrimPrefix(p.path, "/lists/"+p.list.ID+"/"), "/"); parts[0] {
	case "issues", "years":
		return len(parts) == 2
	}
	return false
}

// isArchive says whether it is of the archive.
func (p place) isArchive() bool {
	below, ok := strings.CutPrefix(p.path, "/lists/"+p.list.ID+"/")
	return ok && (strings.HasPrefix(below, "issues/") || strings.HasPrefix(below, "years/") || below == "feed.atom")
}

// asked is how it is asked for.
func (p place) asked() string {
	u := url.URL{Path: p.path}
	if p.lang != "" {
		u.RawQuery = url.Values{"lang": {p.lang}}.Encode()
	}
	return u.String()
}

// file is its name in the folder.
func (p place) file() string {
	name := strings.TrimPrefix(p.path, "/")
	switch {
	case !p.isPage():
		return name
	case p.lang != p.list.Lang:
		return path.Join(name, "index."+p.lang+".html")
	}
	return path.Join(name, "index.html")
}

// relink makes the links of a page lead to the files of the folder, and those that are not
// there to the pages themselves; gone are paths that lead nowhere. It returns the places that
// belong into the folder.
func (p place) relink(page []byte, gone map[string]bool) (out []byte, to []place, err error) {
	z := html.NewTokenizer(bytes.NewReader(page))
	for {
		kind := z.Next()
		raw := append([]byte(nil), z.Raw()...)
		switch kind {
		case html.ErrorToken:
			if !errors.Is(z.Err(), io.EOF) {
				return nil, nil, fmt.Errorf("read the page %s: %w", p.path, z.Err())
			}
			return append(out, raw...), to, nil
		case html.StartTagToken, html.SelfClosingTagToken:
			if t := z.Token(); p.relinkTag(&t, gone, &to) {
				raw = []byte(t.String())
			}
		}
		out = append(out, raw...)
	}
}

// relinkTag changes the link of a tag, if it has one to the same host.
func (p place) relinkTag(t *html.Token, gone map[string]bool, to *[]place) (changed bool) {
	drawn := t.Data == "link" || t.Data == "img" // what a page is shown with lies beside it
	for i, a := range t.Attr {
		if a.Key != "href" && a.Key != "src" {
			continue
		}
		u, err := url.Parse(a.Val)
		if err != nil || u.Scheme != "" || u.Host != "" || u.Path == "" && u.RawQuery == "" {
			continue
		}
		u = (&url.URL{Path: p.path}).ResolveReference(u)
		target := p.at(u.Path)
		if lang := u.Query().Get("lang"); lang != "" && target.isPage() {
			target.lang = lang
		}
		if gone[target.path] || !drawn && !target.isArchive() {
			t.Attr[i].Val, changed = p.list.Base+u.String(), true
			continue
		}
		*to = append(*to, target)
		t.Attr[i].Val, changed = p.linkTo(target, u.Fragment), true
	}
	return changed
}

// linkTo is the relative link to a file of the folder.
func (p place) linkTo(target place, fragment string) string {
	from, to := strings.Split(p.file(), "/"), strings.Split(target.file(), "/")
	for len(from) > 1 && len(to) > 1 && from[0] == to[0] {
		from, to = from[1:], to[1:]
	}
	u := url.URL{Path: strings.Repeat("../", len(from)-1) + strings.Join(to, "/"), Fragment: fragment}
	return u.String()
}
