package source

import (
	"bytes"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/japanese"

	"example.jp/kairan/deliver/compose/finding"
	"example.jp/kairan/deliver/phrase"
)

// readText accepts UTF-8 with or without a byte order mark and any line ends,
// and returns it with LF. Anything else is refused by the name it goes by.
func readText(source []byte) (text string, found finding.List) {
	const repair phrase.Key = "save it as UTF-8 (文字コードをUTF-8にして保存してください)"
	switch name := foreignEncoding(source); {
	case bytes.HasPrefix(source, []byte("PK\x03\x04")), bytes.HasPrefix(source, []byte("\xd0\xcf\x11\xe0")):
		found.Fail(0, "encoding", "this file is one of Word or of another office program, and no text; copy its text into a text editor, and %s", repair)
	case name != "":
		found.Fail(0, "encoding", "this file is %s; %s", name, repair)
	case !utf8.Valid(source), bytes.IndexByte(source, 0) >= 0:
		found.Fail(0, "encoding", "this file is not text in UTF-8; %s", repair)
	}
	if found != nil {
		return "", found
	}
	text = strings.TrimLeft(string(source), "\ufeff") // some programs add one each time they save
	return strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(text), nil
}

// foreignEncoding names the encoding of bytes that are not UTF-8, or "".
func foreignEncoding(b []byte) string {
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
		if n := likeness(b, e.enc); n > best {
			best, name = n, e.name
		}
	}
	return name
}

// likeness scores how much like Japanese the bytes read in an encoding: kana
// and kanji count, half-width katakana (what the wrong one of the two encodings
// is full of) and unreadable bytes count against it.
func likeness(b []byte, e encoding.Encoding) (score int) {
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
