package config

import (
	"regexp"
	"slices"
	"time"

	"example.jp/kairan/deliver"
)

func (c *Config) sending() section {
	s := &c.Sending
	// RFC 5321 §4.5.4.1 asks for half an hour; less is for trying things out.
	least := 30 * time.Minute
	if !slices.ContainsFunc(c.Relays(), func(r Relay) bool { return !loopback(r.Host) }) {
		least = time.Second
	}
	return section{path: "sending", rows: []row{
		optional("retry", &s.Retry, deliver.DefaultRetry(), (*table).retry, tomlRetry).says("waits before further attempts; the last repeats"),
		span("expires", &s.Expires, 72*time.Hour, time.Hour, 240*time.Hour).says("when a deferred copy is given up"),
		oneOf("uncertain", &s.Uncertain, UncertainResend, UncertainHold).says(
			"`resend` once more after that time (`30m` or more; less if every relay is this machine), or `hold`: never, and counted"),
		span("uncertain_after", &s.UncertainAfter, 30*time.Minute, least, 24*time.Hour),
		optional("max_attachments", &s.MaxAttachments, 3<<20, (*table).attachments, func(n int) string { return tomlText(bytesOf(int64(n))) }).says(
			"most that the pictures and attachments of an issue may have together, up to `\"20MiB\"`; each reader is sent them"),
		span("now_delay", &s.NowDelay, time.Minute, time.Second, time.Hour).says("what `--now` waits, so that it can be stopped").such(`"60s"`),
		span("grace", &s.Grace, 80*time.Second, time.Second, 10*time.Minute).says("for messages in flight when the service stops").such(`"80s"`),
		span("probe_every", &s.ProbeEvery, 5*time.Minute, time.Second, time.Hour).says(
			"between log-ins while the relay refuses us; twelve times that, `1h` at most, while there is nothing to send"),
	}}
}

// attachments is a size within what mail servers take.
func (t *table) attachments(key string) int {
	n := t.sizeWithin(key, "3MiB", 1<<20, deliver.MostEnclosed)
	return int(n)
}

func tomlRetry(retry deliver.Retry) string {
	var waits []string
	for _, d := range retry {
		waits = append(waits, deliver.FormatDuration(d))
	}
	return tomlTexts(waits)
}

func (t *table) retry(key string) deliver.Retry {
	const most = 20
	waits := t.texts(key, nil)
	switch {
	case !t.has(key):
		return deliver.DefaultRetry()
	case waits == nil:
		return nil
	case len(waits) == 0 || len(waits) > most:
		t.fault(key, `%d waits; write 1 to %d of them, such as ["15m", "30m", "1h", "2h"]`, len(waits), most)
	}
	out := make(deliver.Retry, len(waits))
	for i, s := range waits {
		path := item(join(t.path, key), i+1)
		d, err := time.ParseDuration(s)
		if s == "" {
			continue
		}
		if err != nil || d < time.Second || d > 24*time.Hour {
			t.faultAt(path, `%s is no wait; write a time from "1s" to "24h", such as "30m"`, quote(s))
		}
		out[i] = d
	}
	return out
}

// suspension is when an entry whose copies fail is suspended.
func (c *Config) suspension() section {
	const most, long = 1000, 10000 * time.Hour
	s, d := &c.Suspension, deliver.DefaultSuspendPolicy()
	return section{path: "suspension", rows: []row{
		number("hard", &s.Hard, d.Hard, 0, most).says("so many refusals, of different issues and so far apart, suspend an entry; counted when the issue has ended"),
		span("hard_apart", &s.HardApart, d.HardApart, 0, long),
		texts("at_once", &s.AtOnce, d.AtOnce).says("refusals of which one is enough"),
		number("soft", &s.Soft, d.Soft, 0, most).says("so many copies given up, so far apart and of so many issues, suspend an entry"),
		span("soft_apart", &s.SoftApart, d.SoftApart, 0, long),
		number("soft_issues", &s.SoftIssues, d.SoftIssues, 0, most),
	}}
}

func (c *Config) checkSuspension(t *table) {
	for i, code := range c.Suspension.AtOnce {
		if code != "" && !permanent.MatchString(code) {
			t.faultAt(item(join(t.path, "at_once"), i+1), `%s is no enhanced code of a refusal; write one such as "5.1.1"`, quote(code))
		}
	}
}

// permanent is an enhanced status code of class 5 (RFC 3463 §2).
var permanent = regexp.MustCompile(`^5\.[0-9]{1,3}\.[0-9]{1,3}$`)
