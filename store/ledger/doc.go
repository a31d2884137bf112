// Package ledger keeps the books of an issue's run in the database file.
//
// The audience is a copy of the list's active bitmap. Who was claimed and whose copy
// was accepted are two more bitmaps. Only what is not plain acceptance has a small
// record, without an address. At every moment the books balance.
//
// It promises:
//
//   - Nobody is claimed twice, and nobody whose active bit is cleared in the same
//     transaction or before.
//   - A run that has ended goes on for those readers alone whose copy ended as was asked,
//     and who still want it.
//   - What a crash left in flight is uncertain.
//   - A bitmap or a value that is not as it was written, where it was written, is found
//     when it is read, and nobody is claimed by it.
//
// It knows transactions, and neither who commits them nor who the readers are.
package ledger
