package store

import (
	"encoding/binary"
	"errors"
	"time"
)

// The one record codec: a version octet, then fields as tag, length, value
// (tag and length as uvarint). A reader refuses what it does not know: a newer
// program's database is refused by its schema number before that matters.

// errRecord is a record that does not decode: a damaged file, or a bug.
var errRecord = errors.New("store: a record cannot be read; restore the last backup, and report it")

type writer struct{ b []byte }

func newRecord(version byte) *writer { return &writer{b: []byte{version}} }

func (w *writer) bytes(tag uint64, v []byte) {
	if len(v) == 0 {
		return
	}
	w.b = binary.AppendUvarint(w.b, tag)
	w.b = binary.AppendUvarint(w.b, uint64(len(v)))
	w.b = append(w.b, v...)
}

func (w *writer) str(tag uint64, v string) { w.bytes(tag, []byte(v)) }

func (w *writer) num(tag, v uint64) {
	if v != 0 {
		w.bytes(tag, binary.AppendUvarint(nil, v))
	}
}

// when keeps an instant to the millisecond; the zero time is left out.
func (w *writer) when(tag uint64, t time.Time) {
	if !t.IsZero() {
		w.num(tag, uint64(t.UnixMilli()))
	}
}

// read calls field for every field of a record of that version. The value is
// only valid during the call.
func read(record []byte, version byte, field func(tag uint64, v value) bool) error {
	if len(record) == 0 || record[0] != version {
		return errRecord
	}
	for b := record[1:]; len(b) > 0; {
		tag, n := binary.Uvarint(b)
		if n <= 0 {
			return errRecord
		}
		b = b[n:]
		size, n := binary.Uvarint(b)
		if n <= 0 || size > uint64(len(b)-n) {
			return errRecord
		}
		if !field(tag, value(b[n:n+int(size)])) {
			return errRecord
		}
		b = b[n+int(size):]
	}
	return nil
}

type value []byte

func (v value) str() string { return string(v) }

func (v value) num() uint64 {
	n, _ := binary.Uvarint(v)
	return n
}

func (v value) when() time.Time { return time.UnixMilli(int64(v.num())) }
