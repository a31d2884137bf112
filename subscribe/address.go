package subscribe

import (
	"log/slog"
	"strings"
	"unicode"

	"golang.org/x/net/idna"
	"golang.org/x/text/unicode/norm"
)

// Address is a mail address that a subscriber can have: an ASCII local part,
// kept as typed (RULES A-35), and a domain as A-labels (RULES A-30).
//
// It prints as "[address]" wherever it is formatted, logged or marshalled.
// The zero Address is no address.
type Address struct{ local, domain string }

// AddressFault is why an address is refused; a catalogue key, and an error that
// never repeats the address.
type AddressFault string

// Why an address is refused.
const (
	AddressEmpty    AddressFault = "address-empty"
	AddressForm     AddressFault = "address-form"      // not one plain local@domain
	AddressNonASCII AddressFault = "address-non-ascii" // local part beyond ASCII (RULES A-31)
	AddressDomain   AddressFault = "address-domain"    // no domain name of at least two labels (RULES A-34)
	AddressMixed    AddressFault = "address-mixed"     // look-alike domain of mixed scripts (RULES F-15)
	AddressLong     AddressFault = "address-long"      // RFC 5321 §4.5.3.1
)

func (f AddressFault) Error() string { return "subscribe: address refused: " + string(f) }

// Lengths in octets, RFC 5321 §4.5.3.1.1-3; a path of 256 leaves 254 for the
// address between the angle brackets.
const (
	maxLocal   = 64
	maxAddress = 254
)

// ParseAddress reads an address as a person types it: full-width ASCII and the
// ideographic full stop of a Japanese keyboard are folded (RULES A-32), space
// around it is dropped, an internationalised domain becomes A-labels. Dots in
// odd places of the local part, as old Japanese carriers gave them out, are
// accepted (RULES A-33). So is what people paste: one display name with the
// address in angle brackets, of which only the address is kept, and a mailto:
// without a query. Comments, literals, quotes and lists are not (RULES A-34,
// F-11). The error is an [AddressFault].
func ParseAddress(typed string) (Address, error) {
	s, err := cleaned(typed)
	if err != nil {
		return Address{}, err
	}
	return parsePlain(strings.TrimFunc(unwrap(s), unicode.IsSpace))
}

// ParsePlainAddress is [ParseAddress] for a configuration, where an address
// stands alone: nothing is taken off it.
func ParsePlainAddress(typed string) (Address, error) {
	s, err := cleaned(typed)
	if err != nil {
		return Address{}, err
	}
	return parsePlain(s)
}

// cleaned takes off what a keyboard adds to an address.
func cleaned(typed string) (string, error) {
	s := strings.TrimFunc(fold(typed), unicode.IsSpace)
	if s == "" {
		return "", AddressEmpty
	}
	if len(s) > 4*maxAddress { // even as U-labels; a flood is not worth looking at
		return "", AddressLong
	}
	return s, nil
}

func parsePlain(s string) (Address, error) {
	if strings.ContainsAny(s, "<>") { // before the local part is judged: a name may be in any script
		return Address{}, AddressForm
	}
	at := strings.LastIndexByte(s, '@')
	if at <= 0 || at == len(s)-1 {
		return Address{}, AddressForm
	}
	local, domain := unquote(s[:at]), s[at+1:]
	if len(local) > maxLocal {
		return Address{}, AddressLong
	}
	for _, r := range local {
		if r > unicode.MaxASCII {
			return Address{}, AddressNonASCII
		}
		if !atext(r) && r != '.' {
			return Address{}, AddressForm
		}
	}
	ascii, err := domainLabels(domain)
	if err != nil {
		return Address{}, err
	}
	if len(local)+1+len(ascii) > maxAddress {
		return Address{}, AddressLong
	}
	return Address{strings.Clone(local), strings.Clone(ascii)}, nil
}

// StoredAddress reads back what [Address.Clear] gave to be sealed. It was
// judged by [ParseAddress] when it came in, and is not judged again.
func StoredAddress(clear string) (Address, error) {
	at := strings.LastIndexByte(clear, '@')
	if at <= 0 || at == len(clear)-1 {
		return Address{}, AddressForm
	}
	return Address{clear[:at], clear[at+1:]}, nil
}

// fold maps what an IME types for ASCII, and nothing else: no NFKC at large.
func fold(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= '！' && r <= '～':
			return r - '！' + '!'
		case r == '\u3000':
			return ' '
		case r == '。' || r == '｡':
			return '.'
		}
		return r
	}, s)
}

// unquote removes the quotes of a quoted local part whose content needs them
// only for its dots: the form in which carriers' old addresses travel.
func unquote(local string) string {
	if n := len(local); n > 2 && local[0] == '"' && local[n-1] == '"' {
		return local[1 : n-1]
	}
	return local
}

// atext is RFC 5322 §3.2.3.
func atext(r rune) bool {
	return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' ||
		strings.ContainsRune("!#$%&'*+-/=?^_`{|}~", r)
}

func domainLabels(domain string) (string, error) {
	if mixedScript(norm.NFKC.String(domain)) {
		return "", AddressMixed
	}
	ascii, err := idna.Lookup.ToASCII(domain)
	if err != nil {
		return "", AddressDomain
	}
	ascii = strings.ToLower(ascii)
	labels := strings.Split(ascii, ".")
	if len(labels) < 2 || len(ascii) > 253 {
		return "", AddressDomain
	}
	for _, l := range labels {
		if l == "" || len(l) > 63 || l[0] == '-' || l[len(l)-1] == '-' ||
			strings.Trim(l, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" {
			return "", AddressDomain
		}
	}
	if last := labels[len(labels)-1]; strings.Trim(last, "0123456789") == "" {
		return "", AddressDomain // an IPv4 address without its brackets
	}
	return ascii, nil
}

// mixedScript reports a label that mixes scripts which are not written together
// in any language: the check behind "аpple.jp" with a Cyrillic а. Han, kana and
// Latin are written together in Japanese, Han and Hangul in Korean.
func mixedScript(domain string) bool {
	for _, label := range strings.Split(domain, ".") {
		var latin, cjk, other int
		seen := map[string]bool{}
		for _, r := range label {
			for name, table := range scripts {
				if unicode.Is(table, r) && !seen[name] {
					seen[name] = true
					switch name {
					case "Latin":
						latin++
					case "Han", "Hiragana", "Katakana", "Hangul", "Bopomofo":
						cjk++
					default:
						other++
					}
				}
			}
		}
		if other > 1 || other == 1 && latin+cjk > 0 {
			return true
		}
	}
	return false
}

var scripts = func() map[string]*unicode.RangeTable {
	out := map[string]*unicode.RangeTable{}
	for name, t := range unicode.Scripts {
		if name != "Common" && name != "Inherited" {
			out[name] = t
		}
	}
	return out
}()

// IsZero reports the zero Address.
func (a Address) IsZero() bool { return a == Address{} }

// Clear returns the address in clear, as typed, for sealing and for the page
// that answers the very form it was typed in. Nothing else may call it.
func (a Address) Clear() string {
	if a.IsZero() {
		return ""
	}
	return a.local + "@" + a.domain
}

// Envelope returns the address as it goes on the wire and into a To header:
// a local part with dots in odd places is quoted (RULES A-33).
func (a Address) Envelope() string {
	if a.IsZero() {
		return ""
	}
	if strings.HasPrefix(a.local, ".") || strings.HasSuffix(a.local, ".") || strings.Contains(a.local, "..") {
		return `"` + a.local + `"@` + a.domain
	}
	return a.local + "@" + a.domain
}

// Identity is what the keyed index is made of: the same for two spellings of
// one mailbox that differ in case only (RULES F-12). It is as secret as the address.
func (a Address) Identity() string { return strings.ToLower(a.local) + "@" + a.domain }

// RateIdentity is what the ceilings count: Identity without what Gmail ignores
// and without a +tag, so that one mailbox cannot be flooded under many
// spellings (RULES F-12). It is never used for delivery.
func (a Address) RateIdentity() string {
	local, domain := strings.ToLower(a.local), a.domain
	if i := strings.IndexByte(local, '+'); i > 0 {
		local = local[:i]
	}
	if domain == "googlemail.com" {
		domain = "gmail.com"
	}
	if domain == "gmail.com" {
		local = strings.ReplaceAll(local, ".", "")
	}
	return local + "@" + domain
}

// Domain returns the domain as A-labels.
func (a Address) Domain() string { return a.domain }

// Carrier reports a Japanese mobile carrier's domain, whose users must allow a
// sender before its mail arrives (RULES C-17).
func (a Address) Carrier() bool {
	for _, d := range []string{
		"docomo.ne.jp", "ezweb.ne.jp", "au.com", "softbank.ne.jp", "i.softbank.jp",
		"vodafone.ne.jp", "ymobile.ne.jp", "y-mobile.ne.jp", "disney.ne.jp", "uqmobile.jp",
		"rakumail.jp", "willcom.com", "pdx.ne.jp", "emnet.ne.jp",
	} {
		if a.domain == d || strings.HasSuffix(a.domain, "."+d) {
			return true
		}
	}
	return false
}

const redacted = "[address]"

// String never shows the address (RULES I-06).
func (Address) String() string { return redacted }

// GoString never shows the address.
func (Address) GoString() string { return redacted }

// LogValue never shows the address.
func (Address) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText never shows the address: JSON and the like get "[address]".
func (Address) MarshalText() ([]byte, error) { return []byte(redacted), nil }
