package config

import (
	"cmp"
	"fmt"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"example.jp/kairan/subscribe"
)

func (c *Config) installation(runtime string) section {
	mustPath := func(key string, at *string, example string) row {
		return bound(key, at, func(t *table, key string) string { return c.file(t.need(key, example)) }, tomlText).such(tomlText(example))
	}
	return section{rows: []row{
		mustPath("data", &c.Data, "/var/lib/kairan").says("folder of the database"),
		mustPath("keys", &c.Keys, "/etc/kairan/keys").says("key file, outside `data`"),
		c.path("journal", &c.Journal, "/var/lib/kairan-journal", c.journal).says(
			"folder of the journal of leavings; outside `data`, on another disk if there is one. To move it: stop, move the folder, start", "in `data`"),
		c.path("socket", &c.Socket, "/run/kairan/kairan.sock", func() string { return c.socket(runtime) }).says("control socket", "in the runtime folder"),
		text("socket_group", &c.SocketGroup, "").says("who may use it", "the service's group").such(`"kairan"`),
		bound("operators", &c.Operators, (*table).accounts, tomlTexts).says("accounts, and groups behind `%`, who alone handle readers, backups and keys, beside root and the service's own", "nobody else").such(`["%kairan-admin"]`),
		bound("max_size", &c.MaxSize, (*table).size, func(n int64) string { return tomlText(bytesOf(n)) }).says("most the database may grow to, such as `\"64GiB\"`", "no limit").such(`"64GiB"`),
		optional("quiet_hours", &c.QuietHours, subscribe.Hours{From: 2 * 60, To: 5 * 60}, func(t *table, key string) subscribe.Hours {
			if !t.has(key) {
				return subscribe.Hours{From: 2 * 60, To: 5 * 60}
			}
			return t.hours(key)
		}, tomlHours).says("when, by the machine's time zone, what is due for it is erased, the database compacted and a backup made"),
	}}
}

// accountForm is how an account, or with "%" before it a group, is named: by its name, or
// by "#" and its number.
var accountForm = regexp.MustCompile(`^%?(#[0-9]{1,10}|[A-Za-z0-9_][A-Za-z0-9_.@\\-]{0,63}\$?)$`)

// accounts are those of people, and groups behind "%".
func (t *table) accounts(key string) []string {
	all := t.texts(key, nil)
	for i, s := range all {
		if s != "" && !accountForm.MatchString(s) {
			t.faultAt(item(join(t.path, key), i+1), `%s is no name of an account; write one such as "tanaka", "%%koho" for all of a group, or "#1003"`, quote(s))
		}
	}
	return all
}

func (c *Config) checkInstallation(t *table) {
	if c.Data != "" && c.Keys != "" && within(c.Data, c.Keys) {
		t.fault("keys", "lies in the data directory, so whoever gets one gets both; write a path elsewhere, such as \"/etc/kairan/keys\"")
	}
	if c.Journal != "" && c.Keys != "" && within(c.Journal, c.Keys) {
		t.fault("journal", "the key file lies in it, so whoever gets one gets both; write a folder of its own, such as \"/var/lib/kairan-journal\"")
	}
	if c.Journal != "" && c.Data != "" && within(c.Journal, c.Data) {
		t.fault("journal", "the data directory lies in it; write a folder of its own, such as \"/var/lib/kairan-journal\"")
	}
	if len(c.Socket) > MaxSocket {
		t.fault("socket", "the socket's path has %d bytes; write a shorter one, at most %d", len(c.Socket), MaxSocket)
	}
}

// journal is where the journal is if the file does not say: where it works, but
// is put back together with the database.
func (c *Config) journal() string {
	if c.Data == "" {
		return ""
	}
	return filepath.Join(c.Data, "journal")
}

// socket is where the control socket is if the file does not say.
func (c *Config) socket(runtime string) string {
	first, _, _ := strings.Cut(runtime, ":") // systemd.exec(5)
	if filepath.IsAbs(first) {
		return filepath.Join(first, "kairan.sock")
	}
	if c.Data == "" {
		return ""
	}
	return filepath.Join(c.Data, "kairan.sock")
}

// path is a file's or folder's name, which has no default that could be written down.
func (c *Config) path(key string, at *string, example string, fallback func() string) row {
	return bound(key, at, func(t *table, key string) string { return c.file(t.text(key, fallback())) }, tomlText).such(tomlText(example))
}

// none is the fallback of a path that may be left out.
func none() string { return "" }

var sizeForm = regexp.MustCompile(`^([1-9][0-9]{0,5}) ?(MiB|GiB|TiB)$`)

var sizeUnits = map[string]int64{"MiB": 1 << 20, "GiB": 1 << 30, "TiB": 1 << 40}

// size is a number of bytes such as "64GiB"; 0 if the file does not say.
func (t *table) size(key string) int64 { return t.sizeWithin(key, "", 32<<20, 0) }

// sizeWithin is a number of bytes, at least and, unless that is 0, at most so many; 0 if
// neither the file nor the fallback says it.
func (t *table) sizeWithin(key, fallback string, least, most int64) int64 {
	if n, is := t.values[key].(int64); is {
		t.fault(key, `a number is no size; write it in quotes and with its unit, such as "%dMiB" or "%[1]dGiB"`, n)
		return 0
	}
	s := t.text(key, fallback)
	if s == "" {
		return 0
	}
	m := sizeForm.FindStringSubmatch(s)
	if m == nil {
		t.fault(key, `%s is no size; write a whole number of MiB, GiB or TiB, such as %q`, quote(s), cmp.Or(fallback, "64GiB"))
		return 0
	}
	n, _ := strconv.ParseInt(m[1], 10, 64) // six digits at most
	switch n *= sizeUnits[m[2]]; {
	case n < least:
		t.fault(key, "%s is too small to work with; write %q or more", quote(s), bytesOf(least))
		return 0
	case most > 0 && n > most:
		t.fault(key, "%s is too much for many mail servers; write %q or less", quote(s), bytesOf(most))
		return 0
	}
	return n
}

// bytesOf is a size as people write it; "" of 0.
func bytesOf(n int64) string {
	if n == 0 {
		return ""
	}
	for _, unit := range []string{"TiB", "GiB"} {
		if u := sizeUnits[unit]; n%u == 0 {
			return fmt.Sprintf("%d%s", n/u, unit)
		}
	}
	return fmt.Sprintf("%dMiB", n/sizeUnits["MiB"])
}
