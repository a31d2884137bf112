package main

import "testing"

// TestChecksAreSetIn: sentences are broken for the terminal; what is to be copied is not.
func TestChecksAreSetIn(t *testing.T) {
	t.Parallel()
	c := checkup{app: &app{program: "kairan"}}
	const margin = "\n                        "
	for _, x := range []struct {
		found string
		wide  int
		want  string
	}{
		{"one two three four five six seven", 48, "one two three four five" + margin + "six seven"},
		{"one two three four five six seven", 0, "one two three four five six seven"},
		{"one two three four five six seven", 20, "one two three four five six seven"},
		{"show it:\nrun kairan check --key-copy FILE", 48, "show it:" + margin + "run kairan check --key-copy FILE"},
		{"publish\n  example.jp. TXT \"v=spf1 -all\"", 48, "publish\n    example.jp. TXT \"v=spf1 -all\""},
	} {
		if got := c.setIn(x.found, x.wide); got != x.want {
			t.Errorf("%q at %d:\n%q", x.found, x.wide, got)
		}
	}
}
