package enclosure

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/gif"
	"image/jpeg"
	"slices"
	"strings"
	"testing"

	"golang.org/x/text/encoding/japanese"

	"example.jp/kairan/deliver/compose/composetest"
)

// archive is a ZIP with these parts, each stored as it stands.
func archive(t *testing.T, flags uint16, parts ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, p := range parts {
		name, content, _ := strings.Cut(p, "=")
		w, err := z.CreateRaw(&zip.FileHeader{Name: name, Flags: flags, UncompressedSize64: uint64(len(content)), CompressedSize64: uint64(len(content)), CRC32: crc32.ChecksumIEEE([]byte(content))})
		if err != nil {
			t.Fatal(err)
		}
		_, _ = w.Write([]byte(content))
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func jpegOf(t *testing.T, width, height int) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, image.NewGray(image.Rect(0, 0, width, height)), nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func gifOf(t *testing.T, width, height int) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := gif.Encode(&b, image.NewGray(image.Rect(0, 0, width, height)), nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestKinds(t *testing.T) {
	t.Parallel()
	table, err := japanese.ShiftJIS.NewEncoder().Bytes([]byte("日付,行事\r\n"))
	if err != nil {
		t.Fatal(err)
	}
	const word, types = "word/document.xml=<x/>", "[Content_Types].xml=<x/>"
	odt := "mimetype=application/vnd.oasis.opendocument.text"
	wide := []byte("GIF89a\x11'\x10\x00   ") // 10,001 × 16
	large := []byte("GIF89a\x00\x20\x00\x20   ")
	for _, c := range []struct {
		name string
		data []byte
		want string // the media type, or how the refusal goes on
	}{
		{"a.png", composetest.PNG(t, 3, 2), "image/png"}, {"A.PNG", composetest.PNG(t, 3, 2), "image/png"},
		{"a.jpg", jpegOf(t, 3, 2), "image/jpeg"}, {"a.jpeg", jpegOf(t, 3, 2), "image/jpeg"}, {"a.gif", gifOf(t, 3, 2), "image/gif"},
		{"要項.pdf", composetest.PDF(100), "application/pdf"},
		{"a.docx", archive(t, 0, types, word), "application/vnd.openxmlformats-officedocument.wordprocessingml.document"},
		{"a.odt", archive(t, 0, odt, "content.xml=<x/>"), "application/vnd.oasis.opendocument.text"},
		{"a.txt", []byte("本文"), "text/plain; charset=UTF-8"}, {"a.csv", table, "text/csv; charset=Shift_JIS"},
		{"a.ics", []byte("BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n"), "text/calendar; charset=UTF-8"},

		{"a.png", jpegOf(t, 3, 2), "its content is a JPEG picture, which its ending does not say"},
		{"a.png", composetest.PNG(t, 3, 2)[:20], "its content is a PNG picture"},
		{"a.jpg", []byte("RIFF....WEBP"), "its content is a WebP picture"},
		{"a.pdf", []byte("MZ\x90"), "its content is a program"}, {"a.pdf", []byte("#!/bin/sh"), "its content is a program"}, {"a.pdf", []byte("<html>"), "its content is not what its ending says"},
		{"a.pdf", nil, "the file is empty"},
		{"a.gif", wide, "the picture has 10001 × 16 points, which many phones cannot show"}, {"a.gif", large, "the picture has 8192 × 8192 points"},
		{"a.docx", archive(t, 0, types, "xl/workbook.xml=<x/>"), "its content is not what its ending says"},
		{"a.docx", archive(t, 0, types, word, "word/vbaProject.bin=x"), "it holds programs (macros)"},
		{"a.docx", archive(t, 1, types, word), "it has a password"},
		{"a.docx", []byte("PK\x03\x04 and no more"), "it cannot be opened"},
		{"a.docx", []byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"), "its content is a file in the old form of Office, or one with a password"},
		{"a.docx", composetest.PDF(100), "its content is a PDF"},
		{"a.odt", archive(t, 0, "mimetype=application/zip"), "its content is not what its ending says"},
		{"a.txt", []byte("a\x00b"), "its content is not what its ending says"}, {"a.csv", []byte("\xff\xfe\x81"), "it is text neither in UTF-8 nor in Shift_JIS"},
		{"a.ics", []byte("hello"), "its content is not what its ending says"},
		{"a.svg", []byte("<svg/>"), "mail programs do not show SVG pictures; save it as PNG"}, {"a.webp", []byte("RIFF"), "not every mail program shows WebP"},
		{"a.doc", nil, "many mail servers take files in the old form of Office away"}, {"a.docm", nil, "it can hold programs"},
		{"a.zip", archive(t, 0, "a=b"), "many mail servers take archives away"}, {"a.html", []byte("<p>"), "a page can run programs"}, {"a.htm", nil, "a page can run programs"},
		{"a.exe", []byte("MZ"), "files of this kind are not sent; attach PDF"}, {"a.pdf.exe", []byte("MZ"), "files of this kind are not sent"}, {"pdf", composetest.PDF(9), "files of this kind are not sent"},
	} {
		got, err := KindOf(c.name, c.data)
		if err == nil && got.Type != c.want || err != nil && !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("%s (%.12q): %s, %v; want %s", c.name, c.data, got.Type, err, c.want)
		}
		if picture := strings.HasPrefix(c.want, "image/"); got.IsPicture() != picture || picture && (got.Width != 3 || got.Height != 2) {
			t.Errorf("%s: %d × %d", c.name, got.Width, got.Height)
		}
	}
}

// TestManyParts: a list of contents that is too long is not read.
func TestManyParts(t *testing.T) { //nolint:paralleltest // it counts what is allocated
	const parts = 60_000
	part := append([]byte("PK\x01\x02"), make([]byte, 43)...)
	part[28] = 1 // the octets of its name
	list := bytes.Repeat(part, parts)
	end := binary.LittleEndian.AppendUint32(append([]byte("PK\x05\x06\x00\x00\x00\x00"), parts&0xff, parts>>8, parts&0xff, parts>>8), uint32(len(list)))
	data := slices.Concat([]byte("PK\x03\x04"), make([]byte, 26), list, append(end, 30, 0, 0, 0, 0, 0))
	if n := testing.AllocsPerRun(1, func() {
		if _, err := KindOf("a.docx", data); err == nil || !strings.HasPrefix(err.Error(), "it cannot be opened") {
			t.Error(err)
		}
	}); n > 1000 {
		t.Errorf("%.0f allocations", n)
	}
}

// TestPhotos: what a camera wrote is read, and one that is cut short says nothing.
func TestPhotos(t *testing.T) {
	t.Parallel()
	for turn := range byte(10) {
		for _, located := range []bool{false, true} {
			photo := composetest.Photo(t, turn, located)
			k, err := KindOf("a.jpg", photo)
			wide := turn < 5 || turn > 8
			if err != nil || (k.Width == 4) != wide || (k.Height == 2) != wide || k.Turned != (turn > 1) || k.Located != located {
				t.Errorf("turn %d, located %v: %+v, %v", turn, located, k, err)
			}
			for n := range photo[:70] {
				_ = cameraOf(photo[:n])
			}
		}
	}
	for _, odd := range []string{"", "\xff\xd8\xff\xe1\x00\x00", "\xff\xd8\xff\xe1\x00\x10Exif\x00\x00II*\x00\xff\xff\xff\xff", "\xff\xd8\xff\xe1\x00\x12Exif\x00\x00II*\x00\x08\x00\x00\x00\xff\xff"} {
		if c := cameraOf([]byte(odd)); c != (camera{}) {
			t.Errorf("%q: %+v", odd, c)
		}
	}
}

func TestNamesOfFiles(t *testing.T) {
	t.Parallel()
	for _, good := range []string{"press.pdf", "会場の地図（改訂版）.png", "a b.pdf", "R8_募集-1.pdf", "a..b.pdf", strings.Repeat("あ", 83) + ".pdf"} {
		if err := CheckName(good); err != nil {
			t.Errorf("%q: %v", good, err)
		}
	}
	for bad, want := range map[string]string{
		"": "a file is named by its name", ".": "a file is named by its name", "..": "a file is named by its name",
		"/etc/hosts": "a path is not read", "a/b.pdf": "a path is not read", "../a.pdf": "a path is not read", `..\a.pdf`: "a path is not read", `C:a.pdf`: "a path is not read", "a.pdf:stream": "a path is not read",
		"a\x00b.pdf": "the name holds a character", "a\r\nb.pdf": "the name holds a character", `a"b.pdf`: "the name holds a character", "gpj\u202ea.pdf": "the name holds a character", "a?.pdf": "the name holds a character",
		strings.Repeat("あ", 84) + ".pdf": "the name has 256 octets", ".htaccess": "the name begins or ends with", "a.pdf.": "the name begins or ends with", "a.pdf ": "the name begins or ends with",
	} {
		if err := CheckName(bad); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%q: %v, want %s", bad, err, want)
		}
	}
	if Name("か\u3099.png") != "が.png" {
		t.Error("a name in two forms is two names")
	}
}

// FuzzKindOf: no file takes the program down, or is a picture without a size.
func FuzzKindOf(f *testing.F) {
	for _, name := range []string{"a.png", "a.jpg", "a.gif", "a.pdf", "a.docx", "a.odt", "a.csv", "a.ics"} {
		f.Add(name, []byte("GIF89a \t \t   "))
		f.Add(name, []byte("PK\x03\x04"))
		f.Add(name, []byte("\xff\xd8\xff\xe1\x00\x12Exif\x00\x00II*\x00\x08\x00\x00\x00\xff\xff"))
	}
	f.Fuzz(func(t *testing.T, name string, data []byte) {
		k, err := KindOf(name, data)
		if err == nil && k.Type == "" || k.IsPicture() && (k.Height < 1 || k.Width > maxSide) {
			t.Errorf("%q: %+v, %v", name, k, err)
		}
	})
}
