package roster

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// Encoding is how the characters of a file are written.
type Encoding string

// The encodings that are read.
const (
	UTF8     Encoding = "UTF-8"
	UTF16LE  Encoding = "UTF-16LE"
	UTF16BE  Encoding = "UTF-16BE"
	ShiftJIS Encoding = "Shift_JIS" // with the signs that Windows adds (code page 932)
)

var errNoText = errors.New("the file is no text: save it as CSV")

// rareZero is at most how many octets there are for each that is zero in a text that is
// UTF-16 without a mark: half of what a line with an address has are. One zero in a text of
// another encoding is a fault of its line.
const rareZero = 8

var errEmpty = errors.New("the file is empty")

// decoder makes UTF-8 of what is read; a mark at the beginning goes.
func (e Encoding) decoder() transform.Transformer {
	switch e {
	case UTF16LE:
		return unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewDecoder()
	case UTF16BE:
		return unicode.UTF16(unicode.BigEndian, unicode.UseBOM).NewDecoder()
	case ShiftJIS:
		return japanese.ShiftJIS.NewDecoder()
	}
	return unicode.UTF8BOM.NewDecoder()
}

// Detect tells the encoding of a whole file: by the mark at its beginning, by the zero
// octets that UTF-16 has and text has not, and else by which of UTF-8 and Shift_JIS can
// read more of it. One wrong line in a file does not change what all others are.
func Detect(file io.Reader) (Encoding, error) {
	in := bufio.NewReaderSize(file, 64<<10)
	head, err := in.Peek(4096)
	zeros := bytes.Count(head, []byte{0})
	switch {
	case len(head) == 0:
		return "", errors.Join(errEmpty, skipEOF(err))
	case bytes.HasPrefix(head, []byte{0xEF, 0xBB, 0xBF}):
		return UTF8, nil
	case bytes.HasPrefix(head, []byte{0xFF, 0xFE}):
		return UTF16LE, nil
	case bytes.HasPrefix(head, []byte{0xFE, 0xFF}):
		return UTF16BE, nil
	case zeros*rareZero > len(head):
		return utf16Of(head)
	case zeros > 0 && !utf8.Valid(bytes.TrimRightFunc(head, isFault)):
		return "", errNoText
	}
	wrong := map[Encoding]int{}
	for {
		line, err := in.ReadSlice('\n')
		if !utf8.Valid(line) && !errors.Is(err, bufio.ErrBufferFull) {
			wrong[UTF8]++
			if plain, fault := japanese.ShiftJIS.NewDecoder().Bytes(line); fault != nil || bytes.ContainsRune(plain, encodingFault) {
				wrong[ShiftJIS]++
			}
		}
		switch {
		case errors.Is(err, io.EOF) && wrong[ShiftJIS] < wrong[UTF8]:
			return ShiftJIS, nil
		case errors.Is(err, io.EOF):
			return UTF8, nil
		case err != nil && !errors.Is(err, bufio.ErrBufferFull):
			return "", err
		}
	}
}

// encodingFault stands where something could not be read.
const encodingFault = utf8.RuneError

// utf16Of tells by the place of the zeros which octet of a character comes first.
func utf16Of(head []byte) (Encoding, error) {
	var zeros [2]int
	for i, c := range head {
		if c == 0 {
			zeros[i%2]++
		}
	}
	switch {
	case zeros[0] > 0 && zeros[1] == 0:
		return UTF16BE, nil
	case zeros[1] > 0 && zeros[0] == 0:
		return UTF16LE, nil
	}
	return "", errNoText
}

// isFault says of the end of a piece whether it is a part of a character.
func isFault(r rune) bool { return r == encodingFault }

func skipEOF(err error) error {
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

// text is a file as UTF-8. What cannot be read is [encodingFault].
func text(file io.Reader, e Encoding) io.Reader {
	if e == UTF8 {
		return transform.NewReader(file, transform.Chain(e.decoder(), encoding.Replacement.NewEncoder()))
	}
	return transform.NewReader(file, e.decoder())
}
