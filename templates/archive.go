package templates

import "html/template"

// The pages of what has gone out.
const (
	PageArchive    PageName = "archive"     // Archive
	PageBackNumber PageName = "back-number" // BackNumber
)

// Feed is the feed of a list.
type Feed struct{ Path, List string }

// Archive is what a list has sent, latest first, GET /lists/{list}/issues/; and that of one
// year, GET /lists/{list}/years/{year}.
type Archive struct {
	Frame
	List, ListID string
	Year         int           // of which this is the page; 0: of the latest
	Years        []ArchiveYear // that are shown, latest first
	Index        []ArchiveLink // all years, if there are several
	Join         Join
}

// ArchiveYear is a year with its issues, latest first.
type ArchiveYear struct {
	Year   int
	Issues []ArchiveIssue
}

// ArchiveLink leads to a year.
type ArchiveLink struct {
	Year int
	Path string // "" if it is on this page
}

// ArchiveIssue is an issue as links name it.
type ArchiveIssue struct {
	Path    string
	Subject string
	Lang    string // of the subject, if it is not the page's
	Day     string // YYYY-MM-DD
	Date    string // written out
}

// Join says how to get what an archive shows by mail; Closed is since when nobody can, ""
// if everybody can.
type Join struct{ ListID, Closed string }

// BackNumber is an issue that went out, as anybody may read it, GET
// /lists/{list}/issues/{issue}.
type BackNumber struct {
	Frame
	ArchiveIssue
	List         string
	Archive      string // the path of the archive
	Content      template.HTML
	Attached     []Attachment
	Older, Newer *ArchiveIssue // beside it; nil: it is the first, or the last
	Join         Join
}

// Attachment is a file that went out with an issue.
type Attachment struct {
	Path, Name string
	Size       string // written out
}
