package subscribe

import (
	"net/url"
	"strings"
	"unicode"
)

// unwrap takes off what an address is wrapped in when it is pasted from a mail
// program or a web page: one display name with the address in angle brackets
// (RFC 5322 §3.4), and a mailto: without a query (RFC 6068 §2). What might mean
// more than one address, or something else, is left as it is, and then refused
// as what it is. The name is dropped: nothing but the address was asked for.
func unwrap(s string) string {
	if open := strings.IndexByte(s, '<'); open >= 0 && strings.HasSuffix(s, ">") {
		name, inner := strings.TrimSpace(s[:open]), s[open+1:len(s)-1]
		address := unlink(inner)
		if strings.ContainsAny(inner, "<>") || !oneName(name, address) {
			return s
		}
		return address
	}
	return unlink(s)
}

// unlink takes a mailto: off. Its percent-encoding is undone (RFC 6068 §2); one
// with a query says more than an address.
func unlink(s string) string {
	const scheme = "mailto:"
	if len(s) < len(scheme) || !strings.EqualFold(s[:len(scheme)], scheme) || strings.Contains(s, "?") {
		return s
	}
	address, err := url.PathUnescape(s[len(scheme):])
	if err != nil {
		return s
	}
	return address
}

// oneName says whether what stands before the brackets names one person. A name
// in quotes may hold a comma, as in "Oda, Ann"; otherwise that divides a list. Many programs
// write the address itself where there is no name.
func oneName(name, address string) bool {
	if strings.ContainsFunc(name, unicode.IsControl) {
		return false
	}
	if n := len(name); n >= 2 && (name[0] == '"' && name[n-1] == '"' || name[0] == '\'' && name[n-1] == '\'') {
		if name = name[1 : n-1]; strings.ContainsAny(name, `"@`) && name != address {
			return false
		}
		return true
	}
	return name == address || !strings.ContainsAny(name, `@,;:<>"、；`)
}
