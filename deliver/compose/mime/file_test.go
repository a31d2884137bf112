package mime

import (
	"bytes"
	"io"
	"mime"
	"mime/multipart"
	"net/mail"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func withFiles(files ...File) Message {
	return Message{
		To: "reader@example.com", From: "news@example.jp", Subject: "x", MessageID: "a@example.jp", Date: time.Now(), Boundary: "BOUNDARY",
		Text: Part{Base64, "text"}, HTML: Part{QuotedPrintable, "<p>text</p>"}, Files: files,
	}
}

// tree says how a message is built, and gives its files.
func tree(t rapid.TB, contentType string, body io.Reader, files *[]*multipart.Part) string {
	kind, params, err := mime.ParseMediaType(contentType)
	if err != nil {
		t.Fatal(contentType, err)
	}
	if !strings.HasPrefix(kind, "multipart/") {
		return kind
	}
	var inside []string
	for r := multipart.NewReader(body, params["boundary"]); ; {
		p, err := r.NextPart()
		if err == io.EOF {
			return strings.TrimPrefix(kind, "multipart/") + "(" + strings.Join(inside, " ") + ")"
		}
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(p)
		if err != nil {
			t.Fatal(err)
		}
		inside = append(inside, tree(t, p.Header.Get("Content-Type"), bytes.NewReader(data), files))
		if p.Header.Get("Content-Disposition") != "" {
			*files = append(*files, p)
		}
	}
}

// TestFilesOfAMessage: as simple a tree as its files need, in their order.
func TestFilesOfAMessage(t *testing.T) {
	t.Parallel()
	picture, pdf, text := File{"a.png", "image/png", "1@example.jp", []byte("PNG")}, File{"b.pdf", "application/pdf", "", []byte("PDF")}, File{"c.txt", "text/plain; charset=UTF-8", "", nil}
	for want, files := range map[string][]File{
		"alternative(text/plain text/html)":                                                                nil,
		"alternative(text/plain related(text/html image/png))":                                             {picture},
		"mixed(alternative(text/plain text/html) application/pdf)":                                         {pdf},
		"mixed(alternative(text/plain related(text/html image/png image/png)) application/pdf text/plain)": {picture, pdf, picture, text},
	} {
		m, err := withFiles(files...).Write()
		if err != nil {
			t.Fatal(err)
		}
		r, err := mail.ReadMessage(bytes.NewReader(m.Data))
		if err != nil {
			t.Fatal(err)
		}
		var parts []*multipart.Part
		if got := tree(t, r.Header.Get("Content-Type"), r.Body, &parts); got != want || len(parts) != len(files) {
			t.Errorf("%s with %d files, want %s", got, len(parts), want)
		}
	}
}

// TestNamesOfFiles: they come back, in lines of 78 characters at most.
func TestNamesOfFiles(t *testing.T) {
	t.Parallel()
	letters := []rune("aB 1=?_-,.:;()'*%「」、。あいうえおガ亜髙﨑神𠮷か\u3099👩\u200d👩&#$")
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.StringOfN(rapid.SampledFrom(letters), 1, 85, -1).Draw(t, "name") + ".pdf"
		m, err := withFiles(File{Name: name, Type: "application/pdf", Data: []byte("x")}, File{Name: name, Type: "image/png", ID: strings.Repeat("a", 24) + "@example.jp"}).Write()
		if err != nil {
			t.Fatal(err)
		}
		for _, l := range strings.Split(string(m.Data), "\r\n") {
			if len(l) > 78 || strings.ContainsFunc(l, func(r rune) bool { return r > '~' }) {
				t.Fatalf("a line of %d characters: %s", len(l), l)
			}
		}
		r, err := mail.ReadMessage(bytes.NewReader(m.Data))
		if err != nil {
			t.Fatal(err)
		}
		var parts []*multipart.Part
		tree(t, r.Header.Get("Content-Type"), r.Body, &parts)
		for _, p := range parts {
			if _, params, err := mime.ParseMediaType(p.Header.Get("Content-Disposition")); err != nil || params["filename"] != name {
				t.Fatalf("%q came back as %q, %v", name, params["filename"], err)
			}
			if _, params, err := mime.ParseMediaType(p.Header.Get("Content-Type")); err != nil || !strings.HasSuffix(params["name"], ".pdf") || len(params["name"]) > maxPlainName {
				t.Fatalf("the plain name of %q is %q, %v", name, params["name"], err)
			}
		}
	})
}

func TestPlainNames(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"press.pdf": "press.pdf", "会場の地図.png": "file.png", "R8_募集要項.pdf": "R8_.pdf", "募集-1.pdf": "-1.pdf", "あ": "file", "a b.txt": "ab.txt",
		strings.Repeat("a", 90) + ".pdf": strings.Repeat("a", 46) + ".pdf",
	} {
		if got := plainName(name); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
}

// TestNamesAddNoHeader: whatever a name holds.
func TestNamesAddNoHeader(t *testing.T) {
	t.Parallel()
	for _, f := range []File{{Name: "a\r\nBcc: b@example.org"}, {Name: "a.pdf", Type: "x\r\ny"}, {Name: "a.pdf", Type: "image/png", ID: "a\nb"}} {
		if _, err := withFiles(f).Write(); err == nil {
			t.Errorf("%q was written", f)
		}
	}
	m := withFiles(File{Name: "a.pdf", Type: "application/pdf"})
	m.HTML = Part{}
	if _, err := m.Write(); err == nil {
		t.Error("a message of one part took a file")
	}
}
