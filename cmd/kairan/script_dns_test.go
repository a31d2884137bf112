package main

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"net"
	"net/netip"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/emersion/go-msgauth/dkim"
	"github.com/rogpeppe/go-internal/testscript"
	"golang.org/x/net/dns/dnsmessage"
)

// nameServer is a DNS server on loopback, which knows what it was told.
type nameServer struct {
	conn net.PacketConn
	mu   sync.Mutex
	all  map[string][]dnsmessage.Resource // by lower-case name, with its dot
}

func startNameServer(t testing.TB) *nameServer {
	t.Helper()
	conn, err := net.ListenPacket("udp", net.JoinHostPort(ownHost(), "0"))
	if err != nil {
		t.Fatal(err)
	}
	n := &nameServer{conn: conn, all: map[string][]dnsmessage.Resource{}}
	t.Cleanup(func() { _ = conn.Close() })
	go n.serve()
	return n
}

func (n *nameServer) addr() string { return n.conn.LocalAddr().String() }

func (n *nameServer) serve() {
	buf := make([]byte, 4096)
	for {
		size, from, err := n.conn.ReadFrom(buf)
		if err != nil {
			return
		}
		var m dnsmessage.Message
		if m.Unpack(buf[:size]) != nil || len(m.Questions) != 1 {
			continue
		}
		if out, err := n.answer(m); err == nil {
			_, _ = n.conn.WriteTo(out, from)
		}
	}
}

func (n *nameServer) answer(m dnsmessage.Message) ([]byte, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	q := m.Questions[0]
	out := dnsmessage.Message{
		Header:    dnsmessage.Header{ID: m.ID, Response: true, Authoritative: true, RCode: dnsmessage.RCodeNameError},
		Questions: m.Questions,
	}
	for _, r := range n.all[strings.ToLower(q.Name.String())] {
		out.RCode = dnsmessage.RCodeSuccess
		if r.Header.Type == q.Type {
			out.Answers = append(out.Answers, r)
		}
	}
	return out.Pack()
}

// set has the server say this and nothing else of that type at a name; of no value: that
// there is none.
func (n *nameServer) set(name, kind string, values ...string) error {
	at, err := dnsmessage.NewName(strings.TrimSuffix(name, ".") + ".")
	if err != nil {
		return err
	}
	var all []dnsmessage.Resource
	of := dnsmessage.Type(0)
	for _, v := range values {
		r := dnsmessage.Resource{Header: dnsmessage.ResourceHeader{Name: at, Class: dnsmessage.ClassINET}}
		switch kind {
		case "TXT":
			var parts []string
			for part := range slices.Chunk([]byte(v), 255) {
				parts = append(parts, string(part))
			}
			r.Body, of = &dnsmessage.TXTResource{TXT: parts}, dnsmessage.TypeTXT
		case "A":
			a, err := netip.ParseAddr(v)
			if err != nil {
				return err
			}
			r.Body, of = &dnsmessage.AResource{A: a.As4()}, dnsmessage.TypeA
		case "MX":
			r.Body, of = &dnsmessage.MXResource{Pref: 10, MX: dnsmessage.MustNewName(v + ".")}, dnsmessage.TypeMX
		case "PTR":
			r.Body, of = &dnsmessage.PTRResource{PTR: dnsmessage.MustNewName(v + ".")}, dnsmessage.TypePTR
		default:
			return fmt.Errorf("a record of type %q", kind)
		}
		r.Header.Type = of
		all = append(all, r)
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	key := strings.ToLower(at.String())
	n.all[key] = append(slices.DeleteFunc(n.all[key], func(r dnsmessage.Resource) bool { return r.Header.Type == of }), all...)
	return nil
}

func (s *story) dnsCmd(ts *testscript.TestScript, neg bool, args []string) {
	usageOf(ts, neg || len(args) < 3, "dns NAME TYPE VALUE…")
	if s.names == nil {
		s.names = startNameServer(s.t)
		ts.Setenv("DNS", s.names.addr())
	}
	ts.Check(s.names.set(args[0], args[1], args[2:]...))
}

var regexpFrom = regexp.MustCompile(`(?m)^From: (?:.*\r?\n )*.*<.*@(.*)>`)

// comesBack makes of mail.eml what a mailbox keeps that has got it by a relay which signs.
func (s *story) comesBack(ts *testscript.TestScript, neg bool, args []string) {
	usageOf(ts, neg || len(args) < 3, "comesback FILE DOMAIN ADDRESS [HEADER…]")
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	ts.Check(err)
	public, err := x509.MarshalPKIXPublicKey(key.Public())
	ts.Check(err)
	ts.Check(s.names.set("s2027._domainkey."+args[1], "TXT", "v=DKIM1; k=rsa; p="+base64.StdEncoding.EncodeToString(public)))
	mail := ts.ReadFile("mail.eml")
	mail = strings.ReplaceAll(mail, "<http://", "<https://") // as behind a proxy
	var headers []string                                     // all of them
	if len(args) > 3 {
		headers = args[3:]
	}
	var out bytes.Buffer
	ts.Check(dkim.Sign(&out, strings.NewReader(mail), &dkim.SignOptions{
		Domain: args[1], Selector: "s2027", Signer: key, HeaderKeys: headers,
		HeaderCanonicalization: dkim.CanonicalizationRelaxed, BodyCanonicalization: dkim.CanonicalizationRelaxed,
	}))
	from := regexpFrom.FindStringSubmatch(mail)
	if from == nil {
		ts.Fatalf("mail.eml has no From")
	}
	trace := "Return-Path: <bounces@" + from[1] + ">\r\n" +
		"Authentication-Results: mx.provider.example; dkim=fail; spf=pass (x) smtp.mailfrom=bounces@" + from[1] + "\r\n" +
		"Received: from out." + args[1] + " (out." + args[1] + " [" + args[2] + "]) by mx.provider.example; Mon, 30 Nov 2026 00:00:00 +0000\r\n"
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(trace+out.String()), 0o600))
}
