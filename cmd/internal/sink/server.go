package sink

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"os"
	"sync"
)

// Server speaks SMTP, and leaves to its [Session]s what becomes of the mail. Its
// fields must not change once it listens; its methods are safe for concurrent use.
type Server struct {
	Open     func() Session // for each connection
	Prompt   bool           // each reply goes out by itself; false: with those to what was read together (RFC 2920 §3.2)
	Lockstep bool           // PIPELINING is not offered
	Bare     bool           // replies are codes alone (RFC 5321 §4.2)
	TLS      *tls.Config    // if set, STARTTLS is offered, and a login needs it
	// Login is what a client must know; nil, or an empty password: nothing.
	Login func() (user, password string)
	// Most is how many octets a message may have, as SIZE says; nil: 10 MiB.
	Most func() int

	listener net.Listener
	served   chan struct{}
	mu       sync.Mutex
	conns    map[net.Conn]struct{}
	ever     int
}

// Session decides over the mails of one connection, of which it sees one step
// after the other. paths are as they came; see [Path].
type Session interface {
	Mail(path []byte) Reply // RFC 5321 §3.3
	Rcpt(path []byte) Reply
	Data() Reply    // after 354 has been said: OK, or HangUp
	Write(p []byte) // of the message, as it travels: dots stuffed, the last line a dot
	End() Reply     // after its last line
}

// Reply is what a client is told: OK, HangUp, or a refusal with its CRLF. One that
// begins with 421 also ends the connection.
type Reply string

// The replies that are no refusal.
const (
	OK     Reply = ""
	HangUp Reply = "nothing" // but the end of the connection
)

// Listen serves at addr (host:port; port 0 lets the system choose) until Close.
func (s *Server) Listen(addr string) (err error) {
	if s.listener, err = net.Listen("tcp", addr); err != nil {
		return err
	}
	s.served, s.conns = make(chan struct{}), make(map[net.Conn]struct{})
	go func() {
		defer close(s.served)
		for {
			c, err := s.listener.Accept()
			if err != nil {
				if !errors.Is(err, net.ErrClosed) {
					fmt.Fprintf(os.Stderr, "the sink takes no connections any more: %v\n", err)
				}
				return
			}
			s.mu.Lock()
			s.conns[c] = struct{}{}
			s.ever++
			s.mu.Unlock()
			go s.serve(c)
		}
	}()
	return nil
}

func (s *Server) serve(c net.Conn) {
	(&conn{server: s, Conn: c, session: s.Open(), buf: make([]byte, 64<<10)}).serve()
	_ = c.Close()
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.conns, c)
}

// Addr is where it listens: host:port.
func (s *Server) Addr() string { return s.listener.Addr().String() }

// Connections says how many connections are open, and how many there ever were.
// One is open until what came over it has been read to its end.
func (s *Server) Connections() (open, ever int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.conns), s.ever
}

// Close ends the server and every connection at once. It must be called once.
func (s *Server) Close() error {
	err := s.listener.Close()
	<-s.served
	s.mu.Lock()
	defer s.mu.Unlock()
	for c := range s.conns {
		_ = c.Close()
	}
	return err
}
