package lint

import (
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"example.jp/kairan/deliver/compose/finding"
)

// shorteners are hosts whose links say nothing of where they lead.
var shorteners = []string{
	"bit.ly", "t.co", "goo.gl", "tinyurl.com", "ow.ly", "is.gd", "v.gd", "buff.ly", "lnkd.in", "x.gd", "ux.nu", "rebrand.ly", "cutt.ly",
	"t.ly", "shorturl.at", "onl.bz", "onl.tw", "onl.la", "00m.in", "urx.nu", "urx3.nu", "bit.do", "rb.gy", "tiny.cc", "soo.gd", "fb.me", "amzn.to", "p.tl",
}

// redirectors are hosts, or hosts with a path, that links are copied from, and not those
// that they lead to.
var redirectors = []string{
	"safelinks.protection.outlook.com", "urldefense.com", "urldefense.proofpoint.com", "google.com/url", "google.co.jp/url",
	"l.facebook.com", "lm.facebook.com", "l.instagram.com", "bing.com/ck", "r.search.yahoo.com", "search.yahoo.co.jp", "list-manage.com/track",
}

// inHouse are ends of names that nobody outside of a house can look up (RFC 6761,
// RFC 6762, and what networks are called).
var inHouse = []string{".local", ".localhost", ".localdomain", ".lan", ".internal", ".intranet", ".intra", ".corp", ".home", ".home.arpa", ".private"}

// trackers are parameters of links that tell who reads, or where the link was copied.
var trackers = regexp.MustCompile(`(?i)^(?:utm_[a-z]+|fbclid|gclid|dclid|yclid|msclkid|twclid|mc_eid|mc_cid|_hsenc|_hsmi|mkt_tok|igshid|vero_id|oly_enc_id)$`)

var fileName = regexp.MustCompile(`(?i)\.(?:pdf|docx?|xlsx?|pptx?|html?|png|jpe?g|gif|txt|csv)$`)

// trailing are marks that were meant to stand behind a link.
const trailing = "。、，．」』）】〉》！？"

// links looks at where links lead.
func (p *page) links() {
	for _, k := range p.Draft.Links {
		u, err := url.Parse(k.To)
		if err != nil || u.Scheme != "https" && u.Scheme != "http" {
			continue
		}
		host := strings.TrimSuffix(strings.ToLower(u.Hostname()), ".")
		switch {
		case host == "": // which the draft refuses
		case slices.ContainsFunc(shorteners, func(s string) bool { return host == s || host == "www."+s }):
			p.warn(k.Line, "link-short", "the link goes over %s, so that nobody sees where it leads; write the address of the page itself", host)
		case isRedirector(host, u.Path):
			p.warn(k.Line, "link-redirect", "the link goes over %s, as copied from a mail or a search, and may stop working; write the address of the page itself", host)
		case isInHouse(host):
			p.warn(k.Line, "link-internal", inside, host)
		case strings.Count(host, ".") == 1 && fileName.MatchString(host):
			p.warn(k.Line, "link-internal", "%s looks like the name of a file, and not like a host; write the whole address", host)
		}
		if rest := strings.TrimRight(u.Path+u.RawQuery+u.Fragment, trailing+" "); rest != u.Path+u.RawQuery+u.Fragment {
			p.warn(k.Line, "link-end", "the link ends with a mark or a space that does not belong to it; put a space in front of that, or write [words](address)")
		}
		for _, name := range parameters(u) {
			if trackers.MatchString(name) {
				p.warn(k.Line, "link-tracking", "the link carries %s, which is for counting who reads; leave out the part from %q on", name, name+"=")
				break
			}
		}
	}
	for _, l := range p.lines { // which the draft makes no links of, and mail programs do
		for _, host := range l.hosts {
			if isInHouse(host) && !slices.ContainsFunc(p.found, func(f finding.Finding) bool { return f.Line == l.number && f.Rule == "link-internal" }) {
				p.warn(l.number, "link-internal", inside, host)
			}
		}
	}
}

// inside is said of a host that is none in the public DNS.
const inside = "%s can be reached from inside of a network only; write an address that readers can open"

// parameters are the names of a query, in their order.
func parameters(u *url.URL) (names []string) {
	for pair := range strings.SplitSeq(u.RawQuery, "&") {
		name, _, _ := strings.Cut(pair, "=")
		names = append(names, name)
	}
	return names
}

func isRedirector(host, path string) bool {
	return slices.ContainsFunc(redirectors, func(s string) bool {
		name, under, _ := strings.Cut(s, "/")
		return (host == name || strings.HasSuffix(host, "."+name)) && (under == "" || strings.HasPrefix(path, "/"+under))
	})
}

// isInHouse reports a host that is none in the public DNS.
func isInHouse(host string) bool {
	if ip, err := netip.ParseAddr(host); err == nil {
		return ip.IsLoopback() || ip.IsPrivate() || ip.IsLinkLocalUnicast() || ip.IsUnspecified()
	}
	return !strings.Contains(host, ".") ||
		slices.ContainsFunc(inHouse, func(end string) bool { return strings.HasSuffix(host, end) })
}
