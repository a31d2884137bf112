// Package boltfile is a bbolt file that is safe to open and to work with: it is the
// caller's own and nobody else's at the moment, and it is whole.
//
// It promises:
//
//   - A file is made whole or not at all, and never over another one.
//   - Before bbolt maps a file, every page in use is read and held against the
//     format and against the [Shape] that the caller gives; a damaged file is
//     refused in words, and nothing of it is changed.
//   - Its copy without free pages can take its place while it is in use: one of both
//     is there at any moment, and nothing that was written is lost.
//   - A fault of memory or a panic in a transaction is that transaction's error.
//   - What is asked for when no space is left is [ErrFull], however it ran out.
//
// It knows no bucket and no key but by that shape.
package boltfile
