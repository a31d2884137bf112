// Package lint looks at an issue as a careful colleague does before it goes out: at
// dates, subject, links, attachments, and at what was forgotten in it.
//
// Each check is a pure function with a rule of its own. Style is nobody's business here.
package lint
