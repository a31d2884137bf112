package origin

import (
	"fmt"
	"strings"

	"example.jp/kairan/subscribe"
)

// State is how grave a verdict is.
type State uint8

// The states.
const (
	Fine     State = iota // as it should be
	Unknown               // could not be looked up, or cannot be known from here
	Doubtful              // works, and should be otherwise
	Wrong                 // readers do not get the mail, or are warned of it
)

// Verdict is one thing that was looked at, in words for an operator.
type Verdict struct {
	What  string // "dkim", "spf" and so on
	State State
	Text  string // what was found, and unless it is Fine what to do
	Write string // the record to publish, as a line of a zone file; "": none
}

// verdicts are what was said so far.
type verdicts []Verdict

func (v *verdicts) say(what string, state State, format string, args ...any) {
	*v = append(*v, Verdict{What: what, State: state, Text: fmt.Sprintf(format, args...)})
}

// write says the same, and which TXT record is to stand there.
func (v *verdicts) write(what string, state State, at, text, format string, args ...any) {
	v.say(what, state, format, args...)
	(*v)[len(*v)-1].Write = fmt.Sprintf("%s. TXT \"%s\"", name(at), text)
}

// House is everything that sends, and through whom.
type House struct {
	Senders []Sender
	Relays  []Relay // in the order in which they are used
}

// Sender is a list as far as its mail shows where it comes from.
type Sender struct {
	List             string
	From, ReturnPath subscribe.Address
}

// Relay is an SMTP server that sends for every list.
type Relay struct {
	Host  string   // a name or an IP address
	Hello string   // our own name, which is that of the relay if it is on this machine
	Keys  []string // names of its DKIM keys, SELECTOR._domainkey.DOMAIN; none: not known
}

// name is something of a message or of the DNS that is shown: a host name or the like.
// Anything else could be an address, or move a terminal's cursor.
func name(s string) string {
	odd := func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '.' && r != '-' && r != '_'
	}
	if s == "" || len(s) > 255 || strings.ContainsFunc(s, odd) {
		return "(a name that is none)"
	}
	return s
}
