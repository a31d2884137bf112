package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"strings"
	"testing"

	"example.jp/kairan/cmd/internal/exit"
	"example.jp/kairan/deliver"
	"example.jp/kairan/deliver/compose/source"
)

// entry is one of an archive.
type entry struct {
	name, content string
	kind          byte // 0: a file
	octets        int  // of content that is not given
}

// archive packs entries, as they stand.
func archive(t *testing.T, all ...entry) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, e := range all {
		h := &tar.Header{Name: e.name, Mode: 0o600, Typeflag: e.kind, Size: int64(len(e.content) + e.octets)}
		if e.kind == tar.TypeSymlink || e.kind == tar.TypeLink {
			h.Linkname, h.Size = e.content, 0
		}
		if err := w.WriteHeader(h); err != nil {
			t.Fatal(err)
		}
		if h.Size > 0 {
			if _, err := io.Copy(w, io.MultiReader(strings.NewReader(e.content), bytes.NewReader(make([]byte, e.octets)))); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// naming is the text of an issue to which these are attached.
func naming(names string) string {
	return "+++\nsubject = \"x\"\nattachments = [" + names + "]\n+++\nx\n"
}

// TestReadParcel: an archive brings what the text names, by its name alone.
func TestReadParcel(t *testing.T) {
	t.Parallel()
	text := naming(`"が.pdf", "b.pdf"`)
	in := archive(t, entry{name: "pictures/", kind: tar.TypeDir}, entry{name: "pictures/か\u3099.pdf", content: "one"}, entry{name: "c.pdf", content: "three"},
		entry{name: "./issue.md", content: text}, entry{name: "._issue.md", content: "macOS"}, entry{name: "deep/er/b.pdf", content: "two"})
	a := &app{std: streams{in: bytes.NewReader(in)}}
	m, err := a.readManuscript(t.Context(), "-", "")
	if err != nil || string(m.Source) != text || len(m.Files) != 2 {
		t.Fatalf("%q, %v, %v", m.Source, m.Files, err)
	}
	if m.Files[0].Name != "が.pdf" || string(m.Files[0].Data) != "one" || string(m.Files[1].Data) != "two" || m.Files[0].Fault+m.Files[1].Fault != "" {
		t.Errorf("%v", m.Files)
	}
}

// TestParcelFaults: what is wrong with one file is said of it, as of one in a folder.
func TestParcelFaults(t *testing.T) {
	t.Parallel()
	for want, all := range map[string][]entry{
		"b.pdf is a link to another file":       {{name: "b.pdf", kind: tar.TypeSymlink, content: "/etc/passwd"}},
		"b.pdf is a link to another file, and ": {{name: "x.pdf", content: "x"}, {name: "b.pdf", kind: tar.TypeLink, content: "x.pdf"}},
		"b.pdf is no file":                      {{name: "b.pdf", kind: tar.TypeFifo}},
		"there are two files called b.pdf":      {{name: "x/b.pdf", content: "1"}, {name: "y/b.pdf", content: "2"}},
		"the file is called B.pdf, not b.pdf":   {{name: "B.pdf", content: "1"}},
		"there is no file b.pdf in the archive": nil,
	} {
		in := archive(t, append([]entry{{name: "issue.md", content: naming(`"b.pdf"`)}}, all...)...)
		m, err := readParcel(t.Context(), bytes.NewReader(in))
		if err != nil || len(m.Files) != 1 || !strings.Contains(m.Files[0].Fault, want) || m.Files[0].Data != nil {
			t.Errorf("want %q: %v, %v", want, m.Files, err)
		}
	}
	in := archive(t, entry{name: "issue.md", content: naming(`"../b.pdf"`)}, entry{name: "b.pdf", content: "1"})
	if m, err := readParcel(t.Context(), bytes.NewReader(in)); err != nil || !strings.Contains(m.Files[0].Fault, "a path is not read") {
		t.Errorf("%v, %v", m.Files, err)
	}
}

// TestParcelIsRefused: what no office packs is refused whole, and within bounds.
func TestParcelIsRefused(t *testing.T) {
	t.Parallel()
	issue := entry{name: "issue.md", content: naming("")}
	whole := archive(t, issue, entry{name: "b.pdf", octets: 5000})
	var many []entry
	for n := range mostPacked {
		many = append(many, entry{name: fmt.Sprintf("%d/", n), kind: tar.TypeDir})
	}
	var squeezed bytes.Buffer
	z := gzip.NewWriter(&squeezed)
	_, _ = z.Write(whole)
	_ = z.Close()
	for want, in := range map[string][]byte{
		"lies outside of the folder": archive(t, issue, entry{name: "../b.pdf", content: "1"}),
		"\"/etc/b.pdf\" in the":      archive(t, issue, entry{name: "/etc/b.pdf", content: "1"}),
		"there is no text":           archive(t, entry{name: "b.pdf", content: "1"}),
		"two texts":                  archive(t, issue, entry{name: "other.md", content: "x"}),
		"more than 20 MB together":   archive(t, entry{name: "a.pdf", octets: deliver.MostEnclosed}, entry{name: "b.pdf", content: "1"}, issue),
		"more than 1000 files":       archive(t, append(many, issue)...),
		"larger than":                archive(t, entry{name: "issue.md", octets: source.MaxSource + 1}),
		"is not whole":               whole[:1500],
		"is compressed":              squeezed.Bytes(),
	} {
		a := &app{std: streams{in: bytes.NewReader(in)}}
		m, err := a.readManuscript(t.Context(), "-", "")
		if err == nil || exit.Code(err) != exit.Usage || !strings.Contains(err.Error(), want) || len(m.Files) > 0 {
			t.Errorf("want %q: %v, %d files", want, err, len(m.Files))
		}
	}
}
