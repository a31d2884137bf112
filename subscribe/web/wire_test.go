package web

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"example.jp/kairan/subscribe"
)

// soon is for anything that takes a moment, on a machine that is busy.
const soon = time.Minute

// serve puts the site on a listener of its own.
func (f *fixture) serve() (address string) {
	f.t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		f.t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- f.app.Listener(ln) }()
	f.t.Cleanup(func() {
		if err := f.app.ShutdownWithTimeout(soon); err != nil {
			f.t.Error(err)
		}
		if err := <-served; err != nil {
			f.t.Error(err)
		}
	})
	return ln.Addr().String()
}

// raw writes bytes and reads one response.
func raw(t testing.TB, address, request string) answer {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	_ = conn.SetDeadline(time.Now().Add(soon))
	if _, err := conn.Write([]byte(request)); err != nil {
		t.Fatal(err)
	}
	method, _, _ := strings.Cut(request, " ")
	res, err := http.ReadResponse(bufio.NewReader(conn), &http.Request{Method: method})
	if err != nil {
		t.Fatalf("%.40q: %v", request, err)
	}
	return read(t, res)
}

// request is a request with only what HTTP itself needs.
func request(method, path, kind, body string, more ...string) string {
	lines := append([]string{method + " " + path + " HTTP/1.1", "Host: lists.example.jp"}, more...)
	if kind != "" {
		lines = append(lines, "Content-Type: "+kind)
	}
	return strings.Join(append(lines, fmt.Sprintf("Content-Length: %d", len(body)), "", body), "\r\n")
}

const (
	formKind  = "application/x-www-form-urlencoded"
	partsKind = "multipart/form-data; boundary=----part"
	oneClick  = "List-Unsubscribe=One-Click"
	parts     = "------part\r\nContent-Disposition: form-data; name=\"List-Unsubscribe\"\r\n\r\nOne-Click\r\n------part--\r\n"
)

// TestOneClick is RFC 8058 from the outside (§3.1, §3.2).
func TestOneClick(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	address, path := f.serve(), f.path("press", "leave")
	var first answer
	for _, r := range []string{
		request("POST", path, formKind, oneClick),
		request("POST", path, formKind, oneClick), // again
		request("POST", path, partsKind, parts),
		request("POST", path, strings.ToUpper(formKind)+"; charset=utf-8", oneClick),
		request("POST", path, formKind, oneClick, "Origin: https://mail.example", "Referer: https://mail.example/x",
			"Sec-Fetch-Site: cross-site", "Cookie: a=b", "Authorization: Basic eA=="),
	} {
		a := raw(t, address, r)
		a.want(t, 200)
		if a.header.Del("Date"); first.status == 0 {
			first = a
		}
		if a.body != first.body || fmt.Sprint(a.header) != fmt.Sprint(first.header) || len(a.body) > 100 {
			t.Errorf("answered %q with %v, and before %q with %v", a.body, a.header, first.body, first.header)
		}
		if calls := f.desk.take(); len(calls) != 1 || calls[0].verb != "leave" {
			t.Errorf("asked: %+v", calls)
		}
	}
	for _, method := range []string{"GET", "HEAD", "OPTIONS", "PUT"} {
		raw(t, address, request(method, path, formKind, oneClick))
	}
	if calls := f.desk.take(); len(calls) != 0 {
		t.Errorf("a request that is no POST asked: %+v", calls)
	}
	raw(t, address, request("POST", path+"A", formKind, oneClick)).want(t, 404)
}

// What HTTP itself refuses carries our headers and our words as well.
func TestLimits(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	address := f.serve()
	long := "email=" + strings.Repeat("a", bodyLimit)
	for _, tc := range []struct {
		name, request string
		status        int
	}{
		{"a body that is too large", request("POST", "/lists/news", formKind, long), 413},
		{"a body that says it is too large", "POST /lists/news HTTP/1.1\r\nHost: x.example\r\nContent-Length: 99999999\r\n\r\n", 413},
		{"a chunked body that is too large", "POST /lists/news HTTP/1.1\r\nHost: x.example\r\nContent-Type: " + formKind +
			"\r\nTransfer-Encoding: chunked\r\n\r\n" + fmt.Sprintf("%x\r\n%s\r\n0\r\n\r\n", len(long), long), 413},
		{"a head that is too large", "GET /" + strings.Repeat("a", headerLimit) + " HTTP/1.1\r\nHost: x.example\r\n\r\n", 431},
		{"no HTTP", "garbage\r\n\r\n", 400},
		{"an unknown method", request("BREW", "/", "", ""), 501},
		{"a link of 1 KiB", request("GET", "/leave/"+strings.Repeat("A", 1024), "", ""), 404},
	} {
		t.Run(tc.name, func(t *testing.T) {
			a := raw(t, address, tc.request)
			a.want(t, tc.status, "<html")
			a.none(t, "fasthttp", "aaaaaaaa", "garbage")
		})
	}
	if calls := f.desk.take(); len(calls) != 0 {
		t.Errorf("asked: %+v", calls)
	}
	// A form just below the limit is read.
	raw(t, address, request("POST", "/lists/news", formKind, long[:bodyLimit-100])).want(t, 422)
}

// Only a trusted proxy can say where a request comes from.
func TestTrustedProxies(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name    string
		trusted []string
		header  string
		want    string
	}{
		{"nobody is trusted", nil, "X-Real-IP: 192.0.2.7", "127.0.0.1"},
		{"another is trusted", []string{"192.0.2.1", "192.0.2.128/25"}, "X-Real-IP: 192.0.2.7", "127.0.0.1"},
		{"an address", []string{"127.0.0.1"}, "X-Real-IP: 192.0.2.7", "192.0.2.7"},
		{"an address written as IPv6", []string{"::ffff:127.0.0.1"}, "X-Real-IP: 2001:db8::1", "2001:db8::1"},
		{"a network", []string{"127.0.0.9/8"}, "X-Real-IP: 192.0.2.7", "192.0.2.7"},
		{"a claim that is no address", []string{"127.0.0.1"}, "X-Real-IP: you", "127.0.0.1"},
		{"no claim", []string{"127.0.0.1"}, "X-Other: 192.0.2.7", "127.0.0.1"},
		{"a header that clients can write", []string{"127.0.0.1"}, "X-Forwarded-For: 192.0.2.7", "127.0.0.1"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t, func(s *Site) { s.TrustedProxies = tc.trusted })
			raw(t, f.serve(), request("POST", "/lists/news", formKind, "email=you%40example.jp", tc.header)).want(t, 200)
			if calls := f.desk.take(); len(calls) != 1 || calls[0].ask.From.String() != tc.want {
				t.Errorf("asked: %+v", calls)
			}
		})
	}
}

// A request that outlives the time of a shutdown sees its context end, and what
// came with it stays what it was.
func TestShutdown(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	desk := &slowDesk{fakeDesk: f.desk, entered: make(chan struct{}), left: make(chan error, 1)}
	f = newFixture(t, func(s *Site) { s.Desk = desk })
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go func() { _ = f.app.Listener(ln) }()
	conn, err := net.Dial("tcp", ln.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	if _, err := conn.Write([]byte(request("POST", "/lists/news", formKind, "email=you%40example.jp"))); err != nil {
		t.Fatal(err)
	}
	<-desk.entered
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	_ = f.app.ShutdownWithContext(ctx)
	select {
	case err := <-desk.left:
		if err == nil {
			t.Error("the request's context did not end")
		}
	case <-time.After(soon):
		t.Fatal("the request outlived the shutdown")
	}
	res, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	read(t, res).want(t, 503)
}

// slowDesk answers a request when its context ends.
type slowDesk struct {
	*fakeDesk
	entered chan struct{}
	left    chan error
}

func (d *slowDesk) AskJoin(ctx context.Context, _ subscribe.Ask) error {
	close(d.entered)
	<-ctx.Done()
	d.left <- ctx.Err()
	return ctx.Err()
}

// Strings that the Desk keeps must not change when the next request reuses the
// buffers of the last.
func TestNothingIsShared(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	address := f.serve()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	in := bufio.NewReader(conn)
	path := f.path("press", "correct")
	for i := range 20 {
		body := fmt.Sprintf("name=reader%02d&email=reader%02d%%40example.jp&erase=medium%02d", i, i, i)
		if _, err := conn.Write([]byte(request("POST", path, formKind, body))); err != nil {
			t.Fatal(err)
		}
		res, err := http.ReadResponse(in, nil)
		if err != nil {
			t.Fatal(err)
		}
		read(t, res).want(t, 200)
	}
	for i, c := range f.desk.take() {
		want := fmt.Sprintf("reader%02d", i)
		if c.changes.Fields["name"] != want || c.changes.NewAddress != want+"@example.jp" ||
			c.changes.Erase[0] != fmt.Sprintf("medium%02d", i) || c.visit != f.visit(path) {
			t.Errorf("call %d became %+v", i, c)
		}
	}
}
