//go:build unix

package control

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// directory has getent(1) answer from a file of accounts, as LDAP would, and note what it is
// asked. What is returned says what that was.
func directory(t *testing.T, accounts string) (asked func() string) {
	t.Helper()
	dir := t.TempDir()
	asks := filepath.Join(dir, "asked")
	script := "#!/bin/sh\necho \"$2\" >> '" + asks + "'\nwhile IFS=: read -r name x uid; do\n  if [ \"$2\" = \"$name\" ] || [ \"$2\" = \"$uid\" ]; then echo \"$name:$x:$uid:\"; exit 0; fi\ndone <<.\n" + accounts + ".\nexit 2\n"
	if err := os.WriteFile(filepath.Join(dir, "getent"), []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir)
	return func() string {
		content, err := os.ReadFile(asks)
		if err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
		return strings.Join(strings.Fields(string(content)), " ")
	}
}

// TestNamesOfADirectory: an account that the files of this computer do not name has the name
// that the directory gives it, and keeps that; one that the directory does not know is not
// asked for with each command.
func TestNamesOfADirectory(t *testing.T) { //nolint:paralleltest // PATH is everybody's
	asked := directory(t, "hanako:*:2147001\n")
	k := new(nameKeeper)
	for range 3 {
		for uid, want := range map[int]string{2147001: "hanako", 2147002: "uid 2147002", 0: "root"} {
			if got := k.nameOf(t.Context(), uid); got != want {
				t.Errorf("%d is called %q, want %q", uid, got, want)
			}
		}
	}
	if got := asked(); got != "2147001 2147002" && got != "2147002 2147001" {
		t.Errorf("the directory was asked for %s", got)
	}
	t.Setenv("PATH", t.TempDir()) // it is away
	if got := k.nameOf(t.Context(), 2147001); got != "hanako" {
		t.Errorf("while the directory is away the account is called %q", got)
	}
	later := directory(t, "taro:*:2147002\n")
	k.asked[2147002] = time.Now().Add(-askAgain - time.Second)
	if got := k.nameOf(t.Context(), 2147002); got != "taro" {
		t.Errorf("an account that is made later is called %q; asked: %s", got, later())
	}
}

// TestMayBe: an account that stands somewhere by its number is not taken for another one.
func TestMayBe(t *testing.T) { //nolint:paralleltest // PATH is everybody's
	directory(t, "hanako:*:2147001\ntaro:*:2147002\n")
	for _, c := range []struct {
		who  Peer
		name string
		want bool
	}{
		{Peer{Name: "hanako", UID: 2147001}, "hanako", true},
		{Peer{Name: "hanako", UID: 2147001}, "taro", false},
		{Peer{Name: "hanako", UID: 2147001}, "uid 2147001", true},
		{Peer{Name: "hanako", UID: 2147001}, "uid 2147002", false},
		{Peer{Name: "uid 2147001", UID: 2147001}, "hanako", true},
		{Peer{Name: "uid 2147001", UID: 2147001}, "taro", false},
		{Peer{Name: "uid 2147001", UID: 2147001}, "uid 2147002", false},
		{Peer{Name: "uid 2147001", UID: 2147001}, "who has left", true},
		{Peer{Name: "unknown", UID: -1}, "taro", false},
		{Peer{Name: "unknown", UID: -1}, "unknown", true},
	} {
		if got := c.who.MayBe(t.Context(), c.name); got != c.want {
			t.Errorf("%s (%d) may be %s: %v", c.who.Name, c.who.UID, c.name, got)
		}
	}
}
