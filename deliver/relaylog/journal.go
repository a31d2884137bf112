package relaylog

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"io"
	"strconv"
	"time"
)

// What is read of journald's entries (systemd.journal-fields(7)).
const (
	fieldTime    = "__REALTIME_TIMESTAMP" // microseconds
	fieldHost    = "_HOSTNAME"
	fieldTag     = "SYSLOG_IDENTIFIER"
	fieldPID     = "SYSLOG_PID"
	fieldMessage = "MESSAGE"
)

// entry is one entry of a journal.
type entry struct{ time, host, tag, pid, message []byte }

// field is where a field of that name is kept; nil if it is not.
func (e *entry) field(name []byte) *[]byte {
	switch string(name) {
	case fieldTime:
		return &e.time
	case fieldHost:
		return &e.host
	case fieldTag:
		return &e.tag
	case fieldPID:
		return &e.pid
	case fieldMessage:
		return &e.message
	}
	return nil
}

// clear readies the entry for the next one; its room is used again.
func (e *entry) clear() {
	for _, b := range []*[]byte{&e.time, &e.host, &e.tag, &e.pid, &e.message} {
		clear(*b)
		*b = (*b)[:0]
	}
}

// line is the entry as a line.
func (e *entry) line() (l line, ok bool) {
	micro, err := strconv.ParseInt(string(e.time), 10, 64)
	if err != nil {
		return l, false
	}
	l = line{time.UnixMicro(micro), e.host, e.tag, e.pid, e.message}
	return l, sane(l.at)
}

// export reads journald's export format: a field is NAME=VALUE, or NAME and then its size
// in eight octets, and the value; a blank line ends an entry.
func (r *reader) export() error {
	var e entry
	done := func() error {
		defer e.clear()
		r.out.Lines++
		if l, ok := e.line(); ok {
			return r.take(l)
		}
		return nil
	}
	for {
		b, err := r.next()
		if errors.Is(err, io.EOF) {
			return done()
		}
		if err == nil && len(b) == 0 {
			err = done()
		} else if name, value, plain := bytes.Cut(b, []byte("=")); err == nil && plain {
			if at := e.field(name); at != nil {
				*at = append((*at)[:0], value...)
			}
		} else if err == nil {
			err = r.binary(e.field(b))
		}
		if err != nil {
			if errors.Is(err, io.ErrUnexpectedEOF) { // cut in a field, and so in an entry
				return nil
			}
			return err
		}
	}
}

// binary reads a value that may hold anything; nil: past it.
func (r *reader) binary(into *[]byte) error {
	var size [8]byte
	if _, err := io.ReadFull(r.in, size[:]); err != nil {
		return unexpected(err)
	}
	left := binary.LittleEndian.Uint64(size[:])
	if left > 1<<40 {
		return errors.New("the log is no journal: a field in it would be larger than a disk; was it cut, or changed?")
	}
	if into != nil {
		keep := min(left, longestLine)
		*into = append((*into)[:0], make([]byte, keep)...)
		if _, err := io.ReadFull(r.in, *into); err != nil {
			return unexpected(err)
		}
		left -= keep
	}
	if _, err := io.CopyN(io.Discard, r.in, int64(left)+1); err != nil { // and the end of the line
		return unexpected(err)
	}
	return nil
}

// unexpected is the error of a field that is cut.
func unexpected(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// parseJSON reads a line of journalctl -o json. A field may be a list of octets, or of
// several values; only text is read.
func parseJSON(b []byte) (l line, ok bool) {
	var fields struct {
		Time    any `json:"__REALTIME_TIMESTAMP"`
		Host    any `json:"_HOSTNAME"`
		Tag     any `json:"SYSLOG_IDENTIFIER"`
		PID     any `json:"SYSLOG_PID"`
		Message any `json:"MESSAGE"`
	}
	if json.Unmarshal(b, &fields) != nil {
		return l, false
	}
	var e entry
	for at, v := range map[*[]byte]any{&e.time: fields.Time, &e.host: fields.Host, &e.tag: fields.Tag, &e.pid: fields.PID, &e.message: fields.Message} {
		if text, is := v.(string); is {
			*at = []byte(text)
		}
	}
	return e.line()
}
