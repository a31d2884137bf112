// Package bounce reads the mails that come back: reports of failed deliveries (RFC 3464),
// complaints (RFC 5965), and what carriers, gateways and older programs write instead.
//
// Anybody can send us such a mail, so nothing in it is believed but what it is and how it
// says that the delivery failed; whose it is says the token in the address that it came to,
// or of a complaint in the copy that it hands back ([Mail.Token]), which is judged elsewhere.
// The package knows no store, no keys and no reader, and keeps no word of the mail.
//
// What it costs is bounded before it is read: in octets, parts and depth. Whatever is cut
// off, contradicts itself, waits still, or answers by itself (RFC 3834) means nothing. A
// doubt is for the reader: who is taken for well costs a copy, who is taken for gone is lost.
//
//   - [Read] walks the parts, by go-message.
//   - report.go has the two kinds of reports.
//   - note.go has what is written in place of reports, a row for each writer.
//   - status.go finds what was meant where the status says nothing (x.0.0).
package bounce
