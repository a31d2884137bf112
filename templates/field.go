package templates

import "fmt"

// FieldKind says how a declared field is asked for.
type FieldKind string

// The kinds of field.
const (
	KindText       FieldKind = "text"
	KindChoice     FieldKind = "choice"     // Options are the choices
	KindPrefecture FieldKind = "prefecture" // the 47 and abroad, unless Options says otherwise
)

// Field is a declared field as a form shows it. Nothing in it comes from a
// stored record: Value and Erase repeat what this very request contained.
type Field struct {
	ID           string // name of the form field
	Kind         FieldKind
	Label        string
	Purpose      string // what it is asked for
	Required     bool
	Autocomplete string // HTML autocomplete token (WCAG 1.3.5); may be empty
	MaxLength    int    // in characters, told in words and never cut by the browser; 0 says nothing
	Options      []Option
	Value        string // as typed in this request
	Erase        bool   // the "erase" box as ticked in this request
	Error        string
}

// Abroad is the value of the choice after the 47 prefectures.
const Abroad = "abroad"

// Prefectures lists the choices of [KindPrefecture] in their customary order,
// labelled in lang. The values are the codes of ISO 3166-2, "JP-01" to "JP-47",
// and then [Abroad].
func (s *Set) Prefectures(lang string) []Option {
	all := make([]Option, 0, 48)
	for n := 1; n <= 47; n++ {
		all = append(all, Option{
			Value: fmt.Sprintf("JP-%02d", n),
			Label: s.Say(lang, fmt.Sprintf("prefecture.jp%02d", n), nil),
		})
	}
	return append(all, Option{Value: Abroad, Label: s.Say(lang, "prefecture.abroad", nil)})
}

// control is a field on its way into a form.
type control struct {
	Field
	Correcting bool // blank leaves as it is; an optional field can be erased
}

// control fills in the choices and marks the one that was chosen in this request.
func (s *Set) control(lang string, f Field, correcting bool) control {
	if f.Kind == KindPrefecture && len(f.Options) == 0 {
		f.Options = s.Prefectures(lang)
	}
	marked := make([]Option, len(f.Options))
	for i, o := range f.Options {
		o.Selected = f.Value != "" && o.Value == f.Value
		marked[i] = o
	}
	f.Options = marked
	return control{Field: f, Correcting: correcting}
}

// Target is the id of the control, also used by the summary of errors.
func (f Field) Target() string { return "field-" + f.ID }

func fieldProblems(fields []Field) []Problem {
	var all []Problem
	for _, f := range fields {
		all = append(all, problems(Problem{f.Target(), f.Error})...)
	}
	return all
}
