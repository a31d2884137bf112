package main

import (
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// event is a line that the program logs.
type event struct {
	at    string // file:line
	level string // the method's name
	name  string
	keys  []string
	calls []string // what is called for its values
}

// eventKeys are the keys that a line of the log may have. None is for anything of a reader
// but the number of their entry, nor for anything that a visitor or a relay has written.
var eventKeys = []string{
	// which one
	"alarm", "chore", "copy_of", "issue", "list", "notice", "of", "office", "reader", "relay", "run",
	// who ordered it, and what became of it
	"account", "by", "err", "hint", "since", "was", "what", "why",
	// of a feed
	"entries",
	// of attempts at the relay: numbers, and words of ours
	"accepted", "again", "attempt", "attempts", "code", "enhanced", "given_up", "left", "messages", "messages_per_minute", "next", "outcome", "stage", "text",
	// of a request: the pattern of its page, never what was asked
	"counts_as", "method", "proxy", "requests_per_hour", "requests_per_network_per_hour", "route", "stack", "status", "took", "value",
	// of the program, and of its files
	"admin", "commit", "compacted", "config", "control", "effective", "file", "go", "keep", "octets", "octets_after", "octets_before", "pause", "public", "records", "version",
}

// tellingCalls give out what is hidden, or what a visitor has typed.
var tellingCalls = []string{
	"Body", "Clear", "Cookies", "Disclose", "Envelope", "FormValue", "Get", "Identity", "IP", "IPs", "Mailbox", "OriginalURL", "Params", "Path", "Queries", "Query", "RemoteIP", "Reveal", "URL",
}

var eventName = regexp.MustCompile(`^([A-Z][a-z]+)+$`)

// TestEventsOfTheLog: each line is an event by its name, whose keys are of the list above, so
// that what filters the log finds it, and nobody's address, link or words can come along.
func TestEventsOfTheLog(t *testing.T) {
	t.Parallel()
	all := events(t)
	if len(all) < 60 {
		t.Fatalf("only %d events are found", len(all))
	}
	used := map[string]bool{}
	for _, e := range all {
		if !eventName.MatchString(e.name) {
			t.Errorf("%s: %q is no name of an event; write one such as IssueStarted", e.at, e.name)
		}
		for _, key := range e.keys {
			used[key] = true
			if !slices.Contains(eventKeys, key) {
				t.Errorf("%s: %s has a key %q; use one of eventKeys, or say there of what a new one is", e.at, e.name, key)
			}
		}
		for _, call := range e.calls {
			if slices.Contains(tellingCalls, call) {
				t.Errorf("%s: %s logs what %s gives out", e.at, e.name, call)
			}
		}
	}
	for _, key := range eventKeys {
		if !used[key] {
			t.Errorf("no event has the key %q any more", key)
		}
	}
}

var writeEvents = flag.Bool("events", false, "write the events into the handbook")

// TestHandbookHasTheEvents that want to be seen to, for whoever filters the log.
func TestHandbookHasTheEvents(t *testing.T) {
	t.Parallel()
	text := page(t, operating)
	before, rest, ok := strings.Cut(text, "At `level=ERROR`: ")
	_, after, closed := strings.Cut(rest, "\n\n")
	if !ok || !closed {
		t.Fatal("the handbook does not list the events")
	}
	named := func(level string) string {
		var names []string
		for _, e := range events(t) {
			if e.level == level {
				names = append(names, e.name)
			}
		}
		slices.Sort(names)
		return "`" + strings.Join(slices.Compact(names), "`, `") + "`."
	}
	want := before + strings.ReplaceAll(wrapped("At `level=ERROR`: "+named("Error")+" At `level=WARN`: "+named("Warn"), 130), " \n", "\n") + "\n\n" + after
	if want == text {
		return
	}
	t.Error("run `go test ./cmd/kairan -run TestHandbookHasTheEvents -events`, and read what it changed")
	if *writeEvents {
		if err := os.WriteFile(filepath.Join(moduleRoot, operating), []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// events are all that the program logs. It fails where something is logged in another way.
func events(t *testing.T) (all []event) {
	t.Helper()
	for _, f := range goFiles(t) {
		if f.test() || strings.HasPrefix(f.room, "cmd/kairan-bench") {
			continue
		}
		fset := token.NewFileSet()
		parsed, err := parser.ParseFile(fset, filepath.Join(moduleRoot, f.path), nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(parsed, func(n ast.Node) bool {
			c, is := n.(*ast.CallExpr)
			if !is {
				return true
			}
			method, is := c.Fun.(*ast.SelectorExpr)
			if !is || !isLog(method.X) || !logMethod.MatchString(method.Sel.Name) {
				return true
			}
			e := event{at: fmt.Sprintf("%s:%d", f.path, fset.Position(c.Pos()).Line), level: method.Sel.Name}
			if err := e.read(c.Args); err != nil {
				t.Errorf("%s: %v", e.at, err)
			}
			all = append(all, e)
			return true
		})
	}
	return all
}

// logMethod is what logs, by the package log/slog.
var logMethod = regexp.MustCompile(`^(Debug|Info|Warn|Error|Log|LogAttrs|With|WithGroup)(Context)?$`)

// isLog says whether an expression is a log: log, x.log or x.Log; or the package itself.
func isLog(x ast.Expr) bool {
	switch x := x.(type) {
	case *ast.Ident:
		return x.Name == "log" || x.Name == "slog"
	case *ast.SelectorExpr:
		return x.Sel.Name == "log" || x.Sel.Name == "Log"
	}
	return false
}

// read reads the arguments of a call that logs.
func (e *event) read(args []ast.Expr) error {
	if !slices.Contains([]string{"Debug", "Info", "Warn", "Error"}, e.level) {
		return fmt.Errorf("it is logged by %s; use Debug, Info, Warn or Error", e.level)
	}
	for n, arg := range args {
		if n > 0 && n%2 == 0 {
			ast.Inspect(arg, func(n ast.Node) bool {
				if c, is := n.(*ast.CallExpr); is {
					if s, is := c.Fun.(*ast.SelectorExpr); is {
						e.calls = append(e.calls, s.Sel.Name)
					}
				}
				return true
			})
			continue
		}
		word, is := arg.(*ast.BasicLit)
		if !is {
			return fmt.Errorf("a name or a key is put together; write it out")
		}
		text, err := strconv.Unquote(word.Value)
		if err != nil {
			return err
		}
		if n == 0 {
			e.name = text
		} else {
			e.keys = append(e.keys, text)
		}
	}
	if len(args)%2 == 0 {
		return fmt.Errorf("%s: a key has no value", e.name)
	}
	return nil
}
