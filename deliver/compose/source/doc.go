// Package source reads what an editor writes: front matter and Markdown with merge
// slots, in one file.
//
// It promises that what is wrong is said at [Parse], all of it, each with its line
// and what to write instead, and that nothing an editor wrote disappears in silence:
// HTML, links and images that could not be sent are faults. Images lie on the
// office's own hosts, under addresses that are the same for every reader, so that
// none of them tells who has read.
//
// No text holds the service: a [budget] bounds what reading it costs as the costs arise,
// and all work is given up with its context.
//
// The Markdown is GitHub's, as people mean it who write Japanese: [marks] read emphasis
// and what is struck out, [bares] find URLs and addresses, a weaver makes nodes of HTML,
// notes come last. Then the lines are looked at as they were written, and their breaks
// settled. What is drawn stands in the budget of one body.
//
// The package knows goldmark and bluemonday, and no mail: what stands around the
// text, and how it is sent, is for others.
package source
