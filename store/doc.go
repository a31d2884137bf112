// Package store keeps everything that Kairan holds in one bbolt file, sealed.
//
// It promises:
//
//   - Every record about a person is sealed under the data key and found
//     through keyed hashes only: a stolen file is noise.
//   - Every change goes through one committer goroutine. An operation does all
//     its reads and checks before its first write, shares a commit with whatever
//     else is waiting, and is answered only when that commit is on disk. An
//     operation that fails writes nothing, but for [Run.SettleAndClaim]: when the
//     claim is refused, the settlement is still made.
//   - An issue's audience is a copy of the list's active bitmap; claims and
//     acceptances are two more bitmaps; only what is not plain acceptance has a
//     small record, without an address.
//   - The claim of a reader asks the active bit and the run's state in the very
//     commit that sets it, so nobody is claimed after leaving.
//   - What a run holds against its readers is applied when it has ended, exactly
//     once, a page to a commit; a stop in between loses and doubles nothing.
//   - Opening settles what a crash left behind: every copy in flight is uncertain.
//   - A damaged file is refused in words before it is mapped. A record that cannot
//     be read is set apart and counted; everything else works on, leaving above all,
//     and nothing goes out for which the sealed records do not speak.
//   - What stands in the clear and decides who gets mail (marks, indexes, bitmaps, the
//     books of runs) has a tag under a key of the key file, for its place. A bitmap or a
//     ledger that fails stops the opening; indexes and marks are made good by the entries
//     and the journal; each is named.
//   - No read transaction outlives one page of a cursor, but for a backup
//     and a compaction.
//   - A file that is not the database in use (a backup, an older copy, another
//     one's) is held from its first commit: nothing goes out, and whoever has left
//     since is taken out again by the journal, which lies apart. Restore puts a
//     backup in place, Release ends the hold; killed at any moment each leaves the
//     old state or the new one.
//   - What has done its work is forgotten by a table of kinds and periods, and a list is
//     erased, a page to a commit; a stop in between leaves the rest for the next time.
//   - When space runs short, starting issues stops first, sign-ups next, and
//     leaving last, since leaving is the promise that must not fail.
//
// The packages below it do one part each: ledger and people keep together what belongs
// together in any transaction, commit lets operations share transactions, journal keeps
// who has left outside the database, record and layout say what is stored where,
// boltfile and seal know the file and the keys.
// What is left here is what needs several of them: opening, the operations of
// [subscribe.Tx], who is reserved and claimed, the outbox and the intake, holds and
// restores.
//
// The rules about people and issues are not here: they are in subscribe and
// deliver, whose small interfaces this package implements.
package store
