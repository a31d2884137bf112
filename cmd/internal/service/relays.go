package service

import (
	"crypto/x509"
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
	"time"

	"example.jp/kairan/cmd/internal/config"
	"example.jp/kairan/deliver"
	"example.jp/kairan/deliver/engine"
	"example.jp/kairan/deliver/smtp"
)

// relays makes the relays, in the order in which they are used.
func relays(cfg *config.Config) (all []engine.Relay, err error) {
	names := relayNames(cfg)
	for n, r := range cfg.Relays() {
		t, err := Relay(r)
		if err != nil {
			return nil, err
		}
		all = append(all, engine.Relay{
			Name: names[n], Transport: t, Connections: r.Connections, PerMinute: r.PerMinute, PerConnection: r.PerConnection,
			Beside: n > 0 && r.Share > 0, Share: r.Share, Rest: deliver.Rest{Hours: r.Rest, Zone: time.Local},
		})
	}
	return all, nil
}

// relayNames are the names under which logs, alarms and metrics tell the relays apart: their
// hosts, with the port where several have one host, and with a number where that is one, too.
func relayNames(cfg *config.Config) []string {
	all := cfg.Relays()
	names, hosts, seen := make([]string, len(all)), map[string]int{}, map[string]int{}
	for _, r := range all {
		hosts[r.Host]++
	}
	for n, r := range all {
		if names[n] = r.Host; hosts[r.Host] > 1 {
			names[n] = net.JoinHostPort(r.Host, strconv.Itoa(r.Port))
		}
		if seen[names[n]]++; seen[names[n]] > 1 {
			names[n] += "#" + strconv.Itoa(seen[names[n]])
		}
	}
	return names
}

// Relay makes the transport that the configuration describes.
func Relay(c config.Relay) (*smtp.Transport, error) {
	r := smtp.Relay{Host: c.Host, Port: c.Port, Username: c.Username, Hello: c.Hello}
	switch c.TLS {
	case config.TLSImplicit:
		r.TLS = smtp.Implicit
	case config.TLSNone:
		r.TLS = smtp.None
	}
	if file := c.CAFile; file != "" {
		r.RootCAs = func() (*x509.CertPool, error) { return authorities(file) }
	}
	if file := c.PasswordFile; file != "" {
		r.Password = func() (string, error) {
			b, err := os.ReadFile(file)
			if err != nil {
				return "", fmt.Errorf("the relay's password file cannot be read: %w", err)
			}
			return strings.TrimRight(string(b), "\r\n"), nil
		}
	}
	return smtp.New(r)
}

// authorities reads the certificates that a relay of the office's own is signed
// by. It is asked at each connection, so that a renewed file needs no restart;
// that the file is in order at the start, config.CheckFiles sees to.
func authorities(file string) (*x509.CertPool, error) {
	pem, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("ca_file: %w", err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("ca_file: %s holds no PEM certificate; write the authority's into it", file)
	}
	return pool, nil
}
