// Package feed makes issues of what is new in a feed: RSS, Atom or JSON Feed.
//
// It promises:
//
//   - An entry is known by its id and by what it says ([Entry.Prints]). One that was corrected
//     is no news again, nor is one that has moved with the site and says the same.
//   - What cannot be told apart is not guessed: if more is new than the list lets go out by
//     itself, or hardly anything is known any more, a person is asked ([Judge]).
//   - A slot makes one issue, under a slug of its own ([Slug]), however often it is tried.
//   - Nothing in a feed is more than words: no HTML, no Markdown and no merge slot of an entry
//     reaches an issue as such; links lead to pages of the web alone ([Source]).
//   - No feed holds the service: octets, depth, tokens and entries are bounded before they
//     are read ([Read]).
//
// It reaches nothing: bytes come in, and the source of an issue goes out. deliver/fetch
// brings the bytes.
package feed
