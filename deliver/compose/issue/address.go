package issue

import "strings"

// isUsual reports an address that go-mail writes into To as it stands: what
// [subscribe.Address.Envelope] gives for every address that Kairan takes in.
func isUsual(to string) bool {
	at := strings.LastIndexByte(to, '@')
	if at < 1 || at == len(to)-1 {
		return false
	}
	local, domain := to[:at], to[at+1:]
	quoted := len(local) > 2 && local[0] == '"' && local[len(local)-1] == '"'
	if quoted {
		local = local[1 : len(local)-1]
	}
	return areAtoms(local, "!#$%&'*+-/=?^_`{|}~.") && quoted == hasOddDots(local) &&
		areAtoms(domain, "-.") && !hasOddDots(domain)
}

func areAtoms(s, others string) bool {
	for i := range len(s) {
		switch b := s[i]; {
		case b >= 'a' && b <= 'z', b >= 'A' && b <= 'Z', b >= '0' && b <= '9', strings.IndexByte(others, b) >= 0:
		default:
			return false
		}
	}
	return true
}

func hasOddDots(s string) bool {
	return s[0] == '.' || s[len(s)-1] == '.' || strings.Contains(s, "..")
}

// foldTo is the length from which go-mail begins a new line before the value of
// To: header lines have 76 characters, two of them kept free, and "To: " takes
// four.
const foldTo = 76 - 2 - len("To: ") - 1

func appendTo(dst []byte, to string) []byte {
	if len("<")+len(to)+len(">") >= foldTo {
		dst = append(dst, "\r\n"...)
	}
	dst = append(dst, " <"...)
	dst = append(dst, to...)
	return append(dst, '>')
}
