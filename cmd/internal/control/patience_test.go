package control

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// pipes is a listener whose connections are made in memory, so that their
// deadlines run by the clock of a synctest bubble.
type pipes struct {
	in   chan net.Conn
	done chan struct{}
	once sync.Once
	left chan struct{} // by a client whose verb was told
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.in:
		return c, nil
	case <-p.done:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error   { p.once.Do(func() { close(p.done) }); return nil }
func (p *pipes) Addr() net.Addr { return &net.UnixAddr{Net: "unix", Name: "pipe"} }

func (p *pipes) dial() net.Conn {
	client, server := net.Pipe()
	p.in <- server
	return client
}

// controlled runs a test against a control server, by a clock of its own.
func controlled(t *testing.T, test func(t *testing.T, p *pipes)) {
	synctest.Test(t, func(t *testing.T) {
		p := &pipes{in: make(chan net.Conn), done: make(chan struct{}), left: make(chan struct{})}
		mux := http.NewServeMux()
		echo := NewVerb(new(Verbs[struct{}]), "echo", func(_ *struct{}, _ context.Context, in string) (string, error) { return in, nil })
		echo.answer(mux, nil)
		mux.HandleFunc("POST /slow", func(w http.ResponseWriter, r *http.Request) {
			select {
			case <-time.After(10 * time.Minute): // as a relay may make `issue test` wait
				reply(w, http.StatusOK, "done")
			case <-r.Context().Done():
				close(p.left)
			}
		})
		mux.HandleFunc("POST /long", func(w http.ResponseWriter, _ *http.Request) {
			for range 100 {
				if _, err := w.Write(make([]byte, 64<<10)); err != nil {
					return
				}
			}
		})
		s := patient(mux, 0)
		ended := make(chan error)
		go func() { ended <- s.Serve(p) }()
		test(t, p)
		_ = s.Close()
		<-ended
	})
}

// cutAfter is when the server ends a connection to which nothing more is said.
func cutAfter(c net.Conn) time.Duration {
	began := time.Now()
	_, _ = io.Copy(io.Discard, c)
	return time.Since(began)
}

// Whoever connects and says nothing, or too little, or does not listen, is cut.
func TestControlCutsTheDead(t *testing.T) {
	t.Parallel()
	for name, says := range map[string]string{
		"nothing":                        "",
		"half a header":                  "POST /echo HTTP/1.1\r\nHost: kairan\r\n",
		"half a body":                    "POST /echo HTTP/1.1\r\nHost: kairan\r\nContent-Length: 100\r\n\r\n\"so far",
		"one verb, and no":               "POST /echo HTTP/1.1\r\nHost: kairan\r\nContent-Length: 4\r\n\r\n\"so\"",
		"no body for a verb without one": "POST /long HTTP/1.1\r\nHost: kairan\r\nContent-Length: 100\r\n\r\n",
	} {
		controlled(t, func(t *testing.T, p *pipes) {
			c := p.dial()
			defer c.Close()
			if _, err := io.WriteString(c, says); err != nil {
				t.Fatal(err)
			}
			if took := cutAfter(c); took > 2*patience {
				t.Errorf("%s: cut after %s", name, took)
			}
		})
	}
	controlled(t, func(t *testing.T, p *pipes) {
		c := p.dial()
		defer c.Close()
		if _, err := io.WriteString(c, "POST /long HTTP/1.1\r\nHost: kairan\r\nContent-Length: 0\r\n\r\n"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(2 * patience) // of the bubble's clock: it does not read
		got, _ := io.Copy(io.Discard, c)
		if got >= 64<<10 {
			t.Errorf("a client that read nothing for %s gets %d octets", 2*patience, got)
		}
	})
}

// Whoever hangs up is worked for no longer, also when the question has been read whole.
func TestControlTellsVerbsWhoHasGone(t *testing.T) {
	t.Parallel()
	controlled(t, func(t *testing.T, p *pipes) {
		c := p.dial()
		if _, err := io.WriteString(c, "POST /slow HTTP/1.1\r\nHost: kairan\r\nContent-Length: 4\r\n\r\n\"so\""); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second) // of the bubble's clock: it is at work
		_ = c.Close()
		began := time.Now()
		<-p.left
		if took := time.Since(began); took > time.Second {
			t.Errorf("told after %s", took)
		}
	})
}

// Whoever makes progress is not cut, however long it takes; nor is who waits for
// an answer that takes long to make.
func TestControlLetsTheSlowGoOn(t *testing.T) {
	t.Parallel()
	controlled(t, func(t *testing.T, p *pipes) {
		c := p.dial()
		defer c.Close()
		began := time.Now()
		if _, err := io.WriteString(c, "POST /slow HTTP/1.1\r\nHost: kairan\r\nContent-Length: 0\r\n\r\n"); err != nil {
			t.Fatal(err)
		}
		r, err := http.ReadResponse(bufio.NewReader(c), nil)
		if err != nil || r.StatusCode != http.StatusOK {
			t.Fatalf("after %s: %v", time.Since(began), err)
		}
		if b, err := io.ReadAll(r.Body); err != nil || string(b) != "\"done\"\n" {
			t.Errorf("after %s: %q, %v", time.Since(began), b, err)
		}
		_ = r.Body.Close()
	})
	controlled(t, func(t *testing.T, p *pipes) {
		c := p.dial()
		defer c.Close()
		if _, err := io.WriteString(c, "POST /long HTTP/1.1\r\nHost: kairan\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"); err != nil {
			t.Fatal(err)
		}
		began, got := time.Now(), 0
		for buf := make([]byte, 64<<10); ; {
			n, err := c.Read(buf)
			got += n
			if err != nil {
				break
			}
			time.Sleep(patience / 20) // of the bubble's clock
		}
		if got < 100*64<<10 || time.Since(began) < 2*patience {
			t.Errorf("%d octets in %s", got, time.Since(began))
		}
	})
	controlled(t, func(t *testing.T, p *pipes) {
		c := p.dial()
		defer c.Close()
		go func() {
			body := fmt.Sprintf("%q", strings.Repeat("x", 20))
			_, _ = fmt.Fprintf(c, "POST /echo HTTP/1.1\r\nHost: kairan\r\nContent-Length: %d\r\n\r\n", len(body))
			for _, b := range []byte(body) {
				time.Sleep(time.Second)
				_, _ = c.Write([]byte{b})
			}
		}()
		r, err := http.ReadResponse(bufio.NewReader(c), nil)
		if err != nil || r.StatusCode != http.StatusOK {
			t.Fatalf("a request of 22 seconds: %v", err)
		}
		_ = r.Body.Close()
	})
}

// TestControlTakesFiles: as much as the files of an issue may have, and what is larger
// is refused in words, also to a client that has much more to say.
func TestControlTakesFiles(t *testing.T) {
	t.Parallel()
	mux := http.NewServeMux()
	NewVerb(new(Verbs[struct{}]), "size", func(_ *struct{}, _ context.Context, in []byte) (int, error) { return len(in), nil }).answer(mux, nil)
	dir, err := os.MkdirTemp("", "k")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	l, err := net.Listen("unix", filepath.Join(dir, "s"))
	if err != nil {
		t.Fatal(err)
	}
	s := patient(mux, 2<<20)
	go func() { _ = s.Serve(l) }()
	t.Cleanup(func() { _ = s.Close() })
	size := Verb[struct{}, []byte, int]{path: "size"}
	for n, want := range map[int]string{2<<20 + 2<<20: "", 6 << 20: "the files of an issue may have 2 MB together (max_attachments)", 12 << 20: "max_attachments"} {
		got, err := size.Call(t.Context(), Over[struct{}](l.Addr().String()), make([]byte, n))
		if want == "" && (err != nil || got != n) || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%d octets: %d, %v; want %q", n, got, err, want)
		}
	}
}
