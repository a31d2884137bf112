package web

import (
	"net/netip"
	"strings"

	"github.com/gofiber/fiber/v2"
)

const realIP = "X-Real-IP"

// network is where a request comes from, for the ceilings: what a trusted proxy
// says in X-Real-IP, and otherwise who has connected; the zero Addr if that is no
// address. What a proxy says and cannot be understood counts for the proxy itself,
// and the log says so.
func (p *pages) network(c *fiber.Ctx) netip.Addr {
	peer, _ := netip.AddrFromSlice(c.Context().RemoteIP())
	peer = peer.Unmap()
	if !c.IsProxyTrusted() {
		return peer
	}
	switch said := c.Request().Header.PeekAll(realIP); {
	case len(said) == 0:
		return peer
	case len(said) == 1:
		if a, ok := parsePeer(string(said[0])); ok {
			return a
		}
	}
	if p.unread.Rings(p.Now()) {
		p.Log.Warn("ProxyHeader", "why", "X-Real-IP is not understood", "proxy", peer.String(),
			"counts_as", "one network, that of the proxy: all whom it says so of share one ceiling",
			"hint", "let the proxy send one address of the visitor, such as 192.0.2.1; with nginx: proxy_set_header X-Real-IP $remote_addr")
	}
	return peer
}

// parsePeer reads an address as proxies write it: bare, with a port, in brackets,
// with a zone, mapped.
func parsePeer(s string) (netip.Addr, bool) {
	s = strings.TrimSpace(s)
	if a, err := netip.ParseAddr(s); err == nil {
		return a, true
	}
	if a, err := netip.ParseAddrPort(s); err == nil {
		return a.Addr(), true
	}
	if inner, ok := strings.CutPrefix(s, "["); ok {
		if inner, ok = strings.CutSuffix(inner, "]"); ok {
			a, err := netip.ParseAddr(inner)
			return a, err == nil && a.Is6()
		}
	}
	return netip.Addr{}, false
}
