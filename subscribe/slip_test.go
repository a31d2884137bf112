package subscribe

import (
	"strings"
	"testing"
)

func TestMeantDomain(t *testing.T) {
	t.Parallel()
	for typed, want := range map[string]string{
		"gmial.com": "gmail.com", "gmai.com": "gmail.com", "gmaill.com": "gmail.com", "gnail.com": "gmail.com", "gmail.con": "gmail.com",
		"gmail.co": "gmail.com", "gmail.cm": "gmail.com", "gamil.com": "gmail.com", "gmail.jp": "gmail.com", "gmail.co.jp": "gmail.com",
		"ｇｍｉａｌ．ｃｏｍ": "gmail.com", "GMIAL.COM": "gmail.com",
		"docmo.ne.jp": "docomo.ne.jp", "dcoomo.ne.jp": "docomo.ne.jp", "dokomo.ne.jp": "docomo.ne.jp", "docomo.ne.jo": "docomo.ne.jp", "docomo.co.jp": "docomo.ne.jp",
		"ezwab.ne.jp": "ezweb.ne.jp", "ezewb.ne.jp": "ezweb.ne.jp", "ezweb.ne": "ezweb.ne.jp", "sofbank.ne.jp": "softbank.ne.jp", "softbank.nejp.jp": "",
		"yaho.co.jp": "yahoo.co.jp", "yahooo.co.jp": "yahoo.co.jp", "yahho.co.jp": "yahoo.co.jp", "yahoo.jp": "yahoo.co.jp",
		"iclould.com": "icloud.com", "icoud.com": "icloud.com", "icloud.co.jp": "icloud.com",
		"outlok.jp": "outlook.jp", "outolook.jp": "outlook.jp", "outlook.co.jp": "outlook.jp", "hotmial.com": "hotmail.com", "hotmai.co.jp": "hotmail.co.jp",
		// What is real, or like none.
		"email.com": "", "yahoo.co.uk": "", "softbank.co.jp": "", "i.softbank.jp": "", "mail.gmail.com": "", "example.jp": "", "ac.com": "", "mofa.example.jp": "",
		"pm.ne": "", "au.co": "", "日本語.example": "",
	} {
		a, err := ParseAddress("you@" + typed)
		if err != nil {
			t.Fatalf("%s: %v", typed, err)
		}
		if got := a.MeantDomain(); got != want {
			t.Errorf("%s: %q, want %q", typed, got, want)
		}
	}
	for line := range strings.Lines(providers) {
		domain := strings.TrimSpace(line)
		if domain == "" || domain[0] == '#' {
			continue
		}
		a, err := ParseAddress("you@" + domain)
		if err != nil || a.MeantDomain() != "" {
			t.Errorf("a provider's own domain %s: %q, %v", domain, a.MeantDomain(), err)
		}
	}
	for typed, meant := range mistaken {
		if !isProvider(meant) || isProvider(typed) {
			t.Errorf("%s for %s", meant, typed)
		}
	}
}
