// Package enclosure judges the files that go out with an issue: the pictures in its
// text, and its attachments.
//
// It promises that a file is what its name says, so that nobody is sent a program under
// the name of a leaflet; that only kinds go out which readers can open and mail servers
// let through; and that a name is a name, and no path.
package enclosure
