// Package plain makes the text part of an issue: the words of its HTML, laid out as a
// mail magazine in that language is written by hand.
//
// Lines are folded at a width that counts full-width characters as two columns, by the
// rules of JIS X 4051 for Japanese (kinsoku) and by UAX 14 for the rest. What may not
// begin a line takes the character before it along (oidashi): nothing hangs over the
// margin, where a mail program that folds at just that width would leave it alone.
//
// Links are numbered, and their URLs stand below the section, each alone on its line,
// since programs that make links of URLs take the letters behind one in. Emphasis has
// no sign: asterisks are noise to Japanese readers, and are read aloud to those who
// listen. What is struck out is said in words, for there the meaning hangs on it.
//
// The package knows neither Markdown nor what stands around the text. It takes time in
// proportion to its input.
package plain
