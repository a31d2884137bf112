package bounce

import (
	"regexp"
	"strings"
)

// The status where words say it (RFC 3463 §3).
const (
	noMailbox       = "5.1.1"
	noDomain        = "5.1.2"
	disabled        = "5.2.1"
	full            = "5.2.2"
	waitedTooLong   = "4.4.7"
	refusedByPolicy = "5.7.1"
)

var (
	statusField = regexp.MustCompile(`^[245]\.\d{1,3}\.\d{1,3}\b`)
	// codeInText is one that stands behind a reply code or a number sign. Elsewhere it may be
	// of a host, of a date or of a program.
	codeInText = regexp.MustCompile(`(?:\b[45]\d\d[ -]+#?|#|status:? ?)([45]\.[0-7]\.\d{1,3})(?:[^.\d]|\.?$|\. )`)
)

// Status is the status that a field begins with (RFC 3463 §2); "" if it begins with none.
func Status(field string) string { return statusField.FindString(strings.TrimSpace(field)) }

// saysNothing is whether a status leaves open what happened.
func saysNothing(enhanced string) bool { return enhanced == "" || strings.HasSuffix(enhanced, ".0.0") }

// phrase is what relays say in words, in lower case, and its status.
type phrase struct{ enhanced, words string }

// phrases are asked in their order. What clears the reader stands before what is held
// against the address: "user unknown" is also said of who is well.
var phrases = []phrase{
	{waitedTooLong, "retry timeout exceeded"}, {waitedTooLong, "in the queue too long"}, {waitedTooLong, "message expired"},
	{waitedTooLong, "delivery time expired"}, {waitedTooLong, "was not delivered within"}, {waitedTooLong, "been failing for a long time"},
	{waitedTooLong, "could not be delivered within"}, {waitedTooLong, "connection timed out"}, {waitedTooLong, "is not responding"},
	{full, "mailbox full"}, {full, "mailbox is full"}, {full, "over quota"}, {full, "overquota"}, {full, "quota exceeded"}, {full, "exceeded the local limit"},
	{full, "exceeds allowed size"}, {full, "exceeded its storage"}, {full, "out of storage"}, {full, "too much mail data"}, {full, "insufficient disk space"}, {full, "メールボックスの容量"}, {full, "メールボックスがいっぱい"},
	{refusedByPolicy, "spam"}, {refusedByPolicy, "blocked"}, {refusedByPolicy, "blacklist"}, {refusedByPolicy, "blocklist"}, {refusedByPolicy, "policy"},
	{refusedByPolicy, "access denied"}, {refusedByPolicy, "not authorized"}, {refusedByPolicy, "relaying denied"}, {refusedByPolicy, "relay not permitted"}, {refusedByPolicy, "smtp relay error"}, {refusedByPolicy, "受信を拒否"},
	{disabled, "account is disabled"}, {disabled, "account has been disabled"}, {disabled, "account is temporarily limited"}, {disabled, "mailbox disabled"}, {disabled, "account is inactive"},
	{noDomain, "host unknown"}, {noDomain, "domain not found"}, {noDomain, "unrouteable address"}, {noDomain, "find any host"}, {noDomain, "domain doesnt exist"}, {noDomain, "domain does not exist"},
	{noMailbox, "user unknown"}, {noMailbox, "unknown user"}, {noMailbox, "no such user"}, {noMailbox, "no mailbox here by that name"}, {noMailbox, "no such mailbox"}, {noMailbox, "no such recipient"},
	{noMailbox, "invalid recipient"}, {noMailbox, "unknown recipient"}, {noMailbox, "recipient not found"}, {noMailbox, "user not found"}, {noMailbox, "unknown local part"},
	{noMailbox, "does not exist"}, {noMailbox, "doesn't exist"}, {noMailbox, "not listed in"}, {noMailbox, "address not found"}, {noMailbox, "宛先不明"}, {noMailbox, "存在しません"},
}

// meant is the status that a text gives, in figures or in words, and otherwise the one that
// was known before.
func meant(text, otherwise string) string {
	text = flat(text)
	for _, found := range codeInText.FindAllStringSubmatch(text, 10) {
		if !saysNothing(found[1]) {
			return found[1]
		}
	}
	for _, p := range phrases {
		if strings.Contains(text, p.words) {
			return p.enhanced
		}
	}
	return otherwise
}

// flat is a text on one line, in lower case: programs fold lines anywhere.
func flat(text string) string { return strings.ToLower(strings.Join(strings.Fields(text), " ")) }
