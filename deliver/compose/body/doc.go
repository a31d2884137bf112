// Package body makes the two bodies of an issue from its text: HTML and plain text.
//
// Both say the same, in the same order: who writes, to whom, for what purpose, how to
// leave and how to correct, whom to ask. So the Act on Regulation of Transmission of
// Specified Electronic Mail asks in its Article 4, and RFC 2046 §5.1.4 of parts that
// are alternatives. The words and the structure around the text are in templates. What
// a list adds (a logo, a colour, lines above and below the text) stands beside that and
// replaces none of it.
//
// The HTML uses what Gmail, Outlook, Apple Mail and Yahoo! Mail know, or has beside it
// what they know instead: testdata/clients.tsv lists it. Of the mail of Yahoo! JAPAN and
// of the mobile carriers nobody keeps such a list. For them the HTML is one column of
// tables whose look is in the elements: it is read as well without the style of its
// head, and has no pictures behind text, no position, float, flex or grid, and no font
// from elsewhere.
//
// The bodies have marks in place of their slots, and know no transfer encoding.
package body
