package origin

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
)

func TestRead(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		text string
		err  error
	}{
		"as a file has it":      {trace + issue, nil},
		"as the wire has it":    {strings.ReplaceAll(trace+issue, "\n", "\r\n"), nil},
		"of an mbox":            {"From bounce@x Mon Nov 30\n" + trace + issue, nil},
		"with a mark before it": {"\xef\xbb\xbf" + issue, nil},
		"a header alone":        {"From: a@b.example", nil},
		"nothing":               {"", ErrNoMessage},
		"a text":                {"Dear all,\nthis is: no mail.\n", ErrNoMessage},
		"headers of no mail":    {"Subject: x\n\n", ErrNoMessage},
		"a header without end":  {strings.Repeat("From: a@b.example\n", 3000), ErrNoMessage},
		"a header too large":    {"From: a@b.example\nX: " + strings.Repeat("x", 2<<20), ErrTooLarge},
	} {
		m, err := Read(strings.NewReader(c.text))
		if !errors.Is(err, c.err) {
			t.Errorf("%s: %v", name, err)
		}
		if err == nil && (m.values("from") == nil || strings.Contains(strings.ReplaceAll(string(m.raw), "\r\n", ""), "\n")) {
			t.Errorf("%s: %q", name, m.raw)
		}
		if shown := fmt.Sprintf("%v %+v %#v", m, m, m); strings.Contains(shown, "@") {
			t.Errorf("%s: it is printed", name)
		}
	}
	if _, err := Read(io.MultiReader(strings.NewReader(issue), zeros{})); !errors.Is(err, ErrTooLarge) {
		t.Errorf("without end: %v", err)
	}
}

// zeros never end.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

// TestHandedOver finds who handed a mail over, among those who passed it on.
func TestHandedOver(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		received []string
		want     string
	}{
		"postfix":      {[]string{"from mail.city.example.jp (mail.city.example.jp [198.51.100.7]) by mx.town.example.org (Postfix) with ESMTPS id 1"}, "198.51.100.7"},
		"by name only": {[]string{"from x.out.example (unknown [203.0.113.1]) by mx.town.example.org", "from mail.city.example.jp (unknown [203.0.113.2]) by x.out.example"}, "203.0.113.2"},
		"IPv6":         {[]string{"from out.sender.example (out.sender.example. [IPv6:2001:db8:0:1::7]) by mx.town.example.org"}, "2001:db8:0:1::7"},
		"as Exchange has": {[]string{
			"from A.prod.town.example.org (2001:db8::a) by B.prod.town.example.org (2001:db8::b) with HTTPS",
			"from out.sender.example (203.0.113.5) by C.mail.town.example.org (10.0.0.1) with SMTP",
		}, "203.0.113.5"},
		"between Japanese ones": {[]string{"from out.sender.co.jp (out.sender.co.jp [203.0.113.5]) by mx.carrier.co.jp"}, "203.0.113.5"},
		"private ones alone":    {[]string{"from a (b [10.0.0.1]) by c", "from d (e [100.64.0.1]) by f", "from localhost (localhost [127.0.0.1]) by g"}, ""},
		"none that says from":   {[]string{"by 2001:db8::1 with SMTP id x", "(qmail 1 invoked by uid 0)"}, ""},
		"from us to a relay elsewhere": {[]string{
			"from out.sender.example (out.sender.example [203.0.113.5]) by mx.town.example.org",
			"from mail.city.example.jp (mail.city.example.jp [198.51.100.7]) by submit.sender.example",
		}, "203.0.113.5"},
		"a version is none": {[]string{"from out.sender.example (HELO x) (1.2) by mx.town.example.org"}, ""},
	} {
		m := "From: a@city.example.jp\n"
		for _, r := range c.received {
			m += "Received: " + r + "; Mon, 30 Nov 2026 00:00:00 +0000\n"
		}
		read, err := Read(strings.NewReader(m))
		if err != nil {
			t.Fatal(err)
		}
		j := &judged{Message: read, house: townHouse(t), dns: &dns{from: town()}}
		if strings.Contains(name, "elsewhere") {
			j.house.Relays[0].Host = "submit.sender.example"
		}
		got := j.handedOver(t.Context())
		if c.want == "" && got.IsValid() || c.want != "" && got.String() != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
