package config

import (
	"net"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"example.jp/kairan/deliver"
	"example.jp/kairan/subscribe"
)

func (c *Config) listen(t *table) {
	defer t.end()
	c.Listen.Public = t.listener("public", "127.0.0.1:8080")
	c.Listen.Admin = t.listener("admin", "127.0.0.1:8081")
	if c.Listen.Public == c.Listen.Admin && c.Listen.Public != "" && !strings.HasSuffix(c.Listen.Public, ":0") {
		t.fault("admin", "the same as public; write another port, such as \"127.0.0.1:8081\"")
	}
	c.Listen.TrustedProxies = t.texts("trusted_proxies", []string{"127.0.0.1", "::1"})
	for i, p := range c.Listen.TrustedProxies {
		if _, err := netip.ParseAddr(p); err == nil || p == "" {
			continue
		}
		path := item(join(t.path, "trusted_proxies"), i+1)
		switch network, err := netip.ParsePrefix(p); {
		case err != nil:
			t.faultAt(path, `%s is neither an IP address nor a network; write one such as "127.0.0.1" or "10.0.0.0/8"`, quote(p))
		case network.Bits() == 0:
			t.faultAt(path, "%s trusts everybody, and then anybody can pretend to be anywhere; write the addresses of your proxies", quote(p))
		}
	}
}

// listener is host:port; port 0 lets the system choose.
func (t *table) listener(key, fallback string) string {
	s := t.text(key, fallback)
	host, port, err := net.SplitHostPort(s)
	_, portErr := strconv.ParseUint(port, 10, 16)
	if s != "" && (err != nil || portErr != nil || host != "" && !hostForm(host)) {
		t.fault(key, "%s is not host:port; write an address of this machine, such as %q", quote(s), fallback)
		return ""
	}
	return s
}

// relay reads a relay: the first, or one that takes over.
func (c *Config) relay(t *table) (r Relay) {
	defer t.end()
	r.Host = bracketless(t.need("host", "mail.example.jp"))
	if r.Host != "" && !hostForm(r.Host) {
		t.fault("host", `%s is no host; write its name or IP address alone, such as "mail.example.jp", and the port under port`, quote(r.Host))
		r.Host = ""
	}
	r.TLS = t.oneOf("tls", TLSStart, TLSImplicit, TLSNone)
	ports := map[string]int{TLSStart: 587, TLSImplicit: 465, TLSNone: 25}
	r.Port = t.number("port", ports[r.TLS], 1, 65535)
	r.CAFile = c.file(t.text("ca_file", ""))
	r.Username = t.text("username", "")
	r.PasswordFile = c.file(t.text("password_file", ""))
	if r.TLS == TLSNone {
		t.relayInClear(r.Host)
	}
	if t.has("username") != t.has("password_file") {
		here, missing := "username", "password_file"
		if t.has(missing) {
			here, missing = missing, here
		}
		t.fault(here, "set without %s; write both, or neither for a relay that asks for no login", missing)
	}
	r.Hello = t.need("hello", "magazine.example.jp")
	if r.Hello != "" && !domainName(r.Hello) {
		t.fault("hello", `%s is no full domain name; write the one that the address of this machine resolves to, such as "magazine.example.jp"`, quote(r.Hello))
	}
	r.Connections = t.number("connections", 8, 1, 64)
	r.PerConnection = t.number("messages_per_connection", 1000, 1, 100_000)
	r.PerMinute = t.number("messages_per_minute", 600, 1, 10_000_000)
	return r
}

// relayInClear refuses to put mail or a password on a network unencrypted (RULES D-01).
func (t *table) relayInClear(host string) {
	if host != "" && !loopback(host) {
		t.fault("tls", `mail would travel in clear; write tls = "starttls" or "implicit", since "none" is for a relay on this machine (host = "localhost")`)
	}
	if t.has("username") {
		t.fault("tls", `the password would travel in clear; write tls = "starttls" or "implicit", or delete username and password_file`)
	}
	if t.has("ca_file") {
		t.fault("ca_file", `of no use with tls = "none"; delete it, or write tls = "starttls"`)
	}
}

func (c *Config) sending(t *table) {
	defer t.end()
	s := &c.Sending
	s.Retry = t.retry("retry")
	s.Expires = t.duration("expires", 72*time.Hour, time.Hour, 240*time.Hour)
	s.Uncertain = t.oneOf("uncertain", UncertainResend, UncertainHold)
	// RFC 5321 §4.5.4.1 asks for half an hour; less is for trying things out.
	least := 30 * time.Minute
	if !slices.ContainsFunc(append(c.Fallback, c.Relay), func(r Relay) bool { return !loopback(r.Host) }) {
		least = time.Second
	}
	s.UncertainAfter = t.duration("uncertain_after", 30*time.Minute, least, 24*time.Hour)
	s.NowDelay = t.duration("now_delay", time.Minute, time.Second, time.Hour)
	s.Grace = t.duration("grace", 80*time.Second, time.Second, 10*time.Minute)
	s.ProbeEvery = t.duration("probe_every", 5*time.Minute, time.Second, time.Hour)
}

func (t *table) retry(key string) deliver.Retry {
	const most = 20
	waits := t.texts(key, nil)
	switch {
	case !t.has(key):
		return deliver.DefaultRetry()
	case waits == nil:
		return nil
	case len(waits) == 0 || len(waits) > most:
		t.fault(key, `%d waits; write 1 to %d of them, such as ["15m", "30m", "1h", "2h"]`, len(waits), most)
	}
	out := make(deliver.Retry, len(waits))
	for i, s := range waits {
		path := item(join(t.path, key), i+1)
		d, err := time.ParseDuration(s)
		if s == "" {
			continue
		}
		if err != nil || d < time.Second || d > 24*time.Hour {
			t.faultAt(path, `%s is no wait; write a time from "1s" to "24h", such as "30m"`, quote(s))
		}
		out[i] = d
	}
	return out
}

// suspension is when an entry whose copies fail is suspended.
func (c *Config) suspension(t *table) {
	defer t.end()
	const most = 1000
	d := deliver.DefaultSuspendPolicy()
	c.Suspension = deliver.SuspendPolicy{
		Hard:       t.number("hard", d.Hard, 0, most),
		HardApart:  t.duration("hard_apart", d.HardApart, 0, 10000*time.Hour),
		AtOnce:     t.texts("at_once", d.AtOnce),
		Soft:       t.number("soft", d.Soft, 0, most),
		SoftApart:  t.duration("soft_apart", d.SoftApart, 0, 10000*time.Hour),
		SoftIssues: t.number("soft_issues", d.SoftIssues, 0, most),
	}
	for i, code := range c.Suspension.AtOnce {
		if code != "" && !permanent.MatchString(code) {
			t.faultAt(item(join(t.path, "at_once"), i+1), `%s is no enhanced code of a refusal; write one such as "5.1.1"`, quote(code))
		}
	}
}

// permanent is an enhanced status code of class 5 (RFC 3463 §2).
var permanent = regexp.MustCompile(`^5\.[0-9]{1,3}\.[0-9]{1,3}$`)

// limits are the ceilings that an installation sets (RULES F-03).
func (c *Config) limits(t *table) {
	defer t.end()
	const most = 1_000_000
	c.Limits = subscribe.Limits{
		Intake:         t.number("intake", 10_000, 1, most),
		PerHour:        t.number("requests_per_hour", 12_000, 1, most),
		PerNetworkHour: t.number("requests_per_network_per_hour", 200, 1, most),
	}
}

var hostName = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?$`)

// hostForm reports an IP address or something like a name, of one label too.
func hostForm(s string) bool {
	_, err := netip.ParseAddr(s)
	return err == nil || hostName.MatchString(s) && !strings.Contains(s, "..")
}

// bracketless takes the brackets off an IPv6 address that was written as in a URL.
func bracketless(host string) string {
	if bare, ok := strings.CutPrefix(host, "["); ok && strings.HasSuffix(bare, "]") && strings.Contains(bare, ":") {
		return strings.TrimSuffix(bare, "]")
	}
	return host
}

// domainName reports a full domain name in ASCII, by the rules of the domain
// of an address: two labels or more, and no IP address.
func domainName(s string) bool {
	a, err := subscribe.ParseAddress("x@" + s)
	return err == nil && strings.EqualFold(a.Domain(), s)
}

// loopback reports a host that cannot be any other machine.
func loopback(host string) bool {
	host = strings.ToLower(host)
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.Unmap().IsLoopback() || host == "localhost" || strings.HasSuffix(host, ".localhost")
}
