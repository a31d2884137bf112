package templates

import (
	"strings"
	"testing"
)

// TestProcedure: both languages have the same sections, say all that is declared, and
// keep what is the clerk's apart from what is handed out.
func TestProcedure(t *testing.T) {
	t.Parallel()
	s, err := New()
	if err != nil {
		t.Fatal(err)
	}
	for _, letter := range []bool{true, false} {
		for _, clerk := range []bool{true, false} {
			sections := map[string]int{}
			for _, lang := range []string{Japanese, English} {
				data := ProcedureData{
					Office: "OFFICE", OfficeID: "office-id", Postal: "POSTAL", Contact: "CONTACT", Phone: "PHONE", PolicyURL: "POLICY-URL", PolicyDate: "POLICY-DATE",
					CorrectPage: "CORRECT-PAGE", Letter: letter, Relay: "RELAY", Host: "HOST", Custodians: 7001, Consent: 7002, Marks: 7003, Suspended: 7004, Unreadable: 7005, Provided: 7006,
					Lists: []ProcedureList{{ID: "list-id", Name: "LIST", Page: "SIGN-UP-PAGE", Purpose: "LIST-PURPOSE", EraseBy: "ERASE-BY", Fields: []ProcedureField{{Label: "LABEL", Purpose: "FIELD-PURPOSE"}}}},
				}
				text, err := s.Procedure(lang, clerk, data)
				if err != nil {
					t.Fatal(err)
				}
				want := []string{"OFFICE", "POSTAL", "CONTACT", "PHONE", "POLICY-URL", "POLICY-DATE", "CORRECT-PAGE", "RELAY", "HOST", "7002", "7003", "7004", "7005", "7006", "LIST", "SIGN-UP-PAGE", "LIST-PURPOSE", "ERASE-BY", "LABEL", "FIELD-PURPOSE", "76", "32"}
				if clerk {
					want = []string{"OFFICE", "office-id", "list-id", "7001", "7006", "kairan custody export --subject -", "kairan subscriber remove"}
				} else if strings.Contains(text, "kairan") {
					t.Errorf("%s: what is handed out has commands", lang)
				}
				for _, w := range want {
					if !strings.Contains(text, w) {
						t.Errorf("%s, letter %v, clerk %v: it does not say %s", lang, letter, clerk, w)
					}
				}
				sections[lang] = strings.Count(text, "\n#")
			}
			if ja, en := sections[Japanese], sections[English]; ja != en || ja < 5 {
				t.Errorf("letter %v, clerk %v: %d sections in Japanese, %d in English", letter, clerk, ja, en)
			}
		}
	}
}
