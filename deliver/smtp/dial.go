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

	gomail "github.com/wneessen/go-mail"
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

// Probe logs in and says QUIT: whether the relay would take mail from us now.
// A failure is a *deliver.Refusal.
func (t *Transport) Probe(ctx context.Context) error {
	c, err := t.Dial(ctx)
	if err != nil {
		return err
	}
	return c.Close()
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
	opts := []gomail.Option{
		gomail.WithPort(r.Port),
		gomail.WithHELO(r.Hello),
		gomail.WithTimeout(r.Timeouts.Connect),
		gomail.WithTLSConfig(d.tls.Clone()),
		gomail.WithTLSPolicy(gomail.NoTLS),
		gomail.WithoutSMTPUTF8(),
		gomail.WithDialContextFunc(func(dialCtx context.Context, network, address string) (net.Conn, error) {
			return d.connect(ctx, dialCtx, network, address)
		}),
	}
	if r.TLS == StartTLS {
		opts = append(opts, gomail.WithTLSPolicy(gomail.TLSMandatory))
	}
	if r.Username != "" {
		password, err := r.Password()
		if err != nil {
			d.stage = deliver.StageAuth
			return nil, fmt.Errorf("the relay's password could not be read: %w", err)
		}
		opts = append(opts, gomail.WithSMTPAuthCustom(&login{user: r.Username, password: password, host: r.Host, stage: &d.stage}))
	}
	mailer, err := gomail.NewClient(r.Host, opts...)
	if err != nil {
		return nil, err
	}
	client, err := mailer.DialToSMTPClientWithContext(ctx)
	if err != nil {
		return nil, err
	}
	if !d.stop() {
		return nil, ctx.Err()
	}
	d.wire.each = 0
	return newConn(d.wire, client, r.Timeouts, &d.doubt), nil
}

// connect opens the connection, with TLS if it starts with it. dialCtx has the
// time limit for connecting; ctx is the caller's and stays in force after it.
func (d *dialling) connect(ctx, dialCtx context.Context, network, address string) (net.Conn, error) {
	var dialer net.Dialer
	tcp, err := dialer.DialContext(dialCtx, network, address)
	if err != nil {
		return nil, err
	}
	d.wire = &wire{Conn: tcp, now: d.now, each: d.relay.Timeouts.Greeting}
	d.stop = context.AfterFunc(ctx, d.wire.cut)
	if d.relay.TLS == None && !loopbackAddr(tcp.RemoteAddr()) {
		return nil, errors.New("mail in clear goes to this computer only, and the host's name leads elsewhere; use STARTTLS or TLS")
	}
	d.wire.begin(d.relay.Timeouts.Greeting)
	if d.relay.TLS != Implicit {
		d.stage = deliver.StageGreeting
		return d.wire, nil
	}
	secure := tls.Client(d.wire, d.tls)
	if err := secure.HandshakeContext(dialCtx); err != nil {
		return nil, err
	}
	d.stage = deliver.StageGreeting
	return secure, nil
}

func loopbackAddr(a net.Addr) bool {
	ap, err := netip.ParseAddrPort(a.String())
	return err == nil && ap.Addr().IsLoopback()
}

// refusal says how far the attempt got and why it ended there.
func (d *dialling) refusal(ctx context.Context, err error) *deliver.Refusal {
	var (
		reply       *textproto.Error
		certificate *tls.CertificateVerificationError
		record      tls.RecordHeaderError
		alert       tls.AlertError
	)
	switch {
	case errors.As(err, &reply):
		// No code after DATA here: what is refused before MAIL needs no refinement.
		return &deliver.Refusal{Result: deliver.Judge(d.stage, reply.Code, "", reply.Msg)}
	case ctx.Err() != nil:
		err = fmt.Errorf("given up: %w", ctx.Err())
	case errors.As(err, &certificate), errors.As(err, &record), errors.As(err, &alert):
		d.stage = deliver.StageDial
	}
	return &deliver.Refusal{Result: deliver.Judge(d.stage, 0, "", reason(err))}
}

// login picks the mechanism, and marks that the login has begun. All of them run
// below TLS only (RULES D-01), so the plainest one that is offered will do.
type login struct {
	gosmtp.Auth
	user, password, host string
	stage                *deliver.Stage
}

// Start implements go-mail's smtp.Auth.
func (l *login) Start(server *gosmtp.ServerInfo) (string, []byte, error) {
	*l.stage = deliver.StageAuth
	switch {
	case slices.Contains(server.Auth, "PLAIN"):
		l.Auth = gosmtp.PlainAuth("", l.user, l.password, l.host, false)
	case slices.Contains(server.Auth, "LOGIN"):
		l.Auth = gosmtp.LoginAuth(l.user, l.password, l.host, false)
	case slices.Contains(server.Auth, "SCRAM-SHA-256"):
		l.Auth = gosmtp.ScramSHA256Auth(l.user, l.password)
	default:
		return "", nil, errors.New("the relay offers no login that we know (PLAIN, LOGIN, SCRAM-SHA-256)")
	}
	return l.Auth.Start(server)
}
