// Package plain makes the text part of an issue: the words of its HTML, laid out as a
// mail magazine in that language is written by hand.
//
// The package knows neither Markdown nor what stands around the text.
package plain
