package config

import (
	"cmp"
	"fmt"

	"example.jp/kairan/cmd/internal/agefile"
	"example.jp/kairan/subscribe"
)

// Backup is how backups are made by the service itself.
type Backup struct {
	Folder     string   // where they lie; "": none are made
	Recipients []string // age recipients, who alone can read them; none: only sealed as the database is
	Every      subscribe.Days
	WarnAfter  subscribe.Days // the age of the last good one at which that is said
	VerifyWarn subscribe.Days // the same of the last `restore --verify`; 0: never
}

// days is a length of time such as "35d".
func days(key string, at *subscribe.Days, fallback, least, most subscribe.Days) row {
	return optional(key, at, fallback, func(t *table, key string) subscribe.Days {
		s := t.text(key, fallback.String())
		d, err := subscribe.ParseDays(s)
		switch {
		case s == "":
		case err != nil:
			t.fault(key, `%s is no number of days; write one such as %q`, quote(s), fallback.String())
		case d < least || d > most:
			t.fault(key, "%s is out of range; write days from %q to %q", quote(s), least.String(), most.String())
		default:
			return d
		}
		return 0
	}, func(d subscribe.Days) string { return tomlText(d.String()) })
}

// retention is the one table of periods.
func (c *Config) periods() section {
	r := &c.Retention
	return section{path: "retention", rows: []row{
		days("consent", &r.Consent, 35, 31, 3660).says("proof of consent of who has left"),
		days("marks", &r.Marks, 45, 45, 3660).says("keyed hash of an address that left; longer than backups are kept"),
		days("suspended", &r.Suspended, 30, 1, 3660).says("entries to which nothing could be delivered"),
		days("ledgers", &r.Ledgers, 30, 1, 366).says("who of an issue's readers was refused or is uncertain, and what the relay's log said of whose copy; then only the sums stay"),
		days("audit", &r.Audit, 366, 31, 3660).says("which account did what"),
		days("provided", &r.Provided, 1096, 366, 3660).says("that an export was handed out, and to whom"),
		days("migrated", &r.Migrated, 7, 1, 35).says("the copy from before a migration"),
		days("free_pages", &r.FreePages, 7, 1, 35).says("what was erased, in the free pages of the database: it is compacted as often"),
	}}
}

// backup is how backups are made, and how long they are kept.
func (c *Config) backups() section {
	b := &c.Backup
	return section{path: "backup", rows: []row{
		c.path("folder", &b.Folder, "/var/backups/kairan", none).says("where the service puts backups, outside `data`", "none are made"),
		bound("recipients", &b.Recipients, (*table).recipients, tomlTexts).says("age recipients, who alone can read them; their identities lie elsewhere", "nobody").such(`[]`),
		days("every", &b.Every, 1, 1, 7).says("how often one is made"),
		days("keep", &c.Retention.Backups, 35, 2, 366).says("when it is deleted"),
		days("warn_after", &b.WarnAfter, 3, 1, 35).says("the age of the last one, and of the last `restore --verify`, at which `check` and `/readyz` warn"),
		days("verify_warn_after", &b.VerifyWarn, 100, 0, 3660),
	}}
}

// recipients are the public halves of age identities.
func (t *table) recipients(key string) []string {
	all := t.texts(key, nil)
	for i, s := range all {
		if s == "" {
			continue
		}
		if err := agefile.Check(s); err != nil {
			t.faultAt(item(join(t.path, key), i+1), `no age recipient; write one as age-keygen prints it, such as "age1…", and keep its identity (AGE-SECRET-KEY-1…) elsewhere`)
		}
	}
	return all
}

// checkRetention compares what must be longer than what.
func (c *Config) checkRetention(t *table) {
	if r := c.Retention; r.Marks > 0 && r.Backups > 0 && r.Marks <= r.Backups {
		t.fault("marks", "%q is no longer than backup.keep, so a backup could bring back who has left; write more than %q", r.Marks, r.Backups)
	}
	backup := func(key, text string) {
		t.r.faults = append(t.r.faults, Fault{t.r.file, cmp.Or(t.r.at["backup."+key].line, t.r.at["backup.keep"].line), "backup." + key, text})
	}
	if c.Backup.Folder != "" && c.Data != "" && within(c.Data, c.Backup.Folder) {
		backup("folder", "lies in the data directory, and goes with it; write a folder elsewhere, such as \"/var/backups/kairan\"")
	}
	if after, keep := c.Backup.WarnAfter, c.Retention.Backups; after > 0 && keep > 0 && after >= keep {
		backup("warn_after", fmt.Sprintf("%q is no shorter than backup.keep, after which the last backup is deleted and nobody was warned; write less than %q", after, keep))
	}
}

// host is who operates the machine.
func (c *Config) host() section {
	return section{path: "host", rows: []row{operator(&c.Operator).says("who operates this machine, and is entrusted with what is on it; on `/privacy`")}}
}

// operator is who is entrusted with something.
func operator(at *subscribe.Text) row {
	return bound("operator", at, func(t *table, key string) subscribe.Text {
		if !t.has(key) {
			return subscribe.Text{}
		}
		return t.both(key)
	}, tomlLines).says("", "not said").such(`{ ja = "○○株式会社", en = "Example Company" }`)
}
