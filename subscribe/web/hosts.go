package web

import (
	"cmp"
	"net/url"
	"slices"
	"strings"

	"github.com/gofiber/fiber/v2"

	"example.jp/kairan/subscribe"
	"example.jp/kairan/templates"
)

// Each office has the host of its base URL, and pages there show its own lists
// only. Links that are out work on every host, since a mail cannot be changed: the
// link names its list, and the list its office.

// host is what is at a host.
type host struct {
	offices []*subscribe.Office // in the order of the configuration
	lists   []string            // ids of their lists
}

// noteHosts notes the offices under their hosts, with their ports and without.
func (p *pages) noteHosts(bases map[string]*url.URL) {
	p.everywhere = &host{}
	for _, id := range p.Order {
		o := p.Lists[id].Office
		p.everywhere.add(o, id)
		for _, name := range slices.Compact([]string{strings.ToLower(bases[o.ID].Host), strings.ToLower(bases[o.ID].Hostname())}) {
			if p.hosts[name] == nil {
				p.hosts[name] = &host{}
			}
			p.hosts[name].add(o, id)
		}
	}
}

func (h *host) add(o *subscribe.Office, list string) {
	h.lists = append(h.lists, list)
	if !slices.ContainsFunc(h.offices, func(x *subscribe.Office) bool { return x.ID == o.ID }) {
		h.offices = append(h.offices, o)
	}
}

// here is the host that the visitor asked for. One that is no office's, as behind a proxy
// under another name, has them all.
func (p *pages) here(c *fiber.Ctx) *host {
	asked := c.Request().Header.Host()
	if h := p.hosts[string(asked)]; h != nil {
		return h
	}
	name := strings.ToLower(string(asked))
	h := p.hosts[name]
	if u, err := url.Parse("//" + name); h == nil && err == nil {
		h = p.hosts[strings.TrimSuffix(u.Hostname(), ".")]
	}
	return cmp.Or(h, p.everywhere)
}

// hostFrame is the frame of a page that belongs to no list: of the one office at a host, or
// of none, with all that can be asked.
func (p *pages) hostFrame(at *host, lang subscribe.Lang) templates.Frame {
	if len(at.offices) == 1 {
		return p.frame(at.offices[0], lang)
	}
	f := p.frame(nil, lang)
	for i, o := range at.offices {
		f.Contacts = append(f.Contacts, *contact(o, lang))
		if i == 0 {
			f.Site = o.BaseURL
		} else if o.BaseURL != f.Site { // asked for under a name of none of them
			f.Site = ""
		}
	}
	return f
}

const localOffice = "office"

// rememberOffice remembers whose page was asked for, should the request fail.
func rememberOffice(c *fiber.Ctx, o *subscribe.Office) { c.Locals(localOffice, o) }

// rememberList is for the pages of a list. Under another office's host they work, since
// such a link may be out, but no search engine need show them there.
func (p *pages) rememberList(c *fiber.Ctx) error {
	if l := p.Lists[c.Params("list")]; l != nil {
		rememberOffice(c, l.Office)
		if !slices.Contains(p.here(c).lists, l.ID) {
			hideFromSearch(c)
		}
	}
	return c.Next()
}
