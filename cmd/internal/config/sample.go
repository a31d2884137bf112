package config

import (
	"bytes"
	_ "embed"
	"fmt"
	"path/filepath"
	"regexp"
	"slices"

	"example.jp/kairan/subscribe"
)

//go:embed installation.toml
var installation []byte

//go:embed lists.toml
var lists []byte

// schema is every table of the file.
func schema() []section {
	c := new(Config)
	relay := c.relay(&c.Relay)
	return []section{
		c.installation(""), c.listen(), relay,
		{path: "[[fallback_relays]]", note: "none", rows: []row{{key: "[relay]", what: "the same keys; relays used in order while those before refuse us or rest, or beside them (`share`)"}}},
		c.sending(), c.suspension(), c.limits(), c.periods(), c.backups(), c.bounce(), c.alarms(), c.host(),
		office(new(subscribe.Office)), c.list(new(subscribe.List), new(Staff)), fedBy(new(subscribe.Feed)), field(new(subscribe.Field)),
	}
}

// Sample is a configuration to start from, every key explained in comments,
// with the lists of four offices. It has no fault as it stands. The values of the
// installation's keys are their rows' examples.
func Sample() []byte {
	examples := map[string]string{}
	for _, s := range schema() {
		for _, r := range s.rows {
			examples[join(s.path, r.key)] = r.example
		}
	}
	path := ""
	return blankLine.ReplaceAllFunc(slices.Concat(installation, []byte("\n"), lists), func(line []byte) []byte {
		if line[0] == '[' {
			path = string(bytes.Trim(line, "[]"))
			return line
		}
		return append(bytes.Clone(line), " "+examples[join(path, string(bytes.TrimLeft(bytes.TrimSuffix(line, []byte(" =")), "# ")))]...)
	})
}

// blankLine is a header, or a key whose value is to be filled in.
var blankLine = regexp.MustCompile(`(?m)^(\[[a-z]+\]|(# )?[a-z_]+ =)$`)

var baseURLLine = regexp.MustCompile(`(?m)^base_url = .*$`)

// DemoSource is the configuration of the demo: the sample's offices and lists
// under baseURL, everything else in dir and quick enough to watch. public and
// admin are host:port; the relay is an SMTP server on this machine.
func DemoSource(dir, baseURL, public, admin, relayHost string, relayPort int) []byte {
	in := func(name string) string { return tomlText(filepath.Join(dir, name)) }
	head := fmt.Sprintf(`data = %s
keys = %s
socket = %s

[listen]
public = %s
admin = %s

[relay]
host = %s
port = %d
tls = "none"
hello = "demo.example.jp"
connections = 8
messages_per_minute = 60000

[sending]
retry = ["5s", "10s"]
uncertain_after = "5s"
now_delay = "5s"

[limits]
requests_per_network_per_hour = 1000

`, in("data"), in("keys"), in("kairan.sock"), tomlText(public), tomlText(admin), tomlText(relayHost), relayPort)
	return slices.Concat([]byte(head), baseURLLine.ReplaceAllLiteral(lists, []byte("base_url = "+tomlText(baseURL))))
}
