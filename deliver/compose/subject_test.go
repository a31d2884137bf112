package compose

import (
	"bytes"
	"mime"
	"strings"
	"testing"
	"unicode/utf8"

	"example.jp/kairan/deliver/compose/composetest"
)

// TestSubjectWithSlots follows one to a copy: its header, and where the bodies repeat it.
func TestSubjectWithSlots(t *testing.T) {
	t.Parallel()
	c := compiled(t, composetest.Centre(t), composetest.Titled("{{name}}様（{{organisation|読者の皆様}}）へ", "本文"))
	subject := func(data []byte) string {
		s, err := new(mime.WordDecoder).DecodeHeader(read(t, data).header.Get("Subject"))
		if err != nil {
			t.Error(err)
		}
		return s
	}
	for name, want := range map[string]string{
		"山田 <太郎> & 子":                 "山田 <太郎> & 子様（読者の皆様）へ",
		"a\r\nBcc: b@example.com":     "a  Bcc: b@example.com様（読者の皆様）へ",
		strings.Repeat("長", 81):       strings.Repeat("長", 79) + "…様（読者の皆様）へ",
		strings.Repeat("か\u3099", 41): strings.Repeat("か\u3099", 39) + "…様（読者の皆様）へ",
	} {
		p := reader(t)
		p.Fields["name"] = name
		data := message(t, c, p).Data
		if got := subject(data); got != want || read(t, data).header.Get("Bcc") != "" {
			t.Errorf("%q: the subject is %q", name, got)
		}
		for line := range bytes.Lines(data) {
			if len(line) > 78+2 {
				t.Errorf("%q: a line of %d octets", name, len(line))
			}
		}
	}
	m := read(t, message(t, c, reader(t)).Data)
	composetest.Holds(t, "the HTML", m.html, "<title>山田 &lt;太郎&gt; &amp; 子様（読者の皆様）へ</title>", ">山田 &lt;太郎&gt; &amp; 子様（読者の皆様）へ</h1>")
	composetest.Holds(t, "the text", m.text, "山田 <太郎> & 子様（読者の皆様）へ")
	test, err := c.Test(set(), reader(t).To)
	if got := subject(test.Data); err != nil || got != "[テスト] ［お名前］様（［ご所属］）へ" || c.Subject != "［お名前］様（［ご所属］）へ" {
		t.Errorf("the tester's copy is %q, %v; the sample %q", got, err, c.Subject)
	}
	stored, err := c.Marshal()
	if err != nil || !bytes.HasPrefix(stored, []byte(`{"version":2,`)) || !utf8.Valid(stored) {
		t.Errorf("%v, %.40s: a program that knows no slots in subjects would send the sample", err, stored)
	}
}
