// Package mime writes messages by go-mail: headers with encoded words, one part or
// two alternatives, each in the transfer encoding that suits its language.
//
// It promises that mail is 7 bit clean, so that no relay encodes it anew and breaks
// its signature (RFC 6376 §5.3); that its line ends are CRLF, inside the transfer
// encoding too (RFC 2046 §4.1.1); that no value of a list or a reader can add a
// header; and that the same message is the same bytes whenever it is written.
//
// The package knows neither issues nor notices. This plain path builds each message
// anew; what sends many copies of one splices them, and is measured against it.
package mime
