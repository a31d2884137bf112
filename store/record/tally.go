package record

import (
	"encoding/binary"
	"math"
	"time"

	"example.jp/kairan/subscribe"
)

func tallyFields(c *Codec, t *subscribe.Tally) {
	c.Time(1, &t.Since)
	var older int // of an older Kairan: one count from Since on
	if Number(c, 2, &older); older != 0 {
		t.Slots = []int{older}
	}
	repeat(c, 3, &t.Times, c.Time)
	Number(c, 4, &t.Waits)
	c.counts(5, &t.Slots)
}

// EncodeTally writes a count. It begins with the time at which it may be swept, in
// seconds, in eight octets.
func EncodeTally(t subscribe.Tally) []byte {
	until := binary.BigEndian.AppendUint64(make([]byte, 0, 64), uint64(t.Until.Unix()))
	return appendTo(until, &t, tallyFields)
}

// DecodeTally reads a count; nothing if there is none.
func DecodeTally(b []byte) (t subscribe.Tally, err error) {
	if b == nil {
		return t, nil
	}
	if len(b) < 8 {
		return t, ErrDamaged
	}
	t.Until = time.Unix(int64(binary.BigEndian.Uint64(b)), 0)
	err = Decode(b[8:], &t, tallyFields)
	return t, err
}

// TallyOver says whether the time of a count has passed; not of one that is damaged.
func TallyOver(b []byte, now time.Time) bool {
	return len(b) >= 8 && time.Unix(int64(binary.BigEndian.Uint64(b)), 0).Before(now)
}

func (c *Codec) counts(tag uint64, all *[]int) {
	if c.out != nil {
		var room [16]byte
		counts := room[:0]
		for _, n := range *all {
			counts = binary.AppendUvarint(counts, uint64(n))
		}
		c.put(tag, counts)
		return
	}
	b, ok := c.take(tag)
	if !ok {
		return
	}
	for *all = make([]int, 0, len(b)); len(b) > 0; {
		n, size := binary.Uvarint(b)
		if size <= 0 || n > math.MaxInt32 {
			c.invalid = ErrDamaged
			return
		}
		*all, b = append(*all, int(n)), b[size:]
	}
}
