package origin

import (
	"context"
	"fmt"
	"strings"
)

// policy is what a domain asks to be done with mail that fails DMARC.
type policy string

const (
	none       policy = "none"
	quarantine policy = "quarantine"
	reject     policy = "reject"
)

func (p policy) known() bool { return p == none || p == quarantine || p == reject }

// record is a DMARC record (RFC 9989 §4.7).
type record struct {
	at                    string // the domain that it stands at; "": there is none
	own, below, missing   policy // p, sp, np: for itself, what is below, and what is not there; "": not said
	strictDKIM, strictSPF bool   // only the very domain is aligned
	test                  bool   // not to be applied yet
	psd                   byte   // 'y': of a public suffix, 'n': of an organisation below one, 'u'
	fault                 string // what is wrong in it; "": nothing
}

// parseRecord reads a TXT record; false: it is none of DMARC, or is not to be applied.
func parseRecord(at, text string) (record, bool) {
	version, rest, _ := strings.Cut(text, ";")
	if k, v, ok := tag(version); !ok || k != "v" || v != "DMARC1" {
		return record{}, false
	}
	r := record{at: at, own: none, psd: 'u'}
	reports := false
	for part := range strings.SplitSeq(rest, ";") {
		k, v, ok := tag(part)
		if !ok {
			continue
		}
		low := policy(strings.ToLower(v))
		switch k {
		case "p", "sp", "np":
			if !low.known() {
				r.fault = k + "= has to be none, quarantine or reject"
			}
			*map[string]*policy{"p": &r.own, "sp": &r.below, "np": &r.missing}[k] = low
		case "adkim":
			r.strictDKIM = low == "s"
		case "aspf":
			r.strictSPF = low == "s"
		case "t":
			r.test = low == "y"
		case "psd":
			if low == "y" || low == "n" {
				r.psd = low[0]
			}
		case "rua":
			reports = reports || strings.Contains(v, ":")
		}
	}
	if r.fault != "" { // RFC 9989 §4.10.1
		r.own, r.below, r.missing = none, "", ""
		return r, reports
	}
	return r, true
}

// tag is one NAME=VALUE of a record, as DKIM and DMARC write them (RFC 6376 §3.2).
func tag(s string) (name, value string, ok bool) {
	name, value, ok = strings.Cut(s, "=")
	return strings.ToLower(strings.TrimSpace(name)), strings.TrimSpace(value), ok
}

// record is the one at a domain. Of several none is valid (RFC 9989 §4.10).
func (d *dns) record(ctx context.Context, domain string) (record, error) {
	texts, err := d.LookupTXT(ctx, "_dmarc."+domain)
	if err != nil && !absent(err) {
		return record{}, err
	}
	var found []record
	for _, text := range texts {
		if r, ok := parseRecord(domain, text); ok {
			found = append(found, r)
		}
	}
	if len(found) != 1 {
		return record{}, nil
	}
	return found[0], nil
}

// steps are the domains at which a tree walk asks, the longest first: itself, then those
// above it, of which so many are left out that seven are left (RFC 9989 §4.10).
func steps(domain string) []string {
	const most = 7
	all := []string{domain}
	labels := strings.Split(domain, ".")
	for n := max(1, len(labels)-most); n < len(labels); n++ {
		all = append(all, strings.Join(labels[n:], "."))
	}
	return all
}

// walk is what a tree walk finds, the longest first (RFC 9989 §4.10).
func (d *dns) walk(ctx context.Context, domain string) (found []record, err error) {
	for n, at := range steps(domain) {
		r, err := d.record(ctx, at)
		if err != nil {
			return nil, err
		}
		if r.at == "" {
			continue
		}
		found = append(found, r)
		if r.psd == 'n' || r.psd == 'y' && n > 0 {
			break
		}
	}
	return found, nil
}

// organisation is the domain to whose owner a domain belongs, from the records of its
// tree walk (RFC 9989 §4.10.2).
func organisation(domain string, found []record) string {
	for _, r := range found {
		if r.psd == 'n' {
			return r.at
		}
		if r.psd == 'y' && r.at != domain {
			labels := strings.Split(strings.TrimSuffix(domain, "."+r.at), ".")
			return labels[len(labels)-1] + "." + r.at
		}
	}
	if len(found) > 0 {
		return found[len(found)-1].at
	}
	return domain
}

// published is the record by which mail From a domain is judged, and the policy in it;
// none is at "" (RFC 9989 §4.10.1).
func (d *dns) published(ctx context.Context, author string) (record, policy, error) {
	found, err := d.walk(ctx, author)
	if err != nil || len(found) == 0 {
		return record{}, none, err
	}
	of := found[len(found)-1] // of a public suffix, if the organisation has none
	org := organisation(author, found)
	for _, r := range found {
		if r.at == org {
			of = r
		}
	}
	if found[0].at == author {
		return found[0], found[0].own, nil
	}
	asked := of.own
	if of.below != "" {
		asked = of.below
	}
	if of.missing != "" {
		there, err := d.exists(ctx, author)
		if err != nil {
			return of, asked, err
		}
		if !there {
			asked = of.missing
		}
	}
	return of, asked, nil
}

// aligned says whether what is proven of a domain holds for From (RFC 9989 §4.4).
func (d *dns) aligned(ctx context.Context, author, proven string, strict bool) (bool, error) {
	author, proven = strings.ToLower(author), strings.ToLower(proven)
	if author == proven || strict {
		return author == proven, nil
	}
	a, err := d.walk(ctx, author)
	if err != nil {
		return false, err
	}
	if len(a) == 0 { // DMARC does not apply; as soon as From's domain has a record, this holds
		return strings.HasSuffix(proven, "."+author), nil
	}
	p, err := d.walk(ctx, proven)
	if err != nil {
		return false, err
	}
	return organisation(author, a) == organisation(proven, p), nil
}

// sayPolicy says what a record asks for.
func sayPolicy(r record, asked policy) string {
	said := fmt.Sprintf("%s asks for p=%s", name("_dmarc."+r.at), asked)
	if r.test {
		said += ", in test (t=y)"
	}
	return said
}
