package templates

import (
	"errors"
	"fmt"
	"strings"
	"text/template"
	"unicode"

	xlanguage "golang.org/x/text/language"
	"golang.org/x/text/message"
)

// ReportData fills a mail to an office about an issue of its own, or about what is wrong
// with the installation.
type ReportData struct {
	List, Office string // their names in the mail's language
	Issue        string // list/slug; of an alarm its name, and of what it is
	Subject      string // of the issue; of an alarm what it means, if that has words
	Started      string // an instant as people read it; "": it has not
	Why, Hint    string
	Lacks        []string // of an alarm of several things: each in a sentence

	// The balance; Audience 0: there is none. Bounced are those of the accepted that came back.
	Audience, Accepted, Bounced, Refused, Expired, Deferred, Withdrawn, Uncertain, InFlight, Pending, Cancelled int
}

// reportNames are the reports that there are: one file each, in each language.
var reportNames = [...]string{"ended", "paused", "held", "alarm"}

func parseReports(lang string) (map[string]*template.Template, error) {
	count := message.NewPrinter(xlanguage.Make(lang))
	reports := map[string]*template.Template{}
	for _, name := range reportNames {
		file := "reports/" + name + "." + lang + ".txt"
		t, err := template.New(file).Funcs(template.FuncMap{
			"count": func(n int) string { return count.Sprint(n) }, "quoted": quoted,
		}).ParseFS(files, "reports/parts."+lang+".txt", file)
		if err != nil {
			return nil, fmt.Errorf("parsing %s: %w", file, err)
		}
		reports[name] = t
	}
	return reports, nil
}

// Report renders the plain-text mail reports/NAME.LANG.txt, as [Set.Mail] does. What is
// quoted in it has been written by the program, and stands there on lines of its own.
func (s *Set) Report(name, lang string, data ReportData) (subject, body string, err error) {
	t, ok := s.reports[language(lang)][name]
	if !ok {
		return "", "", fmt.Errorf("there is no report %q", name)
	}
	if data.Office == "" || data.Issue == "" {
		return "", "", errors.New("a report must name the office, and what it is about")
	}
	if subject, err = execute(t, "subject", data); err == nil {
		body, err = execute(t, "body", data)
	}
	if err != nil {
		return "", "", fmt.Errorf("report %s: %w", name, err)
	}
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, subject), body + "\n", nil
}
