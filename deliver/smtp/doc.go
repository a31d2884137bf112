// Package smtp brings messages to the relay: it implements deliver.Transport
// and deliver.Conn.
//
// go-mail's client speaks until the login is done, over a connection whose lines are
// brought into the form that it reads. From there the package speaks itself, one
// transaction per message and one recipient per transaction, so that each has its own
// outcome. Commands are pipelined where the relay offers it (RFC 2920), so that a
// message costs one round trip. A relay that does not offer it, or has failed at it
// within the last hour, is spoken to in lockstep.
//
// It promises:
//
//   - TLS 1.2 or better with a verified certificate, always; in clear only to a
//     loopback address and without a login (RFC 8314 §3).
//   - A message is complete in memory, dots doubled, before its first byte is
//     sent, and a message that could not be sent to its end is never ended: the
//     socket is closed at once, without QUIT.
//   - From the write that contains the final dot until its reply is read the
//     outcome is Uncertain, and nowhere else (RFC 1047). A 2yz reply to the
//     dot is Accepted, whatever happens to the connection afterwards;
//     but if replies to what travelled behind the dot came too, and one of them
//     is missing, too many or out of place, nobody knows which was the dot's:
//     that is Uncertain, and none of them refuses or blames anybody.
//   - A connection that fails says nothing permanent about anybody.
//   - A reply of the code alone is a reply at every stage, and what EHLO offers is
//     understood in capital and small letters, and as "AUTH=" (RFC 5321 §4.2, §2.4).
//   - An enhanced code is read wherever a reply carries one at its head.
//   - Every operation has its own time limit (RFC 5321 §4.5.3.2), and a reply its own
//     size limit; what does not parse, or comes out of place, ends the connection.
//   - A cancelled context gives an attempt up until the final dot is on its way,
//     and has no say after that: see [Transport.Dial] for the way to stop then.
//   - Where the relay offers DSN, it is asked to send back failures alone, and of those
//     no body (RFC 3461); where it refuses that, the message goes out without, at once.
//   - No text that leaves the package holds an address, nor what a return path says;
//     nothing is logged here, and go-mail's debug log stays off.
//
// What a reply means is decided in one place, deliver.Judge.
package smtp
