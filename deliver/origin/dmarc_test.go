package origin

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestParseRecord(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]struct {
		record
		not bool
	}{
		"v=DMARC1; p=none":          {record: record{own: none, psd: 'u'}},
		"v = DMARC1 ;p = reject ; ": {record: record{own: reject, psd: 'u'}},
		"v=DMARC1; p=QUARANTINE; sp=none; np=reject; adkim=s; aspf=s; t=y; psd=n": {record: record{
			own: quarantine, below: none, missing: reject, strictDKIM: true, strictSPF: true, test: true, psd: 'n'}},
		"v=DMARC1; pct=50; fo=1; x=y; p=reject; psd=z": {record: record{own: reject, psd: 'u'}},
		"v=DMARC1": {record: record{own: none, psd: 'u'}}, // RFC 9989 §4.7: as p=none
		"v=DMARC1; p=nine; rua=mailto:r@example.jp":        {record: record{own: none, psd: 'u', fault: "p= has to be none, quarantine or reject"}},
		"v=DMARC1; p=reject; sp=; rua=mailto:r@example.jp": {record: record{own: none, psd: 'u', fault: "sp= has to be none, quarantine or reject"}},
		"v=DMARC1; p=nine":     {not: true},
		"v=dmarc1; p=none":     {not: true},
		"p=none; v=DMARC1":     {not: true},
		"v=DMARC2; p=none":     {not: true},
		"v=spf1 -all":          {not: true},
		"":                     {not: true},
		"v=DMARC1 p=none":      {not: true},
		"\x00=; =; ;;v=DMARC1": {not: true},
	} {
		got, ok := parseRecord("", text)
		if ok == want.not || ok && got != want.record {
			t.Errorf("%q: %+v, %t", text, got, ok)
		}
	}
}

// TestSteps has the example of RFC 9989 §4.10.
func TestSteps(t *testing.T) {
	t.Parallel()
	for domain, want := range map[string]string{
		"com":                "com",
		"a.mail.example.com": "a.mail.example.com mail.example.com example.com com",
		"1.2.3.4.5.6.jp":     "1.2.3.4.5.6.jp 2.3.4.5.6.jp 3.4.5.6.jp 4.5.6.jp 5.6.jp 6.jp jp",
		"a.b.c.d.e.f.g.h.i.j.mail.example.com": "a.b.c.d.e.f.g.h.i.j.mail.example.com g.h.i.j.mail.example.com h.i.j.mail.example.com " +
			"i.j.mail.example.com j.mail.example.com mail.example.com example.com com",
		"a.b.c.d.e.f.g.jp": "a.b.c.d.e.f.g.jp b.c.d.e.f.g.jp c.d.e.f.g.jp d.e.f.g.jp e.f.g.jp f.g.jp g.jp jp",
	} {
		if got := strings.Join(steps(domain), " "); got != want {
			t.Errorf("%s: %s", domain, got)
		}
	}
}

// tree is a part of the DNS with organisations of each kind.
var tree = zone{
	"TXT _dmarc.example.com":          {"v=DMARC1; p=reject; sp=quarantine; np=none"},
	"TXT _dmarc.mail.example.com":     {"unrelated", "v=DMARC1; p=quarantine"},
	"A live.example.com":              {"192.0.2.1"},
	"TXT _dmarc.bank":                 {"v=DMARC1; p=reject; np=reject; sp=quarantine; psd=y"},
	"A one.bank":                      {"192.0.2.1"},
	"TXT _dmarc.city.example.org":     {"v=DMARC1; p=none; psd=n"},
	"TXT _dmarc.example.org":          {"v=DMARC1; p=reject"},
	"TXT _dmarc.two.example.net":      {"v=DMARC1; p=none", "v=DMARC1; p=reject"},
	"TXT _dmarc.down.example.net":     {"down"},
	"TXT _dmarc.pref.example.jp":      {"v=DMARC1; p=quarantine; t=y"},
	"TXT _dmarc.sub.city.example.org": {"v=DMARC1; p=quarantine"},
}

func TestOrganisation(t *testing.T) {
	t.Parallel()
	for domain, want := range map[string]string{
		"example.com":               "example.com",
		"a.mail.example.com":        "example.com", // the fewest labels, RFC 9989 §4.10.2
		"nothing.example.edu":       "nothing.example.edu",
		"a.b.one.bank":              "one.bank", // one below a public suffix
		"one.bank":                  "one.bank",
		"bank":                      "bank",             // where the walk starts, psd=y is passed over
		"a.city.example.org":        "city.example.org", // psd=n ends the walk
		"x.sub.city.example.org":    "city.example.org",
		"town.example.org":          "example.org",
		"a.two.example.net":         "a.two.example.net", // of two none counts
		"dept.town.pref.example.jp": "pref.example.jp",
	} {
		d := &dns{from: tree}
		found, err := d.walk(t.Context(), domain)
		if got := organisation(domain, found); err != nil || got != want {
			t.Errorf("%s: %s, %v; want %s", domain, got, err, want)
		}
	}
	if _, err := (&dns{from: tree}).walk(t.Context(), "a.down.example.net"); err == nil {
		t.Error("a walk goes on past what gets no answer")
	}
}

func TestPolicyOf(t *testing.T) {
	t.Parallel()
	for domain, want := range map[string]struct {
		at string
		policy
	}{
		"example.com":         {"example.com", reject},
		"mail.example.com":    {"mail.example.com", quarantine},
		"live.example.com":    {"example.com", quarantine}, // sp
		"missing.example.com": {"example.com", none},       // np
		"a.mail.example.com":  {"example.com", none},       // np of the organisation, not of what lies between
		"one.bank":            {"bank", quarantine},
		"two.bank":            {"bank", reject},
		"x.town.example.org":  {"example.org", reject}, // p, in want of sp
		"example.edu":         {"", none},
		"two.example.net":     {"", none},
		"a.pref.example.jp":   {"pref.example.jp", quarantine},
	} {
		r, asked, err := (&dns{from: tree}).published(t.Context(), domain)
		if err != nil || r.at != want.at || asked != want.policy {
			t.Errorf("%s: %q %s, %v; want %q %s", domain, r.at, asked, err, want.at, want.policy)
		}
	}
	if _, _, err := (&dns{from: tree}).published(t.Context(), "down.example.net"); err == nil {
		t.Error("no answer is taken for no policy")
	}
}

func TestAligned(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		from, proven    string
		relaxed, strict bool
	}{
		{"example.com", "EXAMPLE.com", true, true},
		{"example.com", "bounce.example.com", true, false},
		{"bounce.example.com", "example.com", true, false},
		{"a.mail.example.com", "b.live.example.com", true, false},
		{"example.com", "badexample.com", false, false},
		{"one.bank", "two.bank", false, false},
		{"one.bank", "mail.one.bank", true, false},
		{"city.example.org", "example.org", false, false}, // psd=n
		{"x.city.example.org", "city.example.org", true, false},
		{"a.example.edu", "b.example.edu", false, false}, // nobody has said that they belong together
		{"example.edu", "b.example.edu", true, false},    // they will, by a record at From's
	} {
		for strict, want := range map[bool]bool{false: c.relaxed, true: c.strict} {
			got, err := (&dns{from: tree}).aligned(t.Context(), c.from, c.proven, strict)
			if err != nil || got != want {
				t.Errorf("%s and %s, strict %t: %t, %v", c.from, c.proven, strict, got, err)
			}
		}
	}
}

// TestEachQuestionOnce: however many ask, and for full names only.
func TestEachQuestionOnce(t *testing.T) {
	t.Parallel()
	asked := &counting{zone: tree}
	d := &dns{from: asked}
	for range 3 {
		if _, err := d.aligned(t.Context(), "a.example.com", "b.example.com", false); err != nil {
			t.Error(err)
		}
	}
	slices.Sort(asked.names)
	want := []string{"_dmarc.a.example.com.", "_dmarc.b.example.com.", "_dmarc.com.", "_dmarc.example.com."}
	if !slices.Equal(asked.names, want) {
		t.Errorf("%q", asked.names)
	}
}

// TestOneQuestionWaitsOnlySoLong: a server that never answers leaves time for the others.
func TestOneQuestionWaitsOnlySoLong(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		_, err := (&dns{from: silent{}}).LookupTXT(t.Context(), "example.jp")
		if err == nil || absent(err) || time.Since(began) > patience {
			t.Errorf("%v after %v", err, time.Since(began))
		}
	})
}
