package smtp

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/textproto"
	"slices"
	"strconv"

	gosmtp "github.com/wneessen/go-mail/smtp"

	"example.jp/kairan/deliver"
)

// Dial connects, negotiates TLS and logs in. A failure is a *deliver.Refusal;
// when ctx ends before the login is done the socket is closed at once.
//
// The connection's Send waits up to Timeouts.Dot for the reply to the final dot
// whatever becomes of its ctx, because giving up there makes a second copy. A
// caller whose patience ends earlier calls the connection's Close from another
// goroutine: while a Send is under way it closes the socket at once, and that
// Send returns.
func (t *Transport) Dial(ctx context.Context) (deliver.Conn, error) {
	d := &dialling{Transport: t, stage: deliver.StageDial}
	c, err := d.run(ctx)
	if err != nil {
		if d.wire != nil {
			d.wire.cut() // go-mail leaves it open after a failed EHLO, TLS or login
		}
		return nil, d.refusal(ctx, err)
	}
	return c, nil
}

// dialling is one attempt to log in.
type dialling struct {
	*Transport
	stage deliver.Stage // how far it got
	tls   *tls.Config
	wire  *wire // nil before the connection stands
	stop  func() bool
}

func (d *dialling) run(ctx context.Context) (*conn, error) {
	r := d.relay
	d.tls = &tls.Config{ServerName: r.Host, MinVersion: tls.VersionTLS12}
	if r.RootCAs != nil {
		roots, err := r.RootCAs()
		if err != nil {
			return nil, fmt.Errorf("the certificate authority of the relay could not be read: %w", err)
		}
		d.tls.RootCAs = roots
	}
	var auth *login
	if r.Username != "" {
		password, err := r.Password()
		if err != nil {
			d.stage = deliver.StageAuth
			return nil, fmt.Errorf("the relay's password could not be read: %w", err)
		}
		auth = &login{user: r.Username, password: password, host: r.Host, secure: r.TLS != None, stage: &d.stage}
	}
	if err := d.connect(ctx); err != nil {
		return nil, err
	}
	client, in, err := d.hello()
	if err != nil {
		return nil, err
	}
	if auth != nil {
		if err := client.Auth(auth); err != nil {
			return nil, err
		}
	}
	if !d.stop() {
		return nil, ctx.Err()
	}
	d.wire.each = 0
	c := d.newConn(d.wire, in, client)
	d.largest.Store(c.maxSize)
	return c, nil
}

// connect opens the TCP connection. ctx stays in force until the login is done.
func (d *dialling) connect(ctx context.Context) error {
	limited, cancel := context.WithTimeout(ctx, d.relay.Timeouts.Connect)
	defer cancel()
	var dialer net.Dialer
	tcp, err := dialer.DialContext(limited, "tcp", net.JoinHostPort(d.relay.Host, strconv.Itoa(d.relay.Port)))
	if err != nil {
		return err
	}
	d.wire = &wire{Conn: tcp, now: d.now, each: d.relay.Timeouts.Greeting}
	d.stop = context.AfterFunc(ctx, d.wire.cut)
	if d.relay.TLS == None && !loopbackAddr(tcp.RemoteAddr()) {
		return errors.New("mail in clear goes to this computer only, and the host's name leads elsewhere; use STARTTLS or TLS")
	}
	return nil
}

// hello brings the connection to where the login begins, with go-mail's client
// over it. With STARTTLS there are two: the second knows nothing of what was said
// in clear (RFC 3207 §4.2), and is given a greeting, since the relay sends no second one.
func (d *dialling) hello() (*gosmtp.Client, *lines, error) {
	var over net.Conn = d.wire
	if d.relay.TLS == Implicit {
		secure, err := d.secure()
		if err != nil {
			return nil, nil, err
		}
		over = secure
	}
	d.stage = deliver.StageGreeting
	d.wire.begin(d.relay.Timeouts.Greeting)
	client, in, err := d.ehlo(over, "")
	if err != nil || d.relay.TLS != StartTLS {
		return client, in, err
	}
	if offered, _ := client.Extension("STARTTLS"); !offered {
		return nil, nil, errors.New("the relay does not offer STARTTLS")
	}
	if _, err := client.Text.Cmd("STARTTLS"); err != nil {
		return nil, nil, err
	}
	if _, _, err := client.Text.ReadResponse(220); err != nil {
		return nil, nil, err
	}
	if client.Text.R.Buffered()+in.waiting() > 0 { // it was not said under TLS
		return nil, nil, errUnasked
	}
	secure, err := d.secure()
	if err != nil {
		return nil, nil, err
	}
	return d.ehlo(secure, "220 \r\n")
}

// ehlo makes go-mail's client over a connection, and says EHLO, or HELO to a relay
// that does not know it. greeting is read before what the relay sends.
func (d *dialling) ehlo(over net.Conn, greeting string) (*gosmtp.Client, *lines, error) {
	in := newLines(over)
	in.out = append(in.out, greeting...)
	client, err := gosmtp.NewClient(spoken{over, in}, d.relay.Host)
	if err != nil {
		return nil, nil, err
	}
	return client, in, client.Hello(d.relay.Hello)
}

// secure does the TLS handshake; its time is that of connecting.
func (d *dialling) secure() (*tls.Conn, error) {
	d.wire.each = d.relay.Timeouts.Connect
	defer func() { d.wire.each = d.relay.Timeouts.Greeting }()
	d.wire.begin(d.relay.Timeouts.Connect)
	secure := tls.Client(d.wire, d.tls.Clone())
	return secure, secure.Handshake()
}

// spoken is a connection that is read and written through lines.
type spoken struct {
	net.Conn
	*lines
}

func (s spoken) Read(p []byte) (int, error)  { return s.lines.Read(p) }
func (s spoken) Write(p []byte) (int, error) { return s.lines.Write(p) }
func (s spoken) Close() error                { return s.Conn.Close() }

func loopbackAddr(a net.Addr) bool {
	ap, err := netip.ParseAddrPort(a.String())
	return err == nil && ap.Addr().IsLoopback()
}

// refusal says how far the attempt got and why it ended there.
func (d *dialling) refusal(ctx context.Context, err error) *deliver.Refusal {
	var reply *textproto.Error
	switch {
	case errors.As(err, &reply):
		return &deliver.Refusal{Result: deliver.Judge(d.stage, reply.Code, enhancedCode(reply.Code, reply.Msg), reply.Msg)}
	case ctx.Err() != nil:
		err = fmt.Errorf("given up: %w", ctx.Err())
	case errors.As(err, new(*tls.CertificateVerificationError)), errors.As(err, new(tls.RecordHeaderError)), errors.As(err, new(tls.AlertError)):
		d.stage = deliver.StageDial
	}
	return &deliver.Refusal{Result: deliver.Judge(d.stage, 0, "", reason(err))}
}

// login picks the mechanism, and marks that the login has begun. All of them run
// below TLS only (RFC 8314 §3), which is looked after here since go-mail does not
// see it behind lines; so the plainest one that is offered will do.
type login struct {
	gosmtp.Auth
	user, password, host string
	secure               bool // over TLS
	stage                *deliver.Stage
}

// Start implements go-mail's smtp.Auth.
func (l *login) Start(server *gosmtp.ServerInfo) (string, []byte, error) {
	*l.stage = deliver.StageAuth
	switch {
	case !l.secure:
		return "", nil, gosmtp.ErrUnencrypted
	case slices.Contains(server.Auth, "PLAIN"):
		l.Auth = gosmtp.PlainAuth("", l.user, l.password, l.host, true)
	case slices.Contains(server.Auth, "LOGIN"):
		l.Auth = gosmtp.LoginAuth(l.user, l.password, l.host, true)
	case slices.Contains(server.Auth, "SCRAM-SHA-256"):
		l.Auth = gosmtp.ScramSHA256Auth(l.user, l.password)
	default:
		return "", nil, errors.New("the relay offers no login that we know (PLAIN, LOGIN, SCRAM-SHA-256)")
	}
	return l.Auth.Start(server)
}
