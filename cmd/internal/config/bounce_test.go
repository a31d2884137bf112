package config

import (
	"strings"
	"testing"
)

// TestDelimiter: it is the installation's, and each list has it; without one nothing changes.
func TestDelimiter(t *testing.T) {
	t.Parallel()
	plain := minimal(t, "", "")
	if plain.Delimiter != "" || plain.Lists["news"].Delimiter != "" || !strings.Contains(plain.Echo(), "\n[bounce]\n") {
		t.Errorf("without: %q", plain.Lists["news"].Delimiter)
	}
	c, err := parse("/etc/kairan/kairan.toml", []byte(good+"\n[bounce]\ndelimiter = \"+\"\n"), "")
	if err != nil {
		t.Fatal(err)
	}
	if c.Lists["news"].Delimiter != "+" || !strings.Contains(c.Echo(), "[bounce]\ndelimiter = \"+\"\n") {
		t.Errorf("%q:\n%s", c.Lists["news"].Delimiter, c.Echo())
	}
}
