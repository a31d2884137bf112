package main

import (
	"strings"
	"testing"

	"example.jp/kairan/cmd/internal/config"
)

// TestFieldsThatNothingUses: what statistics count is of use, and what no issue puts in is
// not, once the list has issues.
func TestFieldsThatNothingUses(t *testing.T) {
	t.Parallel()
	cfg, err := config.Parse("kairan.toml", config.Sample())
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range []struct {
		slots map[string][]string
		want  string
	}{
		{nil, ""},
		{map[string][]string{"whats-new": {}}, ""},
		{map[string][]string{"ajc-newsletter": {"name", "organisation"}}, ""},
		{map[string][]string{"ajc-newsletter": {"name"}}, "lists.ajc-newsletter: organisation; put it into issues ({{organisation}})"},
		{map[string][]string{"ajc-press": {}}, "lists.ajc-press: organisation, lists.ajc-press: name; put"},
	} {
		_, err := checkFields(cfg, x.slots)
		if x.want == "" && err != nil || x.want != "" && (err == nil || !strings.Contains(err.Error(), x.want)) {
			t.Errorf("%v: %v, want %q", x.slots, err, x.want)
		}
	}
}
