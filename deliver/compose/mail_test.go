package compose

import (
	"bytes"
	"encoding/base64"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"net/textproto"
	"strings"
	"testing"
)

// parsed is a message read back by the standard library.
type parsed struct {
	header     mail.Header
	kinds      []string
	text, html string
}

func read(t testing.TB, data []byte) parsed {
	t.Helper()
	m, err := mail.ReadMessage(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	p := parsed{header: m.Header}
	kind, params, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if err != nil {
		t.Fatal(err)
	}
	if kind == "text/plain" {
		p.kinds = []string{m.Header.Get("Content-Type")}
		p.text = decoded(t, m.Header.Get("Content-Transfer-Encoding"), m.Body)
		return p
	}
	if kind != "multipart/alternative" {
		t.Fatalf("the message is %s", kind)
	}
	r := multipart.NewReader(m.Body, params["boundary"])
	for {
		part, err := r.NextRawPart()
		if err == io.EOF {
			return p
		}
		if err != nil {
			t.Fatal(err)
		}
		p.kinds = append(p.kinds, part.Header.Get("Content-Type"))
		body := decoded(t, part.Header.Get("Content-Transfer-Encoding"), part)
		if strings.HasPrefix(part.Header.Get("Content-Type"), "text/html") {
			p.html = body
		} else {
			p.text = body
		}
	}
}

func decoded(t testing.TB, encoding string, r io.Reader) string {
	t.Helper()
	switch encoding {
	case "base64":
		r = base64.NewDecoder(base64.StdEncoding, r)
	case "quoted-printable":
		r = quotedprintable.NewReader(r)
	default:
		t.Fatalf("transfer encoding %q", encoding)
	}
	b, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// scan checks the bytes of a whole message.
func scan(t *testing.T, data []byte) {
	t.Helper()
	if bareBreaks(data) {
		t.Error("a bare CR or LF is in the message (RFC 5321 §2.3.8)")
	}
	for i, l := range strings.Split(string(data), "\r\n") {
		if len(l) > 998 {
			t.Errorf("line %d has %d octets (RFC 5322 §2.1.1)", i+1, len(l))
		}
		if strings.ContainsFunc(l, func(r rune) bool { return r > '~' || r < ' ' && r != '\t' }) {
			t.Errorf("line %d is not printable ASCII (RFC 2045 §2.7): %q", i+1, l)
		}
	}
	head, rest, _ := strings.Cut(string(data), "\r\n\r\n")
	for _, l := range strings.Split(head, "\r\n") {
		if strings.Contains(l, "=?") && len(l) > 76 {
			t.Errorf("a header line with an encoded-word has %d characters (RFC 2047 §2): %s", len(l), l)
		}
		if strings.TrimSpace(l) == "" {
			t.Error("a header line is blank")
		}
	}
	for _, l := range strings.Split(rest, "\r\n") {
		if len(l) > 76 && !strings.HasPrefix(l, "Content-") {
			t.Errorf("an encoded line has %d characters (RFC 2045 §6.7, §6.8)", len(l))
		}
	}
}

func bareBreaks(b []byte) bool {
	s := strings.ReplaceAll(string(b), "\r\n", "")
	return strings.ContainsAny(s, "\r\n")
}

// once checks that each header stands there exactly once, and no other one.
func once(t *testing.T, h mail.Header, names ...string) {
	t.Helper()
	left := map[string]bool{}
	for name := range h {
		left[name] = true
	}
	for _, name := range names {
		canonical := textproto.CanonicalMIMEHeaderKey(name)
		if n := len(h[canonical]); n != 1 {
			t.Errorf("%d headers %s", n, name)
		}
		delete(left, canonical)
	}
	for name := range left {
		t.Errorf("header %s is not expected", name)
	}
}
