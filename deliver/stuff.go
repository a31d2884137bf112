package deliver

import (
	"bytes"
	"errors"
)

var errLineEnds = errors.New("a line of the message ends other than with CRLF, or holds NUL")

// Stuff appends a message to dst as it goes over the wire: a dot at the head of a
// line doubled, and ended by CRLF.CRLF (RFC 5321 §4.5.2). Data that holds NUL, or a
// CR or LF alone, is refused, because relays do not agree where such a line ends;
// dst is then returned as it was.
func Stuff(dst, data []byte) ([]byte, error) {
	out := dst
	for len(data) > 0 {
		line, rest, ended := bytes.Cut(data, []byte("\r\n"))
		if bytes.ContainsAny(line, "\r\n\x00") {
			return dst, errLineEnds
		}
		if len(line) > 0 && line[0] == '.' {
			out = append(out, '.')
		}
		out = append(append(out, line...), "\r\n"...)
		if data = rest; !ended {
			break
		}
	}
	return append(out, ".\r\n"...), nil
}
