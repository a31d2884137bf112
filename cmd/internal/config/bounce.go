package config

import (
	"regexp"
	"strings"

	"example.jp/kairan/subscribe"
)

// bounce is what becomes of mails that come back.
func (c *Config) bounce() section {
	return section{path: "bounce", rows: []row{
		bound("delimiter", &c.Delimiter, (*table).delimiter, tomlText).says(
			"sign at which the relay parts `bounce+…` (RFC 5233): with it each mail's return path says whose it was, and `List-Unsubscribe` has an address, too", "none: nothing is read").such(tomlText("+")),
	}}
}

// delimiter is a sign that can stand in a local part, and in what is not ours to say.
func (t *table) delimiter(key string) string {
	s := t.text(key, "")
	if s != "" && s != "+" && s != "-" && s != "_" {
		t.fault(key, `%s is no delimiter; write "+", "-" or "_": the one at which the relay parts mailboxes (Postfix: recipient_delimiter)`, quote(s))
		return ""
	}
	return s
}

var plainMailbox = regexp.MustCompile(`^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$`)

// checkReturnPath judges whether what a return path says has room behind its mailbox: a
// local part has 64 octets at most (RFC 5321 §4.5.3.1.1).
func checkReturnPath(t *table, l *subscribe.List) {
	if l.Delimiter == "" || l.ReturnPath.IsZero() {
		return
	}
	mailbox, _, _ := strings.Cut(l.ReturnPath.Envelope(), "@")
	switch most := 64 - len(l.Delimiter) - subscribe.ReturnLength; {
	case !plainMailbox.MatchString(mailbox): // nothing that must be quoted, or written otherwise in mailto: (RFC 6068 §2)
		t.fault("return_path", "behind its mailbox it is said whose mail came back, so it is of letters, digits and -, _ or dots between them; write such a one, as \"bounce\"")
	case strings.Contains(mailbox, l.Delimiter):
		t.fault("return_path", "a mailbox with %s in it, at which the relay parts it (`delimiter`); write one without", quote(l.Delimiter))
	case len(mailbox) > most:
		t.fault("return_path", "its mailbox has %d characters, and behind it stands whose mail came back; write one of %d at most, such as \"bounce\"", len(mailbox), most)
	}
}
