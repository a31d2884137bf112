package subscribe

import (
	"log/slog"
	"slices"
	"strings"
	"unicode"
)

// Address is a mail address that a subscriber can have: an ASCII local part,
// kept as typed, since its case may count (RFC 5321 §2.4), and a domain as A-labels
// (RFC 5890 §2.3.2.1), which every server takes.
//
// It prints as "[address]" wherever it is formatted, logged or marshalled.
// The zero Address is no address.
type Address struct{ local, domain string }

// Lengths in octets, RFC 5321 §4.5.3.1.1-3; a path of 256 leaves 254 for the
// address between the angle brackets.
const (
	maxLocal   = 64
	maxAddress = 254
)

// ParseAddress reads an address as a person types it: full-width ASCII, the
// ideographic full stop and the hyphens of a Japanese keyboard are folded,
// space around it and what cannot be seen are dropped, an internationalised
// domain becomes A-labels. Dots in odd places of the local part, as old Japanese
// carriers gave them out, are accepted. So is what people paste: one
// display name with the address in angle brackets, of which only the address is
// kept, and a mailto: without a query. Comments, literals, quotes and lists are not
// (RFC 5321 §4.1.2). Whatever is typed costs less than a millisecond. The error is
// an [AddressFault].
func ParseAddress(typed string) (Address, error) {
	s, err := clean(typed)
	if err != nil {
		return Address{}, err
	}
	return parsePlain(strings.TrimFunc(unwrap(s), unicode.IsSpace))
}

// ParsePlainAddress is [ParseAddress] for a configuration, where an address
// stands alone: no display name and no mailto: is taken off.
func ParsePlainAddress(typed string) (Address, error) {
	s, err := clean(typed)
	if err != nil {
		return Address{}, err
	}
	return parsePlain(s)
}

// clean takes off what a keyboard adds to an address, and what cannot be seen.
func clean(typed string) (string, error) {
	if len(typed) > 16*maxAddress { // a flood is not worth looking at
		return "", AddressLong
	}
	around := func(r rune) bool { return unicode.IsSpace(r) || isOverride(r) }
	s := strings.TrimFunc(fold(typed), around)
	switch {
	case s == "":
		return "", AddressEmpty
	case len(s) > 4*maxAddress: // even as U-labels
		return "", AddressLong
	case strings.ContainsFunc(s, isOverride):
		return "", AddressHidden
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
		if !isAtext(r) && r != '.' {
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

// fold maps what an IME types for ASCII, and drops what cannot be seen; nothing
// else: no NFKC at large. The mark of a long vowel, ー, is a hyphen between two
// letters of ASCII only: in サーバー.jp it is itself.
func fold(s string) string {
	rs := make([]rune, 0, len(s))
	for _, r := range s {
		switch {
		case r >= '！' && r <= '～':
			r -= '！' - '!'
		case r == '\u3000':
			r = ' '
		case r == '。' || r == '｡':
			r = '.'
		case r >= '\u2010' && r <= '\u2015', r == '\u2212', r == '\ufe58', r == '\ufe63':
			r = '-'
		case isInvisible(r):
			continue
		}
		rs = append(rs, r)
	}
	out := rs[:0]
	for i, r := range rs { // each is written where it, or one before it, was read
		var before, after rune
		if i > 0 && i+1 < len(rs) {
			before, after = rs[i-1], rs[i+1]
		}
		switch {
		case (r == 'ー' || r == 'ｰ') && isASCIIWord(before) && isASCIIWord(after):
			r = '-'
		case (r == '\u200c' || r == '\u200d') && min(before, after) <= unicode.MaxASCII:
			continue // within a word of some scripts they are needed, elsewhere they are unseen
		}
		out = append(out, r)
	}
	return string(out)
}

// isInvisible reports characters that leave no trace on a screen and come along when
// an address is copied: marks of direction, zero-width spaces, soft hyphens, byte
// order marks, variation selectors. Not the two joiners, nor the two overrides,
// which show an address as what it is not.
func isInvisible(r rune) bool {
	if r < '\u00ad' || r == '\u200c' || r == '\u200d' || isOverride(r) {
		return false
	}
	return unicode.In(r, unicode.Cf, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector) &&
		!unicode.Is(unicode.Prepended_Concatenation_Mark, r)
}

func isOverride(r rune) bool { return r == '\u202d' || r == '\u202e' }

func isASCIIWord(r rune) bool {
	return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9'
}

// unquote removes the quotes of a quoted local part whose content needs them
// only for its dots: the form in which carriers' old addresses travel.
func unquote(local string) string {
	if n := len(local); n > 2 && local[0] == '"' && local[n-1] == '"' {
		return local[1 : n-1]
	}
	return local
}

// isAtext is RFC 5322 §3.2.3.
func isAtext(r rune) bool {
	return isASCIIWord(r) || strings.ContainsRune("!#$%&'*+-/=?^_`{|}~", r)
}

// IsZero reports the zero Address.
func (a Address) IsZero() bool { return a == Address{} }

// Clear returns the address in clear. Only what seals it (a record, a token) and the
// echo of the configuration may call it.
func (a Address) Clear() string {
	if a.IsZero() {
		return ""
	}
	return a.local + "@" + a.domain
}

// Envelope returns the address as it goes on the wire and into a To header:
// a local part with dots in odd places is quoted (RFC 5321 §4.1.2).
func (a Address) Envelope() string {
	if a.IsZero() {
		return ""
	}
	if isOddlyDotted(a.local) {
		return `"` + a.local + `"@` + a.domain
	}
	return a.local + "@" + a.domain
}

// AppendEnvelope appends what Envelope returns.
func (a Address) AppendEnvelope(dst []byte) []byte {
	if a.IsZero() || isOddlyDotted(a.local) {
		return append(dst, a.Envelope()...)
	}
	return append(append(append(dst, a.local...), '@'), a.domain...)
}

// isOddlyDotted reports a local part that is no dot-atom for its dots.
func isOddlyDotted(local string) bool {
	return strings.HasPrefix(local, ".") || strings.HasSuffix(local, ".") || strings.Contains(local, "..")
}

// Identity is what the keyed index is made of: the same for two spellings of
// one mailbox that differ in case only. It is as secret as the address.
func (a Address) Identity() string { return strings.ToLower(a.local) + "@" + a.domain }

// Mailbox is the same for all spellings of one mailbox: Identity without a +tag, and
// without the dots that Gmail ignores. Blocks, the index of mailboxes and the ceilings
// go by it; mail never does. It is as secret as the address.
func (a Address) Mailbox() string {
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
// sender before its mail arrives.
func (a Address) Carrier() bool {
	return slices.ContainsFunc([]string{
		"docomo.ne.jp", "ezweb.ne.jp", "au.com", "softbank.ne.jp", "i.softbank.jp",
		"vodafone.ne.jp", "ymobile.ne.jp", "y-mobile.ne.jp", "disney.ne.jp", "uqmobile.jp",
		"rakumail.jp", "willcom.com", "pdx.ne.jp", "emnet.ne.jp",
	}, func(d string) bool { return a.domain == d || strings.HasSuffix(a.domain, "."+d) })
}

const redacted = "[address]"

// String never shows the address.
func (Address) String() string { return redacted }

// GoString never shows the address.
func (Address) GoString() string { return redacted }

// LogValue never shows the address.
func (Address) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText never shows the address: JSON and the like get "[address]".
func (Address) MarshalText() ([]byte, error) { return []byte(redacted), nil }
