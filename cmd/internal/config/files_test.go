package config

import (
	"encoding/pem"
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// withFiles is a configuration whose password and authorities are as given.
func withFiles(t *testing.T, password string, mode os.FileMode, ca string) (*Config, string) {
	t.Helper()
	dir := t.TempDir()
	secret := filepath.Join(dir, "password")
	for path, content := range map[string]string{secret: password, filepath.Join(dir, "ca.pem"): ca} {
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chmod(secret, mode); err != nil {
		t.Fatal(err)
	}
	source := strings.Replace(good, "hello", "username = \"kairan\"\npassword_file = \"password\"\nca_file = \"ca.pem\"\nhello", 1)
	c, err := parse(filepath.Join(dir, "k.toml"), []byte(source), "")
	if err != nil {
		t.Fatal(err)
	}
	return c, dir
}

func certificate(t *testing.T) string {
	t.Helper()
	s := httptest.NewTLSServer(nil)
	defer s.Close()
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw}))
}

func TestCheckFiles(t *testing.T) {
	t.Parallel()
	cert := certificate(t)
	for _, c := range []struct {
		name, password, ca string
		mode               os.FileMode
		want               []string
	}{
		{"good", "secret\n", cert, 0o400, nil},
		{"group may read", "secret", cert, 0o440, []string{"k.toml:7: relay.password_file: others than its owner", "mode 0440", "chmod 0400"}},
		{"world may read", "secret", cert, 0o604, []string{"k.toml:7: relay.password_file: others than its owner"}},
		{"empty", " \n", cert, 0o400, []string{"k.toml:7: relay.password_file: ", "is empty"}},
		{"both", "", "no certificate", 0o400, []string{"k.toml:7: relay.password_file: ", "k.toml:8: relay.ca_file: ", "holds no certificate"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			config, _ := withFiles(t, c.password, c.mode, c.ca)
			expect(t, config.CheckFiles(), c.want)
		})
	}
}

func TestCheckFilesThatAreNotThere(t *testing.T) {
	t.Parallel()
	c, dir := withFiles(t, "secret", 0o400, "x")
	c.SocketGroup = "no-such-group-here"
	os.Remove(filepath.Join(dir, "password"))
	os.Remove(filepath.Join(dir, "ca.pem"))
	if err := os.Mkdir(filepath.Join(dir, "ca.pem"), 0o700); err != nil {
		t.Fatal(err)
	}
	expect(t, c.CheckFiles(), []string{"k.toml:1: socket_group: no group", "k.toml:7: relay.password_file: there is no ", "k.toml:8: relay.ca_file: ", "is not a file"})
}

// TestSystemdCredential cannot run beside others: it sets the environment.
func TestSystemdCredential(t *testing.T) {
	c, dir := withFiles(t, "secret", 0o440, certificate(t))
	t.Setenv("CREDENTIALS_DIRECTORY", dir)
	expect(t, c.CheckFiles(), nil)
	if err := os.Chmod(filepath.Join(dir, "password"), 0o444); err != nil {
		t.Fatal(err)
	}
	expect(t, c.CheckFiles(), []string{"others than its owner"})
}

func expect(t *testing.T, err error, want []string) {
	t.Helper()
	if err == nil {
		err = Faults{}
	}
	if len(want) == 0 && err.Error() != "" {
		t.Errorf("faults in good files: %v", err)
	}
	for _, w := range want {
		if !strings.Contains(err.Error(), w) {
			t.Errorf("no %q in %q", w, err)
		}
	}
	if strings.Contains(err.Error(), "secret") {
		t.Error("the password is in the message")
	}
}

// TestAlarmCommand: it must be there, be a program, and be changed by nobody but its owner.
func TestAlarmCommand(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("modes say nothing here")
	}
	path := filepath.Join(t.TempDir(), "tell")
	c, err := parse("k.toml", []byte(strings.Replace(good, "[offices", fmt.Sprintf("[alarms]\ncommand = [%q]\n\n[offices", path), 1)), "")
	if err != nil {
		t.Fatal(err)
	}
	fault := func(want ...string) { t.Helper(); expect(t, c.CheckFiles(), want) }
	fault("alarms.command[1]: there is no " + path)
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	fault("alarms.command[1]: ", "cannot be run")
	for mode, want := range map[os.FileMode][]string{0o755: nil, 0o500: nil, 0o775: {"others than its owner may change", "mode 0775"}, 0o757: {"mode 0757"}} {
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		fault(want...)
	}
}

// TestWatchedPages: those of this machine are not looked at, unless they are named.
func TestWatchedPages(t *testing.T) {
	t.Parallel()
	for base, want := range map[string]string{"https://magazine.city.example.jp": "[https://magazine.city.example.jp]", "http://localhost:8080": "[]", "http://127.0.0.1:8080": "[]"} {
		c, err := parse("k.toml", []byte(baseURLLine.ReplaceAllString(good, fmt.Sprintf("base_url = %q", base))), "")
		if err != nil {
			t.Fatal(err)
		}
		if got := fmt.Sprint(c.WatchedPages()); got != want {
			t.Errorf("%s: %s", base, got)
		}
		for _, named := range []string{"[]", "[http://127.0.0.1:1]"} {
			if c.Alarms.Pages = strings.Fields(strings.Trim(named, "[]")); fmt.Sprint(c.WatchedPages()) != named {
				t.Errorf("%s is not what is looked at: %s", named, c.WatchedPages())
			}
		}
	}
}
