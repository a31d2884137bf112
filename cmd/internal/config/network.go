package config

import (
	"net"
	"net/netip"
	"regexp"
	"strconv"
	"strings"

	"example.jp/kairan/subscribe"
)

func (c *Config) listen() section {
	l := &c.Listen
	return section{path: "listen", rows: []row{
		listener("public", &l.Public, "127.0.0.1:8080").says("host:port of the pages, of the health checks"),
		listener("admin", &l.Admin, "127.0.0.1:8081"),
		texts("trusted_proxies", &l.TrustedProxies, []string{"127.0.0.1", "::1"}).says("whose `X-Real-IP` is believed"),
	}}
}

func (c *Config) checkListen(t *table) {
	if c.Listen.Public == c.Listen.Admin && c.Listen.Public != "" && !strings.HasSuffix(c.Listen.Public, ":0") {
		t.fault("admin", "the same as public; write another port, such as \"127.0.0.1:8081\"")
	}
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

func listener(key string, at *string, fallback string) row {
	return optional(key, at, fallback, func(t *table, key string) string { return t.listener(key, fallback) }, tomlText)
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

// relay is the first, or one that takes over.
func (c *Config) relay(r *Relay) section {
	ports := map[string]int{TLSStart: 587, TLSImplicit: 465, TLSNone: 25}
	port := func(t *table, key string) int { return t.number(key, ports[r.TLS], 1, 65535) }
	return section{path: "relay", rows: []row{
		plain("host", &r.Host, "mail.example.jp").says("the SMTP server"),
		oneOf("tls", &r.TLS, TLSStart, TLSImplicit, TLSNone).says("`starttls`, `implicit`, or `none` (this machine only)"),
		bound("port", &r.Port, port, strconv.Itoa).says("its port", "by `tls`: 587, 465, 25").such("587"),
		c.path("ca_file", &r.CAFile, "/etc/kairan/relay-ca.pem", none).says("its certificate authority; read again each time", "the system's"),
		bound("username", &r.Username, func(t *table, key string) string { return t.text(key, "") }, unnamed).says("the login", "none").such(`"kairan"`),
		c.path("password_file", &r.PasswordFile, "/etc/kairan/relay-password", none).says("its password; the file is read again each time", "none"),
		plain("hello", &r.Hello, "magazine.example.jp").says("our own full name, for EHLO"),
		texts("dkim", &r.Keys, nil).says("names of its DKIM keys, which `check` looks up", "none").such(`["s2027._domainkey.example.jp"]`),
		operator(&r.Operator).says("who operates it, and is entrusted with the mails; on `/privacy`"),
		number("connections", &r.Connections, 8, 1, 64).says("open at once, 1 to 64"),
		number("messages_per_connection", &r.PerConnection, 1000, 1, 100_000).says("what the relay is given, notices included"),
		number("messages_per_minute", &r.PerMinute, 600, 1, 10_000_000),
		bound("share", &r.Share, (*table).share, tomlShare).says(
			"how much of the load it takes beside others, 1 to 100; a fallback relay that has one works at the same time as the one before it. Shares decide while there is choice; when all are busy each takes what it can",
			"a fallback waits while one before it takes mail; `1` of the one that others share with").such("3"),
		bound("rest", &r.Rest, (*table).hours, tomlHours).says(
			"when it is given nothing, by the machine's time zone, and no alarm is raised; while all relays rest issues wait, and so do confirmations", "never").such(`"22:00-06:00"`),
	}}
}

// unnamed is what the echo has of a user name.
func unnamed(s string) string {
	if s == "" {
		return ""
	}
	return "# username: set, not shown"
}

// share is a relay's weight; 0: it has none.
func (t *table) share(key string) int {
	if !t.has(key) {
		return 0
	}
	return t.number(key, 1, 1, 100)
}

func tomlShare(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

// checkShares refuses a share of the first relay that nobody shares with.
func (c *Config) checkShares(t *table) {
	if c.Relay.Share > 0 && (len(c.Fallback) == 0 || c.Fallback[0].Share == 0) {
		t.fault("share", "no relay shares the load with it; give the first of [[fallback_relays]] a share, too, or delete this one")
	}
}

// check judges what must fit together, and takes the brackets off the host.
func (r *Relay) check(t *table) {
	r.Host = bracketless(r.Host)
	if r.Host != "" && !hostForm(r.Host) {
		t.fault("host", `%s is no host; write its name or IP address alone, such as "mail.example.jp", and the port under port`, quote(r.Host))
		r.Host = ""
	}
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
	for i, key := range r.Keys {
		if selector, domain, ok := strings.Cut(key, "._domainkey."); !ok || !hostName.MatchString(selector) || !domainName(domain) {
			t.faultAt(item(join(t.path, "dkim"), i+1), `%s is no name of a DKIM key; write SELECTOR._domainkey.DOMAIN, such as "s2027._domainkey.example.jp"`, quote(key))
		}
	}
	if r.Hello != "" && !domainName(r.Hello) {
		t.fault("hello", `%s is no full domain name; write the one that the address of this machine resolves to, such as "magazine.example.jp"`, quote(r.Hello))
	}
}

// relayInClear refuses to put mail or a password on a network unencrypted (RFC 8314 §3).
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
