package main

import (
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"example.jp/kairan/cmd/internal/manual"
)

// freeWords are names of operands and values of which only whoever types knows what comes.
const freeWords = "- ADDRESS COLUMN COMMAND DAY FIELD=COLUMN N:HASH NUMBER PORT REASON SERVER SLUG WHEN WHERE WHOM WORD ZONE"

// TestEveryOperandIsCompleted: or it is one of which nothing can be offered.
func TestEveryOperandIsCompleted(t *testing.T) {
	t.Parallel()
	root, book := treeIn(t, manual.English)
	by := (&app{}).completions()
	free := strings.Fields(freeWords)
	unused := slices.Clone(free)
	decided := func(name string) bool {
		unused = slices.DeleteFunc(unused, func(s string) bool { return s == name })
		return by[name] != nil || slices.Contains(free, name)
	}
	every(root, func(c *cobra.Command) {
		if c.ValidArgsFunction == nil && !c.HasSubCommands() {
			t.Errorf("%s offers files", c.CommandPath())
		}
		places, _ := operandsOf(c.Use)
		for _, operand := range slices.Concat(places...) {
			if !decided(operand) {
				t.Errorf("%s: what is offered for %s? Say it in completions, or that nothing is in freeWords", c.CommandPath(), operand)
			}
		}
		c.LocalFlags().VisitAll(func(f *pflag.Flag) {
			_, value := book.Flag(c, f)
			fixed := fixedValues()
			if value == "" || len(fixed[f.Name]) > 0 || len(fixed[manual.NameOf(c)+" "+f.Name]) > 0 {
				return
			}
			if !decided(value) {
				t.Errorf("%s: what is offered for --%s %s? Say it in completions, or that nothing is in freeWords", c.CommandPath(), f.Name, value)
			}
			if _, done := c.GetFlagCompletionFunc(f.Name); !done {
				t.Errorf("%s --%s offers files", c.CommandPath(), f.Name)
			}
		})
	})
	if len(unused) > 0 {
		t.Errorf("no command takes %v", unused)
	}
}

func TestOperandsOf(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		use      string
		want     string
		repeated bool
	}{
		{"ls", "", false},
		{"show LIST", "LIST", false},
		{"import LIST FILE", "LIST;FILE", false},
		{"add [LIST/SLUG] FILE.md|-", "LIST/SLUG FILE.md -;FILE.md -", false},
		{"lint FILE.md|-|LIST/SLUG ...", "FILE.md - LIST/SLUG", true},
		{`embargo LIST/SLUG "2026-12-01 18:00" | --lift`, "LIST/SLUG", false},
		{"bounce [--to ADDRESS] < MAIL", "", false},
		{"export (--list LIST | --subject -) --to WHOM", "", false},
	} {
		places, repeated := operandsOf(c.use)
		var got []string
		for _, p := range places {
			got = append(got, strings.Join(p, " "))
		}
		if strings.Join(got, ";") != c.want || repeated != c.repeated {
			t.Errorf("%s: %q, %t", c.use, got, repeated)
		}
	}
}
