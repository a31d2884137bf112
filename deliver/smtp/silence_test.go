package smtp

import (
	"net"
	"sync"
	"testing"
	"time"

	"example.jp/kairan/deliver"
)

// silence is the moment at which a relay that has left out a reply waits for more, and the
// client has read all that it said: from then on the client waits in vain. What a test does
// to it then it does at no other moment, however slow the machine is.
type silence struct {
	mu         sync.Mutex
	said, read int // octets
	owes, over bool
	then       func() // nil: nobody cares
	ran        sync.WaitGroup
}

// of has a client fall under the silence that has read all as yet. then is called once.
func (s *silence) of(t *testing.T, client deliver.Conn, then func()) {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.said, s.read, s.owes, s.over, s.then = 0, 0, false, false, then
	t.Cleanup(s.ran.Wait)
	w := client.(*conn).wire
	w.Conn = &listening{w.Conn, s}
}

// ends has the client's time for a reply be over at the silence.
func (s *silence) ends(t *testing.T, client deliver.Conn) {
	t.Helper()
	over := client.(*conn).wire.Conn
	s.of(t, client, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.over = true
		_ = over.SetReadDeadline(time.Unix(1, 0))
	})
}

// note has something change, and looks whether that is the moment.
func (s *silence) note(change func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if change(); s.owes && s.read >= s.said && s.then != nil {
		s.ran.Go(s.then)
		s.then = nil
	}
}

// listening is the client's connection.
type listening struct {
	net.Conn
	of *silence
}

func (c *listening) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	c.of.note(func() { c.of.read += n })
	return n, err
}

// SetReadDeadline gives no more time when it is over.
func (c *listening) SetReadDeadline(at time.Time) error {
	c.of.mu.Lock()
	defer c.of.mu.Unlock()
	if c.of.over {
		return nil
	}
	return c.Conn.SetReadDeadline(at)
}

// speaking is the relay's.
type speaking struct {
	net.Conn
	of   *silence
	owes bool // it has left out a reply
}

func (c *speaking) Write(p []byte) (int, error) {
	c.of.note(func() { c.of.said += len(p) })
	return c.Conn.Write(p)
}

// Read is called when all that has come is dealt with.
func (c *speaking) Read(p []byte) (int, error) {
	if c.owes {
		c.of.note(func() { c.of.owes = true })
	}
	return c.Conn.Read(p)
}
