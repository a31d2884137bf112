// Package engine starts issues when they are due and brings their copies, and notices,
// to the relays: a [Scheduler] that ticks, and an [Engine] with a worker for each
// connection.
//
// It promises:
//
//   - No byte of a message's data is sent before the claim of its reader is on
//     disk, and a connection claims its next reader in the same commit that
//     settles its last one. So a crash leaves at most one reader per open
//     connection uncertain, and that reader is counted.
//   - Whether the reader still wants the issue is asked in the commit that
//     claims.
//   - Our own fault (login, greeting, MAIL refused) uses up no reader's attempt:
//     the relay is held, and probed until it takes mail again. If the sender is
//     refused, at MAIL or with its RCPT, it holds that list alone ([HeldList]).
//   - A relay's limit uses up no attempt either. Where perhaps only a connection has
//     had enough, a new one is tried first; then the relay is given less, or, when
//     its quota is used up, nothing for a while that grows ([deliver.BlameLimit]).
//     Copies expire meanwhile as ever.
//   - Relays that share the load have it by their weight while there is choice: a job is
//     left only to a sibling with a connection that has none. When all are busy each takes
//     what it can, so that one that is slow, throttled, held or at rest holds up nobody. A
//     copy that one put off goes by another next, if one takes mail.
//   - In its hours of rest a relay is given nothing, and no fault is seen in that.
//   - Notices take from the same rate as copies, and before them.
//   - A mail that cannot be made is an Error in the log, and counted ([Engine.Faults]).
//   - A run in which something is wrong with us or the relay is paused
//     ([deliver.BreakerPolicy]). If refusals show it, on a list of any size,
//     nothing is held against anybody, and who was refused is tried again when
//     the run goes on: nothing was delivered to them.
//   - While the clock is wrong no issue starts ([Scheduler.Clock]).
//
// It knows the store and the relay by the ports of package deliver, and neither how
// mail is made nor what an editor may do.
package engine
