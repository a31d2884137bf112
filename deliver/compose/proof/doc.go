// Package proof compares what an editor wrote with what readers get, character by
// character, in both parts of an issue. What is in neither, or printed as it stands
// where it was meant to do something, is a finding.
//
// It knows nothing of how Markdown is read, so that what one takes for a mark the other
// still misses.
package proof
