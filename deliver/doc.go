// Package deliver holds the nouns and the rules of issues and their delivery: the
// issue and its states, the balance of a run, outcomes, the retry table, what is held
// against a reader, when an issue ends; and the ports to a store and to a relay. What
// goes out is deliver/engine's.
//
// It promises:
//
//   - The books balance at every moment: see [Balance].
//   - What is temporary: every failure that is not a clear 5yz about this
//     address or this message. An unknown failure is deferred ([Judge]). It is tried
//     again by the [Retry] table until the expiry, by default three days
//     (RFC 5321 §4.5.4.1 asks for four to five; a newsletter is stale before).
//   - A reader whose address is refused again and again is suspended, and comes
//     back by signing up ([Strikes]). What a run holds against its
//     readers is pending until it ends, since only its end shows whose fault it
//     was: with copies that are put off for days it may so suspend days late.
//   - What the relay took and reports later, as a bounce, is a refusal that came late
//     ([KindOfBounce], [Bounce]). It counts for the breaker of a run that still goes on.
//     Once a run has ended, and no more of it has come back for an hour, all of that is
//     judged: if most of the run was refused or came back, nothing is held against anybody,
//     and else an address that does not exist, a full mailbox and the like are strikes as
//     above. A relay that takes everything tells nothing by taking the next copy: strikes of
//     what came back are forgotten when a copy was taken and did not come back for a week
//     ([Strikes.Taken]). What is the sender's fault, and a complaint, suspends nobody; who
//     complains has left. Of a notice that comes back nothing is written down.
//   - A run that ends with nearly everybody refused is paused ([Issue.End]).
//   - What a relay says behind MAIL names readers, and is shown nowhere ([Words]).
//   - When an issue ends is computed before it is scheduled, so that none is
//     whose copies would be given up before their turn ([Pace.Forecast]).
//   - Uncertain readers get the message once more, after a delay, byte for byte
//     the same, or are left to the operator (RFC 5321 §3.8, RFC 1047). A relay's log
//     settles them without that; when its word is believed says deliver/relaylog
//     ([LogSource], [Doubt]).
//
// The package knows no database, no mail library, no goroutine and no clock; the
// ledger, the calendar and the relay are the small interfaces in ports.go.
package deliver
