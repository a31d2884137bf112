package main

import (
	"archive/tar"
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"path"
	"path/filepath"
	"strings"

	"example.jp/kairan/cmd/internal/exit"
	"example.jp/kairan/deliver"
	"example.jp/kairan/deliver/compose/enclosure"
	"example.jp/kairan/deliver/compose/finding"
	"example.jp/kairan/deliver/compose/source"
	"example.jp/kairan/deliver/phrase"
)

// mostPacked is how many files and folders an archive may have.
const mostPacked = 1000

// packing is what standard input begins with, beside text.
type packing int

const (
	unpacked   packing = iota
	packed             // a tar archive
	compressed         // one that is compressed, or a zip file
)

// packingOf looks at the first block. POSIX.1-2024, pax, "ustar Interchange Format": the
// magic stands at 257.
func packingOf(in *bufio.Reader) packing {
	block, _ := in.Peek(512) // a text may be shorter
	switch {
	case len(block) > 262 && string(block[257:262]) == "ustar":
		return packed
	case bytes.HasPrefix(block, []byte("\x1f\x8b")), bytes.HasPrefix(block, []byte("PK\x03\x04")), bytes.HasPrefix(block, []byte("BZh")), bytes.HasPrefix(block, []byte("\xfd7zXZ")), bytes.HasPrefix(block, []byte("\x28\xb5\x2f\xfd")):
		return compressed
	}
	return unpacked
}

// parcel is a text with the files beside it, as an archive brings them: by their names,
// whatever folders they lie in. Nothing is unpacked, so none of it can go anywhere else.
type parcel struct {
	text, from string // the text, and its name in the archive
	files      map[string]deliver.File
	left       int // octets that may still come
}

// readParcel reads an issue from a tar archive, and of its files those that the text names.
func readParcel(ctx context.Context, in io.Reader) (m deliver.Manuscript, err error) {
	p := parcel{files: map[string]deliver.File{}, left: deliver.MostEnclosed}
	r := tar.NewReader(in)
	for n := 0; ; n++ {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil && !errors.Is(err, tar.ErrInsecurePath) {
			return m, exit.Usagef("the archive on standard input is not whole: %w", err)
		}
		if n == mostPacked {
			return m, exit.Usagef("the archive has more than %d files and folders; send the text, and the files that it names", mostPacked)
		}
		if err := p.take(h, r); err != nil {
			return m, err
		}
	}
	if p.from == "" {
		return m, exit.Usagef("there is no text in the archive: no file whose name ends with .md")
	}
	m.Source = []byte(p.text)
	for _, n := range source.Names(ctx, m.Source) {
		m.Files = append(m.Files, p.find(n.Name))
	}
	return m, nil
}

// take takes one entry of an archive.
func (p *parcel) take(h *tar.Header, in io.Reader) error {
	if !filepath.IsLocal(filepath.FromSlash(h.Name)) && h.Name != "./" {
		return exit.Usagef("%q in the archive lies outside of the folder that was packed; pack the files by their names", finding.Clip(h.Name))
	}
	name := enclosure.Name(path.Base(h.Name))
	switch {
	case h.FileInfo().IsDir() || strings.HasPrefix(name, "."): // such as ._map.png, where macOS keeps what tar cannot
		return nil
	case h.Typeflag == tar.TypeSymlink || h.Typeflag == tar.TypeLink:
		p.put(name, nil, phrase.Say("%s is a link to another file, and links are not followed; pack the file itself, with tar -h", finding.Clip(name)))
		return nil
	case h.Typeflag != tar.TypeReg:
		p.put(name, nil, phrase.Say("%s is no file; pack the file itself", finding.Clip(name)))
		return nil
	case strings.EqualFold(path.Ext(name), ".md"):
		return p.takeText(name, in)
	}
	var b bytes.Buffer
	n, err := io.Copy(&b, io.LimitReader(in, int64(p.left)+1))
	if err != nil {
		return exit.Usagef("the archive on standard input is not whole: %w", err)
	}
	if p.left -= int(n); p.left < 0 {
		return exit.Usagef("the files in the archive have more than %d MB together; send those that the text names, smaller, or put them on the web and link to them", deliver.MostEnclosed>>20)
	}
	p.put(name, b.Bytes(), nil)
	return nil
}

func (p *parcel) takeText(name string, in io.Reader) error {
	if p.from != "" {
		return exit.Usagef("there are two texts in the archive, %s and %s; an issue has one", finding.Clip(p.from), finding.Clip(name))
	}
	text, err := readBounded(in, name)
	p.text, p.from = string(text), name
	return err
}

// put keeps a file, or why it cannot be read. Two of one name would be one or the other.
func (p *parcel) put(name string, data []byte, fault error) {
	if _, there := p.files[name]; there {
		data, fault = nil, phrase.Say("there are two files called %s in the archive; give one of them another name", finding.Clip(name))
	}
	p.files[name] = given(name, data, fault)
}

// find is the file that a text names, with the checks that one of a folder has.
func (p *parcel) find(name string) deliver.File {
	f, there := p.files[name]
	if err := enclosure.CheckName(name); err != nil {
		return given(name, nil, phrase.Say("%q cannot be sent: %v", finding.Clip(name), err))
	}
	if there {
		return f
	}
	for other := range p.files {
		if strings.EqualFold(other, name) {
			return given(name, nil, otherCapitals(other, name))
		}
	}
	return given(name, nil, phrase.Say("there is no file %s in the archive; pack it with the text, or correct its name", finding.Clip(name)))
}

func otherCapitals(there, name string) error {
	return phrase.Say("the file is called %s, not %s; write its name with the same capitals", finding.Clip(there), finding.Clip(name))
}

// manuscriptFrom reads an issue from standard input: a text, or an archive with its files.
// folder is where those of a text lie; "": nowhere.
func (a *app) manuscriptFrom(ctx context.Context, folder string) (m deliver.Manuscript, err error) {
	in := bufio.NewReader(a.std.in)
	switch packingOf(in) {
	case packed:
		if folder != "" {
			return m, exit.Usagef("--files is for a text alone, and standard input has an archive, which brings its files along")
		}
		return readParcel(ctx, in)
	case compressed:
		return m, exit.Usagef("standard input is compressed: send a text, or what `tar -c` writes, without z; ssh compresses by -C")
	}
	if m.Source, err = readBounded(in, "-"); err != nil {
		return m, err
	}
	names := source.Names(ctx, m.Source)
	if len(names) > 0 && folder == "" {
		return m, exit.Usagef("the text names files, such as %s in line %d, and text from standard input lies in no folder: say where they are with --files FOLDER, or send them along: tar -c issue.md FILE... | kairan issue add LIST/SLUG -", finding.Clip(names[0].Name), names[0].Line)
	}
	m.Files, err = readFiles(folder, names)
	return m, err
}

// readBounded reads a text that is not too long to be one.
func readBounded(in io.Reader, name string) ([]byte, error) {
	b, err := io.ReadAll(io.LimitReader(in, source.MaxSource+1))
	if err == nil && len(b) > source.MaxSource {
		return nil, exit.Usagef("%s is larger than %d KB; an issue is text, and pictures and attachments lie beside it", name, source.MaxSource>>10)
	}
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, exit.Usagef("%s is not whole: %w", name, err)
	}
	return b, err
}
