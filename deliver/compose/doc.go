// Package compose makes mail: of an issue's source a compiled issue, once; of that
// one message per reader; of what is owed to a single person a notice.
//
// It is the door to the packages below it, each of which does one part of the work:
// source reads what an editor writes, body puts around it what the law and the
// reader ask for, issue is the result and makes the copies, mime writes messages, and
// slot is what they share.
//
// It promises that an issue is compiled once; that a list which declares too little
// for lawful mail sends none; that links are minted when a mail is made, so that
// nothing stored can act; and that a machine-written mail says so (RFC 3834 §5).
package compose
