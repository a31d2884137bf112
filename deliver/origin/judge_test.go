package origin

import (
	"bytes"
	"crypto"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-msgauth/dkim"

	"example.jp/kairan/subscribe"
)

// keys are made once: each takes a moment.
var keys = sync.OnceValue(func() (k struct {
	good, other, small *rsa.PrivateKey
	curve              ed25519.PrivateKey
}) {
	for at, bits := range map[**rsa.PrivateKey]int{&k.good: 2048, &k.other: 2048, &k.small: 1024} {
		var err error
		if *at, err = rsa.GenerateKey(nil, bits); err != nil {
			panic(err)
		}
	}
	_, k.curve, _ = ed25519.GenerateKey(nil)
	return k
})

func recordOf(of crypto.Signer) string {
	if public, ok := of.Public().(ed25519.PublicKey); ok {
		return "v=DKIM1; k=ed25519; p=" + base64.StdEncoding.EncodeToString(public)
	}
	return rsaRecord(of.Public())
}

func rsaRecord(public any) string {
	der, err := x509.MarshalPKIXPublicKey(public)
	if err != nil {
		panic(err)
	}
	return "v=DKIM1; k=rsa; p=" + base64.StdEncoding.EncodeToString(der)
}

func address(t *testing.T, s string) subscribe.Address {
	t.Helper()
	a, err := subscribe.ParseAddress(s)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// townHouse sends one list, by a relay beside it.
func townHouse(t *testing.T) House {
	return House{
		Senders: []Sender{{"news", address(t, "news@city.example.jp"), address(t, "bounce@mail.city.example.jp")}},
		Relays:  []Relay{{Host: "127.0.0.1", Hello: "mail.city.example.jp", Keys: []string{"s1._domainkey.city.example.jp"}}},
	}
}

// town is a DNS in which all is as it should be.
func town() zone {
	return zone{
		"TXT s1._domainkey.city.example.jp": {recordOf(keys().good)},
		"TXT _dmarc.city.example.jp":        {"v=DMARC1; p=quarantine; rua=mailto:dmarc@city.example.jp"},
		"TXT mail.city.example.jp":          {"unrelated", "v=spf1 ip4:198.51.100.7 -all"},
		"TXT city.example.jp":               {"v=spf1 include:mail.city.example.jp -all"},
		"MX mail.city.example.jp":           {"mx.city.example.jp."},
		"MX city.example.jp":                {"mx.city.example.jp."},
		"A mail.city.example.jp":            {"127.0.1.1", "198.51.100.7"}, // the first by the machine's own file
		"PTR 198.51.100.7":                  {"mail.city.example.jp."},
		"TXT s9._domainkey.sender.example":  {recordOf(keys().other)},
	}
}

// issue is a copy of an issue as it leaves us.
const issue = `From: =?ISO-2022-JP?B?GyRCO1QbKEI=?= <news@city.example.jp>
To: <canary.reader@canary.example>
Subject: News
Date: Mon, 30 Nov 2026 09:00:00 +0900
Message-ID: <abc@city.example.jp>
List-Id: News <news.list-id.city.example.jp>
List-Unsubscribe: <https://city.example.jp/leave/Ecanarytoken>,
 <mailto:bounce+canarytoken@mail.city.example.jp>
List-Unsubscribe-Post: List-Unsubscribe=One-Click
MIME-Version: 1.0
Content-Type: text/plain

Hello, reader.
`

// trace is what the mailbox has put on top.
const trace = `Return-Path: <bounce+canarytoken@mail.city.example.jp>
Delivered-To: canary.reader@canary.example
Received: by 2001:db8:1::1 with SMTP id canary1; Mon, 30 Nov 2026 00:00:03 +0000
Received: from in7.provider.example.org (in7.provider.example.org [203.0.113.9])
 by box3.provider.example.org; Mon, 30 Nov 2026 00:00:02 +0000
Authentication-Results: box3.provider.example.org;
 dkim=pass (good; canary@x) header.i=@city.example.jp;
 spf=pass (canary: domain of bounce+canarytoken@mail.city.example.jp) smtp.mailfrom=bounce+canarytoken@mail.city.example.jp;
 dmarc=pass (p=QUARANTINE) header.from=city.example.jp
Received: from mail.city.example.jp (mail.city.example.jp. [198.51.100.7])
 by in7.provider.example.org with ESMTPS id canary2
 for <canary.reader@canary.example>; Mon, 30 Nov 2026 00:00:01 +0000
Received: from magazine.city.example.jp (localhost [127.0.0.1])
 by mail.city.example.jp (Postfix) with ESMTP id 4Xcanary; Mon, 30 Nov 2026 00:00:00 +0000
`

// signing is how a test signs. The zero signing is as it should be.
type signing struct {
	domain, selector string
	by               crypto.Signer
	headers          []string
	expires          time.Time
}

var wholeSet = []string{"From", "To", "Subject", "Date", "Message-ID", "List-Id", "List-Unsubscribe", "List-Unsubscribe-Post", "MIME-Version", "Content-Type"}

// signed is a message with a signature on top.
func signed(t *testing.T, text string, s signing) string {
	t.Helper()
	o := &dkim.SignOptions{
		Domain: "city.example.jp", Selector: "s1", Signer: keys().good, HeaderKeys: wholeSet, Expiration: s.expires,
		HeaderCanonicalization: dkim.CanonicalizationRelaxed, BodyCanonicalization: dkim.CanonicalizationRelaxed,
	}
	if s.domain != "" {
		o.Domain, o.Selector = s.domain, s.selector
	}
	if s.by != nil {
		o.Signer = s.by
	}
	if s.headers != nil {
		o.HeaderKeys = s.headers
	}
	var out bytes.Buffer
	if err := dkim.Sign(&out, strings.NewReader(strings.ReplaceAll(text, "\n", "\r\n")), o); err != nil {
		t.Fatal(err)
	}
	return strings.ReplaceAll(out.String(), "\r\n", "\n") // as files of this system have lines
}

// short is the record of an RSA key of 512 bits, which no library makes any more.
func short() string {
	n := new(big.Int).SetBit(big.NewInt(12345), 511, 1)
	return rsaRecord(&rsa.PublicKey{N: n, E: 65537})
}

// said are the verdicts, by what they are of: "ok", "unknown", "doubtful" or "wrong", and why.
func said(all []Verdict) map[string]string {
	found := map[string]string{}
	for _, v := range all {
		text := [...]string{"ok", "unknown", "doubtful", "wrong"}[v.State] + " " + v.Text + " " + v.Write + "\n"
		found[v.What] += text
	}
	return found
}

func judge(t *testing.T, h House, r Resolver, text string) map[string]string {
	t.Helper()
	m, err := Read(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	got := said(h.Judge(t.Context(), r, m))
	if all := fmt.Sprint(got); strings.Contains(all, "canary") || strings.Contains(all, "@") {
		t.Errorf("what stands in the message is shown: %s", all)
	}
	return got
}

// holds compares verdicts with what each has to begin with, and has to hold.
func holds(t *testing.T, got, want map[string]string) {
	t.Helper()
	for what, text := range want {
		for part := range strings.SplitSeq(text, "…") {
			if !strings.Contains(got[what], part) {
				t.Errorf("%s: %q lacks %q", what, got[what], part)
			}
		}
	}
}

func TestJudge(t *testing.T) {
	t.Parallel()
	good := func(t *testing.T) string { return trace + signed(t, issue, signing{}) }
	for name, c := range map[string]struct {
		text    func(t *testing.T) string
		changes zone
		want    map[string]string
	}{
		"all is well": {text: good, want: map[string]string{
			"from": "ok that of the list news, at city.example.jp", "dkim": "ok city.example.jp, selector s1: verifies (RSA, 2048 bits), and signs …list-unsubscribe, list-unsubscribe-post",
			"spf": "ok mail.city.example.jp, from 198.51.100.7: passes \n", "dmarc": "ok passes by DKIM and SPF; _dmarc.city.example.jp asks for p=quarantine",
			"one-click": "ok ", "others": "ok box3.provider.example.org wrote into it: dkim=pass, spf=pass, dmarc=pass (told, not believed)",
		}},
		"the text was changed": {text: func(t *testing.T) string { return good(t) + "A footer.\n" }, want: map[string]string{
			"dkim": "wrong city.example.jp, selector s1: the text was changed", "dmarc": "ok passes by SPF;", "one-click": "wrong …but the signature does not verify",
			"others": "dkim=pass", // and nobody believes it
		}},
		"a header was changed": {text: func(t *testing.T) string { return strings.Replace(good(t), "Subject: News", "Subject: [SPAM] News", 1) }, want: map[string]string{
			"dkim": "wrong …a signed header was changed",
		}},
		"another's key is published": {text: good, changes: zone{"TXT s1._domainkey.city.example.jp": {recordOf(keys().other)}}, want: map[string]string{
			"dkim": "wrong …or the key at s1._domainkey.city.example.jp is not the signer's",
		}},
		"the headers for leaving are not signed": {text: func(t *testing.T) string { return trace + signed(t, issue, signing{headers: wholeSet[:6]}) }, want: map[string]string{
			"dkim": "ok ", "one-click": "wrong no signature that verifies covers List-Unsubscribe",
		}},
		"a third party's signature alone": {
			text: func(t *testing.T) string {
				return trace + signed(t, issue, signing{domain: "sender.example", selector: "s9", by: keys().other})
			},
			changes: zone{"TXT mail.city.example.jp": nil},
			want: map[string]string{
				"dkim": "ok sender.example, selector s9: verifies, but it is not of the domain of From", "spf": "doubtful …there is no record…mail.city.example.jp. TXT \"v=spf1 ip4:198.51.100.7 -all\"",
				"dmarc": "wrong fails, and carriers warn readers…DKIM does not verify for city.example.jp…SPF does not pass", "one-click": "ok ",
			}},
		"two signatures, of which one is broken": {text: func(t *testing.T) string {
			return trace + signed(t, signed(t, issue, signing{domain: "sender.example", selector: "gone", by: keys().other}), signing{})
		}, want: map[string]string{"dkim": "doubtful sender.example, selector gone: there is no key at gone._domainkey.sender.example…ok city.example.jp", "dmarc": "ok passes by DKIM and SPF"}},
		"expired": {text: func(t *testing.T) string {
			return trace + signed(t, issue, signing{expires: time.Unix(1_000_000_000, 0)})
		}, want: map[string]string{
			"dkim": "wrong …expired on 2001-09-09 01:46 UTC (x=)", "dmarc": "ok passes by SPF;",
		}},
		"only the beginning is signed": {text: func(t *testing.T) string { return strings.Replace(good(t), "; d=city", "; l=5; d=city", 1) }, want: map[string]string{
			"dkim": "wrong …l= signs only the beginning",
		}},
		"SHA-1": {text: func(t *testing.T) string { return strings.Replace(good(t), "a=rsa-sha256", "a=rsa-sha1", 1) }, want: map[string]string{
			"dkim": "wrong …SHA-1…RFC 8301",
		}},
		"a key of 512 bits": {text: good, changes: zone{"TXT s1._domainkey.city.example.jp": {short()}}, want: map[string]string{
			"dkim": "wrong …has 512 bits, and below 1024 none is believed; make one of 2048",
		}},
		"a key of 1024 bits": {text: func(t *testing.T) string { return trace + signed(t, issue, signing{by: keys().small}) },
			changes: zone{"TXT s1._domainkey.city.example.jp": {recordOf(keys().small)}}, want: map[string]string{"dkim": "doubtful …verifies; it has 1024 bits; make one of 2048", "dmarc": "ok passes by DKIM and SPF"}},
		"Ed25519 alone": {text: func(t *testing.T) string { return trace + signed(t, issue, signing{by: keys().curve}) },
			changes: zone{"TXT s1._domainkey.city.example.jp": {recordOf(keys().curve)}}, want: map[string]string{"dkim": "doubtful …do not verify Ed25519", "dmarc": "ok passes"}},
		"a key in test":             {text: good, changes: zone{"TXT s1._domainkey.city.example.jp": {"t=y; " + recordOf(keys().good)[len("v=DKIM1; "):]}}, want: map[string]string{"dkim": "doubtful …t=y"}},
		"a key that was taken back": {text: good, changes: zone{"TXT s1._domainkey.city.example.jp": {"v=DKIM1; p="}}, want: map[string]string{"dkim": "wrong …was taken back"}},
		"two keys at one name":      {text: good, changes: zone{"TXT s1._domainkey.city.example.jp": {"v=DKIM1; p=", recordOf(keys().good)}}, want: map[string]string{"dkim": "wrong …2 TXT records"}},
		"no key":                    {text: good, changes: zone{"TXT s1._domainkey.city.example.jp": nil}, want: map[string]string{"dkim": "wrong …there is no key at s1._domainkey.city.example.jp"}},
		"no signature": {text: func(*testing.T) string { return trace + issue }, want: map[string]string{
			"dkim": "wrong there is no DKIM-Signature", "dmarc": "ok passes by SPF;",
		}},
		"no DMARC record": {text: good, changes: zone{"TXT _dmarc.city.example.jp": nil}, want: map[string]string{
			"dmarc": "doubtful city.example.jp has no record…with one it would pass by DKIM and SPF…_dmarc.city.example.jp. TXT \"v=DMARC1; p=none; rua=",
		}},
		"strict alignment of SPF": {text: func(*testing.T) string { return trace + issue }, changes: zone{"TXT _dmarc.city.example.jp": {"v=DMARC1; p=reject; aspf=s"}}, want: map[string]string{
			"spf": "ok …but it is not of the domain of From", "dmarc": "wrong fails…asks for p=reject…SPF does not pass for city.example.jp itself (the record asks for strict",
		}},
		"strict alignment of DKIM": {text: func(t *testing.T) string {
			return trace + signed(t, issue, signing{domain: "mail.city.example.jp", selector: "s1"})
		},
			changes: zone{"TXT s1._domainkey.mail.city.example.jp": {recordOf(keys().good)}, "TXT _dmarc.city.example.jp": {"v=DMARC1; p=reject; adkim=s"}},
			want:    map[string]string{"dkim": "ok …but it is not of the domain of From", "dmarc": "ok passes by SPF;"}},
		"relaxed alignment of DKIM": {text: func(t *testing.T) string {
			return trace + signed(t, issue, signing{domain: "mail.city.example.jp", selector: "s1"})
		},
			changes: zone{"TXT s1._domainkey.mail.city.example.jp": {recordOf(keys().good)}}, want: map[string]string{"dmarc": "ok passes by DKIM and SPF"}},
		"policy of the organisation, for what is below": {text: good, changes: zone{"TXT _dmarc.city.example.jp": nil, "TXT _dmarc.example.jp": {"v=DMARC1; p=none; sp=reject"}},
			want: map[string]string{"dmarc": "ok passes by DKIM and SPF; _dmarc.example.jp asks for p=reject"}},
		"SPF refuses": {text: good, changes: zone{"TXT mail.city.example.jp": {"v=spf1 ip4:192.0.2.1 -all"}}, want: map[string]string{
			"spf": "wrong mail.city.example.jp, from 198.51.100.7: refused by its own record; add ip4:198.51.100.7", "dmarc": "ok passes by DKIM;",
		}},
		"SPF is soft":    {text: good, changes: zone{"TXT mail.city.example.jp": {"v=spf1 ~all"}}, want: map[string]string{"spf": "doubtful …(softfail)"}},
		"SPF is twice":   {text: good, changes: zone{"TXT mail.city.example.jp": {"v=spf1 -all", "v=spf1 +all"}}, want: map[string]string{"spf": "wrong …its record is wrong"}},
		"SPF is unknown": {text: good, changes: zone{"TXT mail.city.example.jp": {"down"}}, want: map[string]string{"spf": "unknown …could not be looked up", "dmarc": "ok passes by DKIM;"}},
		"one-click is not whole": {text: func(t *testing.T) string {
			return trace + signed(t, strings.Replace(issue, "Post: List-Unsubscribe=One-Click", "Post: List-Unsubscribe=one-click", 1), signing{})
		}, want: map[string]string{"dkim": "ok ", "one-click": "wrong there is not one List-Unsubscribe-Post that says List-Unsubscribe=One-Click"}},
		"the link is not https": {text: func(t *testing.T) string {
			return trace + signed(t, strings.Replace(issue, "<https:", "<http:", 1), signing{})
		}, want: map[string]string{"one-click": "wrong there is not one List-Unsubscribe with one https link"}},
		"the header is twice": {text: func(t *testing.T) string { return "List-Unsubscribe: <https://list.example/x>\n" + good(t) }, want: map[string]string{"one-click": "wrong there is not one"}},
		"a copy for testers": {text: func(t *testing.T) string {
			i, j := strings.Index(issue, "List-Unsub"), strings.Index(issue, "MIME-")
			return trace + signed(t, issue[:i]+issue[j:], signing{headers: wholeSet})
		}, want: map[string]string{"one-click": "unknown no List-Unsubscribe: copies for testers…they would be signed"}},
		"two From fields": {text: func(t *testing.T) string { return "From: x@other.example\n" + good(t) }, want: map[string]string{
			"from": "wrong it has 2 From fields",
		}},
		"two addresses in From": {text: func(*testing.T) string {
			return strings.Replace(trace+issue, "<news@city.example.jp>", "<news@city.example.jp>, canary@x.example", 1)
		}, want: map[string]string{"from": "wrong its From has 2 addresses"}},
		"no From":        {text: func(*testing.T) string { return trace + issue[strings.Index(issue, "To:"):] }, want: map[string]string{"from": "wrong it has 0 From fields"}},
		"From is odd":    {text: func(*testing.T) string { return "From: canary\x1b[31m <@\n" + trace }, want: map[string]string{"from": "wrong its From cannot be read"}},
		"of nobody here": {text: func(*testing.T) string { return "From: canary@town.example.jp\n" + trace }, want: map[string]string{"from": "doubtful at town.example.jp, and of no list"}},
		"the relay rewrites the return path": {text: func(t *testing.T) string {
			return strings.Replace(good(t), "<bounce+canarytoken@mail.city.example.jp>", "<srs0=canary@out.example>", 1)
		}, want: map[string]string{"spf": "doubtful the return path is at out.example, and the list news declares one at mail.city.example.jp", "dmarc": "ok passes by DKIM;"}},
		"no trace": {text: func(t *testing.T) string { return signed(t, issue, signing{}) }, want: map[string]string{
			"spf": "unknown mail.city.example.jp (of the declaration…could not be judged: no Received", "dmarc": "ok passes by DKIM;",
		}},
		"nothing to judge SPF by": {text: func(*testing.T) string { return issue }, want: map[string]string{"dmarc": "unknown could not be judged"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			holds(t, judge(t, townHouse(t), town().with(c.changes), c.text(t)), c.want)
		})
	}
}

// TestJudgeOffline: without a network nothing is said to be wrong that is only unknown.
func TestJudgeOffline(t *testing.T) {
	t.Parallel()
	got := judge(t, townHouse(t), offline{}, trace+signed(t, issue, signing{}))
	holds(t, got, map[string]string{
		"dkim": "unknown …could not be looked up", "spf": "unknown ", "dmarc": "unknown ", "from": "ok ", "one-click": "unknown ",
	})
	if strings.Contains(fmt.Sprint(got), "wrong") {
		t.Errorf("%v", got)
	}
}

// TestSignaturesAreBounded: whoever sends a hundred is not looked up a hundred times.
func TestSignaturesAreBounded(t *testing.T) {
	t.Parallel()
	asked := &counting{zone: town()}
	text := strings.Repeat("DKIM-Signature: v=1; a=rsa-sha256; d=x.example; s=y; h=From; bh=x; b=x\n", 100) + issue
	got := judge(t, townHouse(t), asked, text)
	holds(t, got, map[string]string{"dkim": "92 more signatures were not looked at"})
	if slices.Sort(asked.names); len(slices.Compact(asked.names)) > 10 {
		t.Errorf("%d questions: %q", len(asked.names), asked.names)
	}
}
