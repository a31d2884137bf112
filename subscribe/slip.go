package subscribe

import (
	"slices"
	"strings"
)

// mistaken are domains that people write for a big provider's, further from it than a slip
// of the finger, and at which nobody has a mailbox.
var mistaken = map[string]string{
	"gmail.jp": "gmail.com", "gmail.co.jp": "gmail.com", "gmail.ne.jp": "gmail.com", "gmail.or.jp": "gmail.com", "g-mail.com": "gmail.com", "gmail.net": "gmail.com",
	"docomo.jp": "docomo.ne.jp", "docomo.co.jp": "docomo.ne.jp", "docomo.com": "docomo.ne.jp", "docomo.ne": "docomo.ne.jp",
	"ezweb.jp": "ezweb.ne.jp", "ezweb.co.jp": "ezweb.ne.jp", "ezweb.com": "ezweb.ne.jp", "ezweb.ne": "ezweb.ne.jp",
	"softbank.ne": "softbank.ne.jp", "yahoo.jp": "yahoo.co.jp", "yahoo.or.jp": "yahoo.co.jp",
	"icloud.jp": "icloud.com", "icloud.co.jp": "icloud.com", "icloud.ne.jp": "icloud.com",
	"outlook.co.jp": "outlook.jp", "outlook.ne.jp": "outlook.jp", "hotmail.jp": "hotmail.co.jp", "hotmail.ne.jp": "hotmail.co.jp",
}

// alsoReal are domains that look like a slip for a big provider's, and are none.
var alsoReal = []string{"email.com", "gmx.com", "softbank.co.jp", "yahoo.co.uk", "yahoo.co.id", "yahoo.co.in", "yahoo.co.kr", "yahoo.ca", "hotmail.ca", "hotmail.co.uk", "outlook.co", "never.com"}

// nameLeast is how long a provider's name is of which a slip can be told: who knows what
// "ac.com" should have been.
const nameLeast = 5

// MeantDomain is the big provider's domain that was probably meant: gmail.com by
// gmial.com. "" if the domain is a provider's own, or like none. It looks at the address
// alone, and may be wrong: it is for a hint.
func (a Address) MeantDomain() string {
	domain := receivingDomain(a)
	if isProvider(domain) {
		return ""
	}
	if meant := mistaken[a.domain]; meant != "" {
		return meant
	}
	if slices.Contains(alsoReal, domain) {
		return ""
	}
	for known := range strings.SplitSeq(providers, "\n") {
		if name, _, _ := strings.Cut(known, "."); known != "" && known[0] != '#' && len(name) >= nameLeast && isSlip(a.domain, known) {
			return known
		}
	}
	return ""
}

// isSlip says whether one character is wrong, missing or too many, or two have changed
// places.
func isSlip(typed, meant string) bool {
	i := 0
	for i < len(typed) && i < len(meant) && typed[i] == meant[i] {
		i++
	}
	a, b := typed[i:], meant[i:]
	switch len(a) - len(b) {
	case 0:
		return len(a) > 0 && (a[1:] == b[1:] || len(a) > 1 && a[0] == b[1] && a[1] == b[0] && a[2:] == b[2:])
	case 1:
		return a[1:] == b
	case -1:
		return a == b[1:]
	}
	return false
}
