package origin

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"blitiri.com.ar/go/spf"
)

// Record is a kind of record that the domain of every list needs.
type Record struct {
	Type, At string // where it stands, in words
	Says     string
}

// dmarcText is what a domain without a DMARC record begins with.
const dmarcText = "v=DMARC1; p=none; rua=mailto:WHO-READS-REPORTS"

// keyText is a record with a DKIM key.
const keyText = "v=DKIM1; k=rsa; p=PUBLIC-HALF"

// spfText is an SPF record that lets the relay send, and nobody else.
func spfText(mechanisms ...string) string {
	if len(mechanisms) == 0 {
		mechanisms = []string{"ip4:ADDRESS-OF-THE-RELAY"}
	}
	return "v=spf1 " + strings.Join(mechanisms, " ") + " -all"
}

// Needed are the kinds, for the handbook and for who looks at them.
func Needed() []Record {
	return []Record{
		{"TXT", "at the domains of `return_path` and `from`", "SPF: `" + spfText() + "`, with whoever else sends for it; docomo asks for it at `from` as well"},
		{"TXT", "at `SELECTOR._domainkey` of the domain of `from`", "the public half of the relay's DKIM key; its name belongs into `relay.dkim`"},
		{"TXT", "at `_dmarc` of the domain of `from`", "DMARC: `" + dmarcText + "`; then `p=quarantine`"},
		{"PTR", "of the relay's address", "its name, which must resolve to that address again"},
		{"MX", "at the domains of `return_path` and `from`", "a mailbox that somebody empties, or the relay for what comes back: reports of what could not be delivered, and answers"},
	}
}

// published is a look at what the DNS says.
type published struct {
	House
	verdicts
	dns *dns
}

// Records looks at the records that the house needs, each once, and says what to write
// where one is missing.
func (h House) Records(ctx context.Context, r Resolver) []Verdict {
	p := &published{House: h, dns: &dns{from: r}}
	var from, paths []string
	for _, s := range h.Senders {
		from, paths = append(from, s.From.Domain()), append(paths, s.ReturnPath.Domain())
	}
	from, paths = distinct(from), distinct(paths)
	all := distinct(append(slices.Clone(paths), from...))
	for _, d := range all { // docomo asks for that of From as well
		p.saySPF(ctx, d)
	}
	for _, at := range p.keys() {
		p.sayKey(ctx, at)
	}
	for _, d := range from {
		p.sayNoKey(d)
	}
	for _, d := range from {
		p.sayDMARC(ctx, d)
	}
	p.sayNames(ctx)
	for _, d := range all {
		p.sayMX(ctx, d)
	}
	p.sayAligned(ctx)
	return p.verdicts
}

func distinct(all []string) (once []string) {
	for _, s := range all {
		if !slices.Contains(once, s) {
			once = append(once, s)
		}
	}
	return once
}

// keys are the names of all DKIM keys.
func (p *published) keys() (all []string) {
	for _, r := range p.Relays {
		all = append(all, r.Keys...)
	}
	return distinct(all)
}

// local says that a relay is this machine, so that the world sees it by our own name.
func (r Relay) local() bool {
	a, err := netip.ParseAddr(r.Host)
	return r.Host == "localhost" || err == nil && a.IsLoopback()
}

// seen is the name by which the world sees a relay.
func (r Relay) seen() string {
	if r.local() {
		return r.Hello
	}
	return r.Host
}

// addresses are those of the relays, as far as the DNS says.
func (p *published) addresses(ctx context.Context) (all []netip.Addr) {
	for _, r := range p.Relays {
		found, _ := p.dns.addresses(ctx, r.seen())
		for _, a := range found {
			if !slices.Contains(all, a) {
				all = append(all, a)
			}
		}
	}
	return all
}

func (p *published) saySPF(ctx context.Context, domain string) {
	at := "TXT " + name(domain)
	addrs := p.addresses(ctx)
	mechanisms := make([]string, len(addrs))
	for n, a := range addrs {
		mechanisms[n] = mechanism(a)
	}
	texts, err := p.dns.LookupTXT(ctx, domain)
	if err != nil && !absent(err) {
		p.write("spf", Unknown, domain, spfText(mechanisms...), "could not be looked up; it should be")
		return
	}
	is := slices.DeleteFunc(slices.Clone(texts), func(s string) bool {
		low := strings.ToLower(s)
		return low != "v=spf1" && !strings.HasPrefix(low, "v=spf1 ")
	})
	switch {
	case len(is) == 0:
		p.write("spf", Doubtful, domain, spfText(mechanisms...), "none, which large providers ask for; with whoever else sends for it, publish")
		return
	case len(is) > 1:
		p.say("spf", Doubtful, "%s: %d SPF records, of which none counts (RFC 7208 §4.5); make one of them", at, len(is))
		return
	case len(addrs) == 0:
		p.say("spf", Unknown, "%s: there is one; whether it lets the relay send could not be judged: no public address of the relay is known here", at)
		return
	}
	for _, a := range addrs {
		switch result := p.dns.spf(ctx, a, domain); result {
		case spf.Pass:
		case spf.TempError:
			p.say("spf", Unknown, "%s: what it refers to could not be looked up", at)
			return
		case spf.PermError:
			p.say("spf", Doubtful, "%s: it is wrong, and counts for nobody: a word that is none, or more than ten look-ups (RFC 7208 §4.6.4)", at)
			return
		default:
			p.say("spf", Doubtful, "%s: it does not let %s send (%s); add %s, if the relay sends from there, or show a copy that came back:\n  kairan check --message FILE", at, a, result, mechanism(a))
			return
		}
	}
	p.say("spf", Fine, "%s: lets %s send", at, addrs[0])
}

func (p *published) sayKey(ctx context.Context, at string) {
	k := p.dns.key(ctx, at)
	switch weak := k.weak(); {
	case k.unknown:
		p.write("dkim", Unknown, at, keyText, "could not be looked up; it should be")
	case k.fault != "":
		p.say("dkim", Doubtful, "%s", k.fault)
	case weak != "":
		p.say("dkim", Doubtful, "TXT %s: there is a key; %s", name(at), weak)
	default:
		p.say("dkim", Fine, "TXT %s: a key (%s)", name(at), k)
	}
}

// sayNoKey tells where a key belongs of a domain that no key is known of.
func (p *published) sayNoKey(domain string) {
	for _, at := range p.keys() {
		_, of, _ := strings.Cut(strings.ToLower(at), "._domainkey.")
		if of == domain || strings.HasSuffix(of, "."+domain) || strings.HasSuffix(domain, "."+of) {
			return
		}
	}
	at := "SELECTOR._domainkey." + domain
	p.write("dkim", Unknown, at, keyText, "the name of the relay's key belongs into relay.dkim, and then it is looked at; it should be")
}

func (p *published) sayDMARC(ctx context.Context, domain string) {
	at := "TXT _dmarc." + name(domain)
	r, asked, err := p.dns.published(ctx, domain)
	texts, _ := p.dns.LookupTXT(ctx, "_dmarc."+domain)
	own := 0
	for _, text := range texts {
		if strings.HasPrefix(strings.ToLower(strings.TrimSpace(text)), "v=dmarc1") {
			own++
		}
	}
	switch {
	case err != nil:
		p.write("dmarc", Unknown, "_dmarc."+domain, dmarcText, "could not be looked up; it should be")
	case own > 1:
		p.say("dmarc", Doubtful, "%s: %d records, of which none counts (RFC 9989 §4.10); leave one", at, own)
	case r.fault != "":
		p.say("dmarc", Doubtful, "%s: %s", at, r.fault)
	case own == 1 && r.at != domain:
		p.write("dmarc", Doubtful, "_dmarc."+domain, dmarcText, "not written as RFC 9989 §4.7 asks; publish")
	case r.at == "":
		p.write("dmarc", Doubtful, "_dmarc."+domain, dmarcText, "none, which large providers ask for; publish")
	default:
		p.say("dmarc", Fine, "%s: %s", at, sayPolicy(r, asked))
	}
}

// sayNames looks whether the name of each relay and its address lead to each other, as
// large providers ask of whoever connects to them.
func (p *published) sayNames(ctx context.Context) {
	seen := map[string]bool{} // names, and addresses
	for _, r := range p.Relays {
		host := r.seen()
		if seen["name "+host] {
			continue
		}
		seen["name "+host] = true
		addrs, err := p.dns.addresses(ctx, host)
		if len(addrs) == 0 {
			if err != nil && absent(err) && r.local() {
				p.say("ptr", Doubtful, "%s has no address in the DNS, and large providers refuse mail from such a name; publish A (or AAAA), and a PTR that leads back", name(host))
				continue
			}
			p.say("ptr", Unknown, "%s: its public address could not be looked up; the PTR of it should be that name, or one that leads back to it", host)
			continue
		}
		for _, a := range addrs {
			if !seen[a.String()] {
				p.sayPTR(ctx, a)
			}
			seen[a.String()] = true
		}
	}
}

func (p *published) sayPTR(ctx context.Context, a netip.Addr) {
	names, err := p.dns.LookupAddr(ctx, a.String())
	if err != nil && !absent(err) {
		p.say("ptr", Unknown, "PTR of %s: could not be looked up", a)
		return
	}
	for _, n := range names {
		if back, _ := p.dns.addresses(ctx, n); slices.Contains(back, a) {
			p.say("ptr", Fine, "PTR of %s: %s, which leads back", a, name(strings.TrimSuffix(n, ".")))
			return
		}
	}
	if len(names) == 0 {
		p.say("ptr", Doubtful, "PTR of %s: none, and large providers refuse such senders; have whoever gave you the address publish the relay's name", a)
		return
	}
	p.say("ptr", Doubtful, "PTR of %s: %s does not lead back to it; publish A (or AAAA) for that name", a, name(strings.TrimSuffix(names[0], ".")))
}

func (p *published) sayMX(ctx context.Context, domain string) {
	mx, err := p.dns.LookupMX(ctx, domain)
	switch {
	case err != nil && !absent(err):
		p.say("mx", Unknown, "MX %s: could not be looked up; it should name a mailbox server", name(domain))
	case len(mx) == 1 && mx[0].Host == ".":
		p.say("mx", Doubtful, "MX %s: it says that it takes no mail (RFC 7505), so nothing comes back, and some carriers refuse it as a sender", name(domain))
	case len(mx) > 0:
		p.say("mx", Fine, "MX %s: %s", name(domain), name(strings.TrimSuffix(mx[0].Host, ".")))
	default:
		_, err := p.dns.LookupIPAddr(ctx, domain)
		if err == nil { // RFC 5321 §5.1
			p.say("mx", Fine, "MX %s: none, but it has an address, to which mail goes then", name(domain))
			return
		}
		p.say("mx", Doubtful, "MX %s: none, so nothing comes back, and some carriers refuse it as a sender; publish the server of a mailbox that somebody empties", name(domain))
	}
}

// sayAligned says for each pair of From and return path whether DMARC can pass at all.
func (p *published) sayAligned(ctx context.Context) {
	seen := map[string]bool{}
	for _, s := range p.Senders {
		from, path := s.From.Domain(), s.ReturnPath.Domain()
		if pair := from + " " + path; !seen[pair] {
			seen[pair] = true
			p.sayPair(ctx, s.List, from, path)
		}
	}
}

func (p *published) sayPair(ctx context.Context, list, from, path string) {
	r, asked, err := p.dns.published(ctx, from)
	bySPF, spfErr := p.dns.aligned(ctx, from, path, r.strictSPF)
	signs, unsigned, dkimErr := p.signed(ctx, from, r.strictDKIM)
	move := fmt.Sprintf("let return_path be at %s or below, or have the relay sign for %[1]s and write the key's name into relay.dkim", name(from))
	switch enforced := asked != none && !r.test; {
	case from == path || bySPF && err == nil && spfErr == nil:
		p.say("from", Fine, "%s: return_path at %s counts for DMARC", name(from), name(path))
	case signs > 0 && signs == len(p.Relays) && err == nil:
		p.say("from", Doubtful, "%s: DMARC hangs on DKIM alone, since return_path is at %s; let it be at %[1]s or below", name(from), name(path))
	case err != nil || spfErr != nil || dkimErr != nil:
		p.say("from", Unknown, "%s, return_path at %s: whether that counts for DMARC could not be looked up", name(from), name(path))
	case unsigned != "":
		p.say("from", Wrong, "%s of the list %s cannot pass DMARC by %s: neither return_path (at %s) nor a key in its dkim that is published is of that organisation; %s", name(from), list, unsigned, name(path), move)
	case enforced && signs == 0:
		p.say("from", Wrong, "%s of the list %s: return_path is at %s, no key in relay.dkim is of that organisation, and %s; %s", name(from), list, name(path), sayPolicy(r, asked), move)
	default:
		p.say("from", Doubtful, "%s of the list %s: return_path is at %s, so DMARC hangs on DKIM alone; let return_path be at %[1]s or below, or show that it holds:\n  kairan check --message FILE", name(from), list, name(path))
	}
}

// signed says how many relays have a key that proves From, and the host of one that has
// keys, of which none does; "": there is no such. Of a relay without keys nothing is known.
func (p *published) signed(ctx context.Context, from string, strict bool) (signs int, unsigned string, unknown error) {
	for _, r := range p.Relays {
		proven := false
		for _, at := range r.Keys {
			_, domain, _ := strings.Cut(strings.ToLower(at), "._domainkey.")
			ok, err := p.dns.aligned(ctx, from, domain, strict)
			k := p.dns.key(ctx, at)
			if err == nil && k.unknown {
				err = errUnknown
			}
			if err != nil {
				unknown = err
			}
			proven = proven || ok && err == nil && k.fault == ""
		}
		if proven {
			signs++
		} else if len(r.Keys) > 0 {
			unsigned = r.Host
		}
	}
	return signs, unsigned, unknown
}
