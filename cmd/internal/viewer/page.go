package viewer

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"embed"
	"encoding/hex"
	"fmt"
	"html/template"
	"net"
	"net/http"
	"reflect"
	"strings"
	"sync"
	"time"
)

//go:embed page.html page.css page.js
var files embed.FS

var pages = template.Must(template.New("page.html").Funcs(template.FuncMap{
	"size": Size, "t": say, "zenkaku": zenkaku, "thousands": thousands,
}).ParseFS(files, "page.html"))

// pagePolicy lets the page be what it is made of, and no more.
const pagePolicy = "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; frame-src 'self'; " +
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// Page shows the views that it is given, one after the other, to one browser.
type Page struct {
	listener net.Listener
	token    string // of the link, good once
	cookie   string // what the browser gets that opened it

	mu      sync.Mutex
	given   View          // the last one
	view    shown         // what is shown of it
	changes int           // counts the views
	changed chan struct{} // closed at the next one
	opened  bool          // the link was used
	streams int           // browsers that look on
	seen    time.Time     // when one was last seen
}

// New listens on a free port of the loopback address.
func New() (*Page, error) {
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("no port can be opened on this computer for the preview: %w", err)
	}
	return &Page{listener: l, token: secret(), cookie: secret(), changed: make(chan struct{}), seen: time.Now()}, nil
}

// secret has 128 bits, of which nobody guesses one.
func secret() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	return hex.EncodeToString(b[:])
}

// Address is where the page is: host and port.
func (p *Page) Address() string { return p.listener.Addr().String() }

// URL opens the page, once.
func (p *Page) URL() string { return "http://" + p.Address() + p.path() }

// path is where all of it is. The cookie is for it alone: a browser gives those of a host
// to all its ports, on which others may have their servers (RFC 6265 §8.5).
func (p *Page) path() string { return "/open/" + p.token }

// Show shows the next view, if anything of it is new. One without a picture keeps that
// of the one before.
func (p *Page) Show(v View) {
	p.mu.Lock()
	defer p.mu.Unlock()
	same := v
	same.At = p.given.At
	if reflect.DeepEqual(same, p.given) {
		return
	}
	p.given = v
	p.view = newShown(v.after(p.view.View))
	p.changes++
	close(p.changed)
	p.changed = make(chan struct{})
}

func (p *Page) now() shown {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.view
}

// ServeHTTP implements [http.Handler].
func (p *Page) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Security-Policy", pagePolicy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Cache-Control", "no-store")
	lang := p.lang(r)
	switch {
	case r.Host != p.Address(): // the name of another site may lead here (DNS rebinding)
		http.Error(w, say(lang, "elsewhere"), http.StatusMisdirectedRequest)
	case r.Method != http.MethodGet:
		h.Set("Allow", http.MethodGet)
		http.Error(w, http.StatusText(http.StatusMethodNotAllowed), http.StatusMethodNotAllowed)
	case subtle.ConstantTimeCompare([]byte(r.URL.Path), []byte(p.path())) == 1:
		p.open(w, r, lang)
	case !p.knows(r) || !strings.HasPrefix(r.URL.Path, p.path()+"/"):
		http.NotFound(w, r)
	default:
		p.see()
		p.serve(w, r, lang)
	}
}

// open lets in the first browser that has the link.
func (p *Page) open(w http.ResponseWriter, r *http.Request, lang string) {
	p.mu.Lock()
	first := !p.opened
	p.opened = true
	p.mu.Unlock()
	if !first && !p.knows(r) {
		http.Error(w, say(lang, "spent"), http.StatusGone)
		return
	}
	p.see()
	http.SetCookie(w, &http.Cookie{Name: p.cookieName(), Value: p.cookie, Path: p.path(), HttpOnly: true, SameSite: http.SameSiteStrictMode})
	http.Redirect(w, r, p.path()+"/", http.StatusSeeOther)
}

// cookieName has the port, since cookies of one host are those of all its ports.
func (p *Page) cookieName() string {
	_, port, _ := net.SplitHostPort(p.Address())
	return "kairan-" + port
}

// knows says whether this is the browser that opened the link.
func (p *Page) knows(r *http.Request) bool {
	c, err := r.Cookie(p.cookieName())
	return err == nil && subtle.ConstantTimeCompare([]byte(c.Value), []byte(p.cookie)) == 1
}

func (p *Page) serve(w http.ResponseWriter, r *http.Request, lang string) {
	v := p.now()
	switch path := strings.TrimPrefix(r.URL.Path, p.path()+"/"); path {
	case "":
		render(w, v, lang)
	case "page.css":
		http.ServeFileFS(w, r, files, "page.css")
	case "page.js":
		http.ServeFileFS(w, r, files, "page.js")
	case "mail/light", "mail/dark":
		w.Header().Set("Content-Security-Policy", mailPolicy(v.Hosts))
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = w.Write([]byte(framed(v.HTML, path == "mail/dark")))
	case "events":
		p.events(w, r)
	default:
		http.NotFound(w, r)
	}
}

// lang is the language in which the page is answered.
func (p *Page) lang(r *http.Request) string {
	return prefer(r.URL.Query().Get("lang"), r.Header.Get("Accept-Language"), p.now().Lang)
}

// shown is a view with all that the page says of it.
type shown struct {
	View
	Sender  string
	Opening string   // what lists of mails show behind the subject
	Hosts   []string // from which the mail has pictures
	Sum     string   // of the mail, so that a page which shows it need not load it again
	Sandbox string

	Page, Other string // the language, and the other one
}

func newShown(v View) shown {
	sum := sha256.Sum256([]byte(v.HTML))
	return shown{View: v, Sender: v.sender(), Opening: Opening(v.HTML), Hosts: hosts(v.HTML), Sum: hex.EncodeToString(sum[:6]), Sandbox: mailSandbox}
}

func render(w http.ResponseWriter, s shown, lang string) {
	s.Page, s.Other = lang, "ja"
	if lang == "ja" {
		s.Other = "en"
	}
	var b bytes.Buffer
	if err := pages.Execute(&b, s); err != nil {
		http.Error(w, "this page could not be made: "+err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = w.Write(b.Bytes())
}
