package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"example.jp/kairan/cmd/internal/service"
	"example.jp/kairan/deliver"
	"example.jp/kairan/templates"
)

// status prints where an issue stands; with follow it goes on until nothing more will
// change.
func (a *app) status(ctx context.Context, cl *client, name string, follow bool) error {
	i, err := service.IssueStatus.Call(ctx, cl, service.Named{Issue: name})
	switch {
	case err != nil:
		return err
	case follow && cl.Local == nil:
		return a.followIssue(ctx, cl, i)
	case a.json:
		return a.printJSON(i)
	}
	a.say("%s", a.inWords().text(a.hinted(i), a.now()))
	return nil
}

// advice is what is to be done about a class of failures.
func (a *app) advice(of string) string {
	if a.texts == nil {
		set, err := templates.New()
		if err != nil { // which the tests rule out
			return of
		}
		a.texts = set
	}
	return a.hint(a.texts.Say(a.lang(), "advice."+of, nil))
}

// remark is a sentence of any length, in lines short enough to go back over.
func remark(s string) string {
	var b strings.Builder
	for line := range strings.SplitSeq(wrapped(s, 76), "\n") {
		fmt.Fprintf(&b, "  %s\n", strings.TrimRight(line, " "))
	}
	return b.String()
}

func percent(n, of int) int {
	if of == 0 {
		return 100
	}
	return n * 100 / of
}

func bar(n, of, width int) string {
	full := width
	if of > 0 {
		full = n * width / of
	}
	return "[" + strings.Repeat("#", full) + strings.Repeat("-", width-full) + "]"
}

// fromNow says a duration as people do: "in 9 minutes".
func fromNow(d time.Duration) string {
	if d < time.Second {
		return "now"
	}
	return "in " + deliver.Span(d)
}
