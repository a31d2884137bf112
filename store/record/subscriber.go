package record

import (
	"encoding/binary"
	"errors"
	"maps"
	"slices"
	"time"

	"example.jp/kairan/deliver"
	"example.jp/kairan/subscribe"
)

func subscriberFields(c *Codec, s *subscribe.Subscriber) {
	c.id(1, &s.ID)
	Number(c, 2, &s.State)
	c.address(3, &s.Address)
	c.fields(4, &s.Fields, nil)
	Text(c, 5, &s.Lang)
	Number(c, 6, &s.Revision)
	Text(c, 7, &s.Consent.Wording)
	Text(c, 8, &s.Consent.Policy)
	c.Time(9, &s.Consent.Requested)
	c.Time(10, &s.Consent.Confirmed)
	Text(c, 11, &s.Consent.Lang)
	c.Time(12, &s.EndedAt)
	Number(c, 13, &s.Generation)
	Text(c, 14, &s.Consent.Evidence)
}

// EncodeSubscriber writes an entry, but for its list and its number, which are in its key.
func EncodeSubscriber(s *subscribe.Subscriber) []byte { return Encode(s, subscriberFields) }

// DecodeSubscriber reads the entry of that number.
func DecodeSubscriber(listID string, seq subscribe.Seq, record []byte) (*subscribe.Subscriber, error) {
	s := &subscribe.Subscriber{List: listID, Seq: seq}
	return s, Decode(record, s, subscriberFields)
}

// DecodeReader reads what a copy of an issue needs of an entry. It is what a run does
// for each reader: it allocates the record as one string. The ids of fields are kept once,
// in ids, and the fields of all lie behind each other, in values.
func DecodeReader(seq subscribe.Seq, record []byte, ids map[string]string, values *subscribe.Values) (r deliver.Reader, state subscribe.State, err error) {
	r.Seq, r.Attempt = seq, 1
	s, text, from := scanOf(record), string(record), len(*values)
	for err == nil && s.next() {
		switch s.tag {
		case 1:
			err = fill(r.ID[:], s.value)
		case 2:
			state = subscribe.State(numberOf(s.value))
		case 3:
			r.Address, err = subscribe.StoredAddress(s.in(text))
		case 4:
			var v subscribe.Value
			v, err = decodeField(s.value, s.in(text), ids)
			*values = append(*values, v)
		case 13:
			r.Generation = uint8(numberOf(s.value))
		}
	}
	if err != nil || s.err != nil {
		return r, state, ErrDamaged
	}
	r.Fields = slices.Clip((*values)[from:])
	return r, state, nil
}

func (c *Codec) fields(tag uint64, all *subscribe.Fields, ids map[string]string) {
	if c.out != nil {
		for _, id := range slices.Sorted(maps.Keys(*all)) {
			f := Codec{out: []byte{1}}
			f.put(1, []byte(id))
			f.put(2, []byte((*all)[id]))
			c.put(tag, f.out)
		}
	}
	for v, ok := c.take(tag); ok; v, ok = c.take(tag) {
		f, err := decodeField(v, string(v), ids)
		if c.invalid = errors.Join(c.invalid, err); *all == nil {
			*all = subscribe.Fields{}
		}
		(*all)[f.Field] = f.Text
	}
}

// decodeField reads one field; text is its record as a string.
func decodeField(record []byte, text string, ids map[string]string) (v subscribe.Value, err error) {
	s := scanOf(record)
	for s.next() {
		switch s.tag {
		case 1:
			var ok bool
			if v.Field, ok = ids[string(s.value)]; !ok {
				if v.Field = string(s.value); ids != nil {
					ids[v.Field] = v.Field
				}
			}
		case 2:
			v.Text = s.in(text)
		default:
			return v, ErrDamaged
		}
	}
	return v, s.err
}

// EncodeMark writes a mark, always in 26 octets.
func EncodeMark(m subscribe.Mark) []byte {
	b := binary.BigEndian.AppendUint64([]byte{1, byte(m.Kind)}, uint64(m.At.UnixMilli()))
	return append(b, m.ID[:]...)
}

// DecodeMark reads a mark; nil if there is none.
func DecodeMark(b []byte) (*subscribe.Mark, error) {
	if b == nil {
		return nil, nil
	}
	if len(b) != 26 || b[0] != 1 {
		return nil, ErrDamaged
	}
	return &subscribe.Mark{
		Kind: subscribe.MarkKind(b[1]),
		At:   time.UnixMilli(int64(binary.BigEndian.Uint64(b[2:10]))),
		ID:   subscribe.ID(b[10:26]),
	}, nil
}
