// Package compose makes mail: an issue's Markdown becomes a [Compiled] issue
// once, and that becomes one [deliver.Message] per reader; what is owed to a
// single person becomes a notice. It is the only package that knows go-mail.
//
// It promises:
//
//   - What is wrong with a source is said at [Parse], all of it, each with its
//     line and what to write instead. Nothing an editor wrote disappears in
//     silence: HTML, links and images that could not be sent are faults.
//   - An issue is compiled once. [Compiled.Marshal] holds every byte that a
//     copy needs, so that a restart or an upgrade in mid-run changes none, and
//     the same reader gets the same message, Message-ID included, at every
//     attempt (RULES, D-08).
//   - Both parts carry the same text and the same footer: who writes, why, for
//     what purpose, how to leave and how to correct (RULES A-07, B-13, G-10). A
//     copy without its leave link is an error, never a message.
//   - Mail is 7 bit clean, its line ends are CRLF inside the transfer encoding
//     too, and no value of a list or a reader can add a header (RULES A-01 to
//
//   - Nothing that varies by reader is loaded: images lie on the office's own
//     host, under addresses that are the same for all (RULES Z-10, A-40).
//
// There are two ways to a copy. [Compiled.Message] is go-mail's plain path: it
// builds each copy anew, for tests, previews and addresses out of the common,
// and it is the measure of the other. [Splicer] encodes once what is the same
// for all, and per copy fills the slots: the same bytes, about forty times
// faster and without allocating.
package compose
