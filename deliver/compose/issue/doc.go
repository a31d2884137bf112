// Package issue is a compiled issue and the copies that are made of it.
//
// It promises that what is stored of a [Compiled] issue holds every byte that a copy
// needs, so that neither a restart nor an upgrade in mid-run changes one, and the
// same reader gets the same message, Message-ID included, at every attempt; and that
// a copy without its leave link is an error, never a message.
//
// There are two ways to a copy. [Compiled.Message] builds it anew by the mail
// library, for previews and addresses out of the common, and is the measure of the
// other. [Splicer] encodes once what is the same for all, and per copy fills the
// slots: the same bytes, about forty times faster and without allocating.
//
// The package knows neither where issues come from nor where they are kept.
package issue
