// Package sink is a real SMTP server inside the process. [Sink] keeps what it
// receives: it is the relay of the demo and of the tests that go over the wire.
// [Server] alone leaves that to whoever opens its sessions, and is fast enough to
// measure senders with.
//
// It promises:
//
//   - A mail is counted once its final dot has arrived, before the reply goes
//     out, so the counts are what a real relay would have taken, also from a
//     client that died while it waited.
//   - Its memory is bounded: it keeps so many mails, and bodies of so many bytes;
//     of the mails to made-up readers, the newest bodies only. Only the counter
//     for each recipient address stays for as long as the sink runs.
//   - Nothing goes further: a mail that has arrived here stays here.
//
// [Mailbox] shows the mails as web pages. Mails are hostile input there as
// anywhere: a mail's HTML is shown in a sandbox, without scripts, forms or
// anything fetched from elsewhere.
package sink
