package webtest

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
)

// brought is the path of a file that npm brings; the test is skipped where it is not
// there, and fails in CI, where it must be.
func brought(t testing.TB, name string) string {
	t.Helper()
	dir, err := os.Getwd()
	for err == nil {
		if _, missing := os.Stat(filepath.Join(dir, "go.mod")); missing == nil {
			break
		}
		if dir == filepath.Dir(dir) {
			t.Fatal("there is no go.mod above this folder")
		}
		dir = filepath.Dir(dir)
	}
	path := filepath.Join(dir, "testdata/browser/node_modules", name)
	if _, err := os.Stat(path); err == nil {
		return path
	}
	missing(t, path+" is missing; run: npm ci --prefix testdata/browser --ignore-scripts")
	return ""
}

// missing skips the test, and fails it in CI.
func missing(t testing.TB, what string) {
	t.Helper()
	if os.Getenv("CI") != "" {
		t.Fatal(what)
	}
	t.Skip(what)
}

// Except are rules of html-validate that do not hold, or hold otherwise: its severity, or
// that and its options. Whoever makes one says why.
type Except map[string]any

// Valid fails the test for each page, by its name, that is not valid HTML, or is against
// a rule of html-validate about documents and accessibility.
func Valid(t *testing.T, pages map[string]string, rules Except) {
	t.Helper()
	validator := brought(t, "html-validate/bin/html-validate.mjs")
	node, err := exec.LookPath("node")
	if err != nil {
		missing(t, "node is not installed, so no HTML is validated: apt-get install nodejs npm")
	}
	dir, names := t.TempDir(), map[string]string{}
	for name, page := range pages {
		path := filepath.Join(dir, fmt.Sprintf("%d.html", len(names)))
		names[path] = name
		if err := os.WriteFile(path, []byte(page), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	held := Except{
		"doctype-style":    []any{"error", map[string]string{"style": "lowercase"}}, // either is right
		"tel-non-breaking": "off",                                                   // a number is copied as it was written
	}
	maps.Copy(held, rules)
	config, err := json.Marshal(map[string]any{"root": true, "rules": held, "extends": []string{
		"html-validate:standard", "html-validate:document", "html-validate:a11y", "html-validate:recommended",
	}})
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, "config.json"), config, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	// It ends with 1 where something is wrong. A pipe would not get all that it says by then.
	answer := filepath.Join(dir, "found.json")
	err = printTo(answer, exec.CommandContext(t.Context(), node, validator, "--config", filepath.Join(dir, "config.json"), "--formatter", "json", dir))
	out, fault := os.ReadFile(answer)
	if fault != nil {
		t.Fatal(fault)
	}
	var found []struct {
		FilePath string
		Messages []struct {
			RuleID, Message string
			Line            int
		}
	}
	if json.Unmarshal(out, &found) != nil || len(found) == 0 && err != nil {
		t.Fatalf("html-validate did not say what it found: %v\n%s", err, out)
	}
	var said []string
	for _, f := range found {
		for _, m := range f.Messages {
			said = append(said, fmt.Sprintf("%s, line %d: %s: %s", names[f.FilePath], m.Line, m.RuleID, m.Message))
		}
	}
	slices.Sort(said)
	for i, s := range said {
		if i == 30 {
			t.Errorf("… and %d more", len(said)-i)
			break
		}
		t.Error(s)
	}
}

// printTo runs a command with a file for what it prints.
func printTo(path string, c *exec.Cmd) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	c.Stdout = f
	return errors.Join(c.Run(), f.Close())
}
