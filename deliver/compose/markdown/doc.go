// Package markdown makes the HTML of a text. The Markdown is GitHub's, as people mean it
// who write Japanese.
//
// It promises that nothing an editor wrote disappears in silence: HTML, links and images
// that could not be sent are faults, and what has no sure meaning is said with its line.
// Images lie on the office's own hosts, under addresses that are the same for every
// reader, or come with the issue, so that none of them tells who has read. What [Render]
// gives is safe: an allow-list stands behind all checks.
//
// No text holds the service: a [budget] bounds what reading it costs as the costs arise,
// and all work is given up with its context.
//
// [marks] read emphasis and what is struck out, [bares] find URLs and addresses, a
// [weaver] makes nodes of HTML, notes come last. Then the lines are looked at as they were
// written, and their breaks settled. What is drawn stands in the budget of one text.
//
// The package knows goldmark and bluemonday, and neither files nor mail.
package markdown
