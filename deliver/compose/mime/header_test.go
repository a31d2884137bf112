package mime

import (
	"bytes"
	"fmt"
	"mime"
	"net/mail"
	"regexp"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// decodeStrictly decodes each encoded-word alone, as a mail program may.
func decodeStrictly(s string) (string, error) {
	var out strings.Builder
	last := false
	for i, w := range strings.Split(s, " ") {
		encoded := strings.HasPrefix(w, "=?") && strings.HasSuffix(w, "?=")
		if encoded {
			if len(w) > 75 {
				return "", fmt.Errorf("a word of %d characters", len(w))
			}
			plain, err := new(mime.WordDecoder).Decode(w)
			if err != nil {
				return "", err
			}
			if strings.ContainsRune(plain, '\ufffd') {
				return "", fmt.Errorf("a character cut in two")
			}
			w = plain
		}
		if i > 0 && !(encoded && last) {
			out.WriteByte(' ')
		}
		out.WriteString(w)
		last = encoded
	}
	return out.String(), nil
}

func TestSubjectsComeBack(t *testing.T) {
	t.Parallel()
	letters := []rune("aB 1=?_-,.:()「」、。あいうえおアガギ亜髙﨑神𠮷ｶﾞか\u3099葛\U000E0100👩\u200d👩\u200d👧🇯🇵①㈱")
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.StringOfN(rapid.SampledFrom(letters), 1, 200, -1).Draw(t, "subject")
		got, err := decodeStrictly(encodeText(s))
		if err != nil || got != s {
			t.Fatalf("%q came back as %q, %v", s, got, err)
		}
		m, err := Message{
			To: "reader@example.com", From: "news@example.jp", Subject: "x" + s, MessageID: "a@example.jp",
			Date: time.Now(), Text: Part{Base64, "text"},
		}.Write()
		if err != nil {
			t.Fatal(err)
		}
		head, _, _ := strings.Cut(string(m.Data), "\r\n\r\n")
		for _, l := range strings.Split(head, "\r\n") {
			if len(l) > 78 {
				t.Fatalf("a header line of %d characters: %s", len(l), l)
			}
		}
		subject, err := new(mime.WordDecoder).DecodeHeader(subjectOf(m.Data))
		if err != nil || subject != "x"+s {
			t.Fatalf("%q came back as %q from the message, %v", "x"+s, subject, err)
		}
	})
}

// TestSubjectsAsTheLibraryFoldsThem holds what is spliced against it.
func TestSubjectsAsTheLibraryFoldsThem(t *testing.T) {
	t.Parallel()
	letters := []rune("aB  1=?_-,.:あガ神𠮷か\u3099👩\u200d👩\u200d👧🇯🇵")
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.StringOfN(rapid.SampledFrom(letters), 0, 300, -1).Draw(t, "subject")
		if rapid.Bool().Draw(t, "ascii") {
			s = strings.Map(func(r rune) rune { return r&15 + ' ' + r&64 }, s)
		}
		m, err := Message{To: "reader@example.com", From: "news@example.jp", Subject: s, MessageID: "a@example.jp", Date: time.Now(), Text: Part{Base64, "text"}}.Write()
		if err != nil {
			t.Fatal(err)
		}
		_, after, _ := bytes.Cut(m.Data, []byte("\r\nSubject: "))
		end := regexp.MustCompile(`\r\n[^ ]`).FindIndex(after)[0]
		if got := AppendSubject(nil, s); !bytes.Equal(got, after[:end]) {
			t.Fatalf("%q became %q, the library writes %q", s, got, after[:end])
		}
	})
}

func TestGraphemesStayWhole(t *testing.T) {
	t.Parallel()
	s := strings.Repeat("か\u3099", 40) + strings.Repeat("👩\u200d👩\u200d👧", 5)
	for _, w := range strings.Split(encodedWords(s), " ") {
		plain, err := new(mime.WordDecoder).Decode(w)
		if err != nil || strings.HasPrefix(plain, "\u3099") || strings.HasPrefix(plain, "\u200d") || strings.HasSuffix(plain, "\u200d") {
			t.Errorf("a word holds %q, %v", plain, err)
		}
	}
}

func TestNamesInListID(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"Japanifornia": "Japanifornia", "What's New": "What's New",
		"News, Inc.": "=?UTF-8?B?TmV3cywgSW5jLg==?=", `a"b`: "=?UTF-8?B?YSJi?=", "新着": "=?UTF-8?B?5paw552A?=", "a =?b?=": "=?UTF-8?B?YSA9P2I/PQ==?=",
	} {
		if got := Phrase(name); got != want {
			t.Errorf("%s became %s, want %s", name, got, want)
		}
	}
}

func subjectOf(data []byte) string {
	m, err := mail.ReadMessage(bytes.NewReader(data))
	if err != nil {
		return err.Error()
	}
	return m.Header.Get("Subject")
}
