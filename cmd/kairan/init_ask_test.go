package main

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"example.jp/kairan/cmd/internal/config"
	"example.jp/kairan/cmd/internal/exit"
	"example.jp/kairan/subscribe"
)

// initOnTerminal starts `kairan init` for somebody who sits there.
func initOnTerminal(t *testing.T, locale, dir string, flags ...string) *sitting {
	t.Helper()
	if runtime.GOOS != "linux" {
		t.Skip("terminals are tried on Linux")
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c := exec.Command(self, append([]string{"init", dir}, flags...)...)
	c.Args[0] = program
	c.Env = append(os.Environ(), "LC_ALL="+locale, "TZ=Europe/Berlin", "TERM=xterm")
	s, err := sitDown(c, usualWidth)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// exchange sees something, and then types.
type exchange struct{ sees, types string }

func (s *sitting) talk(t *testing.T, all ...exchange) {
	t.Helper()
	for _, x := range all {
		if err := errors.Join(s.sees(x.sees), s.types(x.types)); err != nil {
			t.Fatal(err)
		}
	}
}

// TestInitAsks: five answers make a configuration that is as they say, and well. What cannot
// be an answer is asked again, with why.
func TestInitAsks(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(shortDir(t), "house")
	s := initOnTerminal(t, "en_GB.UTF-8", dir)
	s.talk(t,
		exchange{`1/5 .*\n.*\]: `, "見本市 / City of Mihon\n"},
		exchange{`2/5 .*\n.*\[https://magazine\..*\]: `, "http://magazine.city.example.jp\n"},
		exchange{`travel in clear[\s\S]*\]: `, "magazine.city.example.jp/\n"},
		exchange{`3/5 .*\n.*\]: `, "City News\n"},
		exchange{`4/5 .*\n.*\[newsletter@city\.example\.jp\]: `, "news\n"},
		exchange{`no mail address.*\n.*\]: `, "news@city.example.jp\n"},
		exchange{`5/5 .*\n.*\[localhost:25\]: `, "mail.city.example.jp:0\n"},
		exchange{`a port is a number.*\n.*\]: `, "mail.city.example.jp\n"})
	shown, err := s.leave()
	if err != nil {
		t.Fatalf("%v\n%s", err, shown)
	}
	for line := range strings.Lines(shown) {
		if len([]rune(strings.TrimSpace(line))) > usualWidth && !strings.Contains(line, dir) {
			t.Errorf("wider than the terminal: %s", line)
		}
	}
	if !strings.Contains(shown, "fails at the relay until") || !strings.Contains(shown, "mail.city.example.jp:587 takes mail") || !strings.Contains(shown, "news/first.md") {
		t.Errorf("what is to be done is not said:\n%s", shown)
	}
	cfg, err := config.Load(filepath.Join(dir, "kairan.toml"))
	if err != nil {
		t.Fatal(err)
	}
	l := cfg.Lists["news"]
	if l == nil || l.Name.JA != "City News" || l.Office.Name != (subscribe.Text{JA: "見本市", EN: "City of Mihon"}) || l.Office.BaseURL != "https://magazine.city.example.jp" ||
		l.From.Envelope() != "news@city.example.jp" || len(l.Languages) != 1 || l.Language != subscribe.English || l.Zone.String() != "Europe/Berlin" || cfg.Relay.Host != "mail.city.example.jp" {
		t.Errorf("%+v", l)
	}
	listenApart(t, cfg.Path)
	if code, out, errs := typed(t, "-c", cfg.Path, "check", "--no-relay"); code != exit.Done || !strings.Contains(out, "[offices.office]") {
		t.Errorf("check: exit %d\n%s%s", code, out, errs)
	}
	if code, out, errs := typed(t, "-c", cfg.Path, "issue", "add", filepath.Join(dir, "news", "first.md")); code != exit.Done {
		t.Errorf("adding the first issue: exit %d\n%s%s", code, out, errs)
	}
	if code, _, errs := typed(t, "init", dir); code != exit.Refused || !strings.Contains(errs, "is there already") {
		t.Errorf("again: exit %d, %s", code, errs)
	}
}

// TestInitTakesEnter: what stands in brackets is a whole configuration, in either language,
// and an office that only presses Enter is told what is still an example.
func TestInitTakesEnter(t *testing.T) {
	t.Parallel()
	for locale, want := range map[string]string{"ja_JP.UTF-8": "作ったもの", "C": "Wrote"} {
		dir := filepath.Join(shortDir(t), "house")
		s := initOnTerminal(t, locale, dir)
		for _, n := range []string{"1", "2", "3", "4", "5"} {
			s.talk(t, exchange{n + `/5 .*\n.*[\]］]: `, "\n"})
		}
		shown, err := s.leave()
		if err != nil || !strings.Contains(shown, want) {
			t.Errorf("%s: %v\n%s", locale, err, shown)
		}
		path := filepath.Join(dir, "kairan.toml")
		listenApart(t, path)
		if code, out, errs := typed(t, "-c", path, "check", "--no-relay"); code != exit.Done {
			t.Errorf("%s: check: exit %d\n%s%s", locale, code, out, errs)
		}
	}
}

// TestInitEndsWithoutATrace: whoever stops before the last answer has nothing.
func TestInitEndsWithoutATrace(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]string{"Ctrl-C": "\x03", "Ctrl-D": "\x04"} {
		dir := filepath.Join(t.TempDir(), "house")
		s := initOnTerminal(t, "C", dir)
		s.talk(t, exchange{`1/5 .*\n.*\]: `, "\n"}, exchange{`2/5 .*\n.*\]: `, end})
		shown, err := s.leave()
		if failed, is := errors.AsType[*exec.ExitError](err); !is || failed.ExitCode() != exit.Refused {
			t.Errorf("%s: %v\n%s", name, err, shown)
		}
		if _, err := os.Stat(dir); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s: something is left: %v", name, err)
		}
	}
}

// TestInitSampleAsksNothing: with --sample it is as without a terminal.
func TestInitSampleAsksNothing(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "house")
	shown, err := initOnTerminal(t, "ja_JP.UTF-8", dir, "--sample").leave()
	if err != nil || strings.Contains(shown, "1/5") || !strings.Contains(shown, firstIssue) {
		t.Errorf("%v\n%s", err, shown)
	}
}

func TestZoneHere(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ tz, link, want string }{
		{"", "/usr/share/zoneinfo/America/Los_Angeles", "America/Los_Angeles"},
		{":Europe/Paris", "/usr/share/zoneinfo/Asia/Tokyo", "Europe/Paris"},
		{"", "/usr/share/zoneinfo/Etc/UTC", "Asia/Tokyo"},
		{"UTC", "", "Asia/Tokyo"}, {"JST-9", "", "Asia/Tokyo"}, {"", "", "Asia/Tokyo"}, {"../x/y", "", "Asia/Tokyo"},
	} {
		got := zoneHere(func(string) string { return c.tz }, func(string) (string, error) { return c.link, nil })
		if _, err := time.LoadLocation(got); got != c.want || err != nil {
			t.Errorf("%+v: %s, %v", c, got, err)
		}
	}
}

func TestBothNames(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		in, ja, en string
		alone      bool
	}{{"見本市 / Mihon", "見本市", "Mihon", false}, {"見本市／Mihon", "見本市", "Mihon", false}, {"見本市", "見本市", "見本市", true}, {" / Mihon", "Mihon", "Mihon", true}, {"/", "", "", true}} {
		if got, alone := bothNames(c.in); got.JA != c.ja || got.EN != c.en || alone != c.alone {
			t.Errorf("%q: %+v, %v", c.in, got, alone)
		}
	}
	for base, want := range map[string]string{"https://magazine.city.example.jp:8443": "city.example.jp", "https://example.jp": "example.jp", "http://localhost:8080": "localhost"} {
		if got := domainBelow(base); got != want {
			t.Errorf("%s: %s", base, got)
		}
	}
}
