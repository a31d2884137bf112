// Package proof compares what an editor wrote with what readers get, character by
// character, in both parts of an issue. What is in neither, or has become something that
// was not meant, is a finding.
//
// It knows nothing of how Markdown is read, so that what one takes for a mark the other
// still misses. A mark has done its work if the HTML shows it: two stars are gone, and
// bold text begins there; an address is gone, and a link leads to it. Everything else
// that was written must be there to be read.
//
// Words that are not in the HTML are errors: they are lost for most readers. What may be
// meant, or is of our own making, is a warning.
package proof
