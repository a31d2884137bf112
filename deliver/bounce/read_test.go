package bounce

import (
	"bytes"
	"errors"
	"io"
	"reflect"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"

	"example.jp/kairan/subscribe"
)

// TestTheAddressIsTheRelays: the relay puts its line above what came; what stands below may
// have been written by anybody.
func TestTheAddressIsTheRelays(t *testing.T) {
	t.Parallel()
	for _, c := range [][2]string{
		{"X-Original-To: a@x.example\nDelivered-To: b@x.example\nX-Original-To: c@x.example\n\n", "a@x.example"},
		{"Delivered-To: b@x.example\nTo: d@x.example\n\nX-Original-To: e@x.example\n", "b@x.example"},
		{"To: d@x.example\nCc: e@x.example\n\n", ""},
	} {
		if got := Read(strings.NewReader(c[0])).To; got != c[1] {
			t.Errorf("%q: %q, want %q", c[0], got, c[1])
		}
	}
}

// TestAComplaintSaysWhichCopy: a feedback loop writes to one address for all, and the token
// stands in the copy that it hands back. A report of failure comes to its own address.
func TestAComplaintSaysWhichCopy(t *testing.T) {
	t.Parallel()
	back, leave := strings.Repeat("a2", subscribe.ReturnLength/2), strings.Repeat("z", subscribe.LeaveByMailLength)
	report := func(kind, fields, copied string) string {
		return "To: fbl@x.example\nContent-Type: multipart/report; boundary=b; report-type=" + kind + "\n\n--b\nContent-Type: message/" + kind + "\n\n" +
			fields + "\n\n--b\nContent-Type: message/rfc822\n\n" + copied + "Subject: news\n\nReturn-Path: <x+" + leave + "@x.example>\n--b--\n"
	}
	const abuse, failed = "Feedback-Type: abuse", "Final-Recipient: rfc822;a@x.example\nAction: failed\nStatus: 5.1.1"
	byPath := "Return-Path: <x+" + back + "@x.example>\n"
	byButton := "List-Unsubscribe: <https://x.example/leave/1>,\n <mailto:x+" + leave + "@x.example?subject=unsubscribe>\n"
	for name, c := range map[string]struct{ mail, to, want string }{
		"it came to the copy's":   {report("feedback-report", abuse, byButton), "x+" + back + "@x.example", back},
		"to the mailbox alone":    {report("feedback-report", abuse, byPath), "x@x.example", back},
		"the report says it":      {report("feedback-report", abuse+"\nOriginal-Mail-From: <x+"+back+"@x.example>", ""), "x@x.example", back},
		"by its way to leave":     {report("feedback-report", abuse, byButton), "", leave},
		"by nothing":              {report("feedback-report", abuse, ""), "x@x.example", ""},
		"it is taken back":        {report("feedback-report", "Feedback-Type: not-spam", byPath), "x@x.example", ""},
		"a failure, to the loop":  {report("delivery-status", failed, byPath), "x@x.example", ""},
		"a failure, to whom ever": {report("delivery-status", failed, byPath), "", ""},
	} {
		if got := Read(strings.NewReader(c.mail)).Token(c.to); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

// endless is a mail that does not end.
type endless struct{ taken int }

func (e *endless) Read(p []byte) (int, error) {
	e.taken += len(p)
	return copy(p, bytes.Repeat([]byte("Received: x\n--p\n\n"), len(p)/17+1)), nil
}

// TestNoMoreIsReadThanIsAllowed: of a mail of any size, and of one whose reader fails.
func TestNoMoreIsReadThanIsAllowed(t *testing.T) {
	t.Parallel()
	e := &endless{}
	if m := Read(e); m.Is != Nothing {
		t.Errorf("a mail without an end is a %s", m.Is)
	}
	if e.taken > MaxSize+(64<<10) {
		t.Errorf("%d octets of it were taken, and %d are allowed", e.taken, MaxSize)
	}
	if m := Read(iotest.ErrReader(errors.New("gone"))); m.Is != Nothing || m.Token("") != "" {
		t.Errorf("a mail that cannot be read is %+v", m)
	}
}

// TestCutAnywhere: a report that was cut off says nothing, or what it says as a whole.
func TestCutAnywhere(t *testing.T) {
	t.Parallel()
	for _, s := range samples(t) {
		whole := Read(bytes.NewReader(s.mail))
		if !bytes.Contains(s.mail, []byte("multipart/report")) || s.file == "report-of-a-report.eml" {
			continue // a text has no end that could be missing; what a report is about stands behind it
		}
		for n := 0; n < len(s.mail); n += 1 + len(s.mail)/100 {
			if m := Read(bytes.NewReader(s.mail[:n])); m.Is != Nothing && (m.Is != whole.Is || m.Enhanced != whole.Enhanced) {
				t.Fatalf("%s, cut off at %d: %s %s, and as a whole %s %s", s.file, n, m.Is, m.Enhanced, whole.Is, whole.Enhanced)
			}
		}
	}
}

// TestMemoryIsBounded: what is made to cost most costs no more than some megabytes.
func TestMemoryIsBounded(t *testing.T) {
	// Not parallel: it measures.
	for name, mail := range map[string]string{
		"fields":           strings.Repeat("A: \n", MaxSize),
		"parts":            "Content-Type: multipart/mixed; boundary=p\n\n" + strings.Repeat("--p\n\n", MaxSize),
		"fields of a part": "Content-Type: multipart/mixed; boundary=p\n\n--p\n" + strings.Repeat("A: \n", MaxSize),
		"deep":             strings.Repeat("Content-Type: multipart/mixed; boundary=p\n\n--p\n", MaxSize/40),
		"one line":         "Content-Type: text/plain\n\n" + strings.Repeat("a ", MaxSize),
		"figures":          "From: mailer-daemon@x.example\n\nHi. This is the qmail-send program " + strings.Repeat("#5.0.0 ", MaxSize),
		"parameters":       "Content-Type: multipart/report; " + strings.Repeat("a=b; ", 10_000) + "\n\n",
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		Read(strings.NewReader(mail))
		runtime.ReadMemStats(&after)
		if took := after.TotalAlloc - before.TotalAlloc; took > 48<<20 {
			t.Errorf("%s: %d MB were allocated", name, took>>20)
		} else {
			t.Logf("%s: %d KB", name, took>>10)
		}
	}
}

var wellFormed = regexp.MustCompile(`^([45]\.\d{1,3}\.\d{1,3})?$`)

// FuzzRead: whatever comes, it ends, and what it says has the form of a status.
func FuzzRead(f *testing.F) {
	for _, s := range samples(f) {
		f.Add(s.mail)
	}
	f.Fuzz(func(t *testing.T, mail []byte) {
		m := Read(bytes.NewReader(mail))
		if !wellFormed.MatchString(m.Enhanced) || m.Is != Failure && (m.Enhanced != "" || m.Code != 0) || m.Code != 0 && (m.Code < 400 || m.Code > 599 || !saysNothing(m.Enhanced)) {
			t.Errorf("it is a %q with the status %q", m.Is, m.Enhanced)
		}
		if again := Read(io.LimitReader(bytes.NewReader(mail), MaxSize)); !reflect.DeepEqual(again, m) {
			t.Errorf("read twice it is %+v, then %+v", m, again)
		}
		_ = m.Token("")
	})
}
