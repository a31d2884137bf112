package config

import (
	"errors"
	"io/fs"
	"maps"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
)

// Alarms is how the operator hears of what is wrong.
type Alarms struct {
	Command []string // a program, absolute, and its arguments; none: nothing is run
	Pages   []string // web addresses such as an office's base URL; nil: not said; see [Config.WatchedPages]
}

func (c *Config) alarms() section {
	return section{path: "alarms", rows: []row{
		bound("command", &c.Alarms.Command, (*table).command, setTexts).says(
			"what is run, without a shell, when an alarm begins, daily while it lasts, and when it is over: its words are in `KAIRAN_ALARM` and so on, and in a line on standard input", "none").such(
			`["/usr/local/bin/tell-the-operator"]`),
		bound("pages", &c.Alarms.Pages, (*table).origins, setTexts).says("at which addresses one page is fetched each hour, as readers do; `[]`: at none", "each `base_url` that is not this machine").such(`["https://magazine.example.jp"]`),
	}}
}

// setTexts is "" of what is not set.
func setTexts(all []string) string {
	if all == nil {
		return ""
	}
	return tomlTexts(all)
}

// command is a program and its arguments.
func (t *table) command(key string) []string {
	all := t.texts(key, nil)
	if t.has(key) && len(all) == 0 {
		t.fault(key, "empty; write the path of a program, or delete the line")
	} else if len(all) > 0 && all[0] != "" && !filepath.IsAbs(all[0]) {
		t.faultAt(item(join(t.path, key), 1), `%s is no absolute path; write one such as "/usr/local/bin/tell-the-operator"`, quote(all[0]))
	}
	return all
}

// origins are schemes and hosts.
func (t *table) origins(key string) []string {
	all := t.texts(key, nil)
	for i, s := range all {
		u, err := url.Parse(s)
		if s != "" && (err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || s != u.Scheme+"://"+u.Host) {
			t.faultAt(item(join(t.path, key), i+1), `%s is no scheme and host; write them alone, as in "https://magazine.example.jp"`, quote(s))
		}
	}
	return all
}

// WatchedPages are the addresses at which the pages are looked at as readers do: those that
// are set, or the base URLs of the offices but for those that are this machine itself.
func (c *Config) WatchedPages() (all []string) {
	if c.Alarms.Pages != nil {
		return c.Alarms.Pages
	}
	for _, id := range slices.Sorted(maps.Keys(c.Offices)) {
		base := c.Offices[id].BaseURL
		if u, err := url.Parse(base); err == nil && !loopback(u.Hostname()) && !slices.Contains(all, base) {
			all = append(all, base)
		}
	}
	return all
}

// runnable wants a program that only its owner can change, since it is run with the rights
// of the service, which reads every entry.
func (t *table) runnable(key, path string) {
	at := item(join(t.path, key), 1)
	info, err := os.Stat(path)
	if err == nil {
		_, err = exec.LookPath(path)
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		t.faultAt(at, "there is no %s; create it, or write the path of a program that exists", path)
	case err != nil:
		t.faultAt(at, "%s cannot be run (%v); run: chmod 0755 %s", path, err, path)
	case info.Mode().Perm()&othersMay&0o022 != 0:
		t.faultAt(at, "others than its owner may change %s (mode %04o), and it is run with the service's rights; run: chmod 0755 %s", path, info.Mode().Perm(), path)
	}
}
