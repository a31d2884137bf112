// Package body makes the two bodies of an issue from its text: HTML whose style is
// inlined, and plain text.
//
// Both say the same, in the same order: who writes, to whom, for what purpose, how to
// leave and how to correct, whom to ask. So the Act on Regulation of Transmission of
// Specified Electronic Mail asks in its Article 4, and RFC 2046 §5.1.4 of parts that
// are alternatives. The words and the structure around the text are in templates.
//
// The bodies have marks in place of their slots, and know no transfer encoding.
package body
