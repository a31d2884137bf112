package issue

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"example.jp/kairan/deliver/compose/mime"
	"example.jp/kairan/deliver/compose/slot"
)

// small is an issue with a merge slot and both links in its bodies.
func small(encoding string) *Compiled {
	segments := []slot.Segment{{Lit: "Dear "}, {Slot: "name", Or: "reader"}, {Lit: ",\r\n.\r\n"}, {Slot: slot.Leave}, {Lit: "\r\n"}, {Slot: slot.Correct}, {Lit: "\r\n"}}
	return &Compiled{
		List: "centre-news", Subject: "News", From: "news@example.jp", FromDomain: "example.jp", ReturnPath: "bounce@example.jp",
		Date: time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC), Boundary: "boundary-of-the-test", Key: []byte("key of the test"),
		Text: Part{encoding, segments}, HTML: Part{encoding, segments},
	}
}

func spliced(t *testing.T, encoding string) *Splicer {
	t.Helper()
	s, err := small(encoding).Splicer()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestSplicerRefusesWhatDiffers(t *testing.T) {
	t.Parallel()
	for _, encoding := range []string{mime.Base64, mime.QuotedPrintable} {
		for i := range 6 { // three headers, two bodies and the end
			s := spliced(t, encoding)
			s.steps[i].literal[0] ^= 1
			if err := s.check(small(encoding)); !errors.Is(err, errSplice) {
				t.Errorf("step %d changed: %v", i, err)
			}
		}
	}
	empty := newQuotedBody(nil, nil, false)
	for _, frame := range []string{"", "To: a\r\n\r\n", "To: a\r\n\r\nx\r\n\r\n", "Cc: a\r\n\r\nx\r\n\r\nx\r\n\r\n"} {
		if steps, _ := cutFrame([]byte(frame), map[place]string{placeTo: "To: a"}, framed{body: empty}, framed{body: empty}); steps != nil {
			t.Errorf("%q was taken for a message", frame)
		}
	}
}

func TestNoValueStaysInThePool(t *testing.T) {
	t.Parallel()
	for _, encoding := range []string{mime.Base64, mime.QuotedPrintable} {
		s := spliced(t, encoding)
		c := s.Begin()
		c.To, c.ID[0] = "reader@example.com", 9
		c.Leave, c.Correct = append(c.Leave, "https://mail.example.jp/leave/SECRET"...), append(c.Correct, "https://mail.example.jp/correct"...)
		c.Fields[0] = append(c.Fields[0], "= SECRETSECRETSECRET"...) // needs an escape, so that all of the buffers are used
		if _, err := c.Append(nil); err != nil {
			t.Fatal(err)
		}
		kept := [][]byte{c.Leave, c.Correct, c.Fields[0], c.values.buf, c.values.encoded}
		c.End()
		for _, b := range kept {
			if b = b[:cap(b)]; len(b) == 0 || len(bytes.Trim(b, "\x00")) > 0 {
				t.Errorf("left: %q", b)
			}
		}
		if c.To != "" || c.ID[0] != 0 || len(c.Leave)+len(c.Correct)+len(c.Return)+len(c.LeaveByMail)+len(c.room)+len(c.Fields[0])+len(c.values.all) > 0 {
			t.Errorf("left: %+v", c)
		}
	}
}

func TestStoredFormIsCheckedWhenRead(t *testing.T) {
	t.Parallel()
	for stored, want := range map[string]string{
		"":                "cannot be read",
		`{"version":4}`:   "has version 4 and this program reads up to version 3",
		`{"version":1}`:   "is not complete",
		`{"version":"1"}`: "cannot be read",
	} {
		if _, err := Unmarshal([]byte(stored)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %q", stored, err, want)
		}
	}
}
