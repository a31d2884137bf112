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
		var room [binary.MaxVarintLen64]byte
		w.bytes(tag, binary.AppendUvarint(room[:0], v))
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
	s := scanOf(record, version)
	for s.next() {
		if !field(s.tag, s.value) {
			return errRecord
		}
	}
	return s.err
}

// scan is read for where a closure would be garbage at every record.
type scan struct {
	rest  []byte
	tag   uint64
	value value
	err   error // when next has returned false
}

func scanOf(record []byte, version byte) scan {
	if len(record) == 0 || record[0] != version {
		return scan{err: errRecord}
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
		s.err = errRecord
		return false
	}
	b := s.rest[n:]
	size, n := binary.Uvarint(b)
	if n <= 0 || size > uint64(len(b)-n) {
		s.err = errRecord
		return false
	}
	s.tag, s.value, s.rest = tag, value(b[n:n+int(size)]), b[n+int(size):]
	return true
}

type value []byte

func (v value) str() string { return string(v) }

func (v value) num() uint64 {
	n, _ := binary.Uvarint(v)
	return n
}

func (v value) when() time.Time { return time.UnixMilli(int64(v.num())) }
