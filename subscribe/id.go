package subscribe

import (
	"crypto/rand"
	"encoding/hex"
)

// ID is a subscriber's 128-bit name: that which belongs to the address ([Entries.OwnID]),
// or a random one where somebody else has that. It survives a change of address and is
// the only thing about a subscriber that appears outside.
type ID [16]byte

// NewID draws an ID.
func NewID() (id ID) {
	_, _ = rand.Read(id[:]) // crypto/rand.Read never fails; it crashes the program instead
	return id
}

// IsZero reports the zero ID, which names nobody.
func (id ID) IsZero() bool { return id == ID{} }

// String is for logs: an ID says nothing about a person by itself.
func (id ID) String() string { return hex.EncodeToString(id[:]) }

// Seq numbers the entries of one list in the order of joining, from 1; it is
// known inside the store only and is never used again.
type Seq uint32
