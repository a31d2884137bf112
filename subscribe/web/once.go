package web

import (
	"bytes"
	"crypto/rand"
	"strings"
	"sync"
	"time"

	"github.com/gofiber/fiber/v2"

	"example.jp/kairan/subscribe"
	"example.jp/kairan/templates"
)

// Most pages are the same for all who ask in one language. They are rendered once and
// copied, for as long as what they were made from stands. A page gets in only under a
// name from the declarations, and is made from that name alone: no function that makes
// one may look at the request.

// once is the name of such a page.
type once struct {
	page templates.PageName
	of   string // id of the list or the office that it is of; "": of none
	what string // which of that kind: a slug, a year, an outcome, an error
	at   *host  // whose lists it shows; nil: it is the same at every host
	lang subscribe.Lang
}

// rendered is a page, or a file, as it is sent.
type rendered struct {
	kind  string // media type
	body  []byte
	parts [][]byte // of the body, between which what was typed is filled in
	// Of what readers may keep.
	tag     string
	changed time.Time
}

// maxRendered is how many octets of pages are kept; all are let go when there are more.
const maxRendered = 16 << 20

// rack keeps what was rendered, as of one basis.
type rack struct {
	mu     sync.RWMutex
	as     basis
	all    map[once]*rendered
	octets int
}

// basis is all that pages are made from beside the configuration.
type basis struct {
	archive uint64 // its version
	faults  uint64 // how often it could not be read: a page that lacks it is not kept
	ended   uint64 // a digest of since when each list has ended
	quarter int64  // of an hour: days begin with one, in every zone
}

func (p *pages) basis() (s basis) {
	if p.Archive != nil {
		s.archive, s.faults = p.Archive.ArchiveVersion(), p.faults.Load()
	}
	if p.Endings != nil {
		const prime = 1099511628211 // of FNV
		for _, id := range p.Order {
			s.ended = s.ended*prime ^ uint64(p.Endings(id).UnixNano())
		}
	}
	s.quarter = p.Now().Unix() / (15 * 60)
	return s
}

// rendered is the page of that name, rendered anew if it is not there as of now.
func (p *pages) rendered(name once, render func() (*rendered, error)) (*rendered, error) {
	now := p.basis() // asked first: what is rendered next may be newer, but not older
	if r := p.rack.find(now, name); r != nil {
		return r, nil
	}
	r, err := render()
	if err == nil && p.basis() == now {
		p.rack.keep(now, name, r)
	}
	return r, err
}

func (k *rack) find(as basis, name once) *rendered {
	k.mu.RLock()
	defer k.mu.RUnlock()
	if k.as != as {
		return nil
	}
	return k.all[name]
}

func (k *rack) keep(as basis, name once, r *rendered) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if len(r.body) > maxRendered/4 || k.as == as && k.all[name] != nil {
		return
	}
	if k.all == nil || k.as != as || k.octets+len(r.body) > maxRendered {
		k.as, k.all, k.octets = as, map[once]*rendered{}, 0
	}
	k.all[name] = r
	k.octets += len(r.body)
}

// sendOnce sends a page that is the same for everybody. make is its data.
func (p *pages) sendOnce(c *fiber.Ctx, status int, name once, make func() (any, error)) error {
	r, err := p.rendered(name, func() (*rendered, error) { return p.render(name, make) })
	if err != nil {
		return err
	}
	setType(c, r.kind)
	return c.Status(status).Send(r.body)
}

// sendFilled sends a page that is the same for everybody but for what was typed, which
// stands where make's data has the mark: in text or in a quoted attribute.
func (p *pages) sendFilled(c *fiber.Ctx, status int, name once, typed string, make func(mark string) any) error {
	r, err := p.rendered(name, func() (*rendered, error) {
		r, err := p.render(name, func() (any, error) { return make(mark), nil })
		if err == nil {
			r.parts = bytes.Split(r.body, []byte(mark))
		}
		return r, err
	})
	if err != nil {
		return err
	}
	setType(c, r.kind)
	c.Status(status)
	typed = escape.Replace(strings.ToValidUTF8(typed, "\ufffd"))
	for n, part := range r.parts { // into the answer's own room, which is used again
		if n > 0 {
			c.Response().AppendBodyString(typed)
		}
		c.Response().AppendBody(part)
	}
	return nil
}

// mark stands in no page by itself, since nobody knows it, and is the same in every context.
var mark = "mark" + rand.Text()

// escape writes a text as html/template does, in text and in a quoted attribute.
var escape = strings.NewReplacer("\x00", "\ufffd", `"`, "&#34;", "&", "&amp;", "'", "&#39;", "+", "&#43;", "<", "&lt;", ">", "&gt;")

// sendKnownOnce sends a page that is the same for everybody, and which they may keep. make
// is its data, and when they last changed.
func (p *pages) sendKnownOnce(c *fiber.Ctx, name once, make func() (any, time.Time, error)) error {
	c.Vary(fiber.HeaderAcceptLanguage)
	return p.sendFileOnce(c, name, func() (r *rendered, err error) {
		var changed time.Time
		r, err = p.render(name, func() (page any, err error) { page, changed, err = make(); return page, err })
		if err == nil {
			r.changed = changed
		}
		return r, err
	})
}

// sendFileOnce sends anything that is the same for everybody, and which they may keep.
func (p *pages) sendFileOnce(c *fiber.Ctx, name once, make func() (*rendered, error)) error {
	r, err := p.rendered(name, func() (*rendered, error) {
		r, err := make()
		if err == nil {
			r.tag = tagOf(r.body)
		}
		return r, err
	})
	if err != nil || p.isKnown(c, r.tag, r.changed) {
		return err
	}
	setType(c, r.kind)
	return c.Send(r.body)
}

func (p *pages) render(name once, make func() (any, error)) (*rendered, error) {
	page, err := make()
	if err != nil {
		return nil, err
	}
	body, err := p.page(name.page, name.lang, page)
	return &rendered{kind: fiber.MIMETextHTMLCharsetUTF8, body: body}, err
}
