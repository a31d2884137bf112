// Package commit is the committer of a bbolt file: the one goroutine that writes.
//
// It promises:
//
//   - Operations that wait at one time share a transaction, and each sees what those
//     before it wrote.
//   - An operation does all its reads and checks before its first write. One that
//     is refused writes nothing; one that brings the transaction down is tried again
//     by itself, so that it takes no other down with it.
//   - An operation is answered when its commit is on disk, and what memory must
//     learn of it is told then.
//   - What writes nothing costs no commit.
//   - Those who were answered together may share the next commit, which waits for them a
//     millisecond at the most; who comes alone waits for nobody.
//   - After a commit that the disk did not take, nothing is written any more.
//
// It knows nothing of what operations are about. Their owner gives it four functions
// and a type of its own, T, that all operations of a transaction are handed.
package commit
