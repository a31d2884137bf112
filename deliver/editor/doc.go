// Package editor is what an editor does: add an issue, look at it, test it, schedule
// it, pause it and let it go on, cancel it, remove it, and hear where it stands and
// what can be promised about its time.
//
// It promises:
//
//   - No issue is scheduled whose copies would be given up before their turn at the
//     rate and in the hours that are declared: what cannot work is refused with the
//     instant and what to change, what only comes close is let through with a warning.
//   - An issue under way is cancelled only by an editor who was told how many readers
//     will not get it.
//   - A source is read and laid out once for all that is done with it, and dated when
//     its run begins.
//
// The package knows no command line, no socket, no database and no connection. How a
// run's issue is kept while the engine sends it is the [Keeper]'s.
package editor
