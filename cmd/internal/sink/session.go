package sink

import (
	"crypto/subtle"
	"io"
	"time"

	"github.com/emersion/go-sasl"
	gosmtp "github.com/emersion/go-smtp"
)

// session is one client after EHLO.
type session struct {
	s        *Sink
	loggedIn bool
	from     string
	to       []string
}

func (s *Sink) session(*gosmtp.Conn) (gosmtp.Session, error) { return &session{s: s}, nil }

func (c *session) needsLogin() bool {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	return c.s.password != "" && !c.loggedIn
}

// AuthMechanisms offers a login if one is needed.
func (c *session) AuthMechanisms() []string {
	if !c.needsLogin() {
		return nil
	}
	return []string{sasl.Plain}
}

// Auth checks a login.
func (c *session) Auth(mechanism string) (sasl.Server, error) {
	if mechanism != sasl.Plain {
		return nil, gosmtp.ErrAuthUnknownMechanism
	}
	return sasl.NewPlainServer(func(_, user, password string) error {
		c.s.mu.Lock()
		defer c.s.mu.Unlock()
		if subtle.ConstantTimeCompare([]byte(user+"\x00"+password), []byte(c.s.options.User+"\x00"+c.s.password)) != 1 {
			return gosmtp.ErrAuthFailed
		}
		c.loggedIn = true
		return nil
	}), nil
}

// Mail begins a transaction.
func (c *session) Mail(from string, _ *gosmtp.MailOptions) error {
	if c.needsLogin() {
		return gosmtp.ErrAuthRequired
	}
	c.s.mu.Lock()
	judge := c.s.judgeSender
	c.s.mu.Unlock()
	if judge != nil {
		if no := judge(from); no != nil {
			return no
		}
	}
	c.from, c.to = from, nil
	return nil
}

// Rcpt asks the judge.
func (c *session) Rcpt(to string, _ *gosmtp.RcptOptions) error {
	c.s.mu.Lock()
	c.s.attempts[to]++
	attempt, judge := c.s.attempts[to], c.s.judge
	c.s.mu.Unlock()
	if judge != nil {
		if no := judge(to, attempt); no != nil {
			c.s.mu.Lock()
			defer c.s.mu.Unlock()
			if no.Temporary() {
				c.s.total.PutOff++
			} else {
				c.s.total.Refused++
			}
			return no
		}
	}
	c.to = append(c.to, to)
	return nil
}

// Data takes the mail in; a mail that did not come to its final dot is none.
func (c *session) Data(r io.Reader) error {
	var data []byte
	var err error
	if c.s.options.Record {
		data, err = io.ReadAll(r)
	} else {
		_, err = io.Copy(io.Discard, r)
	}
	if err != nil {
		return err
	}
	c.s.mu.Lock()
	for _, to := range c.to {
		c.s.keep(c.from, to, data)
	}
	delay := c.s.delay
	c.s.mu.Unlock()
	if delay > 0 {
		timer := time.NewTimer(delay)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-c.s.closing:
		}
	}
	return nil
}

// Reset ends a transaction.
func (c *session) Reset() { c.from, c.to = "", nil }

// Logout has nothing to free.
func (c *session) Logout() error { return nil }
