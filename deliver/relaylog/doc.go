// Package relaylog reads what a relay wrote into its log about the messages that it was
// given: Postfix's lines, as syslog wrote them with stamps of either kind, and as journald
// gives them out (export, json, and the short forms).
//
// A message is told by its Message-ID, which the cleanup of Postfix writes down with the
// queue id, and by the queue id from then on. The package knows no keys, and so not which
// Message-IDs are Kairan's: it hands on each that has their shape.
//
// What a log says is believed as follows.
//
// That a message was taken: the cleanup saw its header, and then the queue manager, or
// whoever delivers, spoke of the same queue id. The header alone is no proof: it is logged
// while the octets are still coming, and a connection that is lost then leaves nothing in
// the queue.
//
// That a message was not taken is the absence of all this, and an absence proves something
// only in a log that is whole. So it is believed when, in one reading,
//
//   - the log has every copy of that run of which the relay said that it has it, and at
//     least one: then it is the log of the relay, and of each of several, and none of the
//     lines between were lost;
//   - it is of as many hosts as there are relays;
//   - of each relay in it that had copies of the run, it begins ten minutes before the run
//     did, goes on for an hour after it was known that the copy is uncertain, and is nowhere
//     silent for half a day;
//   - the relay did not start without having stopped, and the logger does not say that it
//     dropped lines;
//   - there is no mail of that time in the queue whose Message-ID the log has not: after a
//     loss of power the queue is there, and the last lines of the log may not be;
//   - no copy stands in it before the run began, or after now: then the clocks agree, and
//     the zone of stamps that have none is right.
//
// Whatever else there is stays uncertain, and it is said why. What a log cannot show is that
// somebody has taken single lines out of it, or given that of one host of several that stand
// behind one name while all copies of the others are uncertain: give the logs of all hosts.
//
// It promises:
//
//   - A log is read as it comes, in lines of bounded length, and in bounded memory however
//     long it is, and whatever is in it.
//   - Addresses are read past: nothing of a line is kept but queue id, Message-ID, instant,
//     what became of it, and the text that a return path has behind its delimiter; and no
//     error shows anything of a line.
package relaylog
