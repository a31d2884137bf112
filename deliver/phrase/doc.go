// Package phrase is what editors are told, in both languages: what is wrong in a text, and
// why something is not done. A sentence stands in English where it is said, and in Japanese
// in the catalogue here, so that those who read Japanese well can read all of it.
//
// The package knows none of those who say something.
package phrase
