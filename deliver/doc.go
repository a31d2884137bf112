// Package deliver holds the nouns and the rules of issues and their delivery:
// the issue and its states, the ledger's rules, outcomes, the retry table, and
// the engine that brings messages to a relay.
//
// It promises:
//
//   - No byte of a message's data is sent before the claim of its reader is on
//     disk, and a connection claims its next reader in the same commit that
//     settles its last one. So a crash leaves at most one reader per open
//     connection uncertain, and that reader is counted.
//   - The books balance at every moment: see [Balance].
//   - Whether the reader still wants the issue is asked in the commit that
//     claims.
//   - What is temporary: every failure that is not a clear 5yz about this
//     address or this message. An unknown failure is deferred ([Judge]). We try
//     again by the [Retry] table until the expiry, by default three days
//     (RFC 5321 §4.5.4.1 asks for four to five; a newsletter is stale before).
//   - Our own fault (login, greeting, MAIL refused) uses up no reader's attempt:
//     it holds everything, and is probed until the relay takes mail again. Where
//     the sender is refused, at MAIL or with the first RCPT, it holds that list alone ([HeldList]).
//   - A relay's limit uses up no attempt either: a new connection is tried first;
//     then the relay is given less, or, when its quota is used up, nothing for a
//     while that grows ([BlameLimit]). Copies expire meanwhile as ever.
//   - Notices take from the same rate as copies, and before them.
//   - A mail that cannot be made is an Error in the log, and counted ([Engine.Faults]).
//   - A reader whose address is refused again and again is suspended, and comes
//     back by signing up ([Strikes]). What a run holds against its
//     readers is pending until it ends, since only its end shows whose fault it
//     was: with copies that are put off for days it may so suspend days late.
//   - A run in which something is wrong with us or the relay is paused
//     ([BreakerPolicy]). If refusals show it, on a list of any size,
//     nothing is held against anybody, and who was refused is tried again when
//     the run goes on: nothing was delivered to them. A run that ends with nearly
//     everybody refused is paused as well ([Issue.End]).
//   - What a relay says behind MAIL names readers, and is shown nowhere ([Words]).
//   - When an issue ends is computed before it is scheduled, so that none is
//     whose copies would be given up before their turn ([Pace.Forecast]).
//   - While the clock is wrong no issue starts ([Scheduler.Clock]).
//   - Uncertain readers get the message once more, after a delay, byte for byte
//     the same, or are left to the operator (RFC 5321 §3.8, RFC 1047).
//
// The package knows no database and no mail library; the ledger and the relay are
// the small interfaces in ports.go.
package deliver
