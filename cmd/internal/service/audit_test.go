package service

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"example.jp/kairan/cmd/internal/control"
	"example.jp/kairan/cmd/internal/exit"
	"example.jp/kairan/deliver"
)

// TestEveryVerbHasATrail: no verb is declared but through verb, which asks for its trail;
// and what has none is in this list, since it changes nothing and gives out nothing that
// is a reader's.
func TestEveryVerbHasATrail(t *testing.T) {
	t.Parallel()
	names, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	declaration := regexp.MustCompile(`\bverb\("([a-z/]+)", .*?(, reads\))?\n`)
	var reading []string
	for _, name := range names {
		source, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if n := strings.Count(string(source), "control.NewVerb("); n > 0 && name != "audit.go" && name != "audit_test.go" {
			t.Errorf("%s declares %d verbs without a trail; declare them with verb", name, n)
		}
		for _, m := range declaration.FindAllStringSubmatch(string(source), -1) {
			if _, known := rights[m[1]]; !known && !strings.HasSuffix(name, "_test.go") {
				t.Errorf("say in rights what %s asks of an account", m[1])
			}
			if m[2] != "" && !strings.HasSuffix(name, "_test.go") {
				reading = append(reading, m[1])
			}
		}
	}
	want := []string{
		"archive/page", "audit/show", "audit/verify", "backup/progress", "custody/ls", "examine", "issue/foresee", "issue/lint", "issue/ls", "issue/pattern", "issue/preview", "issue/report", "issue/resend/foresee", "issue/show", "issue/status", "issue/upcoming", "keys/ls", "list/feed", "list/ls", "purge/certificates", "relaylog/end", "relaylog/take", "status", "whoami",
	}
	slices.Sort(reading)
	for _, verb := range reading {
		if !slices.Contains(want, verb) {
			t.Errorf("%s leaves no trace; if that is right, say so here", verb)
		}
	}
	for _, verb := range want {
		if !slices.Contains(reading, verb) {
			t.Errorf("%s does not say that it only reads", verb)
		}
	}
}

// deeds are what the trail says, a word or two of each.
func deeds(t *testing.T, s *Service) (out []string) {
	t.Helper()
	all, err := s.Store.Deeds(time.Time{}, "")
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range all {
		out = append(out, strings.Join(strings.Fields(d.By+" "+d.What+" "+d.List+" "+d.Issue+" "+d.Reason+" "+d.Result), " "))
	}
	return out
}

// TestNoActionWithoutATrace: what a verb is about to do is on disk when it begins, and
// what came of it when it has ended. Of what was typed, only names of ours stay.
func TestNoActionWithoutATrace(t *testing.T) {
	t.Parallel()
	s := opened(t, func(source string) string { return source })
	var during []string
	var fault error
	probe := verb("probe", func(s *Service, _ context.Context, _ Reader) (Done, error) {
		during = deeds(t, s)
		return Done{}, fault
	}, ofReader)
	ctx, client := control.WithActor(t.Context(), "hanako"), &control.Client[Service]{Local: s}
	before := 0
	for _, c := range []struct {
		given Reader
		fault error
		want  []string
	}{
		{Reader{List: "ajc-press", Address: "taro@example.jp", Reason: "letter 7"}, nil, []string{"hanako probe ajc-press letter 7 asked"}},
		{Reader{List: "taro", Reason: "for taro@example.jp"}, exit.Usagef("no"), []string{"hanako probe for [address] asked", "hanako probe for [address] refused"}},
		{Reader{List: "ajc-press"}, deliver.ErrNoIssue, []string{"hanako probe ajc-press asked", "hanako probe ajc-press refused"}},
		{Reader{List: "ajc-press"}, errors.New("boom"), []string{"hanako probe ajc-press asked", "hanako probe ajc-press failed"}},
	} {
		fault, during = c.fault, nil
		if _, err := probe.Call(ctx, client, c.given); !errors.Is(err, c.fault) {
			t.Errorf("%+v: %v", c.given, err)
		}
		if len(during) <= before || !slices.Equal(during[before:], c.want[:1]) {
			t.Errorf("%+v: when the verb begins, the trail has %q behind %d; want %q", c.given, during, before, c.want[:1])
		}
		after := deeds(t, s)
		if !slices.Equal(after[min(before, len(after)):], c.want) {
			t.Errorf("%+v: %q; want %q", c.given, after[before:], c.want)
		}
		before = len(after)
	}
	during = nil
	if _, err := probe.Call(ctx, client, Reader{Reason: "two\nlines"}); exit.Code(err) != exit.Usage || during != nil || len(deeds(t, s)) != before {
		t.Errorf("a reason that does not print: %v, and the verb began: %v", err, during != nil)
	}
}
