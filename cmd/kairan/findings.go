package main

import (
	"fmt"
	"io"
	"strings"

	"example.jp/kairan/deliver/compose/finding"
)

// lookAt prints what was found in a text, for whoever has just handed it in.
func (a *app) lookAt(w io.Writer, found finding.List) {
	for _, f := range found {
		says := a.hint(f.Words().In(a.lang()))
		if f.Line == 0 {
			says = a.words().SayStart("look-whole", says)
		} else {
			says = a.words().SayStart("look", says)
		}
		fmt.Fprintln(w, item(w, says))
	}
}

// printFindings prints what was found in a file, in the form that text editors know.
func (a *app) printFindings(w io.Writer, file string, found finding.List) {
	for _, f := range found {
		at := file
		if f.Line > 0 {
			at += fmt.Sprintf(":%d", f.Line)
		}
		fmt.Fprintln(w, item(w, fmt.Sprintf("%s: %s: %s [%s]", at, a.words().SayStart("level-"+string(f.Level)), a.hint(f.In(a.lang())), f.Rule)))
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
func (a *app) counted(found finding.List) string {
	var all []string
	if n := len(found.Of(finding.Error)); n > 0 {
		all = append(all, a.count("found-error", n))
	}
	if n := len(found.Of(finding.Warning)); n > 0 {
		all = append(all, a.count("found-warning", n))
	}
	if all == nil {
		return a.words().SayStart("found-nothing")
	}
	return strings.Join(all, a.words().SayStart("found-and"))
}
