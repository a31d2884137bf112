// Package viewer is the page on which an editor sees an issue before it goes out: as a
// phone and a desktop show it, as text, and as it was written, with what was found in it.
//
// It is for one person at one computer, and as long as the command runs that opened it:
// it listens on the loopback address, answers one browser only, to which the first
// opening of a link with a secret in it gave a cookie, and changes nothing. Nothing of a
// reader is in it: slots show the names of their fields.
//
// The package knows no service; what it shows is given to it.
package viewer
