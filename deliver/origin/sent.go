package origin

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"regexp"
	"strings"

	"blitiri.com.ar/go/spf"
)

// sent is who handed a message over, and whether its return path lets them (RFC 7208).
type sent struct {
	path     string // the domain of the return path; "": not known
	declared bool   // it is not in the message, and was taken from the declaration
	by       netip.Addr
	result   spf.Result // "": not judged
	passes   bool
	aligned  bool
	alignErr error
}

// unknown says that it may hold for From, for all that could be seen.
func (s sent) unknown() bool {
	if s.path == "" || s.alignErr != nil {
		return true
	}
	return s.aligned && (s.result == "" || s.result == spf.TempError)
}

// sent looks at who handed the message over.
func (j *judged) sent(ctx context.Context) (s sent) {
	if s.path = j.returnPath(); s.path == "" && j.sender.List != "" {
		s.path, s.declared = j.sender.ReturnPath.Domain(), true
	}
	if s.path == "" {
		return s
	}
	s.aligned, s.alignErr = j.dns.aligned(ctx, j.from, s.path, j.ruled.strictSPF)
	if s.by = j.handedOver(ctx); s.by.IsValid() {
		s.result = j.dns.spf(ctx, s.by, s.path)
		s.passes = s.result == spf.Pass
	}
	return s
}

// spf is what SPF of a domain says of an address. Who the mail is to or from is asked of
// nobody: the local part, which can go into a question, is a fixed one.
func (d *dns) spf(ctx context.Context, by netip.Addr, domain string) spf.Result {
	result, _ := spf.CheckHostWithSender(net.IP(by.AsSlice()), domain, "postmaster@"+domain, spf.WithResolver(d), spf.WithContext(ctx))
	return result
}

func (j *judged) saySPF() {
	s := j.spf
	path := name(s.path)
	if s.declared {
		path += " (of the declaration: the copy has no Return-Path)"
	}
	switch {
	case s.path == "":
		j.say("spf", Unknown, "could not be judged: the copy has no Return-Path; save it from a mailbox that writes one")
		return
	case !s.by.IsValid():
		j.say("spf", Unknown, "%s: could not be judged: no Received of it names the relay and a public address of its own", path)
		return
	}
	where := fmt.Sprintf("%s, from %s: ", path, s.by)
	switch s.result {
	case spf.Pass:
		if s.aligned || s.alignErr != nil {
			j.say("spf", Fine, "%spasses", where)
		} else {
			j.say("spf", Fine, "%spasses, but it is not of the domain of From, and so proves nothing for DMARC", where)
		}
	case spf.Fail:
		j.say("spf", Wrong, "%srefused by its own record; add %s to it, if that is the relay", where, mechanism(s.by))
	case spf.PermError:
		j.say("spf", Wrong, "%sits record is wrong, and counts for nobody: two records, a word that is none, or more than ten look-ups (RFC 7208 §4.6.4)", where)
	case spf.TempError:
		j.say("spf", Unknown, "%scould not be looked up", where)
	case spf.None:
		j.write("spf", Doubtful, s.path, spfText(mechanism(s.by)), "%sthere is no record, which large providers ask for; publish", where)
	default:
		j.say("spf", Doubtful, "%sdoes not pass (%s); add %s to its record, if that is the relay", where, s.result, mechanism(s.by))
	}
	if j.sender.List != "" && !j.sender.returned(s.path) {
		j.say("spf", Doubtful, "the return path is at %s, and the list %s declares one at %s: the relay rewrites it, and what cannot be delivered does not come back to us", path, j.sender.List, name(j.sender.ReturnPath.Domain()))
	}
}

// mechanism is how an SPF record names an address (RFC 7208 §5.6).
func mechanism(a netip.Addr) string {
	if a.Is4() {
		return "ip4:" + a.String()
	}
	return "ip6:" + a.String()
}

// hop is what one Received says (RFC 5321 §4.4).
type hop struct {
	hello, host, by string // as it greeted, as it was looked up, and who writes this; "": not said
	addr            netip.Addr
}

var (
	fromPart = regexp.MustCompile(`(?i)^from\s+(\S+)((?:\s*\([^()]*\))*)`)
	byPart   = regexp.MustCompile(`(?i)\sby\s+(\S+)`)
	literal  = regexp.MustCompile(`(?i)\[?(?:IPv6:)?([0-9a-f:.]*[.:][0-9a-f:.]+)\]?`)
	looked   = regexp.MustCompile(`^\s*\(?\s*([A-Za-z0-9._-]+\.[A-Za-z0-9-]+)`)
)

func readHop(value string) (h hop) {
	const most = 1000 // of the line; who writes more says nothing that is needed
	value = value[:min(len(value), most)]
	from := fromPart.FindStringSubmatch(value)
	if from == nil {
		return hop{}
	}
	h.hello = strings.ToLower(from[1])
	if by := byPart.FindStringSubmatch(value); by != nil {
		h.by = strings.ToLower(by[1])
	}
	if host := looked.FindStringSubmatch(from[2]); host != nil {
		h.host = strings.ToLower(host[1])
	}
	for _, found := range literal.FindAllStringSubmatch(from[2]+" "+h.hello, -1) {
		if a, err := netip.ParseAddr(found[1]); err == nil {
			h.addr = a.Unmap()
			break
		}
	}
	return h
}

// public says whether an address is one of the world's.
func public(a netip.Addr) bool {
	return a.IsValid() && a.IsGlobalUnicast() && !a.IsPrivate() && !sharedSpace.Contains(a)
}

var sharedSpace = netip.MustParsePrefix("100.64.0.0/10") // RFC 6598

// handedOver is the address from which the message came to those who took it. Of the
// Received fields the topmost counts that names a relay of ours; else the topmost that
// is not within one house. Anything below could have been written by whoever sent it.
func (j *judged) handedOver(ctx context.Context) netip.Addr {
	var outside netip.Addr
	ours := j.ours(ctx)
	for _, value := range j.values("received") {
		h := readHop(value)
		if !public(h.addr) {
			continue
		}
		if ours[h.hello] || ours[h.host] || ours[h.addr.String()] {
			return h.addr
		}
		if !outside.IsValid() && !sameHouse(h.hello, h.by) && !sameHouse(h.host, h.by) {
			outside = h.addr
		}
	}
	return outside
}

// ours are the names and addresses of the relays, as the world sees them.
func (j *judged) ours(ctx context.Context) map[string]bool {
	all := map[string]bool{}
	for _, r := range j.house.Relays {
		host := strings.ToLower(r.seen())
		all[host] = true
		addrs, _ := j.dns.addresses(ctx, host)
		for _, a := range addrs {
			all[a.String()] = true
		}
	}
	return all
}

// sameHouse says whether two hosts are named like machines of one provider, between
// which mail is passed on before it is delivered.
func sameHouse(a, b string) bool {
	return a != "" && lastLabels(a) == lastLabels(b)
}

func lastLabels(host string) string {
	labels := strings.Split(strings.Trim(host, "."), ".")
	most := 2
	if n := len(labels); n > 2 && len(labels[n-1]) == 2 && len(labels[n-2]) <= 3 { // co.jp, go.jp, ac.uk
		most = 3
	}
	return strings.Join(labels[max(0, len(labels)-most):], ".")
}

// addresses are the public ones of a host, or that address itself. What this machine
// says of its own name, such as 127.0.1.1, is not what the world sees.
func (d *dns) addresses(ctx context.Context, host string) (all []netip.Addr, err error) {
	if a, err := netip.ParseAddr(host); err == nil {
		if public(a) {
			return []netip.Addr{a.Unmap()}, nil
		}
		return nil, nil
	}
	found, err := d.LookupIPAddr(ctx, host)
	for _, f := range found {
		if a, ok := netip.AddrFromSlice(f.IP); ok && public(a.Unmap()) {
			all = append(all, a.Unmap())
		}
	}
	return all, err
}
