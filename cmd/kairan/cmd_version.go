package main

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
)

// build is what this program knows of how it was built.
type build struct {
	Version string `json:"version"`          // of the module; "devel" if the build had none
	Commit  string `json:"commit"`           // empty: built where no repository was
	Dirty   bool   `json:"dirty"`            // the commit, and changes that are in none
	Date    string `json:"commit_date"`      // of the commit, RFC 3339
	Go      string `json:"go"`               // the toolchain
	System  string `json:"operating_system"` // GOOS/GOARCH
}

func thisBuild() build {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		info = &debug.BuildInfo{}
	}
	return buildOf(info)
}

func buildOf(info *debug.BuildInfo) build {
	b := build{Version: info.Main.Version, Go: runtime.Version(), System: runtime.GOOS + "/" + runtime.GOARCH}
	if b.Version == "" || b.Version == "(devel)" {
		b.Version = "devel"
	}
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			b.Commit = s.Value
		case "vcs.time":
			b.Date = s.Value
		case "vcs.modified":
			b.Dirty = s.Value == "true"
		}
	}
	return b
}

// commit is the commit for people.
func (b build) commit() string {
	switch {
	case b.Commit == "":
		return "unknown (built outside its repository, or by go run)"
	case b.Dirty:
		return b.Commit + " with changes of its own"
	}
	return b.Commit
}

func (b build) String() string {
	return fmt.Sprintf("%s, commit %s, %s, %s", b.Version, b.commit(), b.Go, b.System)
}

func (a *app) versionCommand() *cobra.Command {
	c := &cobra.Command{
		Use:  "version",
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			if a.json {
				return a.printJSON(thisBuild())
			}
			a.say("kairan %s\n", thisBuild())
			return nil
		},
	}
	a.jsonFlag(c)
	return c
}
