package custody

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// longestLine is more than the longest entry has.
const longestLine = 4 << 20

// errNoExport says what was read instead.
var errNoExport = errors.New("this is no export that was decrypted; decrypt it first: age -d -i IDENTITY FILE")

// Reader reads the entries of an export.
type Reader struct {
	Header Header
	in     *bufio.Scanner
	n      int // lines so far
	ended  bool
}

// NewReader reads the first line.
func NewReader(from io.Reader) (*Reader, error) {
	r := &Reader{in: bufio.NewScanner(from)}
	r.in.Buffer(nil, longestLine)
	text, err := r.line()
	if errors.Is(err, io.EOF) || errors.Is(err, bufio.ErrTooLong) {
		return nil, errNoExport
	}
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(text, &r.Header); err != nil || r.Header.Version == 0 {
		return nil, errNoExport
	}
	if r.Header.Version != Version {
		return nil, fmt.Errorf("this export has version %d, and this program reads version %d; use one that is as new", r.Header.Version, Version)
	}
	return r, nil
}

// Next returns the next entry and the number of its line; [io.EOF] behind the last. An
// entry is nil if its line is not understood.
func (r *Reader) Next() (*Entry, int, error) {
	for {
		text, err := r.line()
		switch {
		case errors.Is(err, io.EOF) && !r.ended:
			return nil, r.n, errors.New("the export was cut off: its last line is missing")
		case err != nil:
			return nil, r.n, err
		}
		var l line
		if err := json.Unmarshal(text, &l); err != nil || l == (line{}) || r.ended {
			return nil, r.n, nil //nolint:nilerr // it is said by its number, and what the error quotes is somebody's
		}
		r.ended = l.End != nil
		if l.Entry != nil {
			return l.Entry, r.n, nil
		}
	}
}

// line returns the next line that is not blank.
func (r *Reader) line() ([]byte, error) {
	for r.in.Scan() {
		r.n++
		if text := bytes.TrimSpace(r.in.Bytes()); len(text) > 0 {
			return text, nil
		}
	}
	if err := r.in.Err(); err != nil {
		return nil, err
	}
	return nil, io.EOF
}
