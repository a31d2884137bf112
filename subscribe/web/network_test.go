package web

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"example.jp/kairan/subscribe"
)

// X-Real-IP is understood as proxies write it. What is not is said in the log, at
// most once an hour and without the value, and counts for the proxy.
func TestRealIP(t *testing.T) {
	t.Parallel()
	now := noon
	f := newFixture(t, func(s *Site) {
		s.TrustedProxies = []string{"127.0.0.1"}
		s.Now = func() time.Time { return now }
	})
	address := f.serve()
	from := func(headers ...string) string {
		t.Helper()
		raw(t, address, request("POST", "/lists/news", formKind, "email=you%40example.jp", headers...)).want(t, 200)
		return f.desk.take()[0].ask.From.String()
	}
	for said, want := range map[string]string{
		"198.51.100.7": "198.51.100.7", " 198.51.100.7 ": "198.51.100.7", "198.51.100.7:51312": "198.51.100.7",
		"2001:db8::7": "2001:db8::7", "[2001:db8::7]": "2001:db8::7", "[2001:db8::7]:443": "2001:db8::7",
		"::ffff:198.51.100.7": "::ffff:198.51.100.7", "[::ffff:198.51.100.7]:443": "::ffff:198.51.100.7",
		"fe80::7%eth0": "fe80::7%eth0", "[fe80::7%eth0]:80": "fe80::7%eth0",
	} {
		if got := from("X-Real-IP: " + said); got != want {
			t.Errorf("%q is understood as %s", said, got)
		}
	}
	if strings.Contains(f.log.String(), "X-Real-IP") {
		t.Errorf("log: %s", f.log)
	}
	unread := func() int { return strings.Count(f.log.String(), "X-Real-IP is not understood") }
	for i, said := range []string{"unknown", "", "198.51.100.7, 198.51.100.8", "198.51.100", "[198.51.100.7]", "198.51.100.7:port", "2001:db8::7::1", "0x7f000001", "canary.example"} {
		if got := from("X-Real-IP: " + said); got != "127.0.0.1" {
			t.Errorf("%q counts as %s", said, got)
		}
		if i%2 == 1 {
			now = now.Add(20 * time.Minute)
		}
	}
	if got := from("X-Real-IP: 198.51.100.7", "X-Real-IP: 198.51.100.8"); got != "127.0.0.1" {
		t.Errorf("two headers, of which a visitor may have written one, count as %s", got)
	}
	if n := unread(); n != 2 || !strings.Contains(f.log.String(), "that of the proxy") {
		t.Errorf("said %d times in 80 minutes: %s", n, f.log)
	}
	for _, s := range []string{"198.51", "canary", "2001:db8", "0x7f"} {
		if strings.Contains(f.log.String(), s) {
			t.Errorf("the log has what was said: %s", f.log)
		}
	}
}

// Whoever is over the ceiling of a network is told so, when to try again and whom
// to ask; the form is as it was filled in, and the answer is the same for every
// address.
func TestCrowdedNetwork(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	tokyo, err := time.LoadLocation("Asia/Tokyo")
	if err != nil {
		t.Fatal(err)
	}
	f.lists["news"].Zone = tokyo
	f.desk.err = subscribe.NetworkBusy{Until: noon.Add(35*time.Minute + 30*time.Second), In: 35*time.Minute + 29*time.Second + 1}
	for lang, words := range map[string][]string{
		"ja": {"受け付けられません", "メールもお送りしていません", "21時36分（JST）を過ぎて", "約36分後", "お急ぎの場合", `href="mailto:office@example.jp"`},
		"en": {"cannot take your request", "no email has been sent", "after 21:36 (JST)", "about 36 min", "please get in touch", `href="mailto:office@example.jp"`},
	} {
		for name, post := range map[string]func(email string) answer{
			"sign-up":    func(email string) answer { return f.post("/lists/news", "email", email, "lang", lang) },
			"correction": func(email string) answer { return f.post("/correct", "email", email, "list", "news", "lang", lang) },
		} {
			a := post("you@example.jp")
			a.want(t, 429, append(slices.Clone(words), `value="you@example.jp"`, `<html lang="`+lang+`">`)...)
			a.none(t, "エラー：", "Error:")
			if got := a.header.Get("Retry-After"); got != "2130" {
				t.Errorf("%s: Retry-After is %q", name, got)
			}
			b := post("other@example.com")
			if strings.ReplaceAll(b.body, "other@example.com", "you@example.jp") != a.body || fmt.Sprint(len(b.header)) != fmt.Sprint(len(a.header)) {
				t.Errorf("%s: the answer depends on the address", name)
			}
		}
		late := f.post(f.late("news", "confirm") + "?lang=" + lang)
		late.want(t, 429, words...)
	}
	f.post("/correct", "email", "you@example.jp", "list", "news", "lang", "en").want(t, 429, `value="news" required checked>`)
	f.lists["news"].Zone = nil
	f.post("/lists/news", "email", "you@example.jp", "lang", "en").want(t, 429, "12:36 (UTC)")
}
