package origin

import (
	"fmt"
	"strings"
	"testing"
)

func TestRecords(t *testing.T) {
	t.Parallel()
	elsewhere := func(h House, t *testing.T) House {
		h.Senders[0].ReturnPath = address(t, "bounce@sender.example")
		return h
	}
	for name, c := range map[string]struct {
		changes zone
		house   func(House, *testing.T) House
		want    map[string]string
	}{
		"all is well": {want: map[string]string{
			"spf": "ok TXT mail.city.example.jp: lets 198.51.100.7 send…ok TXT city.example.jp: lets 198.51.100.7 send", "dkim": "ok TXT s1._domainkey.city.example.jp: a key (RSA, 2048 bits)",
			"dmarc": "ok TXT _dmarc.city.example.jp: _dmarc.city.example.jp asks for p=quarantine", "ptr": "ok PTR of 198.51.100.7: mail.city.example.jp, which leads back",
			"mx": "ok MX mail.city.example.jp: mx.city.example.jp …ok MX city.example.jp", "from": "ok city.example.jp: return_path at mail.city.example.jp counts for DMARC",
		}},
		"nothing is published": {changes: zone{
			"TXT mail.city.example.jp": {"unrelated"}, "TXT s1._domainkey.city.example.jp": nil, "TXT _dmarc.city.example.jp": nil,
			"PTR 198.51.100.7": nil, "MX mail.city.example.jp": nil, "MX city.example.jp": nil,
		}, want: map[string]string{
			"spf": "doubtful none, which…mail.city.example.jp. TXT \"v=spf1 ip4:198.51.100.7 -all\"", "dkim": "doubtful …there is no key at s1._domainkey.city.example.jp",
			"dmarc": "doubtful none, which…_dmarc.city.example.jp. TXT \"v=DMARC1; p=none; rua=mailto:WHO-READS-REPORTS\"", "ptr": "doubtful PTR of 198.51.100.7: none",
			"mx": "ok MX mail.city.example.jp: none, but it has an address…doubtful MX city.example.jp: none, so nothing comes back", "from": "ok ",
		}},
		"SPF lets another send":                    {changes: zone{"TXT mail.city.example.jp": {"v=spf1 ip4:192.0.2.1 -all"}}, want: map[string]string{"spf": "doubtful …does not let 198.51.100.7 send (fail); add ip4:198.51.100.7"}},
		"SPF is twice":                             {changes: zone{"TXT mail.city.example.jp": {"v=spf1 -all", "V=SPF1 +all"}}, want: map[string]string{"spf": "doubtful …2 SPF records, of which none counts"}},
		"SPF refers in a ring":                     {changes: zone{"TXT mail.city.example.jp": {"v=spf1 include:mail.city.example.jp -all"}}, want: map[string]string{"spf": "doubtful …it is wrong, and counts for nobody"}},
		"SPF refers to who is down":                {changes: zone{"TXT mail.city.example.jp": {"v=spf1 include:x.example -all"}, "TXT x.example": {"down"}}, want: map[string]string{"spf": "unknown …what it refers to could not be looked up"}},
		"the key is short":                         {changes: zone{"TXT s1._domainkey.city.example.jp": {short()}}, want: map[string]string{"dkim": "doubtful …512 bits"}},
		"the key is not known":                     {house: func(h House, _ *testing.T) House { h.Relays[0].Keys = nil; return h }, want: map[string]string{"dkim": "unknown …SELECTOR._domainkey.city.example.jp. TXT \"v=DKIM1; k=rsa; p=", "from": "ok "}},
		"DMARC is twice":                           {changes: zone{"TXT _dmarc.city.example.jp": {"v=DMARC1; p=none", "v=DMARC1; p=reject"}}, want: map[string]string{"dmarc": "doubtful …2 records, of which none counts"}},
		"DMARC is misspelt":                        {changes: zone{"TXT _dmarc.city.example.jp": {"v=DMARC1; p=rejekt"}}, want: map[string]string{"dmarc": "doubtful …not written as RFC 9989"}},
		"DMARC has a wrong word":                   {changes: zone{"TXT _dmarc.city.example.jp": {"v=DMARC1; p=rejekt; rua=mailto:a@b.example"}}, want: map[string]string{"dmarc": "doubtful …p= has to be none, quarantine or reject"}},
		"DMARC is that of above":                   {changes: zone{"TXT _dmarc.city.example.jp": nil, "TXT _dmarc.example.jp": {"v=DMARC1; p=reject; sp=quarantine; t=y"}}, want: map[string]string{"dmarc": "ok …_dmarc.example.jp asks for p=quarantine, in test (t=y)", "from": "ok "}},
		"the name leads elsewhere":                 {changes: zone{"PTR 198.51.100.7": {"host7.provider.example."}}, want: map[string]string{"ptr": "doubtful …host7.provider.example does not lead back"}},
		"the name has no address":                  {changes: zone{"A mail.city.example.jp": nil}, want: map[string]string{"ptr": "doubtful mail.city.example.jp has no address in the DNS", "spf": "unknown …no public address of the relay"}},
		"by this machine's own file":               {changes: zone{"A mail.city.example.jp": {"127.0.1.1"}}, want: map[string]string{"ptr": "unknown mail.city.example.jp: its public address could not be looked up", "spf": "unknown "}},
		"it takes no mail":                         {changes: zone{"MX mail.city.example.jp": {"."}}, want: map[string]string{"mx": "doubtful MX mail.city.example.jp: it says that it takes no mail"}},
		"the return path is elsewhere, with a key": {house: elsewhere, want: map[string]string{"from": "doubtful city.example.jp: DMARC hangs on DKIM alone, since return_path is at sender.example; let it be at city.example.jp or below"}},
		"the return path and the key are elsewhere": {house: func(h House, t *testing.T) House {
			h.Relays[0].Keys = []string{"s9._domainkey.sender.example"}
			return elsewhere(h, t)
		}, want: map[string]string{"from": "wrong city.example.jp of the list news cannot pass DMARC by 127.0.0.1…let return_path be at city.example.jp or below, or have the relay sign for city.example.jp"}},
		"the return path is elsewhere, and the policy is meant": {house: func(h House, t *testing.T) House { h.Relays[0].Keys = nil; return elsewhere(h, t) },
			want: map[string]string{"from": "wrong …asks for p=quarantine"}},
		"the return path is elsewhere, and nothing is asked": {changes: zone{"TXT _dmarc.city.example.jp": {"v=DMARC1; p=none"}},
			house: func(h House, t *testing.T) House { h.Relays[0].Keys = nil; return elsewhere(h, t) },
			want:  map[string]string{"from": "doubtful …DMARC hangs on DKIM alone; let return_path be at city.example.jp or below, or show that it holds:\n  kairan check --message FILE"}},
		"the return path is elsewhere, and the key is not published": {changes: zone{"TXT s1._domainkey.city.example.jp": nil}, house: elsewhere,
			want: map[string]string{"from": "wrong …cannot pass DMARC"}},
		"the return path is elsewhere, and the key got no answer": {changes: zone{"TXT s1._domainkey.city.example.jp": {"down"}}, house: elsewhere,
			want: map[string]string{"from": "unknown "}},
		"the return path is elsewhere, and a second relay signs for another": {house: func(h House, t *testing.T) House {
			h.Relays = append(h.Relays, Relay{Host: "second.example.org", Keys: []string{"s9._domainkey.sender.example"}})
			return elsewhere(h, t)
		}, want: map[string]string{"from": "wrong …cannot pass DMARC by second.example.org"}},
		"strict, and the return path is below": {changes: zone{"TXT _dmarc.city.example.jp": {"v=DMARC1; p=reject; aspf=s; adkim=s"}},
			house: func(h House, _ *testing.T) House {
				h.Relays[0].Keys = []string{"s1._domainkey.mail.city.example.jp"}
				return h
			},
			want: map[string]string{"from": "wrong …cannot pass DMARC"}},
		"two of one office": {changes: zone{"TXT _dmarc.city.example.jp": nil, "TXT _dmarc.example.jp": {"v=DMARC1; p=none"}},
			house: func(h House, t *testing.T) House {
				h.Senders[0].ReturnPath = address(t, "b@bounce.example.jp")
				return h
			},
			want: map[string]string{"from": "ok city.example.jp: return_path at bounce.example.jp counts for DMARC"}},
		"no answer about the policy": {changes: zone{"TXT _dmarc.city.example.jp": {"down"}}, house: elsewhere, want: map[string]string{"dmarc": "unknown ", "from": "unknown "}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := townHouse(t)
			if c.house != nil {
				h = c.house(h, t)
			}
			holds(t, said(h.Records(t.Context(), town().with(c.changes))), c.want)
		})
	}
}

// TestRecordsOffline says what it would have looked at, and that nothing is wrong.
func TestRecordsOffline(t *testing.T) {
	t.Parallel()
	for _, v := range townHouse(t).Records(t.Context(), offline{}) {
		if v.State != Unknown || !strings.Contains(v.Text, "looked up") && v.What != "spf" {
			t.Errorf("%+v", v)
		}
	}
}

// TestRecordsOnce: lists that share a domain are looked at together.
func TestRecordsOnce(t *testing.T) {
	t.Parallel()
	h := townHouse(t)
	h.Senders = append(h.Senders, Sender{"more", address(t, "more@city.example.jp"), h.Senders[0].ReturnPath})
	h.Relays = append(h.Relays, Relay{Host: "198.51.100.7", Hello: "mail.city.example.jp"})
	all := h.Records(t.Context(), town())
	seen := map[string]bool{}
	for _, v := range all {
		if seen[v.Text] || v.State != Fine {
			t.Errorf("%+v", v)
		}
		seen[v.Text] = true
	}
	if len(all) != 8 {
		t.Errorf("%d verdicts: %s", len(all), fmt.Sprint(all))
	}
}
