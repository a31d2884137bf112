package subscribe

import (
	"errors"
	"strings"
	"testing"
)

func TestParseAddressAccepts(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("a", 64) + "@" + strings.Repeat(strings.Repeat("b", 61)+".", 3) + "jp"
	for _, tc := range []struct{ name, typed, clear, envelope string }{
		{"plain", "you@example.jp", "you@example.jp", ""},
		{"space around", " \t\u3000you@example.jp\r\n", "you@example.jp", ""},
		{"case of the local part is kept (A-35)", "You.Too@Example.JP", "You.Too@example.jp", ""},
		{"every atext character", "!#$%&'*+-/=?^_`{|}~@example.org", "!#$%&'*+-/=?^_`{|}~@example.org", ""},
		{"full width (A-32)", "ｙｏｕ＠ＥＸＡＭＰＬＥ．ＪＰ", "you@example.jp", ""},
		{"full width plus", "you＋tag＠example.jp", "you+tag@example.jp", ""},
		{"ideographic full stop", "you@example。jp", "you@example.jp", ""},
		{"half-width ideographic full stop", "you@example｡jp", "you@example.jp", ""},
		{"ideographic full stop in the local part", "y。ou@example.jp", "y.ou@example.jp", ""},
		{"IDN (A-30)", "you@例え.jp", "you@xn--r8jz45g.jp", ""},
		{"IDN as A-labels", "you@xn--r8jz45g.jp", "you@xn--r8jz45g.jp", ""},
		{"IDN with full-width stop", "you@例え。jp", "you@xn--r8jz45g.jp", ""},
		{"kanji and kana and Latin together", "you@example見本サンプル.jp", "you@xn--example-9u4fqk0g8c9978fgnyd.jp", ""},
		{"one script that is not Latin", "you@пример.example", "you@xn--e1afmkfd.example", ""},
		{"umlaut", "you@bücher.example", "you@xn--bcher-kva.example", ""},
		{"dots in a row (A-33)", "foo..bar@docomo.ne.jp", "foo..bar@docomo.ne.jp", `"foo..bar"@docomo.ne.jp`},
		{"dot before the at", "foo.@ezweb.ne.jp", "foo.@ezweb.ne.jp", `"foo."@ezweb.ne.jp`},
		{"dot at the start", ".foo@docomo.ne.jp", ".foo@docomo.ne.jp", `".foo"@docomo.ne.jp`},
		{"typed with the quotes", `"foo..bar"@docomo.ne.jp`, "foo..bar@docomo.ne.jp", `"foo..bar"@docomo.ne.jp`},
		{"quotes that were not needed", `"you"@example.jp`, "you@example.jp", ""},
		{"local part of 64, whole of 254 at most", long, long, ""},
		{"label that begins with a digit", "you@1.example", "you@1.example", ""},
		{"pasted with a name", "Ann <you@example.jp>", "you@example.jp", ""},
		{"pasted with a name of two words", "Ann Oda <you@example.jp>", "you@example.jp", ""},
		{"pasted with a name without a space", "小田杏<you@example.jp>", "you@example.jp", ""},
		{"pasted with full-width brackets", "小田　杏＜ｙｏｕ＠ｅｘａｍｐｌｅ．ｊｐ＞", "you@example.jp", ""},
		{"pasted with a name in quotes", `"Oda, Ann" <you@example.jp>`, "you@example.jp", ""},
		{"pasted with the address for a name", "you@example.jp <you@example.jp>", "you@example.jp", ""},
		{"pasted with the address in quotes for a name", "'you@example.jp' <you@example.jp>", "you@example.jp", ""},
		{"pasted with brackets alone", "< you@example.jp >", "you@example.jp", ""},
		{"pasted with a mailto in brackets", "you@example.jp<mailto:you@example.jp>", "you@example.jp", ""},
		{"a mailto", "mailto:you@example.jp", "you@example.jp", ""},
		{"a mailto in capitals", "MAILTO:you@example.jp", "you@example.jp", ""},
		{"a mailto with encoding (RFC 6068)", "mailto:you%2Btag@example.jp", "you+tag@example.jp", ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			a, err := ParseAddress(tc.typed)
			if err != nil {
				t.Fatalf("refused: %v", err)
			}
			if tc.envelope == "" {
				tc.envelope = tc.clear
			}
			if a.Clear() != tc.clear || a.Envelope() != tc.envelope {
				t.Errorf("got %q, on the wire %q, want %q, %q", a.Clear(), a.Envelope(), tc.clear, tc.envelope)
			}
		})
	}
}

func TestParseAddressRefuses(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, typed string
		want        AddressFault
	}{
		{"nothing", "", AddressEmpty},
		{"space only", " \u3000\t", AddressEmpty},
		{"no at", "you.example.jp", AddressForm},
		{"nothing before the at", "@example.jp", AddressForm},
		{"nothing after the at", "you@", AddressForm},
		{"only an at", "@", AddressForm},
		{"two ats", "you@me@example.jp", AddressForm},
		{"two full-width ats", "you＠me＠example.jp", AddressForm},
		{"at in quotes", `"you@me"@example.jp`, AddressForm},
		{"space inside", "you too@example.jp", AddressForm},
		{"space in quotes", `"you too"@example.jp`, AddressForm},
		{"empty quotes", `""@example.jp`, AddressForm},
		{"backslash", `yo\u@example.jp`, AddressForm},
		{"two in angle brackets (F-11)", "You <you@example.jp>, Me <me@example.jp>", AddressForm},
		{"two in angle brackets without a comma", "You <you@example.jp> <me@example.jp>", AddressForm},
		{"an address and another in angle brackets", "me@example.jp <you@example.jp>", AddressForm},
		{"another in quotes before the angle brackets", `"me@example.jp" <you@example.jp>`, AddressForm},
		{"a list that ends in angle brackets", "me, You <you@example.jp>", AddressForm},
		{"a list that ends in angle brackets, as typed in Japan", "三浦、小田 <you@example.jp>", AddressForm},
		{"a group", "Us: You <you@example.jp>", AddressForm},
		{"words behind the angle brackets", "You <you@example.jp> too", AddressForm},
		{"empty angle brackets", "You <>", AddressForm},
		{"a name over two lines", "You\r\nBcc: <you@example.jp>", AddressForm},
		{"angle brackets in angle brackets", "You <<you@example.jp>>", AddressForm},
		{"an angle bracket that does not open", "you@example.jp>", AddressForm},
		{"mailto with a query", "mailto:you@example.jp?subject=Hello", AddressForm},
		{"mailto with two", "mailto:you@example.jp,me@example.jp", AddressForm},
		{"mailto with two, encoded", "mailto:you%40example.jp%2Cme@example.jp", AddressForm},
		{"mailto with a line break", "mailto:you%0d%0aBcc:me@example.jp", AddressForm},
		{"mailto with broken encoding", "mailto:you%zz@example.jp", AddressForm},
		{"mailto alone", "mailto:", AddressForm},
		{"mailto twice", "mailto:mailto:you@example.jp", AddressForm},
		{"comment", "you(me)@example.jp", AddressForm},
		{"comment in the domain", "you@example.jp(office)", AddressDomain},
		{"list by comma", "you@example.jp,me@example.jp", AddressForm},
		{"list by semicolon", "you@example.jp;me@example.jp", AddressForm},
		{"list by ideographic comma", "you@example.jp、me@example.jp", AddressForm},
		{"line break in the local part", "you\r\nBcc:me@example.jp", AddressForm},
		{"line break in the domain", "you@example.jp\r\nBcc: x", AddressDomain},
		{"null", "you\x00@example.jp", AddressForm},
		{"null in the domain", "you@exam\x00ple.jp", AddressDomain},
		{"Japanese local part (A-31)", "ユーザー@example.jp", AddressNonASCII},
		{"accent in the local part", "yöu@example.jp", AddressNonASCII},
		{"broken UTF-8", "you\xff@example.jp", AddressNonASCII},
		{"one label (A-34)", "you@localhost", AddressDomain},
		{"dot at the end", "you@example.jp.", AddressDomain},
		{"dot at the start of the domain", "you@.example.jp", AddressDomain},
		{"dots in a row in the domain", "you@example..jp", AddressDomain},
		{"underscore in the domain", "you@ex_ample.jp", AddressDomain},
		{"hyphen at the start of a label", "you@-example.jp", AddressDomain},
		{"hyphen at the end of a label", "you@example-.jp", AddressDomain},
		{"literal", "you@[127.0.0.1]", AddressDomain},
		{"IPv6 literal", "you@[IPv6:::1]", AddressDomain},
		{"bare IPv4", "you@127.0.0.1", AddressDomain},
		{"label of 64", "you@" + strings.Repeat("a", 64) + ".jp", AddressDomain},
		{"broken A-label", "you@xn--\u00e9.jp", AddressDomain},
		{"Cyrillic in a Latin domain (F-15)", "you@ex\u0430mple.jp", AddressMixed},
		{"Greek in a Latin domain", "you@ex\u03b1mple.jp", AddressMixed},
		{"Cyrillic and Greek", "you@\u043f\u03b1.example", AddressMixed},
		{"Cyrillic and kanji", "you@見\u043f.jp", AddressMixed},
		{"local part of 65", strings.Repeat("a", 65) + "@example.jp", AddressLong},
		{"whole of 255", strings.Repeat("a", 64) + "@" + strings.Repeat(strings.Repeat("b", 61)+".", 3) + "com.jp", AddressLong},
		{"a flood", "you@" + strings.Repeat("見", 5000) + ".jp", AddressLong},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			a, err := ParseAddress(tc.typed)
			if !errors.Is(err, tc.want) || !a.IsZero() {
				t.Errorf("got error %v, want %s", err, tc.want)
			}
			if err != nil && len(tc.typed) > 12 && strings.Contains(err.Error(), tc.typed) {
				t.Error("the error repeats what was typed")
			}
		})
	}
}

// A configuration is written once, by hand, and some of it is printed as it stands.
func TestParsePlainAddress(t *testing.T) {
	t.Parallel()
	if a, err := ParsePlainAddress(" you@example.jp"); err != nil || a.Clear() != "you@example.jp" {
		t.Errorf("got %q, %v", a.Clear(), err)
	}
	for _, typed := range []string{"Ann <you@example.jp>", "<you@example.jp>", "mailto:you@example.jp", ""} {
		if a, err := ParsePlainAddress(typed); err == nil {
			t.Errorf("%q is read as %q", typed, a.Clear())
		}
	}
}

func TestIdentity(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ typed, identity, rate string }{
		{"You@Example.JP", "you@example.jp", "you@example.jp"},
		{"y.o.u+tag@gmail.com", "y.o.u+tag@gmail.com", "you@gmail.com"},
		{"You@googlemail.com", "you@googlemail.com", "you@gmail.com"},
		{"y.ou+news@example.jp", "y.ou+news@example.jp", "y.ou@example.jp"},
		{"+tag@example.jp", "+tag@example.jp", "+tag@example.jp"},
		{"you@例え.jp", "you@xn--r8jz45g.jp", "you@xn--r8jz45g.jp"},
		{"foo..bar@docomo.ne.jp", "foo..bar@docomo.ne.jp", "foo..bar@docomo.ne.jp"},
	} {
		a := mustAddress(t, tc.typed)
		if a.Identity() != tc.identity || a.RateIdentity() != tc.rate {
			t.Errorf("%s: identity %q, for ceilings %q; want %q, %q", tc.typed, a.Identity(), a.RateIdentity(), tc.identity, tc.rate)
		}
	}
}

func TestCarrier(t *testing.T) {
	t.Parallel()
	for typed, want := range map[string]bool{
		"you@docomo.ne.jp": true, "you@DOCOMO.ne.jp": true, "you@i.softbank.jp": true, "you@t.vodafone.ne.jp": true,
		"you@example.jp": false, "you@notdocomo.ne.jp": false, "you@docomo.ne.jp.example": false,
	} {
		if got := mustAddress(t, typed).Carrier(); got != want {
			t.Errorf("%s: Carrier() = %v", typed, got)
		}
	}
}

func TestZeroAddress(t *testing.T) {
	t.Parallel()
	var a Address
	if !a.IsZero() || a.Clear() != "" || a.Envelope() != "" || a.Domain() != "" || a.Carrier() {
		t.Error("the zero Address is an address")
	}
}

func TestStoredAddress(t *testing.T) {
	t.Parallel()
	for _, s := range []string{"", "@", "you@", "@example.jp", "you"} {
		if a, err := StoredAddress(s); !errors.Is(err, AddressForm) || !a.IsZero() {
			t.Errorf("%q: %v", s, err)
		}
	}
}

func FuzzParseAddress(f *testing.F) {
	for _, s := range []string{
		"you@example.jp", "ｙｏｕ＠例え。jp", `"foo..bar"@docomo.ne.jp`, "a@xn--r8jz45g.jp", "<a@b.jp>", "a@b@c.jp", "\x00@\xff.jp",
		"a@ex\u0430mple.jp", "you@faß.example", "you@\u200d.jp", "a@xn--a.jp", "you@١.example",
		"Ann <a@b.jp>", `"Oda, Ann" <mailto:a@b.jp>`, "MAILTO:a%2Bb@c.jp",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, typed string) {
		a, err := ParseAddress(typed)
		if err != nil {
			var fault AddressFault
			if !errors.As(err, &fault) || !a.IsZero() {
				t.Fatalf("%q: error %v with address %q", typed, err, a.Clear())
			}
			return
		}
		if len(a.Clear()) > maxAddress || len(a.local) > maxLocal || a.local == "" || strings.Count(a.domain, ".") == 0 {
			t.Fatalf("%q gave %q", typed, a.Clear())
		}
		if strings.ContainsAny(a.Envelope(), " \r\n\t<>,;\x00") || strings.Trim(a.domain, "abcdefghijklmnopqrstuvwxyz0123456789-.") != "" {
			t.Fatalf("%q goes on the wire as %q", typed, a.Envelope())
		}
		if b, err := StoredAddress(a.Clear()); err != nil || b != a {
			t.Fatalf("%q: stored and read back as %q, %v", typed, b.Clear(), err)
		}
		for _, again := range []string{a.Clear(), a.Envelope()} { // as tokens and people repeat it
			if b, err := ParseAddress(again); err != nil || b != a {
				t.Fatalf("%q: %q reads as %q, %v", typed, again, b.Clear(), err)
			}
		}
	})
}
