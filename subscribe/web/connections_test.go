package web

import (
	"bufio"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"
)

// bounded is a site that has at most so many connections open.
func (f *fixture) bounded(most int) (address string, told func() int) {
	f.t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		f.t.Fatal(err)
	}
	full := make(chan error, 100)
	l := newListener(ln, most, func(err error) { full <- err })
	go func() { _ = f.app.App.Listener(l) }()
	f.t.Cleanup(func() { _ = f.app.ShutdownWithTimeout(time.Second) })
	return ln.Addr().String(), func() int { return len(full) }
}

// silence opens a connection, and writes what is no whole request.
func silence(t testing.TB, address, text string) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	if _, err := io.WriteString(c, text); err != nil {
		t.Fatal(err)
	}
	return c
}

// ended says whether the other side has ended a connection; it waits for that.
func ended(c net.Conn) bool {
	_ = c.SetReadDeadline(time.Now().Add(readTimeout / 2)) // or it would be ended for its silence
	_, err := c.Read(make([]byte, 1))
	return err != nil && !errors.Is(err, os.ErrDeadlineExceeded)
}

// Who holds connections keeps nobody out: a newcomer takes the place of whoever has been
// silent for the longest, and of nobody who is being answered.
func TestNewcomersGetIn(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	desk := &slowDesk{fakeDesk: f.desk, entered: make(chan struct{}), left: make(chan error, 1)}
	f = newFixture(t, func(s *Site) { s.Desk = desk })
	address, told := f.bounded(3)

	working := silence(t, address, request("POST", "/lists/news", formKind, "email=you%40example.jp"))
	<-desk.entered
	first := silence(t, address, "")
	kept := silence(t, address, request("GET", "/", "", ""))
	in := bufio.NewReader(kept)
	get := func() {
		t.Helper()
		res, err := http.ReadResponse(in, nil)
		if err != nil {
			t.Fatal(err)
		}
		read(t, res).want(t, 200)
	}
	get()
	if told() != 0 {
		t.Error("three of three are too many")
	}
	raw(t, address, request("GET", "/", "", "")).want(t, 200) // a fourth, in the place of the first
	if !ended(first) || told() == 0 {
		t.Error("who has been silent for the longest was not ended, or the operator not told")
	}
	if _, err := io.WriteString(kept, request("GET", "/", "", "")); err != nil {
		t.Fatal(err)
	}
	get()
	_ = f.app.ShutdownWithTimeout(20 * time.Millisecond)
	res, err := http.ReadResponse(bufio.NewReader(working), nil)
	if err != nil {
		t.Fatal("who was being answered was ended: ", err)
	}
	read(t, res).want(t, 503) // by the end of the service
}

// On a machine that has much to do what a client has sent waits to be read: newcomers wait
// so long, too, before they take its place.
func TestNewcomersLetOthersBeHeard(t *testing.T) {
	t.Parallel()
	address, _ := newFixture(t).bounded(1)
	began := time.Now()
	first := silence(t, address, "")
	raw(t, address, request("GET", "/", "", "")).want(t, 200)
	if took := time.Since(began); took < heardWithin || !ended(first) {
		t.Errorf("a connection was ended %s after it had come", took)
	}
}

// While every connection is being answered, one more is closed at once.
func TestNoRoomForNewcomers(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	desk := &slowDesk{fakeDesk: f.desk, entered: make(chan struct{}), left: make(chan error, 1)}
	f = newFixture(t, func(s *Site) { s.Desk = desk })
	address, _ := f.bounded(1)
	silence(t, address, request("POST", "/lists/news", formKind, "email=you%40example.jp"))
	<-desk.entered
	if c := silence(t, address, ""); !ended(c) {
		t.Error("a connection that nobody can answer is kept")
	}
}

// tired is a listener on a machine that has no files left, twice.
type tired struct {
	net.Listener
	faults []error
}

func (l *tired) Accept() (net.Conn, error) {
	if len(l.faults) > 0 {
		err := l.faults[0]
		l.faults = l.faults[1:]
		return nil, &net.OpError{Op: "accept", Err: err}
	}
	return l.Listener.Accept()
}

// Where the machine has no files left the pages go on: who has been silent for the longest
// is ended, and the service is not.
func TestNoFilesLeft(t *testing.T) {
	t.Parallel()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var told []string
	under := &tired{Listener: ln}
	l := newListener(under, 100, func(err error) { told = append(told, err.Error()) })
	accept := func() net.Conn {
		t.Helper()
		c := silence(t, ln.Addr().String(), "")
		if _, err := l.Accept(); err != nil {
			t.Fatal(err)
		}
		return c
	}
	var all []net.Conn
	for range 16 {
		all = append(all, accept())
	}
	under.faults = []error{syscall.ECONNABORTED}
	all = append(all, accept())
	if l.count() != 17 {
		t.Errorf("a visitor who goes away takes others along: of 17 connections %d are open", l.count())
	}
	under.faults = []error{syscall.EMFILE}
	all = append(all, accept())
	if l.count() != 12 || !ended(all[0]) || !ended(all[5]) { // a quarter of 17 makes room, and one for the last
		t.Errorf("of 18 connections %d are open, want 12", l.count())
	}
	under.faults = []error{syscall.ENFILE, syscall.ENFILE, syscall.ENFILE}
	accept()
	if l.count() != fewest {
		t.Errorf("%d connections are open, want %d", l.count(), fewest)
	}
	if len(told) < 5 || !strings.Contains(told[1], syscall.EMFILE.Error()) {
		t.Errorf("the operator was told %q", told)
	}
	_ = ln.Close()
	if _, err := l.Accept(); !errors.Is(err, net.ErrClosed) {
		t.Errorf("a closed listener says %v", err)
	}
}

// Who goes away in the middle of a request is no fault of ours, and fills no log.
func TestConnectionsThatBreak(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	address, _ := f.bounded(10)
	for range 5 {
		c := silence(t, address, strings.TrimSuffix(request("POST", "/lists/news", formKind, "email=you%40example.jp"), ".jp"))
		if tcp, ok := c.(*net.TCPConn); ok {
			_ = tcp.SetLinger(0) // closing resets it
		}
		_ = c.Close()
	}
	if err := f.app.ShutdownWithTimeout(soon); err != nil {
		t.Fatal(err)
	}
	if log := f.log.String(); strings.Contains(log, "level=ERROR") {
		t.Errorf("the log says %s", log)
	}
}
