// Package powercut is test support: a disk whose power is cut. No program imports it.
//
// A process that is killed leaves to the next whatever it wrote: the kernel has it. After a
// power cut only what a completed fsync covers is sure to be there. Of the rest any part may
// be, in any order, and torn within a write.
//
// [Mount] hands a directory through, and records each write, sync, truncation and name that
// is made in it, in one order; it needs Linux and root. [Disk] is what may have been on the
// disk after the first so many of those: it is pure, and drawn by dice that can be rolled
// again.
//
// It is strict where file systems differ: a name outlasts a cut only if its directory was
// synced (POSIX fsync(2) promises no more), a size like any other content only if its file
// was.
package powercut
