package web

import (
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

// noteHost notes an office under its host, with its port and without.
func (p *pages) noteHost(o *subscribe.Office, base *url.URL) {
	for _, host := range []string{strings.ToLower(base.Host), strings.ToLower(base.Hostname())} {
		if !slices.Contains(p.hosts[host], o.ID) {
			p.hosts[host] = append(p.hosts[host], o.ID)
		}
	}
}

// officesAt are the offices whose host the visitor asked for, in the order of the
// configuration. A host that is none of theirs, as behind a proxy under another
// name, shows them all.
func (p *pages) officesAt(c *fiber.Ctx) (all []*subscribe.Office) {
	host := strings.ToLower(string(c.Request().Header.Host()))
	here := p.hosts[host]
	if u, err := url.Parse("//" + host); here == nil && err == nil {
		here = p.hosts[strings.TrimSuffix(u.Hostname(), ".")]
	}
	for _, id := range p.Order {
		o := p.Lists[id].Office
		if (here == nil || slices.Contains(here, o.ID)) && !slices.ContainsFunc(all, func(x *subscribe.Office) bool { return x.ID == o.ID }) {
			all = append(all, o)
		}
	}
	return all
}

// listsAt are the ids of those offices' lists.
func (p *pages) listsAt(c *fiber.Ctx) (ids []string) {
	here := p.officesAt(c)
	for _, id := range p.Order {
		if slices.ContainsFunc(here, func(o *subscribe.Office) bool { return o.ID == p.Lists[id].Office.ID }) {
			ids = append(ids, id)
		}
	}
	return ids
}

// hostFrame is the frame of a page that belongs to no list: of the one office at
// this host, or of none, with all that can be asked.
func (p *pages) hostFrame(c *fiber.Ctx, lang subscribe.Lang) templates.Frame {
	here := p.officesAt(c)
	if o, ok := c.Locals(localOffice).(*subscribe.Office); ok {
		here = []*subscribe.Office{o}
	}
	if len(here) == 1 {
		return p.frame(here[0], lang)
	}
	f := p.frame(nil, lang)
	for _, o := range here {
		f.Contacts = append(f.Contacts, *contact(o, lang))
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
		if !slices.Contains(p.listsAt(c), l.ID) {
			hideFromSearch(c)
		}
	}
	return c.Next()
}
