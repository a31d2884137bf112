package enclosure

import (
	"archive/zip"
	"bytes"
	"io"
	"path"
	"strings"

	"example.jp/kairan/deliver/phrase"
)

// maxParts bounds the list of contents of an Office file.
const maxParts = 5000

// contents is the list of contents of an archive; nothing of it is unpacked.
func contents(data []byte) ([]*zip.File, error) {
	if !bytes.HasPrefix(data, []byte("PK\x03\x04")) {
		return nil, otherwise(data)
	}
	if bytes.Count(data, []byte("PK\x01\x02")) > maxParts { // each begins so (APPNOTE.TXT 4.3.12)
		return nil, phrase.Say("it cannot be opened; save it anew")
	}
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return nil, phrase.Say("it cannot be opened; save it anew")
	}
	for _, f := range z.File {
		if f.Flags&1 != 0 {
			return nil, phrase.Say("it has a password, so mail servers take it away; save it without")
		}
	}
	return z.File, nil
}

// office takes the files of Office since 2007 (ECMA-376) with their parts in a folder,
// and without programs.
func office(folder string) func(*Kind, []byte) error {
	return func(_ *Kind, data []byte) error {
		all, err := contents(data)
		if err != nil {
			return err
		}
		typed, parts := false, false
		for _, f := range all {
			typed = typed || f.Name == "[Content_Types].xml"
			parts = parts || strings.HasPrefix(f.Name, folder)
			if strings.EqualFold(path.Base(f.Name), "vbaProject.bin") {
				return phrase.Say("it holds programs (macros), so mail servers take it away; save it without, or as PDF")
			}
		}
		if !typed || !parts {
			return phrase.Say("its content is not what its ending says; save it anew")
		}
		return nil
	}
}

// openDocument takes OpenDocument files, whose first part is their media type (ODF 1.2, part 3,
// §3.3).
func openDocument(media string) func(*Kind, []byte) error {
	return func(_ *Kind, data []byte) error {
		all, err := contents(data)
		if err != nil {
			return err
		}
		if len(all) > 0 && all[0].Name == "mimetype" && all[0].UncompressedSize64 <= 100 {
			if r, err := all[0].Open(); err == nil {
				got, err := io.ReadAll(io.LimitReader(r, 100))
				if _ = r.Close(); err == nil && string(got) == media {
					return nil
				}
			}
		}
		return phrase.Say("its content is not what its ending says; save it anew")
	}
}
