// Package compose makes mail: of an issue's source a compiled issue, once; of that
// one message per reader; of what is owed to a single person a notice.
//
// It is the door to the packages below it, each of which does one part of the work. In
// the order of a text: source reads what an editor hands in, and has markdown make HTML
// of it; body puts around it what the law and the reader ask for, and has plain make the
// text part; proof compares both with what was written, and lint looks for what is
// probably not meant. issue is the result and makes the copies, and mime writes messages.
// They share finding, which is what checks say, enclosure, the files that go along,
// slot, where copies differ, and width.
//
// It promises that an issue is compiled once; that a list which declares too little
// for lawful mail sends none; that links are minted when a mail is made, so that
// nothing stored can act; that, where a list has a delimiter, the return path of each mail
// says whose it was, the same at each attempt; and that a machine-written mail says so (RFC 3834 §5).
package compose
