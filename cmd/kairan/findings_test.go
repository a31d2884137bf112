package main

import (
	"bytes"
	"testing"

	"example.jp/kairan/deliver/compose/finding"
)

func TestCounted(t *testing.T) {
	t.Parallel()
	var l finding.List
	if got := counted(l); got != "nothing found" {
		t.Error(got)
	}
	l.Warn(1, "alt", "a")
	if got := counted(l); got != "1 warning" {
		t.Error(got)
	}
	l.Fail(1, "link", "b")
	l.Fail(2, "link", "b")
	if got := counted(l); got != "2 errors, 1 warning" {
		t.Error(got)
	}
	if got := counted(l.Of(finding.Error)); got != "2 errors" {
		t.Error(got)
	}
}

// TestFindingsOfNoLine: what is found in the whole of a text names the file alone.
func TestFindingsOfNoLine(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	a := &app{std: streams{out: &out}}
	var l finding.List
	l.Warn(0, "clipping", "it is long")
	l.Warn(7, "alt", "it is blank")
	a.printFindings(&out, "a.md", l)
	a.lookAt(&out, l)
	const want = "a.md: warning: it is long [clipping]\na.md:7: warning: it is blank [alt]\nLook at this: it is long\nLook at line 7: it is blank\n"
	if out.String() != want {
		t.Errorf("%s", out.String())
	}
}
