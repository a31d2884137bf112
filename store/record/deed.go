package record

import (
	"crypto/sha256"

	"example.jp/kairan/deliver"
)

// Deed is a deed with the hash that chains it to all before it.
type Deed struct {
	deliver.Deed
	Chain [sha256.Size]byte // over the chain of the deed before and this one's fields
}

func deedFields(c *Codec, d *deliver.Deed) {
	c.Time(1, &d.At)
	Text(c, 2, &d.By)
	Text(c, 3, &d.What)
	Text(c, 4, &d.List)
	Text(c, 5, &d.Issue)
	Text(c, 6, &d.Reason)
	Text(c, 7, &d.Result)
}

// ChainDeed chains a deed to the one before it, whose chain is given; the first one's
// is to zeros.
func ChainDeed(before [sha256.Size]byte, d deliver.Deed) Deed {
	return Deed{d, sha256.Sum256(append(before[:], Encode(&d, deedFields)...))}
}

// EncodeDeed writes a deed, but for its number, which is its key.
func EncodeDeed(d Deed) []byte {
	return Encode(&d, func(c *Codec, d *Deed) { deedFields(c, &d.Deed); c.sum(8, &d.Chain) })
}

// DecodeDeed reads a deed.
func DecodeDeed(record []byte) (Deed, error) {
	return decoded(record, Deed{}, func(c *Codec, d *Deed) { deedFields(c, &d.Deed); c.sum(8, &d.Chain) })
}
