// Package starter is what an editor begins a new issue with: a short issue that could be
// sent as it stands, with every key of the front matter explained in the language of its
// list, or the source of an earlier issue.
//
// It writes no file.
package starter
