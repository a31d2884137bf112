package templates

import (
	"bytes"
	"fmt"
	"html/template"
)

// RecordData fills the record of an issue, a page for the files of an office. It stands by
// itself: no other file belongs to it. All of it is written out, and nothing is about a
// reader.
type RecordData struct {
	Issue, Subject string
	Preliminary    string // why it is not the last word; "": it is
	Facts          []Labelled
	Balance, Sums  []Labelled
	Balances       string // whether they do
	Bars           []RecordBar
	Most           string // copies of the highest bar
	ChartText      string // what it shows, or why there is none
	Hours          []RecordHour
	Failures       []RecordFailures
	Uncertain      []string // sentences
	Hashes         []Labelled
	Timeline       []RecordEvent
	Made           string
}

// Labelled is a line of a table of two columns.
type Labelled struct{ Label, Value string }

// RecordBar is one of the chart, whose bars stand on a line at 160, and are up to 140 high.
type RecordBar struct {
	X, Width            int
	Accepted, AcceptedY int // height, and where it begins
	Failed, FailedY     int
	Label               string // below it; "": none
}

// RecordHour is a line of the chart's table.
type RecordHour struct{ From, Accepted, Failed string }

// RecordFailures is a table of what was refused, or came back.
type RecordFailures struct {
	ID, Title string
	Rows      []RecordFailure
	Notes     []string // below it
}

// RecordFailure are copies that failed alike.
type RecordFailure struct{ Code, Provider, Copies, Advice string }

// RecordEvent is a line of the timeline. Lang is that of What, if it is not the page's.
type RecordEvent struct{ When, Who, What, Lang string }

// Record renders the page, whole or not at all.
func (s *Set) Record(lang string, data RecordData) ([]byte, error) {
	var b bytes.Buffer
	if err := s.records[language(lang)].Execute(&b, data); err != nil {
		return nil, fmt.Errorf("rendering the record of an issue: %w", err)
	}
	return b.Bytes(), nil
}

func (s *Set) parseRecord(lang string) (*template.Template, error) {
	t, err := template.New("page.html").Option("missingkey=error").Funcs(template.FuncMap{
		"lang": func() string { return lang },
		"t":    func(key string, pairs ...any) (string, error) { return s.message(lang, key, pairs) },
	}).ParseFS(files, "record/page.html")
	if err != nil {
		return nil, fmt.Errorf("parsing the record of an issue: %w", err)
	}
	return t, nil
}
