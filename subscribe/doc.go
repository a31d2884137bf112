// Package subscribe holds the nouns and the rules of joining, correcting and
// leaving a list: offices, lists and their declared fields, addresses,
// subscribers, marks, links, notices, the Desk, where readers put something in,
// and the Intake, which decides what mail they are owed.
//
// It promises:
//
//   - A [Desk] verb returns only an error. Nothing stored can come back through
//     it, whatever a handler does.
//   - [List.Check] lets through declared fields only; everything
//     that stores fields takes a [Fields] value made by it.
//   - An [Address] prints as "[address]" wherever it is formatted, logged or
//     marshalled. [Address.Clear] and [Address.Envelope] are the
//     two ways out, for sealing and for the wire.
//   - A token is minted and redeemed in one file ([Tokens]), each for one
//     purpose, and a token of one purpose fails for every other. A page is told
//     the public half of it ([Visit]), and hands the Desk the rest unseen.
//   - What a return path says ([Return]) is bound to its list, is the same at each
//     attempt, and speaks of one address: not of the one that an entry has later.
//   - A kind of field, a kind of notice and a purpose of a link are one row of a
//     table each, and a test walks the rows.
//   - A mark outlives the entry it speaks of, so an old link never brings
//     anybody back.
//   - A block is of the mailbox: it ends every spelling of it on every list, and
//     no older link of any spelling acts once it has been lifted.
//   - Whatever is typed is judged in less than a millisecond.
//
// The package knows no HTTP, no database and no mail library: it imports the
// standard library, golang.org/x/net and golang.org/x/text. The store and the
// keys are the small interfaces [Store] and [Keys], implemented elsewhere.
//
// What may happen to an entry are the methods of [Subscriber]. The Desk's verbs decide
// it; package deliver decides whether failed copies suspend it, and the store does so. An
// address is read in address.go, and has four forms: in clear, on the wire, and two
// identities. The ceilings of requests stand in ceilings.go, those of mails in spacing.go.
//
// What strangers ask is bounded and takes nothing away from others: a network is
// told when it has asked too often ([NetworkBusy]), most of each hour is kept for
// networks not seen lately, mails to one address are spaced out and never end in
// a day without one, and those to one receiving domain have a pace.
//
// What is asked at the public side is only put down as a [Request]; the [Intake]
// decides later, on a tick of its own, what mail is owed, so that the time and
// the bytes of an answer do not depend on who is known.
package subscribe
