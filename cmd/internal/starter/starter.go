package starter

import (
	"bytes"
	"cmp"
	"embed"
	"slices"
	"strings"
	"text/template"
	"time"
)

//go:embed ja.md en.md
var files embed.FS

// The delimiters leave slots alone.
var texts = template.Must(template.New("").Delims("<<", ">>").ParseFS(files, "ja.md", "en.md"))

// Ground is what a new issue stands on.
type Ground struct {
	Lang   string  // "ja" or "en"
	Site   string  // of the office, an https URL
	Fields []Field // of the list
	Now    time.Time
}

// Field is a field that can be put in.
type Field struct {
	ID       string `json:"id"`
	Label    string `json:"label"` // in the language of the list
	Required bool   `json:"required"`
	Text     bool   `json:"text"` // typed freely, and no choice
}

// Text is the source of a new issue.
func Text(g Ground) ([]byte, error) {
	var b bytes.Buffer
	name := "en.md"
	if g.Lang == "ja" {
		name = "ja.md"
	}
	err := texts.ExecuteTemplate(&b, name, g)
	return b.Bytes(), err
}

// Month is this month, as a subject names it.
func (g Ground) Month() string {
	if g.Lang == "ja" {
		return g.Now.Format("2006年1月")
	}
	return g.Now.Format("January 2006")
}

// Slots are the slots that can stand in the text, each with what it puts in.
func (g Ground) Slots() (slots []string) {
	for _, f := range g.Fields {
		if g.Lang == "ja" {
			slots = append(slots, f.slot("読者")+"（"+f.Label+"）")
		} else {
			slots = append(slots, f.slot("reader")+" ("+f.Label+")")
		}
	}
	return slots
}

// Optional says whether a slot needs words for readers who left its field blank.
func (g Ground) Optional() bool {
	return slices.ContainsFunc(g.Fields, func(f Field) bool { return !f.Required })
}

// Whom is the slot with which a reader is greeted; "": the list has none.
func (g Ground) Whom() string {
	fields := slices.Clone(g.Fields)
	slices.SortStableFunc(fields, func(a, b Field) int { return cmp.Compare(rank(a), rank(b)) })
	if len(fields) == 0 || !fields[0].Text {
		return ""
	}
	if g.Lang == "ja" {
		return fields[0].slot("読者")
	}
	return fields[0].slot("reader")
}

// rank is how well a field names a reader, the best first.
func rank(f Field) int {
	switch {
	case f.Text && strings.Contains(f.ID, "name"):
		return 0
	case f.Text && f.Required:
		return 1
	case f.Text:
		return 2
	}
	return 3
}

func (f Field) slot(or string) string {
	if f.Required {
		return "{{" + f.ID + "}}"
	}
	return "{{" + f.ID + "|" + or + "}}"
}
