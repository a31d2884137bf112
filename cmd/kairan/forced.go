package main

import (
	"context"
	"fmt"
	"os"
	"path"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"example.jp/kairan/cmd/internal/exit"
)

// forcedName is the command that sshd runs for a key that is bound to it.
const forcedName = "forced"

// sshCommand is what whoever logs in has typed, see sshd(8), "AUTHORIZED_KEYS FILE FORMAT".
const sshCommand = "SSH_ORIGINAL_COMMAND"

// forcedCommands are what such a key may be used for, with their flags. None of them reads
// or writes a file of this computer, or starts a program: text comes by standard input,
// and goes to standard output ("html=-" is a flag with its only value).
var forcedCommands = map[string]string{
	"": "", "help": "", "version": "", "whoami": "json", "__complete": "", "__completeNoDesc": "",
	"completion bash": "no-descriptions", "completion zsh": "no-descriptions", "completion fish": "no-descriptions", "completion powershell": "no-descriptions",
	"issue": "", "issue add": "json list slug", "issue approve": "seen", "issue cancel": "yes", "issue embargo": "json lift",
	"issue lint": "json list strict rules", "issue ls": "json upcoming", "issue pause": "", "issue preview": "list slug html=-", "issue report": "json lang html=-", "issue reschedule": "at slot now alone yes", "issue resume": "",
	"issue resend": "to alone yes", "issue rm": "", "issue schedule": "at slot now alone yes", "issue show": "json", "issue status": "json follow", "issue test": "json", "issue withdraw": "undo yes",
	"list": "", "list close": "farewell yes reopen", "list embed": "lang", "list ls": "json", "list show": "json",
	"audit": "", "audit show": "json list since", "audit verify": "head", "stats": "json list office", "status": "json follow",
}

func (a *app) forcedCommand() *cobra.Command {
	return &cobra.Command{
		Use: forcedName, Hidden: true, Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return a.runForced(c.Context(), os.Getenv(sshCommand)) },
	}
}

// runForced runs a line as it was typed behind ssh.
func (a *app) runForced(ctx context.Context, line string) error {
	words, err := splitWords(line)
	if err != nil {
		return err
	}
	if len(words) == 0 {
		return exit.Usagef("this key runs commands about issues, such as: ssh HOST kairan issue ls")
	}
	if path.Base(words[0]) != "kairan" {
		return exit.Refusedf("this key runs kairan, and no other program: ssh HOST kairan issue ls")
	}
	a.program = "kairan" // as it is called by who types it
	root := (&app{std: a.std, now: a.now, program: a.program, path: a.path, getenv: a.getenv, leeway: a.leeway, forced: true}).command()
	root.SetArgs(words[1:])
	return root.ExecuteContext(ctx)
}

// permit refuses a command that a bound key is not for. It runs before each.
func permit(c *cobra.Command, _ []string) error {
	words := strings.TrimPrefix(strings.TrimPrefix(c.CommandPath(), "kairan"), " ")
	row, known := forcedCommands[words]
	if !known {
		return exit.Refusedf("this key is for issues, and not for kairan %s; log in on the server itself", words)
	}
	flags := strings.Fields(row)
	var err error
	c.Flags().Visit(func(f *pflag.Flag) {
		if !slices.Contains(flags, f.Name) && !slices.Contains(flags, f.Name+"="+f.Value.String()) && err == nil {
			err = exit.Refusedf("with this key kairan %s takes no --%s %s: it uses no file of the server; send with -, and receive on standard output", words, f.Name, f.Value)
		}
	})
	return err
}

// splitWords takes a line apart as a POSIX shell does (POSIX.1-2024, Shell Command Language,
// 2.2 Quoting), and refuses whatever a shell would do beyond that.
func splitWords(line string) (words []string, err error) {
	var word strings.Builder
	begun := false
	runes := []rune(line)
	for i := 0; i < len(runes); i++ {
		switch r := runes[i]; {
		case r == ' ' || r == '\t':
			if begun {
				words = append(words, word.String())
			}
			word.Reset()
			begun = false
			continue
		case r == '\\' && i+1 < len(runes) && runes[i+1] != '\n':
			i++
			word.WriteRune(runes[i])
		case r == '\'' || r == '"':
			quoted, end, err := readQuoted(runes, i)
			if err != nil {
				return nil, err
			}
			word.WriteString(quoted)
			i = end
		case strings.ContainsRune("$`;|&<>()\\\n\r\x00", r):
			return nil, noShell(r)
		default:
			word.WriteRune(r)
		}
		begun = true
	}
	if begun {
		words = append(words, word.String())
	}
	return words, nil
}

// readQuoted reads from a quotation mark to the next, and returns where that is.
func readQuoted(runes []rune, from int) (text string, end int, err error) {
	var b strings.Builder
	mark := runes[from]
	for i := from + 1; i < len(runes); i++ {
		r := runes[i]
		switch {
		case r == mark:
			return b.String(), i, nil
		case mark == '"' && (r == '$' || r == '`'), r == 0:
			return "", 0, noShell(r)
		case mark == '"' && r == '\\' && i+1 < len(runes) && strings.ContainsRune("$`\"\\", runes[i+1]):
			i++
			r = runes[i]
		}
		b.WriteRune(r)
	}
	return "", 0, exit.Usagef("a quotation mark (%c) has no second one", mark)
}

func noShell(r rune) error {
	return exit.Usagef("%s means something to a shell, and none runs here; put it into quotation marks ('), or leave it out", fmt.Sprintf("%q", r))
}
