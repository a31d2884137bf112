package mime

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"

	"example.jp/kairan/deliver"
)

// File is a file that travels with a message.
type File struct {
	Name string // in UTF-8
	Type string // its media type, with its parameters
	ID   string // by which the HTML part shows it (RFC 2392); "": it is attached
	Data []byte
}

func (f File) isAttached() bool { return f.ID == "" }

var errEnclose = errors.New("the mail library wrote the message otherwise than expected, so that its files cannot be put in; this is a fault of the program, please report it")

// enclose puts the files into a message of two alternatives: pictures beside the HTML
// that shows them (RFC 2387), attachments behind all of it (RFC 2046 §5.1.3). go-mail
// could do it with boundaries that it draws each time, and a copy must be the same bytes
// at every attempt.
func (m Message) enclose(written []byte) ([]byte, error) {
	head, body, ok := bytes.Cut(written, []byte("\r\n\r\n"))
	alternative := bytes.LastIndex(head, []byte("\r\nContent-Type: multipart/alternative;"))
	between, end := []byte("\r\n--"+m.Boundary+"\r\n"), []byte("\r\n--"+m.Boundary+"--\r\n")
	plain, html, both := bytes.Cut(body, between)
	html, ended := bytes.CutSuffix(html, end)
	if !ok || alternative < 0 || !both || !ended || m.Boundary == "" {
		return nil, errEnclose
	}
	size := len(written)
	for _, f := range m.Files {
		size += deliver.Encoded(len(f.Data)) + 4*len(f.Name) + 512
	}
	out := append(make([]byte, 0, size), head[:alternative+2]...)
	attached, shown := boundary{"m." + m.Boundary}, boundary{"r." + m.Boundary} // none begins like another
	attachments, pictures := m.files(File.isAttached), m.files(func(f File) bool { return !f.isAttached() })
	if len(attachments) > 0 {
		out = fmt.Appendf(out, "Content-Type: multipart/mixed;\r\n boundary=%s\r\n\r\n--%[1]s\r\n", attached.text)
	}
	out = append(append(append(out, head[alternative+2:]...), "\r\n\r\n"...), plain...)
	out = append(out, between...)
	if len(pictures) > 0 {
		out = fmt.Appendf(out, "Content-Type: multipart/related;\r\n boundary=%s;\r\n type=\"text/html\"\r\n\r\n--%[1]s\r\n", shown.text)
	}
	out = append(shown.close(append(out, html...), pictures), end...)
	return attached.close(out, attachments), nil
}

func (m Message) files(are func(File) bool) (some []File) {
	for _, f := range m.Files {
		if are(f) {
			some = append(some, f)
		}
	}
	return some
}

// boundary is what stands between the parts of a multipart.
type boundary struct{ text string }

// close appends files as the last parts of the multipart, and its end; nothing if there
// are none.
func (b boundary) close(out []byte, files []File) []byte {
	if len(files) == 0 {
		return out
	}
	for _, f := range files {
		out = f.append(fmt.Appendf(out, "\r\n--%s\r\n", b.text))
	}
	return fmt.Appendf(out, "\r\n--%s--\r\n", b.text)
}

// append appends the file as a part. Who does not know RFC 2231 finds a plain name with
// the media type, where it was before RFC 2183: two names in one header would be
// one too many for many who read it.
func (f File) append(out []byte) []byte {
	how := "inline"
	if f.isAttached() {
		how = "attachment"
	}
	out = fmt.Appendf(out, "Content-Type: %s;\r\n name=\"%s\"\r\nContent-Transfer-Encoding: base64\r\nContent-Disposition: %s%s\r\n", f.Type, plainName(f.Name), how, parameter("filename", f.Name))
	if f.ID != "" {
		out = fmt.Appendf(out, "Content-ID: <%s>\r\n", f.ID)
	}
	return appendBase64(append(out, "\r\n"...), f.Data)
}

// appendBase64 appends octets in lines of 76 characters (RFC 2045 §6.8).
func appendBase64(out, data []byte) []byte {
	const line = 57
	out = slices.Grow(out, deliver.Encoded(len(data)))
	for len(data) > 0 {
		n := min(line, len(data))
		out = append(base64.StdEncoding.AppendEncode(out, data[:n]), "\r\n"...)
		data = data[n:]
	}
	return out
}

// maxPlainName keeps a line of a header below 78 characters.
const maxPlainName = 50

// plainName is what is left of a name in ASCII, with its ending.
func plainName(name string) string {
	kept := strings.Map(func(r rune) rune {
		if isAttributeChar(r) {
			return r
		}
		return -1
	}, name)
	stem, ending := kept, ""
	if at := strings.LastIndexByte(kept, '.'); at >= 0 {
		stem, ending = kept[:at], kept[at:]
	}
	if strings.Trim(stem, "-_.") == "" {
		stem = "file"
	}
	return stem[:min(len(stem), maxPlainName-min(len(ending), 10))] + ending[:min(len(ending), 10)]
}

// parameter writes a parameter of a header, each on a line of its own: as it stands, or
// in UTF-8 and in pieces (RFC 2231 §3 and §4). No piece ends within a character.
func parameter(name, value string) string {
	if len(value) <= maxPlainName && !strings.ContainsFunc(value, func(r rune) bool { return r != ' ' && !isAttributeChar(r) }) {
		return fmt.Sprintf(";\r\n %s=\"%s\"", name, value)
	}
	pieces := []string{"UTF-8''"}
	for _, r := range value {
		next := encodeRune(r)
		if last := &pieces[len(pieces)-1]; len(*last)+len(next) <= maxPlainName {
			*last += next
		} else {
			pieces = append(pieces, next)
		}
	}
	if len(pieces) == 1 {
		return fmt.Sprintf(";\r\n %s*=%s", name, pieces[0])
	}
	var b strings.Builder
	for i, p := range pieces {
		fmt.Fprintf(&b, ";\r\n %s*%d*=%s", name, i, p)
	}
	return b.String()
}

func encodeRune(r rune) string {
	if isAttributeChar(r) {
		return string(r)
	}
	var b strings.Builder
	for _, octet := range []byte(string(r)) {
		fmt.Fprintf(&b, "%%%02X", octet)
	}
	return b.String()
}

// isAttributeChar says what stands in a name as it is: fewer than RFC 2231 §7 allows.
func isAttributeChar(r rune) bool {
	return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' || r == '.' || r == '_'
}
