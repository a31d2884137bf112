package main

import (
	"fmt"
	"io"
	"strings"

	"example.jp/kairan/deliver"
	"example.jp/kairan/deliver/compose/finding"
)

// lookAt prints what was found in a text, for whoever has just handed it in.
func (a *app) lookAt(w io.Writer, found finding.List) {
	for _, f := range found {
		at := ""
		if f.Line == 0 {
			at = "this: "
		}
		fmt.Fprintln(w, item(w, "Look at "+at+a.hint(f.String())))
	}
}

// printFindings prints what was found in a file, in the form that text editors know.
func (a *app) printFindings(w io.Writer, file string, found finding.List) {
	for _, f := range found {
		at := file
		if f.Line > 0 {
			at += fmt.Sprintf(":%d", f.Line)
		}
		fmt.Fprintln(w, item(w, fmt.Sprintf("%s: %s: %s [%s]", at, f.Level, a.hint(f.Text), f.Rule)))
	}
}

// item is a sentence of several, whose further lines are set in on a terminal.
func item(w io.Writer, s string) string {
	wide := columns(w)
	if wide == 0 {
		return s
	}
	return strings.ReplaceAll(wrapped(s, wide-indent), "\n", "\n"+strings.Repeat(" ", indent))
}

const indent = 4

// counted says how much was found.
func counted(found finding.List) string {
	errors, warnings := len(found.Of(finding.Error)), len(found.Of(finding.Warning))
	switch {
	case errors > 0 && warnings > 0:
		return deliver.Count(errors, "error") + ", " + deliver.Count(warnings, "warning")
	case errors > 0:
		return deliver.Count(errors, "error")
	case warnings > 0:
		return deliver.Count(warnings, "warning")
	}
	return "nothing found"
}
