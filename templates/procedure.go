package templates

import (
	"bytes"
	"fmt"
	"strings"
	"text/template"
)

// ProcedureData fills the written procedure of an office for requests about personal
// information. All of it is declared in the configuration, in the language of the text.
type ProcedureData struct {
	Office, OfficeID, Postal, Contact string
	Phone                             string // "": none

	PolicyURL, PolicyDate string
	CorrectPage           string // where readers ask for a link of corrections
	Letter                bool   // requests are taken by letter
	Relay, Host           string // who operates them; "": not said
	Custodians            int    // how many can read an export
	Lists                 []ProcedureList

	Consent, Marks, Suspended, Unreadable, Provided int // days
}

// ProcedureList is what a list of the office holds.
type ProcedureList struct {
	ID, Name, Page, Purpose string
	EraseBy                 string // a day; "": none
	Fields                  []ProcedureField
}

// ProcedureField is one item of it beside the address.
type ProcedureField struct {
	Label, Purpose string
	Required       bool
}

// Procedure renders the written procedure as Markdown, to be read as it is: for those who
// make a request, or the steps of the clerk, which are not handed to them.
func (s *Set) Procedure(lang string, clerk bool, data ProcedureData) (string, error) {
	part := "requester"
	if clerk {
		part = "clerk"
	}
	var b bytes.Buffer
	if err := s.procedures[language(lang)].ExecuteTemplate(&b, part, data); err != nil {
		return "", fmt.Errorf("the procedure: %w", err)
	}
	return strings.Trim(blankLines.ReplaceAllString(b.String(), "\n\n"), "\n") + "\n", nil
}

func parseProcedure(lang string) (*template.Template, error) {
	t, err := template.New("").Option("missingkey=error").ParseFS(files, "custody/procedure."+lang+".md")
	if err != nil {
		return nil, fmt.Errorf("parsing the procedure: %w", err)
	}
	return t, nil
}
