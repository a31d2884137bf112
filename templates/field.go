package templates

import (
	"fmt"
	"slices"
)

// Field is a declared field as a form shows it. Nothing in it comes from a
// stored record: Value and Erase repeat what this very request contained.
type Field struct {
	ID           string // name of the form field
	Input        string // type of the input element; "": it is a select of the Options
	Mode         string // its inputmode; may be empty
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

// control is a field on its way into a form.
type control struct {
	Field
	Correcting bool // blank leaves as it is; an optional field can be erased
}

// control fills in the choices and marks the one that was chosen in this request.
func newControl(f Field, correcting bool) control {
	marked := make([]Option, len(f.Options))
	for i, o := range f.Options {
		o.Selected = f.Value != "" && o.Value == f.Value
		marked[i] = o
	}
	f.Options = marked
	return control{Field: f, Correcting: correcting}
}

// few is how many choices are radio buttons, which are read at a glance. More are a select.
const few = 6

// Few says whether a field is a choice of few.
func (f Field) Few() bool { return f.Input == "" && len(f.Options) <= few }

// At is the id of the radio button of an option. The first is the [Field.Target], unless a
// blank one stands before it. An underscore is in no id of a field.
func (c control) At(i int) string {
	if i == 0 && !c.Correcting {
		return c.Target()
	}
	return fmt.Sprintf("%s_%d", c.Target(), i+1)
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

// Problem is one thing to put right, shown in the summary above a form.
type Problem struct {
	Target string // id of the control it is about; empty for the form as a whole
	Text   string
}

// Option is one choice of a select.
type Option struct {
	Value    string // what the form sends
	Label    string // what people read
	Selected bool
}

func problems(all ...Problem) []Problem {
	return slices.DeleteFunc(all, func(p Problem) bool { return p.Text == "" })
}
