// Package source reads what an editor hands in: the file, with front matter and a text
// with merge slots, and the files beside it.
//
// It promises that what is wrong is said at [Parse], all of it, each with its line
// and what to write instead, in an editor's words: encodings, keys, values, slots, names.
// What this costs is bounded, and all work is given up with its context.
//
// The text itself is read by package markdown; what stands around it, and how it is sent,
// is for others.
package source
