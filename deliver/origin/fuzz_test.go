package origin

import (
	"bytes"
	"strings"
	"testing"
	"unicode"
)

// FuzzJudge: whatever is handed in is judged or refused, and what is said of it holds no
// address and nothing that a terminal would obey.
func FuzzJudge(f *testing.F) {
	f.Add([]byte(trace + issue))
	f.Add([]byte("From x@y\nFrom: a <b@c.example>, d@e.example\nDKIM-Signature: v=1; a=rsa-sha256; d=city.example.jp; s=s1; l=1; x=9; t=1; i=@x; c=relaxed; q=dns/txt; h=from:from; bh=AA; b=AA\n\nx"))
	f.Add([]byte("From: a@city.example.jp\r\nReceived: from [IPv6:2001:db8::1] (x [198.51.100.7]) by y\r\nReturn-Path: <>\r\n\r\n"))
	f.Add([]byte("From: a@b.example\nAuthentication-Results: \x1b[2J; dkim=pass ((x)) ; spf=fail\nList-Unsubscribe: <https://x>\n"))
	house := House{Senders: []Sender{{List: "news"}}, Relays: []Relay{{Host: "mail.city.example.jp"}}}
	dns := town()
	f.Fuzz(func(t *testing.T, raw []byte) {
		m, err := Read(bytes.NewReader(raw))
		if err != nil {
			return
		}
		for _, v := range house.Judge(t.Context(), dns, m) {
			said := strings.ReplaceAll(v.Text, "\n  kairan ", "") + v.Write // a command has a line of its own
			if strings.Contains(said, "@") || strings.ContainsFunc(said, unicode.IsControl) {
				t.Fatalf("%q", said)
			}
		}
	})
}

// FuzzRecord: whatever stands in the DNS is read or passed over.
func FuzzRecord(f *testing.F) {
	f.Add("v=DMARC1; p=none; sp=reject; np=; psd=y; adkim=s", "v=DKIM1; k=rsa; p=AAAA; t=y:s")
	f.Fuzz(func(t *testing.T, record, key string) {
		r, ok := parseRecord("example.jp", record)
		if ok && !r.own.known() {
			t.Fatalf("%q: p=%q", record, r.own)
		}
		k := readKey("s._domainkey.example.jp", key)
		if said := k.fault + k.weak() + k.String(); strings.ContainsFunc(said, unicode.IsControl) {
			t.Fatalf("%q", said)
		}
	})
}
