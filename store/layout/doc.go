// Package layout is the map of the database file: each bucket and key, how numbers
// stand in keys, what a sealed record is bound to, and the bits of a chunk. Nothing of
// it changes without a migration. What the values hold stands in store/record.
package layout
