package main

import (
	"slices"
	"strings"
	"testing"
)

func TestCommandWords(t *testing.T) {
	t.Parallel()
	c := commandLine{line: `issue schedule a/b --at "tomorrow 09:00" {dir}/x`}
	if got := c.words("/d"); !slices.Equal(got, []string{"issue", "schedule", "a/b", "--at", "tomorrow 09:00", "/d/x"}) {
		t.Errorf("%q", got)
	}
}

func TestCommandsFlags(t *testing.T) {
	t.Parallel()
	for _, args := range []string{"--readers 99", "--runs 0"} {
		if code, _, errs := bench(t, append([]string{"commands"}, strings.Fields(args)...)...); code != 1 || !strings.Contains(errs, "--readers, and 1") {
			t.Errorf("%s: exit %d, %q", args, code, errs)
		}
	}
}
