package viewer

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"example.jp/kairan/deliver"
	"example.jp/kairan/deliver/compose/finding"
	"example.jp/kairan/deliver/compose/width"
)

// View is one state of an issue.
type View struct {
	Issue    string // list/slug
	File     string // where it is written; "": it is the stored one
	Lang     string // of the issue, "ja" or "en"
	From     string
	Subject  string
	HTML     string // "": it cannot be made
	Text     string // with LF line ends
	Fold     int    // columns at which its lines are folded; 0: they are not
	Source   string // likewise
	Findings finding.List
	Fault    string // why it cannot be made, if no finding says so
	Octets   int    // of one copy

	HTMLOctets int      // of its HTML, without the pictures in it
	Attached   []string // files that travel with it
	Readers    int
	At         time.Time // when it was looked at

	Stale bool // its picture is of the last version that could be made
}

// after is the view with the picture of the one before, if it has none itself.
func (v View) after(last View) View {
	if v.HTML == "" && last.HTML != "" {
		v.From, v.Subject, v.HTML, v.Text, v.Stale = last.From, last.Subject, last.HTML, last.Text, true
		v.Octets, v.HTMLOctets, v.Attached = last.Octets, last.HTMLOctets, last.Attached
	}
	return v
}

// State is for the style: what there is to see.
func (v View) State() string {
	switch {
	case v.HTML == "":
		return "none"
	case v.Stale:
		return "stale"
	}
	return "good"
}

// Verdict is the worst of what was found.
func (v View) Verdict() string {
	switch {
	case v.Errors() > 0:
		return "error"
	case v.Warnings() > 0:
		return "warning"
	}
	return "clean"
}

// Errors counts what keeps the issue from being sent.
func (v View) Errors() int {
	n := len(v.Findings.Of(finding.Error))
	if v.Fault != "" {
		n++
	}
	return n
}

// Warnings counts what is probably not meant.
func (v View) Warnings() int { return len(v.Findings.Of(finding.Warning)) }

// Line is one line of the source, with what was found in it.
type Line struct {
	N        int
	Text     string
	Findings finding.List
}

// Lines are the lines of the source.
func (v View) Lines() (lines []Line) {
	for i, text := range strings.Split(strings.TrimSuffix(v.Source, "\n"), "\n") {
		l := Line{N: i + 1, Text: text}
		for _, f := range v.Findings {
			if f.Line == l.N {
				l.Findings = append(l.Findings, f)
			}
		}
		lines = append(lines, l)
	}
	return lines
}

// Columns is how wide the widest line of the text part is.
func (v View) Columns() (most int) {
	for l := range strings.Lines(v.Text) {
		most = max(most, width.Columns(strings.TrimRight(l, "\r\n")))
	}
	return most
}

// SubjectColumns is how wide the subject is.
func (v View) SubjectColumns() int { return width.Columns(v.Subject) }

// Filled is how much the HTML has of what it may have, in percent.
func (v View) Filled() int { return min(100, (v.HTMLOctets*100+deliver.MostHTML-1)/deliver.MostHTML) }

// MostHTML is how much the HTML may have, in KB.
func (v View) MostHTML() int { return deliver.MostHTML >> 10 }

// All is the size of all copies, in octets.
func (v View) All() int { return v.Octets * v.Readers }

// Size says octets as people do.
func Size(octets int) string {
	switch {
	case octets >= 10<<30:
		return fmt.Sprintf("%d GB", octets>>30)
	case octets >= 10<<20:
		return fmt.Sprintf("%d MB", octets>>20)
	case octets >= 1<<20:
		return fmt.Sprintf("%.1f MB", float64(octets)/(1<<20))
	case octets >= 10<<10:
		return fmt.Sprintf("%d KB", octets>>10)
	}
	return fmt.Sprintf("%.1f KB", float64(octets)/(1<<10))
}

var pictureHost = regexp.MustCompile(`(?i)<img\b[^>]*\ssrc="(https://[^/"\s;,]+)/`)

// hosts are the origins from which a mail has pictures.
func hosts(mail string) (all []string) {
	for _, m := range pictureHost.FindAllStringSubmatch(mail, -1) {
		if h := strings.ToLower(m[1]); !slices.Contains(all, h) {
			all = append(all, h)
		}
	}
	return all
}

// sender is the name that lists of mails show.
func (v View) sender() string { return cmp.Or(v.From, v.Issue) }

// zenkaku says columns as a language counts them: a full-width character has two.
func zenkaku(lang string, columns int) any {
	if lang != "ja" {
		return columns
	}
	if columns%2 == 1 {
		return fmt.Sprintf("%d.5", columns/2)
	}
	return fmt.Sprint(columns / 2)
}

// thousands writes 12345 as 12,345.
func thousands(n int) string { return deliver.Thousands(n) }
