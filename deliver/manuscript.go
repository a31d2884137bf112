package deliver

import (
	"bytes"
	"crypto/sha256"
	"slices"
)

// Manuscript is what an editor hands in: the text, and what lies beside it.
type Manuscript struct {
	Source []byte // front matter and Markdown
	Files  []File // pictures and attachments that the text names
}

// File is a picture or an attachment of an issue.
type File struct {
	Name string `json:"name"` // as the text names it, in NFC; no path
	Data []byte `json:"data"`
	// Fault says why it could not be read, and FaultJA so in Japanese; it has no Data then.
	Fault   string `json:"fault,omitempty"`
	FaultJA string `json:"fault_ja,omitempty"`
}

// MostEnclosed is the most that an installation may let the files of an issue have
// together, in octets: hardly a mail server takes more, which grows by a third in base64.
const MostEnclosed = 20 << 20

// MostHTML is the greatest HTML part of an issue, in octets: a little beyond it Gmail cuts
// a mail, and with it the link that leaves.
const MostHTML = 100 << 10

// Enclosure is what is known of a file of an issue without its octets.
type Enclosure struct {
	Name string
	Size int // in octets
	Sum  [sha256.Size]byte
}

// Enclosure is what is known of the file without its octets.
func (f File) Enclosure() Enclosure { return Enclosure{f.Name, len(f.Data), sha256.Sum256(f.Data)} }

// Enclosures are the files without their octets, in their order.
func (m Manuscript) Enclosures() (all []Enclosure) {
	for _, f := range m.Files {
		all = append(all, f.Enclosure())
	}
	return all
}

// Sum tells manuscripts apart, by the text and by the names and the content of the files.
func (m Manuscript) Sum() [sha256.Size]byte { return sumOf(m.Source, m.Enclosures()) }

// sumOf is that of the text alone where there are no files.
func sumOf(source []byte, files []Enclosure) [sha256.Size]byte {
	if len(files) == 0 {
		return sha256.Sum256(source)
	}
	h := sha256.New()
	h.Write(source)
	for _, f := range files {
		h.Write(append([]byte{0}, f.Name...)) // neither a text nor a name has it
		h.Write(append([]byte{0}, f.Sum[:]...))
	}
	return [sha256.Size]byte(h.Sum(nil))
}

// SameText says whether two issues have the same text and the same files.
func (i *Issue) SameText(o *Issue) bool {
	return bytes.Equal(i.Source, o.Source) && slices.Equal(i.Files, o.Files)
}

// Enclosed is how many octets the files of an issue have together.
func (i *Issue) Enclosed() (octets int) {
	for _, f := range i.Files {
		octets += f.Size
	}
	return octets
}

// Encoded is how many octets so many become in a message: base64 in lines of 76 (RFC
// 2045 §6.8).
func Encoded(octets int) int {
	n := (octets + 2) / 3 * 4
	return n + (n+75)/76*len("\r\n")
}
