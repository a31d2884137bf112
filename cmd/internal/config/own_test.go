package config

import (
	"strings"
	"testing"
	"time"

	"example.jp/kairan/subscribe"
)

// anOffice is one that has answered.
func anOffice() Own {
	return Own{
		Office: subscribe.Text{JA: `見本"市`, EN: `City of "Mihon"`}, List: subscribe.Text{JA: "市政だより", EN: "City News"},
		BaseURL: "https://magazine.city.example.jp", From: "City.News@city.example.jp", RelayHost: "localhost", RelayPort: 25,
		Language: subscribe.Japanese, Zone: "Asia/Tokyo", Today: time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC),
	}
}

// TestOwn: whatever an office answers, the configuration that is made of it says that, and
// has no fault.
func TestOwn(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change             func(*Own)
		list, returns, tls string
		hello              string
		languages          int
	}{
		"as it is":         {func(*Own) {}, "newsletter", "bounce@city.example.jp", TLSNone, "magazine.city.example.jp", 2},
		"a relay":          {func(o *Own) { o.RelayHost, o.RelayPort = "mail.example.jp", 587 }, "newsletter", "bounce@city.example.jp", TLSStart, "magazine.city.example.jp", 2},
		"implicit":         {func(o *Own) { o.RelayHost, o.RelayPort = "mail.example.jp", 465 }, "newsletter", "bounce@city.example.jp", TLSImplicit, "magazine.city.example.jp", 2},
		"from bounce":      {func(o *Own) { o.From = "bounce@city.example.jp" }, "bounce", "returns@city.example.jp", TLSNone, "magazine.city.example.jp", 2},
		"one language":     {func(o *Own) { o.Alone, o.From = true, "news@city.example.jp" }, "news", "bounce@city.example.jp", TLSNone, "magazine.city.example.jp", 1},
		"on this computer": {func(o *Own) { o.BaseURL, o.Language = "http://localhost:8080", subscribe.English }, "newsletter", "bounce@city.example.jp", TLSNone, "magazine.example.jp", 2},
	} {
		o := anOffice()
		c.change(&o)
		source := o.Source(Sample())
		cfg, err := Parse("kairan.toml", source)
		if err != nil {
			t.Errorf("%s: %v\n%s", name, err, source)
			continue
		}
		l := cfg.Lists[c.list]
		if len(cfg.Lists) != 1 || len(cfg.Offices) != 1 || l == nil {
			t.Errorf("%s: lists %v, offices %v", name, cfg.Order, cfg.Offices)
			continue
		}
		if l.Office.Name != o.Office || l.Name != o.List || l.FromName != o.Office || l.Office.BaseURL != o.BaseURL || l.From.Envelope() != o.From || l.Language != o.Language {
			t.Errorf("%s: %+v of %+v", name, l, l.Office)
		}
		if l.ReturnPath.Envelope() != c.returns || cfg.Relay.TLS != c.tls || cfg.Relay.Hello != c.hello || cfg.Relay.Host != o.RelayHost || cfg.Relay.Port != o.RelayPort || len(l.Languages) != c.languages {
			t.Errorf("%s: return path %s, relay %+v, languages %v", name, l.ReturnPath.Envelope(), cfg.Relay, l.Languages)
		}
		if !strings.Contains(l.Office.Postal.JA, NoPostcode) || !strings.Contains(l.Purpose.JA, o.List.JA) || len(l.Testers) > 0 || l.Office.PolicyVersion() != "2026-12-01" {
			t.Errorf("%s: %+v", name, l.Office)
		}
		if strings.Contains(string(source), "[lists.whats-new") { // in an example, too
			t.Errorf("%s: a table is of the sample's list", name)
		}
		for _, left := range []string{"mofa", "外務省", "whats-new@", "sf.example"} {
			for line := range strings.Lines(string(source)) {
				if strings.Contains(line, left) && !strings.HasPrefix(line, "#") {
					t.Errorf("%s: of the sample is left: %s", name, line)
				}
			}
		}
	}
}
