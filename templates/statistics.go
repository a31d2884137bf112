package templates

import (
	"bytes"
	"fmt"
	"html/template"
)

// StatisticsData fills the page of statistics that an office may publish. It stands by
// itself: no other file belongs to it. All numbers are written out, as they may be given out.
type StatisticsData struct {
	Office string // whose lists these are
	Lists  []StatisticsList
}

// StatisticsList is a list's part of it.
type StatisticsList struct {
	ID, Name, Readers string
	AsOf              string // the day
	Bars              []Bar  // readers at the end of each month
	Months            []StatisticsMonth
	Tables            []StatisticsTable
}

// StatisticsMonth is a line of the table of months: readers, joined, left, issues,
// accepted.
type StatisticsMonth struct {
	Month   string
	Numbers []string
}

// StatisticsTable is how often each choice of a field was made; without rows none may be
// shown.
type StatisticsTable struct {
	Label string
	Rows  []StatisticsRow
}

// StatisticsRow is one choice, or those that were merged. Width is of its bar, up to 200.
type StatisticsRow struct {
	Label, Number string
	Width         int
}

// Bar is one of a chart, whose plane is 600 wide and 160 high.
type Bar struct{ X, Y, Width, Height int }

// Statistics renders the page, whole or not at all.
func (s *Set) Statistics(lang string, data StatisticsData) ([]byte, error) {
	var b bytes.Buffer
	if err := s.statistics[language(lang)].Execute(&b, data); err != nil {
		return nil, fmt.Errorf("rendering the statistics: %w", err)
	}
	return b.Bytes(), nil
}

func (s *Set) parseStatistics(lang string) (*template.Template, error) {
	t, err := template.New("page.html").Option("missingkey=error").Funcs(template.FuncMap{
		"lang":  func() string { return lang },
		"lines": lines,
		"t":     func(key string, pairs ...any) (string, error) { return s.message(lang, key, pairs) },
	}).ParseFS(files, "statistics/page.html")
	if err != nil {
		return nil, fmt.Errorf("parsing the statistics: %w", err)
	}
	return t, nil
}
