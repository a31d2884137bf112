package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/rogpeppe/go-internal/testscript"
)

// tabs are how shells are asked what Tab would offer behind a line, $1, in which the
// completion is installed as our manual says.
var tabs = map[string]string{
	"bash": `. /usr/share/bash-completion/bash_completion
. <(kairan completion bash)
COMP_LINE=$1 COMP_POINT=${#1} COMP_TYPE=9
read -ra COMP_WORDS <<<"$1"
[[ $1 != *' ' ]] || COMP_WORDS+=('')
COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
compopt() { :; }
__start_kairan
printf '%s\n' "${COMPREPLY[@]}"`,
	"zsh": `autoload -U compinit; compinit -D
. <(kairan completion zsh)
compadd() { :; }
_describe() { local -a all; all=("${(@P)2}"); print -l -- "${all[@]}"; }
_arguments() { :; }
words=(${=1}); [[ $1 != *' ' ]] || words+=('')
CURRENT=${#words}
_kairan`,
	"fish": `kairan completion fish | source
complete -C "$argv[1]"`,
}

// writeProgram writes a script that is then run. Nothing else is started meanwhile: a child has
// what is open for writing until it is a program of its own, and the system runs no file that
// anybody writes to.
func writeProgram(path, text string) error {
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	return os.WriteFile(path, []byte(text), 0o700)
}

// tab asks a real shell what it offers behind a line.
func (s *story) tab(ts *testscript.TestScript, neg bool, args []string) {
	usageOf(ts, neg || len(args) != 2 || tabs[args[0]] == "", "tab bash|zsh|fish LINE")
	shell, err := exec.LookPath(args[0])
	if err == nil && args[0] == "bash" {
		_, err = os.Stat("/usr/share/bash-completion/bash_completion")
	}
	if err != nil {
		s.missing(ts, err)
	}
	self, err := exec.LookPath(program)
	ts.Check(err)
	bin := s.file("shell/bin")
	ts.Check(os.MkdirAll(bin, 0o755))
	ts.Check(writeProgram(filepath.Join(bin, "kairan"), "#!/bin/sh\nexec "+self+" \"$@\"\n"))
	ts.Setenv("HOME", s.file("shell"))
	ts.Setenv("PATH", bin+string(os.PathListSeparator)+ts.Getenv("PATH"))
	how := map[string][]string{"bash": {"--norc", "-c", tabs["bash"], "bash"}, "zsh": {"-f", "-c", tabs["zsh"], "zsh"}, "fish": {"--no-config", "-c", tabs["fish"]}}[args[0]]
	ts.Check(ts.Exec(shell, append(how, args[1])...))
	if said := strings.TrimSpace(ts.ReadFile("stderr")); said != "" {
		ts.Fatalf("Tab says %q", said)
	}
}
