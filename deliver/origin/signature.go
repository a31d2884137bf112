package origin

import (
	"bytes"
	"context"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/emersion/go-msgauth/dkim"
)

// maxSignatures is how many signatures of a message are looked at.
const maxSignatures = 8

// signature is one DKIM-Signature, and what became of it (RFC 6376 §3.5).
type signature struct {
	domain, selector string
	algorithm        string
	headers          []string // lower case, each once
	counted          bool     // l=: only so much of the text is signed
	expires          time.Time
	key              key
	verifies         bool
	aligned          bool
	unknown          bool   // nobody could say
	fault            string // why it does not verify, and what to do
}

// key is a DKIM key as it is published (RFC 6376 §3.6.1).
type key struct {
	kind    string // "rsa" or "ed25519"
	bits    int    // of an RSA key
	test    bool
	fault   string // why it is of no use
	unknown bool
}

// signatures verifies those of a message. The time that a signature has is judged by the
// library, on its own clock.
func (d *dns) signatures(ctx context.Context, m *Message) []signature {
	fields := m.values("dkim-signature")
	found := make([]signature, min(len(fields), maxSignatures))
	if len(found) == 0 {
		return nil
	}
	verified, err := dkim.VerifyWithOptions(bytes.NewReader(m.raw), &dkim.VerifyOptions{
		LookupTXT:        func(name string) ([]string, error) { return d.LookupTXT(ctx, name) },
		MaxVerifications: maxSignatures,
	})
	for n := range found {
		s := readSignature(fields[n])
		if len(verified) != len(found) { // the message as a whole was not understood
			s.fault = fmt.Sprintf("the message could not be read by its signature (%t); save it once more, whole", err != nil)
		} else {
			d.judge(ctx, &s, verified[n].Err)
		}
		found[n] = s
	}
	return found
}

func readSignature(value string) (s signature) {
	for part := range strings.SplitSeq(value, ";") {
		k, v, _ := tag(part)
		v = strings.Join(strings.Fields(v), "")
		switch k {
		case "d":
			s.domain = strings.ToLower(v)
		case "s":
			s.selector = v
		case "a":
			s.algorithm = strings.ToLower(v)
		case "l":
			s.counted = true
		case "x":
			if seconds, err := strconv.ParseInt(v, 10, 64); err == nil {
				s.expires = time.Unix(seconds, 0).UTC()
			}
		case "h":
			for h := range strings.SplitSeq(strings.ToLower(v), ":") {
				if !slices.Contains(s.headers, h) {
					s.headers = append(s.headers, h)
				}
			}
		}
	}
	return s
}

// keyAt is the name under which the key of a signature is published.
func (s *signature) keyAt() string { return s.selector + "._domainkey." + s.domain }

// judge says what the library's error means. Its own words can hold parts of the
// message, so they are not shown.
func (d *dns) judge(ctx context.Context, s *signature, err error) {
	s.key = d.key(ctx, s.keyAt())
	switch {
	case err == nil:
		s.verifies = true
	case s.counted:
		s.fault = "l= signs only the beginning of the text, so anybody can add to it and few believe it; have the signer leave l= out (OpenDKIM: BodyLengths; Exim: dkim_... without l)"
	case strings.HasSuffix(s.algorithm, "-sha1"):
		s.fault = "signed with SHA-1, which nobody accepts (RFC 8301 §3.1); have the signer use rsa-sha256"
	case strings.Contains(err.Error(), "expired"):
		s.fault = "expired on " + s.expires.Format("2006-01-02 15:04 UTC") + " (x=); look at a copy that has just come, and if it was too late for that one, too, have the signer give a week or leave x= out"
	case s.key.unknown:
		s.unknown, s.fault = true, "the key at "+name(s.keyAt())+" could not be looked up"
	case s.key.fault != "":
		s.fault = s.key.fault
	case strings.Contains(err.Error(), "body hash did not verify"):
		s.fault = "the text was changed after it was signed: something behind the signer rewrites mail (a footer, a virus scanner), or the copy was not saved as it came"
	case strings.Contains(err.Error(), "signature did not verify"):
		s.fault = "a signed header was changed on the way, or the key at " + name(s.keyAt()) + " is not the signer's; publish the public half of the key that it uses"
	case strings.Contains(err.Error(), "From field not signed"):
		s.fault = "it does not sign From, and so proves nothing; have the signer sign it"
	default:
		s.fault = "it is not written as RFC 6376 §3.5 asks; see to the signer"
	}
}

// key looks at the key under a name, SELECTOR._domainkey.DOMAIN.
func (d *dns) key(ctx context.Context, at string) key {
	texts, err := d.LookupTXT(ctx, at)
	switch {
	case err != nil && !absent(err):
		return key{unknown: true}
	case len(texts) == 0:
		return key{fault: "there is no key at " + name(at) + "; publish the public half there as TXT"}
	case len(texts) > 1:
		return key{fault: fmt.Sprintf("there are %d TXT records at %s; leave the one with the key", len(texts), name(at))}
	}
	return readKey(at, texts[0])
}

func readKey(at, text string) key {
	k := key{kind: "rsa"}
	public, there := "", false
	for part := range strings.SplitSeq(text, ";") {
		switch t, v, _ := tag(part); t {
		case "k":
			k.kind = strings.ToLower(v)
		case "t":
			k.test = slices.Contains(strings.Split(strings.ReplaceAll(v, " ", ""), ":"), "y")
		case "p":
			public, there = strings.Join(strings.Fields(v), ""), true
		}
	}
	der, err := base64.StdEncoding.DecodeString(public)
	switch {
	case !there || err != nil:
		k.fault = "what is at " + name(at) + " is no DKIM key; publish v=DKIM1; k=rsa; p=… there, in one record"
	case public == "":
		k.fault = "the key at " + name(at) + " was taken back (p= is empty); sign with another"
	case k.kind == "rsa":
		k.bits, k.fault = rsaBits(at, der)
	case k.kind != "ed25519":
		k.fault = "the key at " + name(at) + " is of a kind that nobody reads; use k=rsa"
	}
	return k
}

func rsaBits(at string, der []byte) (bits int, fault string) {
	public, err := x509.ParsePKIXPublicKey(der)
	if err != nil { // both forms are in use (RFC 6376, erratum 3017)
		public, err = x509.ParsePKCS1PublicKey(der)
	}
	of, ok := public.(*rsa.PublicKey)
	if err != nil || !ok {
		return 0, "what is at " + name(at) + " is no RSA key; publish it anew, with nothing left out"
	}
	const least = 1024 // RFC 8301 §3.2
	if bits = of.N.BitLen(); bits < least {
		return bits, fmt.Sprintf("the key at %s has %d bits, and below %d none is believed; make one of 2048", name(at), bits, least)
	}
	return bits, ""
}

// weak says what should be otherwise with a key that works; "": nothing.
func (k key) weak() string {
	const good = 2048
	switch {
	case k.test:
		return "t=y in its record says that it is in test, and may be passed over; take that out"
	case k.kind == "rsa" && k.bits < good:
		return fmt.Sprintf("it has %d bits; make one of %d", k.bits, good)
	case k.kind == "ed25519":
		return "large providers do not verify Ed25519; sign with an RSA key of 2048 bits as well"
	}
	return ""
}

func (k key) String() string {
	if k.bits > 0 {
		return fmt.Sprintf("RSA, %d bits", k.bits)
	}
	return "Ed25519"
}
