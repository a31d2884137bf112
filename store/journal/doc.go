// Package journal is what lies apart from the database, so that it outlives what is
// put back in its place: who has left since, which entries of feeds have gone out, and which
// database is the one in use.
//
// It promises:
//
//   - What ends in a commit is on disk when that commit is answered, or is told as a
//     fault of the folder and written with the next. It is a keyed hash only, sealed
//     under the mark key: without the key file nobody can tell whom a line is about.
//   - A journal that is torn, damaged in places or of another key file is known for
//     that; numbers of lines rise and are never given twice.
//   - The generation file is never ahead of its database: whatever has made fewer
//     commits, or bears another name, is a copy from another time or place.
//
// It knows nothing of bbolt, and changes no database: what a line means for the one
// that is put back is for those who read it.
package journal
