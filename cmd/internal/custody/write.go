package custody

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"math/bits"
)

const (
	// leastOfList is the length of the export of a short list, and roomOfSubject how much
	// each list of an office, and the header, has in that of a subject: more than ten
	// entries with each field at its longest.
	leastOfList   = 1 << 20
	roomOfSubject = 256 << 10
	roomOfEnd     = 128 // more than the last line has

	blankLine = 80 // octets
)

// Writer writes an export. It holds one line at a time.
type Writer struct {
	to     *bufio.Writer
	n      int64 // octets so far
	room   int64 // of a subject: the whole length; 0: of a list
	end    End
	buffer bytes.Buffer
}

// NewWriter begins an export.
func NewWriter(to io.Writer, h Header) (*Writer, error) {
	h.Version = Version
	w := &Writer{to: bufio.NewWriter(to)}
	if err := w.encode(h); err != nil {
		return nil, err
	}
	if h.Scope == OfSubject {
		header := (int64(w.buffer.Len())/roomOfSubject + 1) * roomOfSubject
		w.room = header + int64(len(h.Lists))*roomOfSubject
	}
	return w, w.put()
}

// Entry writes an entry. What a subject has beyond the room is counted as left out.
func (w *Writer) Entry(e Entry) error { return w.add(line{Entry: &e}, &w.end.Entries) }

// Mark writes a mark.
func (w *Writer) Mark(m Mark) error { return w.add(line{Mark: &m}, &w.end.Marks) }

func (w *Writer) add(l line, count *int) error {
	if err := w.encode(l); err != nil {
		return err
	}
	if w.room > 0 && w.n+int64(w.buffer.Len()) > w.room-roomOfEnd {
		w.end.LeftOut++
		return nil
	}
	*count++
	return w.put()
}

// Close writes the end, and makes the export as long as it has to be.
func (w *Writer) Close() error {
	if err := w.encode(line{End: &w.end}); err != nil {
		return err
	}
	if err := w.put(); err != nil {
		return err
	}
	length := w.room
	if length == 0 {
		length = max(leastOfList, int64(1)<<bits.Len64(uint64(w.n-1)))
	}
	blank := append(bytes.Repeat([]byte{' '}, blankLine-1), '\n')
	for ; w.n < length; w.n += int64(len(blank)) {
		blank = blank[max(0, blankLine-int(min(length-w.n, blankLine))):]
		if _, err := w.to.Write(blank); err != nil {
			return err
		}
	}
	return w.to.Flush()
}

// encode makes a line ready.
func (w *Writer) encode(v any) error {
	w.buffer.Reset()
	e := json.NewEncoder(&w.buffer)
	e.SetEscapeHTML(false)
	return e.Encode(v)
}

// put writes the line that is ready.
func (w *Writer) put() error {
	n, err := w.to.Write(w.buffer.Bytes())
	w.n += int64(n)
	return err
}
