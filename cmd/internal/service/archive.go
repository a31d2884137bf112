package service

import (
	"context"

	"example.jp/kairan/subscribe"
	"example.jp/kairan/subscribe/web"
)

// ArchivePage asks for a page as anybody could: it is for who writes an archive down.
var ArchivePage = verb("archive/page", (*Service).archivePage, reads)

// PageOf is a page at the host of a list; Path has its query.
type PageOf struct {
	List string `json:"list"`
	Path string `json:"path"`
}

// Page is what is answered to who asks for one.
type Page struct {
	Status int    `json:"status"`
	Type   string `json:"type"`
	Body   []byte `json:"body"`
}

func (s *Service) archivePage(_ context.Context, in PageOf) (out Page, err error) {
	l := s.Config.Lists[in.List]
	if l == nil {
		return out, subscribe.ErrList
	}
	pages, err := s.here()
	if err != nil {
		return out, err
	}
	out.Status, out.Type, out.Body, err = pages.Get(l.Office.BaseURL, in.Path)
	return out, err
}

// here are the pages, for who asks within this process.
func (s *Service) here() (*web.Local, error) {
	s.asking.Lock()
	defer s.asking.Unlock()
	if s.local != nil {
		return s.local, nil
	}
	site, err := s.site()
	if err == nil {
		s.local, err = web.NewLocal(site)
	}
	return s.local, err
}

// site is what the public pages are made from.
func (s *Service) site() (web.Site, error) {
	pictures, err := s.Config.Pictures()
	return web.Site{
		Desk: s.desk, Links: s.tokens, Archive: s.Store, Lists: s.Config.Lists, Endings: s.endedSince, Order: s.Config.Order, Templates: s.templates, Pictures: pictures,
		TrustedProxies: s.Config.Listen.TrustedProxies, Log: s.log, Now: s.now, Saw: s.requests.saw,
	}, err
}
