package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"github.com/jedib0t/go-pretty/v6/text"
	"github.com/spf13/cobra"

	"example.jp/kairan/cmd/internal/config"
	"example.jp/kairan/cmd/internal/control"
	"example.jp/kairan/cmd/internal/exit"
	"example.jp/kairan/cmd/internal/manual"
	"example.jp/kairan/cmd/internal/service"
	"example.jp/kairan/deliver/phrase"
	"example.jp/kairan/templates"
)

// streams are the three of a process, so that tests can have their own.
type streams struct {
	in       io.Reader
	out, err io.Writer
}

// app is one invocation of the command line.
type app struct {
	std     streams
	now     func() time.Time
	program string // how it was called, for a shell
	path    string // of the configuration
	demo    bool   // talk to the running demo instead
	forced  bool   // no file of this computer is read or written, see [app.forcedCommand]
	json    bool
	given   func() bool         // whether the configuration was named on the command line
	verbs   *regexp.Regexp      // see [app.hint]
	start   func([]string)      // starts a browser; nil: there is none
	getenv  func(string) string // nil: nothing is set
	book    *manual.Book        // see [app.words]
	texts   *templates.Set      // see [app.advice]; nil until it is asked for
	leeway
}

// config reads the configuration, of the demo if that is asked for.
func (a *app) config() (*config.Config, error) {
	path := a.path
	if a.demo {
		if err := ownDemo(); err != nil {
			return nil, err
		}
		path = filepath.Join(demoDir(), "kairan.toml")
		if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
			return nil, exit.Refusedf("no demo is running on this computer; start one in another terminal with: kairan demo")
		}
	}
	c, err := config.Load(path)
	if err != nil && !errors.As(err, new(config.Faults)) {
		return nil, exit.Usagef("%w", err)
	}
	return c, err
}

// with does something at the server, or at the service opened here; see [app.connect].
func (a *app) with(needServer string, do func(*client) error) error {
	c, err := a.connect(needServer)
	if err != nil {
		return err
	}
	if c.Local != nil {
		defer c.Local.Close()
	}
	return do(c)
}

// tell calls a verb, and tells what it answered; in JSON, if that was asked for.
func tell[In, Out any](ctx context.Context, a *app, verb control.Verb[service.Service, In, Out], in In, say func(Out) error) error {
	return a.with("", func(cl *client) error {
		out, err := verb.Call(ctx, cl, in)
		if err != nil {
			return err
		}
		if a.json {
			return a.printJSON(out)
		}
		return say(out)
	})
}

// say prints a sentence of ours; what stands for its verbs is printed as it is.
func (a *app) say(format string, args ...any) {
	_, _ = io.WriteString(a.std.out, a.told(format, args...))
}

// told is a sentence of ours in the language of whoever calls, if the catalogue has it.
func (a *app) told(format string, args ...any) string {
	format, args = phrase.Format(a.lang(), format, args)
	format = a.rename(format, func(name string) string { return strings.ReplaceAll(name, "%", "%%") })
	return fmt.Sprintf(format, args...)
}

func (a *app) jsonFlag(c *cobra.Command) {
	c.Flags().BoolVar(&a.json, "json", false, "")
}

func (a *app) printJSON(v any) error {
	e := json.NewEncoder(a.std.out)
	e.SetIndent("", "  ")
	return e.Encode(v)
}

// exitCode prints an error of a command for a person and returns its exit code.
func (a *app) exitCode(command string, err error) int {
	if err == nil {
		return exit.Done
	}
	code := exit.Code(err)
	if command == serveName && code == exit.Usage {
		code = exit.Config
	}
	if command == bounceName {
		code = exit.Later // anything else would have the relay send a bounce of what is one
	}
	for line := range strings.SplitSeq("kairan: "+a.hint(phrase.Of(err).In(a.lang())), "\n") {
		before, command, has := strings.Cut(line, ": "+a.program+" ")
		switch wide := columns(a.std.err); {
		case !strings.Contains(line, a.program+" "):
			line = item(a.std.err, line)
		case has && wide > 0 && text.StringWidth(line) > wide: // a command is left to the terminal, as in [app.para], and begins a line
			line = item(a.std.err, before+":") + "\n  " + a.program + " " + command
		}
		fmt.Fprintln(a.std.err, line)
	}
	return code
}

const serveName = "serve"
