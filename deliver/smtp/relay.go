package smtp

import (
	"crypto/x509"
	"errors"
	"fmt"
	"net/netip"
	"regexp"
	"strings"
	"sync/atomic"
	"time"
)

// TLSMode is how the connection to the relay is protected.
type TLSMode uint8

// The three modes. There is no "if offered": a mode that is asked for and not
// to be had is a failure (RFC 8314 §3).
const (
	StartTLS TLSMode = iota // STARTTLS, required; usually port 587
	Implicit                // TLS from the first byte; usually port 465
	None                    // in clear; to a loopback address only, without a login
)

// Relay is the one relay that takes our mail.
type Relay struct {
	Host string  // its name or IP address, as in its certificate; no brackets around IPv6
	Port int     // 1 to 65535
	TLS  TLSMode // zero: STARTTLS
	// RootCAs is asked at each connection, so that a renewed authority needs no
	// restart. nil: the system's.
	RootCAs  func() (*x509.CertPool, error)
	Username string // empty: no login
	// Password is asked at each login, so that a renewed one needs no restart.
	// Its error must not hold the password.
	Password func() (string, error)
	Hello    string   // our own fully qualified name, for EHLO (RFC 5321 §4.1.4)
	Timeouts Timeouts // zero fields: those of RFC 5321 §4.5.3.2
}

// Transport opens connections to one relay. It is safe for concurrent use. When
// the relay fails at the pipelining that it offers, or refuses what DSN has one say, the
// connections of the hour that follows do without.
type Transport struct {
	relay Relay
	now   func() time.Time
	doubt doubt // of PIPELINING
	noDSN doubt // of DSN

	largest atomic.Int64
}

// Largest is how many octets the largest message has that the relay takes, as it has said
// on the last connection (RFC 1870 §3); 0: it has not said.
func (t *Transport) Largest() int64 { return t.largest.Load() }

// New checks the relay's settings and reports everything that is wrong with
// them. It connects to nothing.
func New(r Relay) (*Transport, error) {
	if err := errors.Join(r.faults()...); err != nil {
		return nil, err
	}
	r.Timeouts = r.Timeouts.orDefaults()
	return &Transport{relay: r, now: time.Now}, nil
}

func (r Relay) faults() (faults []error) {
	fault := func(format string, args ...any) { faults = append(faults, fmt.Errorf("relay: "+format, args...)) }
	if r.Host == "" || strings.ContainsAny(r.Host, "/ \t\r\n") {
		fault("host %q is not a host; write the relay's name alone, such as mail.example.jp", r.Host)
	}
	if r.Port < 1 || r.Port > 65535 {
		fault("port %d is not between 1 and 65535; usual are 587 (STARTTLS) and 465 (TLS from the start)", r.Port)
	}
	if !fqdn.MatchString(r.Hello) || len(r.Hello) > 253 {
		fault("hello %q is not a fully qualified name; write this server's own, such as kairan.example.jp", r.Hello)
	}
	if r.TLS > None {
		fault("TLS mode %d is unknown", r.TLS)
	}
	if r.TLS == None && r.Username != "" {
		fault("a login in clear is refused; use STARTTLS or TLS, or no username")
	}
	if r.TLS == None && !loopbackHost(r.Host) {
		fault("mail in clear goes to this computer only (localhost, 127.0.0.1, ::1), not to %q; use STARTTLS or TLS", r.Host)
	}
	if r.Username != "" && r.Password == nil {
		fault("a username needs a password; name the file that holds it")
	}
	return faults
}

// fqdn is two or more labels of letters, digits and hyphens; the last one is
// not a number.
var fqdn = regexp.MustCompile(`^([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?$`)

func loopbackHost(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.IsLoopback()
}
