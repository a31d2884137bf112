package record

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"slices"
	"time"

	"example.jp/kairan/deliver"
	"example.jp/kairan/subscribe"
)

// ErrDamaged is a record that cannot be read: a damaged file, or a bug.
var ErrDamaged = errors.New("a record cannot be read; restore the last backup, and report it")

// Codec goes over the fields of one record, and writes or reads them: each kind of
// record names its fields once, in the order in which they are written.
//
// A record is a version octet (1), then fields as tag, length, value (tag and length
// as uvarint). What is zero is left out. A tag that is not known is refused: a newer
// program's database is refused by its schema number before that matters.
type Codec struct {
	out     []byte // what is written; nil: it is read
	in      scan
	open    bool  // in has a field that nobody has taken yet
	taken   bool  // a field was taken
	invalid error // a field cannot be what it should
}

// Encode writes the record of x.
func Encode[T any](x *T, fields func(*Codec, *T)) []byte {
	return appendTo(make([]byte, 0, 64), x, fields)
}

func appendTo[T any](out []byte, x *T, fields func(*Codec, *T)) []byte {
	c := Codec{out: append(out, 1)}
	fields(&c, x)
	return c.out
}

// Decode reads a record into x. The error is [ErrDamaged].
func Decode[T any](record []byte, x *T, fields func(*Codec, *T)) error {
	c := Codec{in: scanOf(record)}
	for c.open = c.in.next(); c.open; { // one pass, unless the fields are in another order
		c.taken = false
		if fields(&c, x); !c.taken || c.invalid != nil {
			return ErrDamaged
		}
	}
	return c.in.err
}

// decoded is Decode for what is known of x beforehand.
func decoded[T any](record []byte, x T, fields func(*Codec, *T)) (T, error) {
	err := Decode(record, &x, fields)
	return x, err
}

// scan is the reading of a record, field by field.
type scan struct {
	rest  []byte
	tag   uint64
	value []byte // valid as long as the record
	err   error  // when next has returned false
}

func scanOf(record []byte) scan {
	if len(record) == 0 || record[0] != 1 {
		return scan{err: ErrDamaged}
	}
	return scan{rest: record[1:]}
}

// next goes to the next field.
func (s *scan) next() bool {
	if len(s.rest) == 0 || s.err != nil {
		return false
	}
	tag, n := binary.Uvarint(s.rest)
	if n <= 0 {
		s.err = ErrDamaged
		return false
	}
	b := s.rest[n:]
	size, n := binary.Uvarint(b)
	if n <= 0 || size > uint64(len(b)-n) {
		s.err = ErrDamaged
		return false
	}
	s.tag, s.value, s.rest = tag, b[n:n+int(size)], b[n+int(size):]
	return true
}

// in is the present value in text, which is the whole record as a string: so all that is
// read of a record is one allocation.
func (s *scan) in(text string) string {
	end := len(text) - len(s.rest)
	return text[end-len(s.value) : end]
}

func (c *Codec) put(tag uint64, v []byte) {
	if len(v) == 0 {
		return
	}
	c.out = binary.AppendUvarint(c.out, tag)
	c.out = binary.AppendUvarint(c.out, uint64(len(v)))
	c.out = append(c.out, v...)
}

// take returns the next field, if it has that tag.
func (c *Codec) take(tag uint64) (v []byte, ok bool) {
	if !c.open || c.in.tag != tag {
		return nil, false
	}
	v = c.in.value
	c.open, c.taken = c.in.next(), true
	return v, true
}

// Text is a field of text.
func Text[T ~string](c *Codec, tag uint64, x *T) {
	if c.out != nil {
		c.put(tag, []byte(*x))
	} else if v, ok := c.take(tag); ok {
		*x = T(v)
	}
}

// Number is a field of a number that is not negative.
func Number[T ~int | ~uint8 | ~uint32 | ~uint64](c *Codec, tag uint64, x *T) {
	if c.out != nil {
		c.number(tag, uint64(*x))
	} else if v, ok := c.take(tag); ok {
		*x = T(numberOf(v))
	}
}

func (c *Codec) number(tag, n uint64) {
	if n != 0 {
		var room [binary.MaxVarintLen64]byte
		c.put(tag, binary.AppendUvarint(room[:0], n))
	}
}

func numberOf(v []byte) uint64 {
	n, _ := binary.Uvarint(v)
	return n
}

// Time is a field of an instant, to the millisecond.
func (c *Codec) Time(tag uint64, x *time.Time) {
	if c.out != nil {
		c.time(tag, *x)
	} else if v, ok := c.take(tag); ok {
		*x = timeOf(v)
	}
}

func (c *Codec) time(tag uint64, x time.Time) {
	if !x.IsZero() {
		c.number(tag, uint64(x.UnixMilli()))
	}
}

func timeOf(v []byte) time.Time { return time.UnixMilli(int64(numberOf(v))) }

// Each is a field that is repeated, once for each of all; each is a record of its own.
func Each[T any](c *Codec, tag uint64, all *[]T, fields func(*Codec, *T)) {
	repeat(c, tag, all, func(tag uint64, x *T) {
		if c.out != nil {
			c.put(tag, Encode(x, fields))
		} else if v, ok := c.take(tag); ok {
			c.invalid = errors.Join(c.invalid, Decode(v, x, fields))
		}
	})
}

// group is a field that is a record of its own, which is left out if it holds nothing.
func group[T any](c *Codec, tag uint64, x *T, fields func(*Codec, *T)) {
	if c.out != nil {
		if v := Encode(x, fields); len(v) > 1 {
			c.put(tag, v)
		}
	} else if v, ok := c.take(tag); ok {
		c.invalid = errors.Join(c.invalid, Decode(v, x, fields))
	}
}

// repeat is a field that is repeated, once for each of all.
func repeat[T any](c *Codec, tag uint64, all *[]T, field func(tag uint64, x *T)) {
	for i := 0; c.out != nil && i < len(*all); i++ {
		field(tag, &(*all)[i])
	}
	for c.open && c.in.tag == tag {
		var x T
		field(tag, &x)
		*all = append(*all, x)
	}
}

func (c *Codec) bytes(tag uint64, x *[]byte) {
	if c.out != nil {
		c.put(tag, *x)
	} else if v, ok := c.take(tag); ok {
		*x = slices.Clone(v)
	}
}

func (c *Codec) flag(tag uint64, x *bool) {
	n := 0
	if *x {
		n = 1
	}
	Number(c, tag, &n)
	*x = n == 1
}

func (c *Codec) id(tag uint64, x *subscribe.ID) {
	if c.out != nil {
		c.put(tag, x[:])
	} else if v, ok := c.take(tag); ok {
		c.invalid = errors.Join(c.invalid, fill(x[:], v))
	}
}

func (c *Codec) sum(tag uint64, x *[sha256.Size]byte) {
	if c.out != nil {
		c.put(tag, x[:])
	} else if v, ok := c.take(tag); ok {
		c.invalid = errors.Join(c.invalid, fill(x[:], v))
	}
}

func fill(dst, v []byte) error {
	if len(v) != len(dst) {
		return ErrDamaged
	}
	copy(dst, v)
	return nil
}

// IssueName is a field of the name of an issue, as list/slug.
func (c *Codec) IssueName(tag uint64, x *deliver.IssueName) {
	if c.out != nil {
		c.put(tag, []byte(x.String()))
	} else if v, ok := c.take(tag); ok {
		name, err := deliver.ParseIssueName(string(v))
		*x, c.invalid = name, errors.Join(c.invalid, err)
	}
}

func (c *Codec) address(tag uint64, x *subscribe.Address) {
	if c.out != nil {
		c.put(tag, []byte(x.Clear()))
	} else if v, ok := c.take(tag); ok {
		a, err := subscribe.StoredAddress(string(v))
		*x, c.invalid = a, errors.Join(c.invalid, err)
	}
}
