// Package slot knows the places of an issue at which copies differ: the merge slots
// of its text, and its two links.
//
// While an issue is compiled each slot is one character, its mark, which passes
// through Markdown, sanitiser, layout and text conversion like a letter. [Cut] makes
// segments of the finished bodies, and [Fill] a body for one reader.
//
// The package knows neither how an issue is written nor how mail is made.
package slot
