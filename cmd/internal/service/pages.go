package service

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"
)

// visits are what was seen when the pages were last looked at from outside.
type visits struct {
	mu sync.Mutex
	by map[string]visit // by base URL
}

// visit is one look at the pages.
type visit struct {
	at          time.Time
	fault       string    // why they cannot be reached; "": they can
	failed      int       // so often in a row
	from, until time.Time // the life of the certificate; zero: there is none
}

// early is how long before its end a certificate is to be renewed at the latest: by then
// whoever renews it by itself has done so, also where lives are short.
func (v visit) early() time.Duration { return min(14*24*time.Hour, v.until.Sub(v.from)/4) }

func (x *visits) all() map[string]visit {
	x.mu.Lock()
	defer x.mu.Unlock()
	return maps.Clone(x.by)
}

func (x *visits) note(base string, v visit) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.by == nil {
		x.by = map[string]visit{}
	}
	x.by[base] = v
}

const (
	visitEvery = time.Hour
	// visitRetry is when pages are looked at again that could not be reached.
	visitRetry = time.Minute
	// visitsFailed is how many failures in a row are an alarm: one alone is the network's.
	visitsFailed  = 2
	visitPatience = 20 * time.Second
)

// visitPages looks at the pages where that is due: one GET an hour.
func (s *Service) visitPages(ctx context.Context) {
	before := s.visits.all()
	for _, base := range s.Config.WatchedPages() {
		every := visitEvery
		if before[base].fault != "" {
			every = visitRetry
		}
		if since := s.now().Sub(before[base].at); since >= 0 && since < every {
			continue
		}
		v := s.visit(ctx, base)
		if ctx.Err() != nil {
			return
		}
		if v.fault != "" {
			v.failed = before[base].failed + 1
		}
		s.visits.note(base, v)
	}
}

// visit fetches the stylesheet, as every reader's browser does: its name tells this version
// and nobody counts it, so that what comes back is from this very service, and the
// statistics stay those of readers.
func (s *Service) visit(ctx context.Context, base string) visit {
	ctx, cancel := context.WithTimeout(ctx, visitPatience)
	defer cancel()
	style, path := s.templates.Stylesheet()
	v := visit{at: s.now()}
	got, state, err := s.fetch(ctx, base+path, int64(len(style)))
	if state != nil && len(state.PeerCertificates) > 0 {
		v.from, v.until = state.PeerCertificates[0].NotBefore, state.PeerCertificates[0].NotAfter
	}
	switch {
	case err != nil:
		v.fault = err.Error()
	case !bytes.Equal(got, style):
		v.fault = "another program answers there, or another version of Kairan"
	}
	return v
}

// fetch gets a page of at most so many octets, over a connection of its own. A proxy of the
// environment is not asked, and nothing is followed.
func (s *Service) fetch(ctx context.Context, page string, most int64) ([]byte, *tls.ConnectionState, error) {
	client := http.Client{
		Transport: &http.Transport{
			DialContext: (&net.Dialer{}).DialContext, DisableKeepAlives: true, DisableCompression: true,
			TLSClientConfig: &tls.Config{Time: s.now, RootCAs: s.roots, MinVersion: tls.VersionTLS12}, MaxResponseHeaderBytes: 1 << 16,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	defer client.CloseIdleConnections()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, page, http.NoBody)
	if err != nil {
		return nil, nil, err
	}
	req.Header.Set("User-Agent", "kairan")
	r, err := client.Do(req)
	if err != nil {
		return nil, nil, plainFault(err)
	}
	defer r.Body.Close()
	if r.StatusCode != http.StatusOK {
		return nil, r.TLS, fmt.Errorf("the answer is %s", r.Status)
	}
	b, err := io.ReadAll(io.LimitReader(r.Body, most+1))
	return b, r.TLS, plainFault(err)
}

// plainFault is an error without the URL, which the sentence around it has.
func plainFault(err error) error {
	if u, ok := errors.AsType[*url.Error](err); ok {
		if u.Timeout() {
			return fmt.Errorf("no answer within %s", visitPatience)
		}
		err = u.Err
	}
	if err != nil {
		return errors.New(strings.Join(strings.Fields(err.Error()), " "))
	}
	return nil
}
