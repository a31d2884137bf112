// Package people keeps the entries of lists in the database file: sealed, found by keyed
// hashes only, and never with a field that their list does not declare. The indexes and
// the active bit are in line with an entry from the transaction that stores it. An entry
// that cannot be read is lost, and can still be ended. A line of an index or a mark that is
// not as it was written leads nowhere, or blocks: it never brings mail to anybody.
//
// It knows transactions, and not who commits them; who may come, change and leave is the
// subject of package subscribe.
package people
