package config

import (
	"bytes"
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"example.jp/kairan/deliver"
)

// TestSampleShowsEveryKey puts a key that nobody knows into every table of the
// sample; the refusal names the known keys, and the sample must show each, if
// only in a comment.
func TestSampleShowsEveryKey(t *testing.T) {
	t.Parallel()
	const odd = "qqqqqqqqqqqqqqqq"
	header := regexp.MustCompile(`(?m)^\[.*\]$`)
	sample := string(uncommented())
	source := odd + " = 1\n" + header.ReplaceAllString(sample, "$0\n"+odd+" = 1")
	source = strings.ReplaceAll(source, "{ ", "{ "+odd+" = 1, ")
	_, err := parse("k.toml", []byte(source), "")
	if err == nil {
		t.Fatal("a key that nobody knows was accepted")
	}
	tables := 0
	for line := range strings.Lines(err.Error()) {
		_, known, ok := strings.Cut(strings.TrimSpace(line), "delete it, or write one of: ")
		if !ok {
			t.Errorf("not about the odd key: %s", line)
		}
		tables++
		for key := range strings.SplitSeq(known, ", ") {
			section := slices.Contains([]string{"listen", "relay", "sending", "limits", "suspension", "fallback_relays", "retention", "backup", "bounce", "alarms", "host"}, key)
			form := fmt.Sprintf(`(?m)^(# )?%s = |[{,] %s = `, key, key)
			if section || key == "offices" || key == "lists" || key == "fields" || key == "feed" {
				form = fmt.Sprintf(`(?m)^(?:#   )?\[+(%s[].]|.*\.%s\])`, key, key)
			}
			if !regexp.MustCompile(form).Match(Sample()) {
				t.Errorf("the sample does not show %s", key)
			}
		}
	}
	if want := 1 + len(header.FindAllString(sample, -1)) + strings.Count(sample, "{ "); tables != want {
		t.Errorf("%d tables refused the odd key, want all %d", tables, want)
	}
}

var commented = regexp.MustCompile(`(?m)^# ([a-z_]+ = ["{].*["}])$`)

// uncommented is the sample with the keys that it has in comments.
func uncommented() []byte { return commented.ReplaceAll(Sample(), []byte("$1")) }

// TestSampleCommentsAreTrue uncomments every key that the sample leaves out.
func TestSampleCommentsAreTrue(t *testing.T) {
	t.Parallel()
	if n := len(commented.FindAll(Sample(), -1)); n < 4 {
		t.Fatalf("only %d keys in comments", n)
	}
	if _, err := parse("k.toml", uncommented(), ""); err != nil {
		t.Error(err)
	}
}

// TestSampleDefaultsAreTheDefaults: what the sample writes for the optional keys
// of whole sections is what holds without them.
func TestSampleDefaultsAreTheDefaults(t *testing.T) {
	t.Parallel()
	sample, err := parse("k.toml", Sample(), "")
	if err != nil {
		t.Fatal(err)
	}
	short := minimal(t, "", "")
	section := func(c *Config) string {
		_, rest, _ := strings.Cut(c.Echo(), "[listen]")
		head, _, _ := strings.Cut(rest, "[offices.")
		return head
	}
	if a, b := section(sample), section(short); a != b {
		t.Errorf("the sample:\n%s\nthe defaults:\n%s", a, b)
	}
}

// TestEveryRowIsInTheSample: each key of the installation has its value there from
// its row, and the rows of offices and lists are in it by hand.
func TestEveryRowIsInTheSample(t *testing.T) {
	t.Parallel()
	for _, s := range schema() {
		for _, r := range s.rows {
			if s.note == "" && !strings.Contains(string(Sample()), r.key+" = "+r.example+"\n") || r.key == "" {
				t.Errorf("the sample does not have %s = %s", join(s.path, r.key), r.example)
			}
		}
	}
	if bytes.Contains(Sample(), []byte("= \n")) {
		t.Error("a key of the sample has no value")
	}
}

func TestSampleNamesAreExamples(t *testing.T) {
	t.Parallel()
	for _, name := range regexp.MustCompile(`(?:@|//)([a-z0-9.-]+)`).FindAllStringSubmatch(string(Sample()), -1) {
		if !regexp.MustCompile(`(^|\.)example\.(jp|org|com)$`).MatchString(name[1]) {
			t.Errorf("%s is somebody's", name[1])
		}
	}
}

func TestDemoSource(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	source := DemoSource(dir, "http://localhost:8080", "127.0.0.1:8080", "127.0.0.1:0", "127.0.0.1", 2525)
	c, err := parse(filepath.Join(dir, "kairan.toml"), source, "/run/kairan")
	if err != nil {
		t.Fatal(err)
	}
	for id, o := range c.Offices {
		if o.BaseURL != "http://localhost:8080" {
			t.Errorf("office %s is at %s", id, o.BaseURL)
		}
	}
	if c.Socket != filepath.Join(dir, "kairan.sock") || c.Data != filepath.Join(dir, "data") || c.Keys != filepath.Join(dir, "keys") {
		t.Errorf("outside its folder: %s %s %s", c.Socket, c.Data, c.Keys)
	}
	if r := c.Relay; r.Host != "127.0.0.1" || r.Port != 2525 || r.TLS != TLSNone || r.Connections != 8 {
		t.Errorf("relay %+v", r)
	}
	s := c.Sending
	if s.NowDelay != 5*time.Second || s.UncertainAfter != 5*time.Second || !slices.Equal(s.Retry, deliver.Retry{5 * time.Second, 10 * time.Second}) {
		t.Errorf("sending %+v", s)
	}
	if c.Limits.PerNetworkHour != 1000 || !slices.Equal(c.Order, []string{"whats-new", "japanifornia", "ajc-newsletter", "ajc-press", "ajc-event", "cabinet-magazine"}) {
		t.Errorf("limits %+v, lists %v", c.Limits, c.Order)
	}
}
