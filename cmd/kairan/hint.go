package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"example.jp/kairan/cmd/internal/service"
)

// What Kairan tells people to type is written as `kairan VERB …` wherever it is
// said: here, in the rooms below, and by a server to whoever asks it. Only the
// command that prints it knows how it was called itself, so the name is put in
// there, by [app.hint], and a hint can be pasted as it stands.

// calledAs is how the program with that first argument is called again from the
// same folder.
func calledAs(arg0 string) string {
	dir := filepath.ToSlash(filepath.Dir(arg0))
	if strings.Contains(dir, "/go-build") || cacheDir.MatchString(dir) {
		if _, err := os.Stat("cmd_issue.go"); err == nil {
			return "go run ."
		}
		return "go run ./cmd/kairan"
	}
	return shellWord(arg0)
}

// cacheDir is where `go run` keeps what it has built, whatever its cache is called.
var cacheDir = regexp.MustCompile(`/[0-9a-f]{64}-d$`)

var plainWord = regexp.MustCompile(`^[\w./:@%+,=~\\-]+$`)

// shellWord quotes what a shell would take apart.
func shellWord(s string) string {
	if plainWord.MatchString(s) {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

// self is the program with the flags it was given, to go before a verb.
func (a *app) self() string {
	switch {
	case a.demo:
		return a.program + " --demo"
	case a.given != nil && a.given():
		return a.program + " -c " + shellWord(a.path)
	}
	return a.program
}

// hint makes the commands in a text such that they can be pasted.
func (a *app) hint(text string) string { return a.rename(text, func(s string) string { return s }) }

// rename does it, and escapes what it puts in.
func (a *app) rename(text string, escape func(string) string) string {
	if a.verbs == nil {
		return text
	}
	return a.verbs.ReplaceAllStringFunc(text, func(found string) string {
		part := a.verbs.FindStringSubmatch(found)
		before, config, verb := part[1], part[2], part[3]
		switch {
		case verb == "demo" || verb == "init":
			return before + escape(a.program) + " " + verb // they look at no configuration
		case a.demo && verb == serveName:
			return before + escape(a.program) + " demo"
		case config != " ":
			return before + escape(a.program) + config + verb
		}
		return before + escape(a.self()) + " " + verb
	})
}

// verbsOf finds `kairan VERB`, with the configuration that is named between, if
// one is; not in a path, nor in a sentence about an account of that name.
func verbsOf(names []string) *regexp.Regexp {
	return regexp.MustCompile(`(^|[^\w./-])kairan( | -c (?:'[^']*'|\S+) )(` + strings.Join(names, "|") + `)\b`)
}

// hinted is an issue whose words for people can be pasted.
func (a *app) hinted(i service.Issue) service.Issue {
	i.Relay, i.Clock, i.Copy = a.hint(i.Relay), a.hint(i.Clock), a.hint(i.Copy)
	i.Waits.Why = a.hint(i.Waits.Why)
	for n := range i.Events {
		i.Events[n].What = a.hint(i.Events[n].What)
	}
	for _, all := range [][]string{i.Warnings, i.WarningsJA} {
		for n := range all {
			all[n] = a.hint(all[n])
		}
	}
	if i.Before != nil {
		for n := range i.Before.Lacks {
			i.Before.Lacks[n].Says = a.hint(i.Before.Lacks[n].Says)
		}
	}
	return i
}
