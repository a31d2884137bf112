package fetch

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"syscall"
	"time"
	"unicode"
)

// within is how long an answer may take, with its last octet.
const within = 20 * time.Second

// redirects are followed so many times, on the same host.
const redirects = 3

// Known is what a server said the last time of what it gave then (RFC 9110 §8.8).
type Known struct{ ETag, Modified string }

// Answer is what a server gave.
type Answer struct {
	Body []byte
	Type string // Content-Type
	Same bool   // it is what is known; there is no Body then
	Known
}

// Getter gets documents.
type Getter struct {
	// Reach says whether a connection may be made to an address; nil: if it is [Public].
	Reach func(netip.Addr) bool
	Agent string // User-Agent
	Most  int    // octets of a document, unpacked
}

// unfit are the networks that are neither the web's nor a neighbour's (RFC 6890): special
// purposes, translation to IPv4, and the addresses of clouds about themselves lie within the
// link-local ones.
var unfit = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"), netip.MustParsePrefix("100.64.0.0/10"), netip.MustParsePrefix("192.0.0.0/24"), netip.MustParsePrefix("192.0.2.0/24"),
	netip.MustParsePrefix("192.88.99.0/24"), netip.MustParsePrefix("198.18.0.0/15"), netip.MustParsePrefix("198.51.100.0/24"), netip.MustParsePrefix("203.0.113.0/24"),
	netip.MustParsePrefix("240.0.0.0/4"), netip.MustParsePrefix("64:ff9b::/96"), netip.MustParsePrefix("64:ff9b:1::/48"), netip.MustParsePrefix("100::/64"),
	netip.MustParsePrefix("2001::/23"), netip.MustParsePrefix("2001:db8::/32"), netip.MustParsePrefix("2002::/16"), netip.MustParsePrefix("3fff::/20"), netip.MustParsePrefix("fec0::/10"),
}

// Public says whether an address is one of the public Internet.
func Public(a netip.Addr) bool {
	a = a.Unmap().WithZone("")
	if !a.IsGlobalUnicast() || a.IsPrivate() || a.IsLoopback() || a.IsLinkLocalUnicast() {
		return false
	}
	for _, p := range unfit {
		if p.Contains(a) {
			return false
		}
	}
	return a.Is4() || netip.MustParsePrefix("2000::/3").Contains(a)
}

// errElsewhere is a connection that is not made.
var errElsewhere = errors.New("it lies in this network, and only what lies on the public web is fetched")

// control looks at an address just before the connection to it is made.
func (g Getter) control(_, address string, _ syscall.RawConn) error {
	reach := g.Reach
	if reach == nil {
		reach = Public
	}
	at, err := netip.ParseAddrPort(address)
	if err != nil || !reach(at.Addr()) {
		return errElsewhere
	}
	return nil
}

// Get gets what an address has, unless that is what is known. The error says what to do.
func (g Getter) Get(ctx context.Context, address string, known Known) (a Answer, err error) {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	ask, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return a, err
	}
	ask.Header.Set("User-Agent", g.Agent)
	ask.Header.Set("Accept", "application/rss+xml, application/atom+xml, application/feed+json, application/rdf+xml, application/xml;q=0.9, text/xml;q=0.9, */*;q=0.1")
	if known.ETag != "" {
		ask.Header.Set("If-None-Match", known.ETag)
	}
	if known.Modified != "" {
		ask.Header.Set("If-Modified-Since", known.Modified)
	}
	dialer := &net.Dialer{Control: g.control}
	wire := &http.Transport{
		DialContext: dialer.DialContext, DisableKeepAlives: true, ForceAttemptHTTP2: true,
		MaxResponseHeaderBytes: 64 << 10,
	}
	defer wire.CloseIdleConnections()
	client := &http.Client{Transport: wire, CheckRedirect: sameHost}
	got, err := client.Do(ask)
	if err != nil {
		return a, plainly(err)
	}
	defer got.Body.Close()
	a.Type, a.Known = got.Header.Get("Content-Type"), Known{got.Header.Get("ETag"), got.Header.Get("Last-Modified")}
	switch {
	case got.StatusCode == http.StatusNotModified && known != Known{}:
		a.Same = true
		return a, nil
	case got.StatusCode != http.StatusOK:
		return a, fmt.Errorf("its server answered %s; look at its address in a browser", strings.TrimSpace(fmt.Sprint(got.StatusCode, " ", http.StatusText(got.StatusCode))))
	}
	if a.Body, err = io.ReadAll(io.LimitReader(got.Body, int64(g.Most)+1)); err != nil {
		return a, plainly(err)
	}
	if len(a.Body) > g.Most {
		return a, fmt.Errorf("it has more than %d MB, and is not read; ask the site for a shorter one", g.Most>>20)
	}
	return a, nil
}

// sameHost follows a redirect that stays where it is.
func sameHost(next *http.Request, before []*http.Request) error {
	first := before[0].URL
	if next.URL.Scheme != first.Scheme || next.URL.Host != first.Host {
		return &movedError{next.URL}
	}
	if len(before) > redirects {
		return errors.New("its server sends from one address to the next without end; look at its address in a browser")
	}
	return nil
}

// movedError is a redirect that is not followed.
type movedError struct{ to *url.URL }

func (e *movedError) Error() string {
	return fmt.Sprintf("it has moved to %.200s, and nothing is fetched from another host by itself; if that is the site's, write that address as url", e.to.Redacted())
}

// plainly says what went wrong without the address, which whoever tells it knows, and without
// controls: what a stranger's certificate says is shown on terminals.
func plainly(err error) error {
	if moved, is := errors.AsType[*movedError](err); is {
		return moved
	}
	if wrapped, is := errors.AsType[*url.Error](err); is {
		if wrapped.Timeout() {
			return fmt.Errorf("it did not come within %d seconds", int(within.Seconds()))
		}
		err = wrapped.Err
	}
	if said := strings.Map(visible, err.Error()); said != err.Error() {
		return errors.New(said)
	}
	return err
}

func visible(r rune) rune {
	if unicode.IsPrint(r) {
		return r
	}
	return ' '
}
