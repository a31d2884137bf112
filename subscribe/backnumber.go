package subscribe

import (
	"errors"
	"time"
)

// ErrNoBackNumber says that there is no back number of that name, or no such file of it.
var ErrNoBackNumber = errors.New("there is no such back number")

// BackNumber is an issue that went out, as anybody may read it: its neutral edition, which
// has nothing of a reader, no link of one, and no slot. It comes to be in the commit that
// begins the run, if its list is [List.Archived].
type BackNumber struct {
	List, Slug string // as the issue is named
	Lang       Lang
	Subject    string
	At         time.Time // when its run began
	Withdrawn  time.Time // since when nobody is shown it; zero: it stands
	// What it says is empty in a head, and in one that was withdrawn.
	HTML  string // sanitised, without styles and scripts, to stand below a heading of the first level
	Text  string // the same in plain text, with LF line ends
	Files []BackNumberFile
}

// BackNumberFile is a picture in the text of a back number, or what is attached to it.
type BackNumberFile struct {
	Name     string // no path
	Type     string // media type
	Size     int    // in octets
	Attached bool   // offered below the text, and not a part of it
}

// Path is where the pages have it.
func (b *BackNumber) Path() string { return ArchivePath(b.List) + b.Slug }

// ArchivePath is where the pages have all back numbers of a list.
func ArchivePath(list string) string { return "/lists/" + list + "/issues/" }
