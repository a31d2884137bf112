package web

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/gofiber/fiber/v2/middleware/recover"
	"github.com/valyala/fasthttp"

	"example.jp/kairan/subscribe"
)

// What one request may take. Forms are small, and the longest link, with a
// sealed address of 254 bytes in it, stays below 1 KiB.
const (
	leaveLimit   = 256 << 10
	headerLimit  = 8 << 10
	readTimeout  = 10 * time.Second // of a whole request, from its first octet
	writeTimeout = 10 * time.Second // of a whole page
	idleTimeout  = 60 * time.Second
	fileTimeout  = 5 * time.Minute // to write a file of an issue

	writeBuffer = 16 << 10 // most pages are written by one call of the kernel
)

// New returns the public application, to be given a listener. It fails if
// something in s is missing or contradicts itself. Requests that still run when
// a shutdown's time is over see their context end.
func New(s Site) (*App, error) {
	p, err := openSite(s)
	if err != nil {
		return nil, err
	}
	app := fiber.New(fiber.Config{
		BodyLimit:                    bodyLimit,
		ReadBufferSize:               headerLimit,
		WriteBufferSize:              writeBuffer,
		ReadTimeout:                  readTimeout,
		WriteTimeout:                 writeTimeout,
		IdleTimeout:                  idleTimeout,
		ErrorHandler:                 p.fail,
		Immutable:                    true, // a request that is put down keeps strings for longer than the handler runs
		StrictRouting:                true,
		CaseSensitive:                true,
		DisablePreParseMultipartForm: true, // a broken body must not keep anybody from leaving
		EnableTrustedProxyCheck:      true,
		TrustedProxies:               p.TrustedProxies,
		DisableStartupMessage:        true,
	})
	stopping, stop := context.WithCancel(context.Background())
	p.stopping = stopping
	app.Hooks().OnShutdown(func() error { stop(); return nil })
	app.Server().HeaderReceived = limits
	p.routes(app)
	p.patterns = patternsOf(app)
	p.refuseUnknownMethods(app)
	noteSilence(app.Server())
	return &App{app, p}, nil
}

// openSite checks the parts of a Site.
func openSite(s Site) (*pages, error) {
	if s.Desk == nil || s.Links == nil || s.Templates == nil {
		return nil, errors.New("the site needs a desk, links and templates")
	}
	s.Log = cmp.Or(s.Log, slog.New(slog.DiscardHandler))
	if s.Now == nil {
		s.Now = time.Now
	}
	p := &pages{Site: s, began: s.Now(), origins: map[string]bool{}, hosts: map[string]*host{}}
	bases := map[string]*url.URL{}
	for id, l := range s.Lists {
		if !slices.Contains(s.Order, id) {
			return nil, fmt.Errorf("the order of the lists leaves out %q", id)
		}
		base, err := url.Parse(l.Office.BaseURL)
		if err != nil || base.Host == "" {
			return nil, fmt.Errorf("office %q: the base URL is not a URL with a host", l.Office.ID)
		}
		bases[l.Office.ID] = base
		p.origins[strings.ToLower(base.Scheme+"://"+base.Host)] = true
		p.https = p.https || base.Scheme == "https"
	}
	for _, id := range s.Order {
		if s.Lists[id] == nil {
			return nil, fmt.Errorf("the order of the lists names %q, which is not declared", id)
		}
	}
	p.noteHosts(bases)
	if err := p.dressAll(); err != nil {
		return nil, err
	}
	var err error
	p.TrustedProxies, err = proxies(s.TrustedProxies)
	return p, err
}

// proxies puts addresses into the one spelling that Fiber compares with.
func proxies(named []string) (out []string, err error) {
	for _, s := range named {
		if network, err := netip.ParsePrefix(s); err == nil {
			out = append(out, network.Masked().String())
			continue
		}
		a, err := netip.ParseAddr(s)
		if err != nil {
			return nil, fmt.Errorf("trusted proxy %q is neither an address nor a network such as 192.0.2.0/24", s)
		}
		out = append(out, a.Unmap().String())
	}
	return out, nil
}

func (p *pages) routes(app *fiber.App) {
	app.Use(p.surround, recover.New(recover.Config{EnableStackTrace: true, StackTraceHandler: p.logPanic}))

	for path := range p.assets {
		app.Get(path, p.asset)
	}
	app.Get("/favicon.ico", p.favicon)
	app.Get("/", refuseRepeats, p.home)
	app.Get("/lists/:list", refuseRepeats, p.rememberList, p.signUp)
	app.Post("/lists/:list", p.rememberList, p.request)
	app.Get("/lists/:list/issues/", refuseRepeats, p.rememberList, p.archive)
	app.Get("/lists/:list/years/:year", refuseRepeats, p.rememberList, p.archive)
	app.Get("/lists/:list/issues/:issue", refuseRepeats, p.rememberList, p.backNumber)
	app.Get("/lists/:list/issues/:issue/:file", p.rememberList, p.backNumberFile)
	app.Get("/lists/:list/feed.atom", p.rememberList, p.feed)
	app.Get("/robots.txt", p.robots)
	app.Get("/privacy", refuseRepeats, p.privacy)
	app.Get("/privacy/:office", refuseRepeats, p.privacyOf)
	app.Get("/.well-known/mail-list-policy.json", p.policyFile)
	app.Get("/correct", refuseRepeats, p.ask)
	app.Post("/correct", p.refuseCrossSite, p.askCorrection)

	app.Get("/confirm/:token", refuseRepeats, p.link(p.showConfirm, subscribe.ToConfirm, subscribe.ToMove))
	app.Post("/confirm/:token", p.refuseCrossSite, p.link(p.confirm, subscribe.ToConfirm, subscribe.ToMove))
	app.Get("/correct/:token", refuseRepeats, p.link(p.showCorrect, subscribe.ToCorrect))
	app.Post("/correct/:token", p.refuseCrossSite, p.link(p.correct, subscribe.ToCorrect))
	app.Get("/block/:token", refuseRepeats, p.link(p.showBlock, subscribe.ToBlock))
	app.Post("/block/:token", p.refuseCrossSite, p.link(p.block, subscribe.ToBlock))

	// Neither of these asks anything of the request but its link (RFC 8058 §3.1).
	app.Get("/leave/:token", p.link(p.showLeave, subscribe.ToLeave, subscribe.ToCorrect))
	app.Post("/leave/:token", p.link(p.leave, subscribe.ToLeave, subscribe.ToCorrect))
}

// refuseUnknownMethods answers methods that Fiber does not know, which it would answer
// without any of our headers.
func (p *pages) refuseUnknownMethods(app *fiber.App) {
	server := app.Server()
	known := server.Handler
	server.Handler = func(rc *fasthttp.RequestCtx) {
		if slices.Contains(fiber.DefaultMethods, string(rc.Method())) {
			known(rc)
			return
		}
		c := app.AcquireCtx(rc)
		defer app.ReleaseCtx(c)
		_ = p.fail(c, fiber.ErrNotImplemented) // fail answers and returns nil
	}
}

// surround is what surrounds every request: headers, context, errors, log.
func (p *pages) surround(c *fiber.Ctx) error {
	debug := p.Log.Enabled(p.stopping, slog.LevelDebug)
	var began time.Time
	if debug {
		began = p.Now()
	}
	mendLink(c)
	p.headers(c)
	c.SetUserContext(p.stopping)
	if err := c.Next(); err != nil {
		_ = p.fail(c, err)
	}
	p.count(c)
	if debug {
		p.Log.Debug("Request", "method", c.Method(), "route", c.Route().Path,
			"status", c.Response().StatusCode(), "took", p.Now().Sub(began))
	}
	return nil
}

// count tells of a request. A path of which there is no page is not repeated.
func (p *pages) count(c *fiber.Ctx) {
	if p.Saw == nil {
		return
	}
	x := Seen{Method: c.Method(), Route: p.patterns[c.Route().Path], Status: c.Response().StatusCode()}
	switch unknown := x.Status == fiber.StatusNotFound || x.Status == fiber.StatusMethodNotAllowed; {
	case isAsset(c.Route().Path):
		x.Route = SeenStyle
	case unknown && x.Route == "/": // that of what surrounds every request
		x.Route = SeenOther
	}
	if !slices.Contains([]string{fiber.MethodGet, fiber.MethodHead, fiber.MethodPost}, x.Method) {
		x.Method = SeenOther
	}
	p.Saw(x)
}

// patternsOf says how the routes are written in what is told.
func patternsOf(app *fiber.App) map[string]string {
	all := map[string]string{}
	for _, r := range app.GetRoutes() {
		all[r.Path] = parameter.ReplaceAllString(r.Path, "{$1}")
	}
	return all
}

var parameter = regexp.MustCompile(`:([a-z]+)`)

// behindLinks is what stands behind a link in running text and comes along when
// the link is copied, or when a program finds it. No token has any of it.
const behindLinks = "/>.,;:!?)]}'\"。、，．：；！？）］」』〉》＞"

// mendLink undoes what programs do to a link on its way: %2D is the same as - (RFC
// 3986 §2.3), and what stands behind a link is no part of it.
func mendLink(c *fiber.Ctx) {
	asked := c.Path()
	path, err := url.PathUnescape(asked)
	if err != nil {
		return
	}
	for _, page := range []string{"/confirm/", "/correct/", "/leave/", "/block/"} {
		if token, ok := strings.CutPrefix(path, page); ok {
			path = page + strings.TrimRight(token, behindLinks)
		}
	}
	if below, ok := strings.CutPrefix(path, "/lists/"); ok {
		path = "/lists/" + mendArchive(below)
	}
	if path != asked {
		c.Path(path)
	}
}

// mendArchive does it for what stands below a list. That the archive's path ends with a
// slash need nobody know.
func mendArchive(path string) string {
	list, page, _ := strings.Cut(path, "/")
	if page == "" {
		return path
	}
	if page = strings.TrimRight(page, behindLinks); page == "issues" {
		page += "/"
	}
	return list + "/" + page
}

// limits lets the body of a leaving be longer than a form: nothing in it decides anything,
// so it must not be what keeps somebody on a list. And it gives who fetches a file of an
// issue over a slow line the time for it.
func limits(h *fasthttp.RequestHeader) (c fasthttp.RequestConfig) {
	if h.IsGet() && bytes.HasPrefix(h.RequestURI(), []byte("/lists/")) && bytes.Contains(h.RequestURI(), []byte("/issues/")) {
		c.WriteTimeout = fileTimeout
	}
	if h.IsPost() && bytes.HasPrefix(h.RequestURI(), []byte("/leave/")) {
		c.MaxRequestBodySize = leaveLimit
	}
	return c
}
