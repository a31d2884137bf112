package compose

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/pelletier/go-toml/v2"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/width"

	"example.jp/kairan/subscribe"
)

// Fault is one thing wrong with an issue's source.
type Fault struct {
	Line int // of the file, from 1
	Text string
}

// Faults is everything wrong with an issue's source, by line.
type Faults []Fault

func (fs Faults) Error() string {
	lines := make([]string, len(fs))
	for i, f := range fs {
		lines[i] = fmt.Sprintf("line %d: %s", f.Line, f.Text)
	}
	return strings.Join(lines, "\n")
}

func (fs *Faults) add(line int, format string, args ...any) {
	*fs = append(*fs, Fault{line, fmt.Sprintf(format, args...)})
}

// MaxSubject is the greatest length of a subject, in characters (RULES A-21).
const MaxSubject = 200

// longSubject is where phones begin to cut: 40 full-width columns.
const longSubject = 80

// front is the front matter. Pointers tell a missing key from an empty one.
type front struct {
	Subject *string `toml:"subject"`
	Lang    *string `toml:"lang"`
	Expires *string `toml:"expires"`
}

var errNotText = errors.New("this file is not text in UTF-8; save it as UTF-8 (文字コードをUTF-8にして保存してください)")

// readText accepts UTF-8 with or without a byte order mark and any line ends,
// and returns it with LF. Anything else is refused by the name it goes by.
func readText(source []byte) (string, error) {
	source = bytes.TrimPrefix(source, []byte("\xef\xbb\xbf"))
	if name := foreign(source); name != "" {
		return "", fmt.Errorf("this file is %s; save it as UTF-8 (文字コードをUTF-8にして保存してください)", name)
	}
	if !utf8.Valid(source) || bytes.IndexByte(source, 0) >= 0 {
		return "", errNotText
	}
	return strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(string(source)), nil
}

// foreign names the encoding of bytes that are not UTF-8, or "".
func foreign(b []byte) string {
	switch {
	case bytes.HasPrefix(b, []byte("\xff\xfe")), bytes.HasPrefix(b, []byte("\xfe\xff")):
		return "UTF-16"
	case bytes.Contains(b, []byte("\x1b$")):
		return "ISO-2022-JP (JIS)"
	case utf8.Valid(b):
		return ""
	}
	best, name := 0, ""
	for _, e := range []struct {
		name string
		enc  encoding.Encoding
	}{{"Shift_JIS", japanese.ShiftJIS}, {"EUC-JP", japanese.EUCJP}} {
		if n := plausible(b, e.enc); n > best {
			best, name = n, e.name
		}
	}
	return name
}

// plausible scores how much like Japanese the bytes read in an encoding: kana
// and kanji count, half-width katakana (what the wrong one of the two encodings
// is full of) and unreadable bytes count against it.
func plausible(b []byte, e encoding.Encoding) (score int) {
	out, err := e.NewDecoder().Bytes(b)
	if err != nil {
		return 0
	}
	for _, r := range string(out) {
		switch {
		case r == utf8.RuneError:
			score -= 20
		case r >= '\uff61' && r <= '\uff9f':
			score -= 2
		case unicode.In(r, unicode.Hiragana, unicode.Katakana):
			score += 3
		case unicode.Is(unicode.Han, r):
			score++
		}
	}
	return score
}

// cut separates front matter and body. first is the line of the file on which
// the body begins.
func cut(text string) (head, body string, first int, faults Faults) {
	lines := strings.Split(text, "\n")
	if fence(lines[0]) {
		for i, l := range lines[1:] {
			if fence(l) {
				return strings.Join(lines[1:i+1], "\n"), strings.Join(lines[i+2:], "\n"), i + 3, nil
			}
		}
		faults.add(1, `the front matter that begins here is not closed; put a line "+++" after its last key`)
		return "", "", 0, faults
	}
	faults.add(1, `the file must begin with its front matter: a line "+++", a line such as subject = "Autumn news", and a line "+++"`)
	return "", "", 0, faults
}

func fence(line string) bool { return strings.TrimRight(line, " \t") == "+++" }

// How long an issue may be tried, as the configuration bounds it for all.
const (
	minExpires = time.Hour
	maxExpires = 240 * time.Hour
)

// readFront reads what stands between the fences into d; its first line is line 2.
func (d *Draft) readFront(list *subscribe.List, head string) (faults Faults) {
	d.Lang = list.Language
	var f front
	if err := toml.NewDecoder(strings.NewReader(head)).DisallowUnknownFields().Decode(&f); err != nil {
		tomlFaults(err, &faults)
	}
	if f.Lang != nil {
		switch subscribe.Lang(*f.Lang) {
		case subscribe.Japanese, subscribe.English:
			d.Lang = subscribe.Lang(*f.Lang)
		default:
			faults.add(keyLine(head, "lang"), `lang is %q; write "ja" or "en", or leave it out for the language of the list`, clip(*f.Lang))
		}
	}
	if f.Expires != nil {
		var err error
		if d.Expires, err = time.ParseDuration(*f.Expires); err != nil || d.Expires < minExpires || d.Expires > maxExpires {
			faults.add(keyLine(head, "expires"), `expires is %q; write a time from "1h" to "240h", after which no copy is tried again, or leave it out`, clip(*f.Expires))
		}
	}
	if f.Subject == nil {
		if len(faults) == 0 {
			faults.add(1, `the front matter has no subject; add a line such as subject = "Autumn news"`)
		}
		return faults
	}
	d.Subject = strings.TrimSpace(*f.Subject)
	for _, text := range subjectFaults(d.Subject) {
		faults.add(keyLine(head, "subject"), "%s", text)
	}
	return faults
}

var reply = regexp.MustCompile(`(?i)^(re|fwd?)\s*(\[\d+\])?\s*:`)

func subjectFaults(subject string) (texts []string) {
	if subject == "" {
		return []string{"the subject is empty; write what the issue is about"}
	}
	if n := utf8.RuneCountInString(subject); n > MaxSubject {
		texts = append(texts, fmt.Sprintf("the subject has %d characters; shorten it to %d or fewer", n, MaxSubject))
	}
	if strings.ContainsFunc(subject, unsafeInHeader) {
		texts = append(texts, "the subject has a line break or another control character in it; write it on one line")
	}
	if reply.MatchString(width.Narrow.String(subject)) {
		texts = append(texts, `the subject begins like an answer ("Re:", "Fwd:"); leave that out, readers take it for a trick`)
	}
	if strings.Contains(subject, "{{") {
		texts = append(texts, "the subject has a merge slot in it; slots can stand in the text only")
	}
	if strings.ContainsFunc(subject, reserved) {
		texts = append(texts, reservedText)
	}
	return texts
}

// unsafeInHeader reports what no header value may hold (RULES A-20): controls,
// and separators that some software takes for line breaks.
func unsafeInHeader(r rune) bool {
	return unicode.IsControl(r) || r == '\u2028' || r == '\u2029'
}

func tomlFaults(err error, faults *Faults) {
	var unknown *toml.StrictMissingError
	if errors.As(err, &unknown) {
		for _, e := range unknown.Errors {
			row, _ := e.Position()
			faults.add(row+1, `there is no key %q in an issue's front matter; the keys are subject, lang and expires`, clip(strings.Join(e.Key(), ".")))
		}
		return
	}
	var wrong *toml.DecodeError
	if errors.As(err, &wrong) {
		row, _ := wrong.Position()
		faults.add(row+1, `this is not TOML (%s); write a line such as subject = "Autumn news", with the quotes`,
			strings.TrimPrefix(wrong.Error(), "toml: "))
		return
	}
	faults.add(2, "the front matter cannot be read: %v", err)
}

// keyLine finds the line of a top-level key in the file.
func keyLine(head, key string) int {
	for i, l := range strings.Split(head, "\n") {
		name, _, ok := strings.Cut(l, "=")
		if ok && strings.EqualFold(strings.Trim(strings.TrimSpace(name), `"'`), key) {
			return i + 2
		}
	}
	return 2
}

// clip keeps a quotation in an error short, and one that might be an address out of it.
func clip(s string) string {
	if strings.ContainsRune(s, '@') {
		return "…"
	}
	if r := []rune(s); len(r) > 60 {
		return string(r[:60]) + "…"
	}
	return s
}
