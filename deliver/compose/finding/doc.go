// Package finding is what checks say about an issue: its line, the rule, whether it can
// be sent, and words for the editor who reads it at ten minutes to six: in English where
// the check stands, and in Japanese in the catalogue here.
//
// The package knows no check. Each stands beside what it looks at.
package finding
