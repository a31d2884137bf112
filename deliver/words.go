package deliver

import (
	"log/slog"
	"regexp"
	"strings"
	"unicode"
)

// Words are what a relay said in a reply. Behind MAIL they hold readers: their
// names ("hanako... User unknown"), their domains ("host mx.example.org said"), in
// forms that nobody can list. So they are printed, logged and encoded by nothing,
// and only [Words.Disclose] gives them out.
type Words struct{ said string }

// Disclose gives the words out, on one line, without what looks like an address.
// It is for where no reader can be in them: what a relay says to a login (`kairan
// check`), and to the copies for the testers (`kairan issue test`).
func (w Words) Disclose() string { return w.said }

// String is what anything else shows of them.
func (w Words) String() string { return "" }

// GoString is String, for %#v.
func (w Words) GoString() string { return "deliver.Words{}" }

// LogValue is String, for logs.
func (w Words) LogValue() slog.Value { return slog.StringValue("") }

// meanings are what enhanced codes say (RFC 3463 §3, RFC 7505, RFC 7372), without
// their class; of a subject that is not here the first two numbers decide.
var meanings = map[string]string{
	"1.1": "there is no such mailbox", "1.2": "there is no such domain", "1.3": "the address is not valid there", "1.6": "the mailbox has moved",
	"1.10": "the domain takes no mail", "1.7": "our return path is not valid there", "1.8": "the domain of our return path is not known there",
	"1": "the address is refused", "2.1": "the mailbox is not in use", "2.2": "the mailbox is full", "2.3": "the message is too large for the mailbox",
	"2": "the mailbox cannot be used now", "3.1": "its disk is full", "3.2": "it takes no mail at the moment", "3.4": "the message is too large", "3": "its mail system is not in order",
	"4.1": "the host of the address does not answer", "4.4": "the way to the address is not known", "4.7": "it could not be handed on in time",
	"4": "the way to the address is not in order", "5.3": "too many recipients at once", "5": "it did not understand the command, or not in this order",
	"6": "it does not take the content of the message", "7.0": "its policy, without a reason", "7.1": "its policy does not let us send there",
	"7.8": "it does not take our login", "7.20": "DKIM: no signature passes", "7.23": "SPF: we may not send for our domain", "7.25": "the name of the sending address does not resolve",
	"7.26": "neither SPF nor DKIM passes", "7.28": "too much mail at once", "7": "its policy does not let us send",
}

// replies are what the codes of RFC 5321 §4.2.3 say when nothing says more.
var replies = map[int]string{
	421: "it closes the connection", 450: "the mailbox cannot be used now", 451: "it has a fault of its own", 452: "it has no room now",
	454: "it cannot do that now", 455: "it cannot take the parameters now", 500: "it did not understand the command", 501: "it did not understand the parameters",
	502: "it does not know the command", 503: "it did not expect the command", 504: "it does not know the parameter", 521: "it takes no mail", 530: "it asks for a login",
	534: "it asks for another way to log in", 535: "it does not take our login", 538: "it asks for encryption", 550: "it refuses the address",
	551: "the mailbox is elsewhere", 552: "the message is too large, or the mailbox full", 553: "it does not allow the address", 554: "it refuses, without a reason",
	555: "it does not know the parameters of the command", 556: "the domain takes no mail",
}

// meaning is a reply in our own words. What depends on the code alone stands for
// RCPT; before it no recipient was named, and behind it the message was.
func meaning(stage Stage, code int, enhanced string) string {
	if code/100 == 2 || code/100 == 3 {
		return ""
	}
	if _, about, ok := strings.Cut(enhanced, "."); ok {
		subject, _, _ := strings.Cut(about, ".")
		for _, key := range []string{about, subject} {
			if m := meanings[key]; m != "" {
				return m
			}
		}
	}
	switch {
	case stage == StageMail && (code == 550 || code == 553):
		return "it does not take our return path"
	case stage < StageMail && code == 550:
		return "it does not take us"
	case stage > StageRcpt && (code == 550 || code == 553 || code == 450):
		return "it does not take the message"
	case replies[code] != "":
		return replies[code]
	case code/100 == 4:
		return "not now, without a reason"
	}
	return "no, without a reason"
}

// addressLike is a local part, quoted or not, and a domain or a literal.
var addressLike = regexp.MustCompile(`(?:[^\s<>()\[\]:;,"]+|"(?:[^"\\]|\\.)*")@(?:[^\s<>()\[\]:;,"]+|\[[^\]\s]*\]?)`)

// Scrub replaces what looks like an address in a relay's reply, which likes to
// repeat it, and any other @, which may be of one that is broken; it keeps one line
// of at most 200 characters, and drops controls.
func Scrub(text string) string {
	text = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, text)
	text = strings.ReplaceAll(addressLike.ReplaceAllString(text, "[address]"), "@", "(at)")
	if r := []rune(text); len(r) > 200 {
		text = string(r[:200])
	}
	return strings.TrimSpace(text)
}
