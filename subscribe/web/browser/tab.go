package browser

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// patience is for anything that the browser is asked for, on a machine that is busy.
const patience = 60 * time.Second

// Visitor is who opens a tab, and with what.
type Visitor struct {
	Width, Height int64             // of the window, in CSS pixels
	Scale         float64           // device pixels to each of them; 0 is 1
	Phone         bool              // as phones lay pages out
	Lang          string            // Accept-Language, such as "ja" or "en-US,en"
	Media         map[string]string // such as "prefers-color-scheme": "dark", "forced-colors": "active"
	Print         bool              // pages look as on paper
	NoScript      bool              // JavaScript is off; the tests' own still runs
	KeysOnly      bool              // no mouse: controls are reached by Tab, and pressed by Enter or the space bar
}

// Phone and Desktop are two usual visitors.
var (
	Phone   = Visitor{Width: 390, Height: 844, Phone: true, Lang: "ja"}
	Desktop = Visitor{Width: 1280, Height: 800, Lang: "en"}
)

// Page is a page that has been loaded.
type Page struct {
	URL    string
	Status int64             // of HTTP
	Header map[string]string // of the answer, names as they came
	Title  string
	Lang   string   // of the html element
	H1     []string // the text of each
	HTML   string   // as it stands in the browser
	Text   string   // what is seen of it
}

// Tab is a visitor at a page. Its methods end the test when what they look for is not
// there, so they are for the test's own goroutine.
type Tab struct {
	// Loaded, if there is one, is called with each page that has been loaded.
	Loaded func(Page)
	// Page is the page that was loaded last.
	Page Page

	t       testing.TB
	ctx     context.Context
	agent   string
	visitor Visitor

	mu     sync.Mutex
	faults []string // what pages did that they must not
}

// Open opens a tab for a visitor. It is closed when the test ends.
func (b *Browser) Open(t testing.TB, v Visitor) *Tab {
	t.Helper()
	p := &Tab{t: t, agent: b.agent, visitor: v}
	ctx, cancel := chromedp.NewContext(b.ctx, chromedp.WithNewBrowserContext(), chromedp.WithListener(p.hear))
	t.Cleanup(cancel)
	t.Cleanup(p.end)
	if err := chromedp.Do(ctx, p.dressed()); err != nil {
		t.Fatalf("no tab opens: %v", err)
	}
	p.ctx = ctx
	return p
}

// dressed gives the tab what its visitor has.
func (p *Tab) dressed() chromedp.Action[chromedp.Void] {
	v := p.visitor
	return chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		var features []*emulation.MediaFeature
		for name, value := range v.Media {
			features = append(features, &emulation.MediaFeature{Name: name, Value: value})
		}
		media := ""
		if v.Print {
			media = "print"
		}
		return errors.Join(
			call(ctx, t, network.Enable, network.EnableParams{}),
			call(ctx, t, log.Enable, cdp.Empty{}),
			call(ctx, t, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{Width: v.Width, Height: v.Height, DeviceScaleFactor: max(v.Scale, 1), Mobile: v.Phone}),
			call(ctx, t, emulation.SetUserAgentOverride, emulation.SetUserAgentOverrideParams{UserAgent: p.agent, AcceptLanguage: v.Lang}),
			call(ctx, t, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: media, Features: features}),
			call(ctx, t, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: v.NoScript}),
		)
	})
}

// call is a command whose answer says nothing.
func call[P, R any](ctx context.Context, t *chromedp.Target, command cdp.Command[P, R], params P) error {
	_, err := cdp.Call(ctx, t, command, params)
	return err
}

// hear looks at what the tab asks for, and at what the browser says about its pages.
func (p *Tab) hear(event any) {
	switch e := event.(type) {
	case *network.EventRequestWillBeSent:
		if !here(e.Request.URL) {
			p.fault("the page asks for %s, which is elsewhere", e.Request.URL)
		}
	case *log.EventEntryAdded:
		if e.Entry.Level == log.EntryLevelError && e.Entry.Source != log.EntrySourceNetwork { // which says each 404 and 422
			p.fault("the browser says: %s", e.Entry.Text)
		}
	case *runtime.EventExceptionThrown:
		p.fault("a script fails: %s", e.ExceptionDetails.Text)
	}
}

func (p *Tab) fault(format string, args ...any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.faults = append(p.faults, fmt.Sprintf(format, args...))
}

// here says whether a URL is on this computer.
func here(address string) bool {
	u, err := url.Parse(address)
	if err != nil {
		return false
	}
	ip := net.ParseIP(u.Hostname())
	return u.Scheme == "data" || u.Scheme == "about" || u.Scheme == "blob" || u.Hostname() == "localhost" || ip != nil && ip.IsLoopback()
}

// Faults are what pages did up to now that they must not; the test that asks has dealt with them.
func (p *Tab) Faults() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	all := p.faults
	p.faults = nil
	return all
}

// end reports what pages did, and keeps a picture if the test has failed.
func (p *Tab) end() {
	for _, fault := range p.Faults() {
		p.t.Error(fault)
	}
	if p.t.Failed() && p.ctx != nil {
		p.picture()
	}
}

// picture writes the tab as it is now to the test's artifacts.
func (p *Tab) picture() {
	ctx, cancel := context.WithTimeout(p.ctx, 10*time.Second)
	defer cancel()
	png, err := chromedp.Run(ctx, chromedp.CaptureScreenshot())
	if err != nil {
		p.t.Logf("no picture: %v", err)
		return
	}
	f, err := os.CreateTemp(p.t.ArtifactDir(), "tab-*.png")
	if err == nil {
		_, err = f.Write(png)
		err = errors.Join(err, f.Close())
		p.t.Logf("at %s; a picture is in %s (kept with -artifacts)", p.Page.URL, filepath.Base(f.Name()))
	}
	if err != nil {
		p.t.Log(err)
	}
}

// run has the tab do something, in bounded time.
func run[T any](p *Tab, what string, a chromedp.Action[T]) T {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	v, err := chromedp.Run(ctx, a)
	if err != nil {
		p.t.Fatalf("%s: %v", what, err)
	}
	return v
}

// Go opens a URL, as from the address bar or from a mail.
func (p *Tab) Go(address string) {
	p.t.Helper()
	p.follow("open "+address, chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		return call(ctx, t, page.Navigate, page.NavigateParams{URL: address})
	}))
}

// Back is the browser's own button.
func (p *Tab) Back() {
	p.t.Helper()
	p.follow("go back", chromedp.NavigateBack())
}

// follow does what leads to another page, and waits until that is there.
func (p *Tab) follow(what string, step chromedp.Action[chromedp.Void]) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	answer, err := chromedp.RunResponse(ctx, step)
	if err != nil {
		p.t.Fatalf("%s: no page comes: %v", what, err)
	}
	p.look()
	if answer != nil { // to a part of the same page nothing is asked
		p.Page.Status, p.Page.Header = answer.Status, map[string]string{}
		for name, value := range answer.Headers {
			p.Page.Header[name] = fmt.Sprint(value)
		}
	}
	if p.Loaded != nil {
		p.Loaded(p.Page)
	}
}

// look reads the page as it is now.
func (p *Tab) look() {
	p.t.Helper()
	seen := Eval[struct {
		URL, Title, Lang, HTML, Text string
		H1                           []string
	}](p, `({URL: location.href, Title: document.title, Lang: document.documentElement.lang, HTML: document.documentElement.outerHTML,
		Text: document.body.innerText, H1: Array.from(document.querySelectorAll("h1"), h => h.innerText)})`)
	p.Page = Page{seen.URL, p.Page.Status, p.Page.Header, seen.Title, seen.Lang, seen.H1, seen.HTML, seen.Text}
}

// As makes another visitor of the one at the page, which stays.
func (p *Tab) As(v Visitor) {
	p.t.Helper()
	p.visitor = v
	run(p, "become another visitor", p.dressed())
}

// Eval is the value of an expression of JavaScript in the tab's page, or what its promise
// comes to.
func Eval[T any](p *Tab, expression string) T {
	p.t.Helper()
	return run(p, "evaluate", chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
}

// Do runs actions of chromedp that this package has no words for.
func (p *Tab) Do(steps ...chromedp.Action[chromedp.Void]) {
	p.t.Helper()
	run(p, "do", chromedp.Steps(steps...))
}

// Paper is a PDF of the page, as it is printed on A4 with the margins of the browser.
func (p *Tab) Paper() []byte {
	p.t.Helper()
	const wide, high = 8.27, 11.69 // inches
	return run(p, "print", chromedp.Action[[]byte](func(ctx context.Context, t *chromedp.Target) ([]byte, error) {
		r, err := cdp.Call(ctx, t, page.PrintToPDF, page.PrintToPDFParams{PaperWidth: wide, PaperHeight: high})
		return r.Data, err
	}))
}

// Screenshot is a PNG of the window, or of the whole page.
func (p *Tab) Screenshot(whole bool) []byte {
	p.t.Helper()
	if whole {
		return run(p, "take a picture", chromedp.FullScreenshot(100))
	}
	return run(p, "take a picture", chromedp.CaptureScreenshot())
}
