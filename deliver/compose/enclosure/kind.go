package enclosure

import (
	"bytes"
	"unicode/utf8"

	"golang.org/x/text/encoding/japanese"

	"example.jp/kairan/deliver/phrase"
)

// Kind is what a file is.
type Kind struct {
	Type          string // its media type, with its parameters (RFC 2045 §5.1)
	Width, Height int    // of a picture as it stands upright, in points; 0: it is none
	Turned        bool   // it is stored otherwise than it stands, which not every mail program heeds
	Located       bool   // it says where it was taken
}

// IsPicture says whether the file can stand in the text.
func (k Kind) IsPicture() bool { return k.Width > 0 }

// kind is a kind of file that is sent: its media type, and whether octets are of it.
type kind struct {
	media string
	check func(k *Kind, data []byte) error
}

// kinds are by the endings of names, in small letters.
var kinds = map[string]kind{
	"png":  {"image/png", picture("png")},
	"jpg":  {"image/jpeg", picture("jpeg")},
	"jpeg": {"image/jpeg", picture("jpeg")},
	"gif":  {"image/gif", picture("gif")},
	"pdf":  {"application/pdf", begins("%PDF-")},
	"docx": {"application/vnd.openxmlformats-officedocument.wordprocessingml.document", office("word/")},
	"xlsx": {"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", office("xl/")},
	"pptx": {"application/vnd.openxmlformats-officedocument.presentationml.presentation", office("ppt/")},
	"odt":  {"application/vnd.oasis.opendocument.text", openDocument("application/vnd.oasis.opendocument.text")},
	"ods":  {"application/vnd.oasis.opendocument.spreadsheet", openDocument("application/vnd.oasis.opendocument.spreadsheet")},
	"odp":  {"application/vnd.oasis.opendocument.presentation", openDocument("application/vnd.oasis.opendocument.presentation")},
	"txt":  {"text/plain", text},
	"csv":  {"text/csv", text},
	"ics":  {"text/calendar", calendar},
}

// refusals say why kinds are not sent that editors may try, and what to do instead.
var refusals = map[string]phrase.Key{
	"svg":  "mail programs do not show SVG pictures; save it as PNG",
	"webp": "not every mail program shows WebP pictures; save it as JPEG or PNG",
	"avif": "not every mail program shows AVIF pictures; save it as JPEG or PNG",
	"heic": "only some phones show HEIC pictures; save it as JPEG",
	"bmp":  "a BMP picture is many times larger than need be; save it as PNG",
	"tif":  "mail programs do not show TIFF pictures; save it as PNG or PDF",
	"tiff": "mail programs do not show TIFF pictures; save it as PNG or PDF",
	"ai":   "few readers can open it; save it as PDF",
	"psd":  "few readers can open it; save it as PNG or PDF",
	"jtd":  "few readers can open it; save it as PDF",
	"doc":  "many mail servers take files in the old form of Office away, since they may hold programs; save it as PDF or DOCX",
	"xls":  "many mail servers take files in the old form of Office away, since they may hold programs; save it as PDF or XLSX",
	"ppt":  "many mail servers take files in the old form of Office away, since they may hold programs; save it as PDF or PPTX",
	"docm": "it can hold programs, so mail servers take it away; save it as PDF or DOCX",
	"xlsm": "it can hold programs, so mail servers take it away; save it as PDF or XLSX",
	"pptm": "it can hold programs, so mail servers take it away; save it as PDF or PPTX",
	"zip":  "many mail servers take archives away, since nobody can look into one with a password; attach the files themselves, as PDF",
	"lzh":  "many mail servers take archives away; attach the files themselves, as PDF",
	"7z":   "many mail servers take archives away; attach the files themselves, as PDF",
	"rar":  "many mail servers take archives away; attach the files themselves, as PDF",
	"html": "a page can run programs, so mail servers take it away; put it on the web, and link to it",
	"htm":  "a page can run programs, so mail servers take it away; put it on the web, and link to it",
	"mp4":  "films are too large for mail; put it on the web, and link to it",
	"mov":  "films are too large for mail; put it on the web, and link to it",
	"mp3":  "sound is too large for mail; put it on the web, and link to it",
}

// KindOf looks at a file. The error says why it is not sent, and what to do instead.
func KindOf(name string, data []byte) (Kind, error) {
	ending := extension(name)
	if why := refusals[ending]; why != "" {
		return Kind{}, phrase.Say("%s", why)
	}
	known, ok := kinds[ending]
	if !ok {
		return Kind{}, phrase.Say("files of this kind are not sent; attach PDF, PNG, JPEG, GIF, DOCX, XLSX, PPTX, ODT, ODS, ODP, TXT, CSV or ICS, with that ending")
	}
	if len(data) == 0 {
		return Kind{}, phrase.Say("the file is empty")
	}
	k := Kind{Type: known.media}
	return k, known.check(&k, data)
}

func begins(with string) func(*Kind, []byte) error {
	return func(_ *Kind, data []byte) error {
		if !bytes.HasPrefix(data, []byte(with)) {
			return otherwise(data)
		}
		return nil
	}
}

// otherwise says what a file is that is not what its name says, where its octets tell.
func otherwise(data []byte) error {
	for _, f := range []struct {
		begins string
		what   phrase.Key
	}{
		{"%PDF-", "a PDF"}, {"\x89PNG", "a PNG picture"}, {"\xff\xd8\xff", "a JPEG picture"}, {"GIF8", "a GIF picture"}, {"RIFF", "a WebP picture, or sound"},
		{"PK\x03\x04", "an archive, or an Office file"}, {"\xd0\xcf\x11\xe0", "a file in the old form of Office, or one with a password"},
		{"MZ", "a program"}, {"\x7fELF", "a program"}, {"#!", "a program"},
	} {
		if bytes.HasPrefix(data, []byte(f.begins)) {
			return phrase.Say("its content is %s, which its ending does not say; save it anew", f.what)
		}
	}
	return phrase.Say("its content is not what its ending says; save it anew")
}

// text takes UTF-8, and Shift_JIS, as spreadsheets write it in Japan.
func text(k *Kind, data []byte) error {
	if bytes.IndexByte(data, 0) >= 0 {
		return otherwise(data)
	}
	if utf8.Valid(data) {
		k.Type += "; charset=UTF-8"
		return nil
	}
	plain, err := japanese.ShiftJIS.NewDecoder().Bytes(data)
	if err != nil || bytes.ContainsRune(plain, utf8.RuneError) {
		return phrase.Say("it is text neither in UTF-8 nor in Shift_JIS; save it as UTF-8")
	}
	k.Type += "; charset=Shift_JIS"
	return nil
}

// calendar takes what RFC 5545 §3.1 describes, which is in UTF-8.
func calendar(k *Kind, data []byte) error {
	if !utf8.Valid(data) || !bytes.HasPrefix(bytes.TrimPrefix(data, []byte("\xef\xbb\xbf")), []byte("BEGIN:VCALENDAR")) {
		return otherwise(data)
	}
	k.Type += "; charset=UTF-8"
	return nil
}
