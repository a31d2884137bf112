package fetch

import (
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"testing"
)

// here lets a test reach its own server.
func here(netip.Addr) bool { return true }

func TestPublic(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]bool{
		"8.8.8.8": true, "210.163.37.170": true, "2001:4860:4860::8888": true, "2400:4050::1": true, "::ffff:8.8.8.8": true,
		"127.0.0.1": false, "127.255.0.1": false, "::1": false, "::": false, "0.0.0.0": false, "0.1.2.3": false, "::ffff:127.0.0.1": false,
		"10.0.0.1": false, "172.16.0.1": false, "172.31.255.255": false, "192.168.1.1": false, "::ffff:192.168.1.1": false, "fd00::1": false, "fc00::1": false,
		"169.254.169.254": false, "::ffff:169.254.169.254": false, "fe80::1%eth0": false, "fec0::1": false, "fd00:ec2::254": false,
		"100.64.0.1": false, "100.100.100.200": false, "192.0.0.192": false, "192.0.2.1": false, "198.18.0.1": false, "198.51.100.7": false, "203.0.113.9": false,
		"224.0.0.1": false, "255.255.255.255": false, "240.0.0.1": false, "ff02::1": false, "64:ff9b::7f00:1": false, "2002:7f00:1::": false, "2001:0::1": false, "2001:db8::1": false,
	} {
		if got := Public(netip.MustParseAddr(address)); got != want {
			t.Errorf("%s: %v", address, got)
		}
	}
}

// TestOnlyThePublicWeb: whatever a name resolves to, the address is judged when the
// connection is made to it; and no proxy of the environment is asked instead.
func TestOnlyThePublicWeb(t *testing.T) {
	asked := 0
	s := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked++ }))
	defer s.Close()
	_, port, err := net.SplitHostPort(s.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY"} {
		t.Setenv(name, s.URL)
	}
	for _, host := range []string{"127.0.0.1", "localhost", "[::ffff:127.0.0.1]"} {
		_, err := Getter{Most: 100}.Get(t.Context(), "http://"+net.JoinHostPort(strings.Trim(host, "[]"), port), Known{})
		if err == nil || !strings.Contains(err.Error(), "lies in this network") {
			t.Errorf("%s: %v", host, err)
		}
	}
	if asked > 0 {
		t.Errorf("%d requests were made", asked)
	}
	// What resolves to one address when it is looked at may resolve to another when it is used.
	var reached []netip.Addr
	g := Getter{Most: 100, Reach: func(a netip.Addr) bool { reached = append(reached, a); return a.IsLoopback() }}
	if _, err := g.Get(t.Context(), "http://localhost:"+port, Known{}); err != nil || len(reached) == 0 || !reached[len(reached)-1].IsLoopback() {
		t.Errorf("%v, %v", reached, err)
	}
}

// TestStatusIsNotRepeated: what a server writes behind the number of its status is shown on
// terminals.
func TestStatusIsNotRepeated(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		c, err := l.Accept()
		if err != nil {
			return
		}
		_, _ = c.Read(make([]byte, 4096))
		_, _ = c.Write([]byte("HTTP/1.1 404 \x1b[2JAll is well\r\nContent-Length: 0\r\n\r\n"))
		_ = c.Close()
	}()
	_, err = Getter{Reach: here, Agent: "a test", Most: 100}.Get(t.Context(), "http://"+l.Addr().String(), Known{})
	if err == nil || !strings.HasPrefix(err.Error(), "its server answered 404 Not Found; ") {
		t.Errorf("%q", err)
	}
}

func TestGet(t *testing.T) {
	t.Parallel()
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { t.Error("another host was asked") }))
	defer other.Close()
	mux := http.NewServeMux()
	mux.HandleFunc("/feed", func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("User-Agent") != "a test" {
			t.Errorf("%v", r.Header)
		}
		w.Header().Set("ETag", `"1"`)
		w.Header().Set("Last-Modified", "Tue, 01 Dec 2026 00:00:00 GMT")
		if r.Header.Get("If-None-Match") == `"1"` || r.Header.Get("If-Modified-Since") != "" {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		w.Header().Set("Content-Type", "text/xml; charset=Shift_JIS")
		fmt.Fprint(w, "<rss>")
	})
	mux.Handle("/here", http.RedirectHandler("/feed", http.StatusMovedPermanently))
	mux.Handle("/round", http.RedirectHandler("/round", http.StatusFound))
	mux.Handle("/away", http.RedirectHandler(other.URL+"/feed", http.StatusFound))
	mux.HandleFunc("/tls", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "https://"+r.Host+"/feed", http.StatusFound)
	})
	mux.HandleFunc("/large", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, strings.Repeat("x", 1<<20+1)) })
	mux.HandleFunc("/bomb", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		z := gzip.NewWriter(w)
		for range 1000 {
			_, _ = z.Write(make([]byte, 1<<20))
		}
		_ = z.Close()
	})
	mux.HandleFunc("/broken", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "100")
		fmt.Fprint(w, "<rss>")
	})
	s := httptest.NewServer(mux)
	defer s.Close()
	g := Getter{Reach: here, Agent: "a test", Most: 1 << 20}
	a, err := g.Get(t.Context(), s.URL+"/here", Known{})
	if err != nil || string(a.Body) != "<rss>" || a.Same || a.ETag != `"1"` || a.Type != "text/xml; charset=Shift_JIS" {
		t.Errorf("%+v, %v", a, err)
	}
	for _, known := range []Known{{ETag: `"1"`}, {Modified: a.Modified}} {
		if same, err := g.Get(t.Context(), s.URL+"/feed", known); err != nil || !same.Same || len(same.Body) > 0 || same.ETag != a.ETag {
			t.Errorf("%+v, %v", same, err)
		}
	}
	moved := strings.TrimPrefix(other.URL, "http://")
	for path, want := range map[string]string{
		"/away": "it has moved to http://" + moved + "/feed", "/tls": "it has moved to https://", "/round": "from one address to the next",
		"/large": "more than 1 MB", "/bomb": "more than 1 MB", "/broken": "unexpected EOF", "/none": "404 Not Found",
	} {
		if _, err := g.Get(t.Context(), s.URL+path, Known{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v; want %q", path, err, want)
		}
	}
	if said := plainly(&url.Error{Err: errors.New("x\x1b[2Jy")}).Error(); said != "x [2Jy" {
		t.Errorf("%q", said)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := g.Get(ctx, s.URL+"/feed", Known{}); err == nil {
		t.Error("what was given up was fetched")
	}
	u, _ := url.Parse("https://user:secret@www.example.jp/")
	if said := (&movedError{u}).Error(); strings.Contains(said, "secret") {
		t.Error(said)
	}
}
