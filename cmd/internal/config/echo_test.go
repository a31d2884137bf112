package config

import (
	"strings"
	"testing"
)

// again says that the echo of c is a configuration, and the same one.
func again(t *testing.T, c *Config) {
	t.Helper()
	if c.Relay.Username != "" {
		return // a login is not echoed whole
	}
	echo := c.Echo()
	second, err := parse("/elsewhere/k.toml", []byte(echo), "")
	if err != nil {
		t.Fatalf("the echo has faults: %v\n%s", err, echo)
	}
	for id, l := range second.Lists {
		l.Testers = c.Lists[id].Testers
	}
	if twice := second.Echo(); twice != echo {
		t.Errorf("the echo of the echo differs:\n%s\n%s", echo, twice)
	}
}

func TestEchoIsTheConfiguration(t *testing.T) {
	t.Parallel()
	sample, err := parse("/etc/kairan/kairan.toml", Sample(), "")
	if err != nil {
		t.Fatal(err)
	}
	again(t, sample)
	again(t, minimal(t, "max_size = \"3072MiB\"\nsocket_group = \"editors\"\n", ""))
	for _, want := range []string{`max_size = "64GiB"`, `expires = "72h"`, `grace = "1m20s"`, `late_within = "2h"`, "policy_date = 2017-03-28"} {
		if !strings.Contains(sample.Echo(), want+"\n") {
			t.Errorf("no %s in the echo", want)
		}
	}
}

func TestEchoHasNoTesterAndNoLogin(t *testing.T) {
	t.Parallel()
	source := strings.NewReplacer(
		"hello =", "username = \"canary-user\"\npassword_file = \"secret/password\"\nhello =",
		"time_zone =", "testers = [\"canary-1@example.org\", \"canary-2@example.org\"]\ntime_zone =").Replace(good)
	c, err := parse("/etc/kairan/kairan.toml", []byte(source), "")
	if err != nil {
		t.Fatal(err)
	}
	echo := c.Echo()
	if strings.Contains(echo, "canary") {
		t.Errorf("a tester or the user name in\n%s", echo)
	}
	for _, want := range []string{"# testers: 2, not shown\n", "# username: set, not shown\n", `password_file = "/etc/kairan/secret/password"`} {
		if !strings.Contains(echo, want) {
			t.Errorf("no %q in\n%s", want, echo)
		}
	}
}
