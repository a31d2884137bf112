package sink

import (
	"bytes"
	"cmp"
	"embed"
	"html/template"
	"net"
	"net/http"
	"net/netip"
	"regexp"
	"strconv"
	"strings"
)

//go:embed mailbox.html mailbox.css
var files embed.FS

var pages = template.Must(template.New("").Funcs(template.FuncMap{"thousands": thousands}).ParseFS(files, "mailbox.html"))

const (
	pageSize = 50
	// Nothing but our own style sheet, and the frame with a mail's HTML.
	pagePolicy = "default-src 'none'; style-src 'self'; frame-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
	// A mail is not ours: no scripts, no forms, nothing fetched; links open outside.
	mailSandbox = "allow-popups allow-popups-to-escape-sandbox allow-top-navigation-by-user-activation"
	mailPolicy  = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'none'; frame-ancestors 'self'; sandbox " + mailSandbox
)

// Mailbox shows what the sink holds as web pages: the mails to addresses that
// are not made up first, then those to made-up readers. It is for one person on
// one computer: whoever reaches it reads all, so it answers only to the names of
// this one.
func Mailbox(s *Sink) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", s.listPage(false))
	mux.HandleFunc("GET /readers", s.listPage(true))
	mux.HandleFunc("GET /mail/{n}", s.mailPage)
	mux.HandleFunc("GET /mail/{n}/html", s.mailHTML)
	mux.HandleFunc("GET /mailbox.css", func(w http.ResponseWriter, r *http.Request) {
		http.ServeFileFS(w, r, files, "mailbox.css")
	})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", pagePolicy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cache-Control", "no-store")
		if !ownHost(r.Host) {
			http.Error(w, "This mailbox is for this computer alone. Open it under the address that the demo printed.", http.StatusMisdirectedRequest)
			return
		}
		mux.ServeHTTP(w, r)
	})
}

// ownHost says whether a request names this computer as the one it wants: by
// localhost, or by a loopback address. A page of another site whose name was made
// to lead here (DNS rebinding) names that site, and would read every link.
func ownHost(host string) bool {
	name := host
	if h, _, err := net.SplitHostPort(host); err == nil {
		name = h
	}
	if strings.EqualFold(name, "localhost") {
		return true
	}
	ip, err := netip.ParseAddr(strings.Trim(name, "[]"))
	return err == nil && ip.Unmap().IsLoopback()
}

// row is one mail in a list.
type row struct {
	Mail
	Subject, Sender string
}

type listView struct {
	Title        string
	MadeUp       bool
	Refresh      bool
	Rows         []row
	Total        totals
	Page, Last   int
	Newer, Older int // page numbers; 0: none
}

func (s *Sink) listPage(madeUp bool) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		page, err := strconv.Atoi(cmp.Or(r.URL.Query().Get("page"), "1"))
		if err != nil || page < 1 || page > 1e6 {
			http.NotFound(w, r)
			return
		}
		mails, kept, total := s.page(madeUp, (page-1)*pageSize, pageSize)
		v := listView{Title: "Your mail", MadeUp: madeUp, Total: total, Page: page, Last: max((kept+pageSize-1)/pageSize, 1)}
		if madeUp {
			v.Title = "Made-up readers"
		}
		v.Refresh = !madeUp && page == 1
		v.Newer = page - 1
		if page < v.Last {
			v.Older = page + 1
		}
		for _, m := range mails {
			p, _ := m.Parts() // what can be read is shown
			sender, _, _ := strings.Cut(p.From, " <")
			v.Rows = append(v.Rows, row{m, p.Subject, sender})
		}
		render(w, "list", v)
	}
}

type mailView struct {
	Mail
	Parts
	Total   totals
	Title   string
	Tab     string // html, text or raw
	MadeUp  bool
	Pieces  []piece
	Raw     string
	Sandbox string
	Problem string
}

func (s *Sink) mailPage(w http.ResponseWriter, r *http.Request) {
	m, ok := s.lookUp(r)
	if !ok {
		http.NotFound(w, r)
		return
	}
	_, _, total := s.page(false, 0, 0)
	p, err := m.Parts()
	v := mailView{Mail: m, Parts: p, Total: total, Title: p.Subject, MadeUp: s.options.IsMadeUp(m.To), Sandbox: mailSandbox}
	if err != nil {
		v.Problem = err.Error()
	}
	switch v.Tab = r.URL.Query().Get("view"); {
	case v.Tab == "raw":
		v.Raw = strings.ToValidUTF8(string(m.Data), "\uFFFD")
	case v.Tab == "text", p.HTML == "":
		v.Tab, v.Pieces = "text", pieces(p.Text)
	default:
		v.Tab = "html"
	}
	render(w, "mail", v)
}

// mailHTML is the mail's own HTML, for the frame.
func (s *Sink) mailHTML(w http.ResponseWriter, r *http.Request) {
	m, ok := s.lookUp(r)
	if !ok {
		http.NotFound(w, r)
		return
	}
	p, _ := m.Parts()
	w.Header().Set("Content-Security-Policy", mailPolicy)
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = w.Write([]byte(linksOutside(p.Page()))) //nolint:gosec // its policy lets nothing of it run
}

func (s *Sink) lookUp(r *http.Request) (Mail, bool) {
	n, err := strconv.Atoi(r.PathValue("n"))
	if err != nil {
		return Mail{}, false
	}
	return s.find(n)
}

var head = regexp.MustCompile(`(?i)<head(\s[^>]*)?>`)

// linksOutside makes links open outside the frame, where they would be refused
// by the pages they lead to.
func linksOutside(doc string) string {
	const base = `<base target="_blank">`
	if at := head.FindStringIndex(doc); at != nil {
		return doc[:at[1]] + base + doc[at[1]:]
	}
	return base + doc
}

func render(w http.ResponseWriter, name string, data any) {
	var b bytes.Buffer
	if err := pages.ExecuteTemplate(&b, name, data); err != nil {
		http.Error(w, "this page could not be made: "+err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = w.Write(b.Bytes())
}

// thousands writes 12345 as 12,345.
func thousands(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
