package web

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"
)

// maxConnections may be open at once: more than a proxy in front of us needs, and few enough
// for the memory of a small machine, of which each may take leaveLimit.
const maxConnections = 1024

// fewest connections are kept open wherever files are short.
const fewest = 8

// acceptPause is waited where the machine has no file or no memory for another connection.
const acceptPause = 20 * time.Millisecond

// heardWithin is how long what a client has sent may wait to be read on a machine that has
// much to do: no connection is ended for newcomers that has been silent for less. They wait
// in the system's queue for as long.
const heardWithin = 500 * time.Millisecond

// App is the public application.
type App struct {
	*fiber.App
	pages *pages
}

// Listener answers what comes over ln, until the application is shut down. Whoever holds
// connections keeps nobody out: see [listener].
func (a *App) Listener(ln net.Listener) error {
	return a.App.Listener(newListener(ln, maxConnections, a.pages.sayFull))
}

// listener has at most so many connections open. One more takes the place of the one that
// has been silent for the longest: which waits for its client to ask or to read. A listener
// that refused newcomers instead would be anybody's who opens connections and says nothing,
// and one without a bound would end when the machine has no files left.
type listener struct {
	net.Listener
	most  int         // of Accept alone
	full  func(error) // is told that there are so many, or what the machine says
	began time.Time

	mu   sync.Mutex
	open map[*connection]struct{}

	closed context.Context
	close  context.CancelFunc
}

func newListener(ln net.Listener, most int, full func(error)) *listener {
	l := &listener{Listener: ln, most: most, full: full, began: time.Now(), open: map[*connection]struct{}{}}
	l.closed, l.close = context.WithCancel(context.Background())
	return l
}

// Close has Accept end.
func (l *listener) Close() error {
	l.close()
	return l.Listener.Close()
}

// connection is one of a listener.
type connection struct {
	net.Conn
	of     *listener
	silent atomic.Int64 // since when, in nanoseconds since the listener began; 0: it is being answered
}

var errFull = fmt.Errorf("%d connections are open, which is the most", maxConnections)

// Accept fails only when the listener is closed.
func (l *listener) Accept() (net.Conn, error) {
	for {
		c, err := l.Listener.Accept()
		switch {
		case err == nil:
			if in := l.admit(c); in != nil {
				return in, nil
			}
		case errors.Is(err, net.ErrClosed):
			return nil, err
		default: // accept(2): what the network or the machine cannot do now, and may later
			l.full(err)
			if errors.Is(err, syscall.EMFILE) || errors.Is(err, syscall.ENFILE) {
				l.shrink()
			}
			select {
			case <-time.After(acceptPause):
			case <-l.closed.Done():
			}
		}
	}
}

// admit returns nil, and closes c, if every connection is being answered: then more work is
// no help to anybody.
func (l *listener) admit(c net.Conn) net.Conn {
	if l.count() >= l.most {
		l.full(errFull)
	}
	for l.count() >= l.most && l.closed.Err() == nil {
		switch freed, any := l.makeRoom(heardWithin); {
		case !any:
			_ = c.Close()
			return nil
		case !freed:
			select {
			case <-time.After(acceptPause):
			case <-l.closed.Done():
			}
		}
	}
	in := &connection{Conn: c, of: l}
	in.fallSilent()
	l.mu.Lock()
	defer l.mu.Unlock()
	l.open[in] = struct{}{}
	return in
}

// shrink is for a machine that has no file left: a quarter of the connections is ended, and
// there are no more from now on, so that the database and the relay have theirs.
func (l *listener) shrink() {
	l.most = min(l.most, max(l.count()*3/4, fewest))
	for l.count() > l.most {
		if freed, _ := l.makeRoom(0); !freed {
			return
		}
	}
}

func (l *listener) count() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.open)
}

// makeRoom ends the connection that has been silent for the longest, if any is, and for that
// long.
func (l *listener) makeRoom(least time.Duration) (freed, any bool) {
	l.mu.Lock()
	var oldest *connection
	first := int64(0)
	for c := range l.open {
		if at := c.silent.Load(); at != 0 && (oldest == nil || at < first) {
			oldest, first = c, at
		}
	}
	l.mu.Unlock()
	if oldest == nil || l.now()-first < int64(least) {
		return false, oldest != nil
	}
	return oldest.Close() == nil, true
}

func (l *listener) now() int64 { return int64(time.Since(l.began)) + 1 }

func (c *connection) fallSilent() { c.silent.Store(c.of.now()) }

// Close makes its place free.
func (c *connection) Close() error {
	c.of.mu.Lock()
	delete(c.of.open, c)
	c.of.mu.Unlock()
	return c.Conn.Close()
}

// noteSilence has each connection know whether it is being answered.
func noteSilence(s *fasthttp.Server) {
	answer := s.Handler
	s.Handler = func(rc *fasthttp.RequestCtx) {
		c, ok := rc.Conn().(*connection)
		if !ok { // a test's
			answer(rc)
			return
		}
		c.silent.Store(0)
		defer c.fallSilent()
		answer(rc)
	}
}

// sayFull tells the operator, once an hour.
func (p *pages) sayFull(why error) {
	if p.crowded.Rings(p.Now()) {
		p.Log.Warn("ConnectionsFull", "why", why.Error(),
			"hint", "those that have been silent for the longest are ended; if it lasts, look who holds them: `ss -tn`, and the limits of the proxy in front")
	}
}
