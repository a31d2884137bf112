package engine

import (
	"context"
	"sync"
	"time"

	"example.jp/kairan/deliver"
)

// connection is a worker's connection to its relay, and how long the worker rests
// where it gets none.
type connection struct {
	e     *Engine
	route *route
	kill  context.Context // nothing goes over it after this

	conn   deliver.Conn // nil: there is none
	shut   func()       // closes conn, once
	uncut  func() bool  // keeps kill from closing conn
	sent   int          // messages over conn
	most   int          // messages that conn is given; 0: no more
	used   time.Time    // when conn was last used
	proves int          // messages after which the last connection had enough, if this one takes its first

	rest    time.Duration // the last one, after a connection was refused while others were open; grows
	resting time.Time     // when it ends
}

// dial makes a connection.
func (c *connection) dial(ctx context.Context) error {
	c.route.countMaking(+1)
	defer c.route.countMaking(-1) // when it is counted as open, if it is
	conn, err := c.route.Transport.Dial(ctx)
	if err != nil {
		return err
	}
	c.conn, c.sent, c.used = conn, 0, c.e.now()
	c.most = c.route.limits.perConnection(c.route.PerConnection, c.used)
	c.shut = sync.OnceFunc(func() { _ = conn.Close() })
	c.uncut = context.AfterFunc(c.kill, c.shut) // also while it waits for the reply to a final dot
	c.route.countOpen(+1)
	return nil
}

// isSpent says whether only this connection has had enough, and not the relay, or it was
// closed while it was idle. Then no data was taken, and a new one gets the message at
// once.
func (c *connection) isSpent(r deliver.Result) bool {
	if c.sent <= 1 || c.kill.Err() != nil {
		return false
	}
	if lessons[r.Limit()] != nil {
		return r.Stage <= deliver.StageData
	}
	return r.Stage == deliver.StageMail && r.Code == 0 && r.Broken
}

// lessons are what a connection teaches that had enough after n messages, by how its
// relay said so. One that may be a full mailbox is judged when the next connection has
// been given the message.
var lessons = map[deliver.Limit]func(c *connection, n int){
	deliver.LimitDoubt:   func(c *connection, n int) { c.proves = n },
	deliver.LimitSession: func(c *connection, n int) { c.learn(n, false) },
	deliver.LimitClosing: func(c *connection, n int) {
		if c.e.now().Sub(c.used) < time.Second { // else it may have been silent for too long
			c.learn(n, true)
		}
	},
}

// renew closes a connection that is spent, and learns from it.
func (c *connection) renew(r deliver.Result) {
	if learn := lessons[r.Limit()]; learn != nil {
		learn(c, c.sent-1)
	}
	c.close()
}

// learn remembers after how many messages a connection had enough.
func (c *connection) learn(n int, closing bool) {
	if c.route.limits.learn(n, closing, c.e.now()) {
		c.e.Log.Info("SessionLimit", "relay", c.route.Name, "messages", n)
	}
}

// learnFromFirst learns, from the first message that a new connection took, that it was the
// one before that had enough.
func (c *connection) learnFromFirst(r deliver.Result) {
	if c.proves > 0 && r.Stage >= deliver.StageRcpt && r.Limit() == deliver.LimitNone {
		c.learn(c.proves, false)
	}
	c.proves = 0
}

func (c *connection) closeIdle() {
	if c.conn != nil && c.e.now().Sub(c.used) >= idleClose {
		c.close()
	}
}

func (c *connection) close() {
	if c.conn != nil {
		c.uncut()
		c.shut()
		c.conn = nil
		c.route.countOpen(-1)
	}
}
