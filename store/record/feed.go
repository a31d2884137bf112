package record

import (
	"bytes"
	"encoding/binary"
	"slices"

	"example.jp/kairan/deliver"
)

func feedFields(c *Codec, b *deliver.FeedBook) {
	Number(c, 1, &b.Revision)
	c.Time(2, &b.Since)
	c.Time(3, &b.Read)
	c.Time(4, &b.Slot)
	c.print(5, &b.Source)
	Text(c, 6, &b.ETag)
	Text(c, 7, &b.Modified)
	Text(c, 8, &b.Asks)
	Number(c, 9, &b.New)
	c.flag(10, &b.PutBack)
	c.seen(11, &b.Seen)
}

func (c *Codec) print(tag uint64, x *deliver.Print) {
	if c.out != nil {
		if *x != (deliver.Print{}) {
			c.put(tag, x[:])
		}
	} else if v, ok := c.take(tag); ok {
		c.invalid = fill(x[:], v)
	}
}

// seenSize is a print and its day.
const seenSize = len(deliver.Print{}) + 4

// seen is a field of prints, each with its day, in one value.
func (c *Codec) seen(tag uint64, x *map[deliver.Print]int) {
	if c.out != nil {
		all := make([][seenSize]byte, 0, len(*x))
		for p, day := range *x {
			var one [seenSize]byte
			copy(one[:], p[:])
			binary.BigEndian.PutUint32(one[len(p):], uint32(day))
			all = append(all, one)
		}
		slices.SortFunc(all, func(a, b [seenSize]byte) int { return bytes.Compare(a[:], b[:]) })
		value := make([]byte, 0, len(all)*seenSize)
		for _, one := range all {
			value = append(value, one[:]...)
		}
		c.put(tag, value)
		return
	}
	v, ok := c.take(tag)
	if !ok {
		return
	}
	if len(v)%seenSize != 0 {
		c.invalid = ErrDamaged
		return
	}
	*x = make(map[deliver.Print]int, len(v)/seenSize)
	for one := range slices.Chunk(v, seenSize) {
		(*x)[deliver.Print(one[:seenSize-4])] = int(binary.BigEndian.Uint32(one[seenSize-4:]))
	}
}

// EncodeFeed writes the book of a feed.
func EncodeFeed(b *deliver.FeedBook) []byte { return Encode(b, feedFields) }

// DecodeFeed reads the book of a feed.
func DecodeFeed(b []byte) (deliver.FeedBook, error) {
	return decoded(b, deliver.FeedBook{}, feedFields)
}
