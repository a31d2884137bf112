package subscribe

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Days is a length of time in whole days; 0: none.
type Days int

// ParseDays reads a length such as "35d".
func ParseDays(s string) (Days, error) {
	n, err := strconv.ParseUint(strings.TrimSuffix(s, "d"), 10, 31)
	if err != nil || !strings.HasSuffix(s, "d") {
		return 0, fmt.Errorf(`%q is not a number of days such as "35d"`, s)
	}
	return Days(n), nil
}

// String is what [ParseDays] reads.
func (d Days) String() string { return strconv.Itoa(int(d)) + "d" }

// Duration is the days of 24 hours each.
func (d Days) Duration() time.Duration { return time.Duration(d) * 24 * time.Hour }

// Before is the instant that lies so many days before now.
func (d Days) Before(now time.Time) time.Time { return now.Add(-d.Duration()) }

// After is the instant that lies so many days after now.
func (d Days) After(now time.Time) time.Time { return now.Add(d.Duration()) }

// Retention says how long what has done its work is kept. Each period begins when the
// thing is of no more use to whom it is about: personal information is deleted when it
// is no longer needed (Act on the Protection of Personal Information, Art. 22).
type Retention struct {
	// Consent is how long the proof of consent stays after the entry has ended: one
	// month after the last mail at least (Ordinance for Enforcement of the Act on
	// Regulation of Transmission of Specified Electronic Mail, Art. 4(2)).
	Consent Days
	// Marks is how long the keyed hash of an address that left stays: as long as a
	// link, or a backup, is about that could bring the reader back.
	Marks Days
	// Suspended is how long an entry to which nothing could be delivered stays.
	Suspended Days
	// Ledgers is how long the books of a run keep who of it was what; then only the
	// sums stay.
	Ledgers Days
	// Audit is how long it is kept which account did what.
	Audit Days
	// Provided is how long it is kept that an export was handed out, and to whom: the
	// record of a provision to a third party is kept for three years (Ordinance for
	// Enforcement of the Act on the Protection of Personal Information, Art. 21).
	Provided Days
	// Migrated is how long the copy from before a migration stays beside the database.
	Migrated Days
	// FreePages is how long what was erased may be in the free pages of the file.
	FreePages Days
	// Backups is how long a backup of ours is kept.
	Backups Days
}

// Unreadable is how long after its erasure something may be in a file of ours: in free
// pages and in a backup that was made of them, or in the copy from before a migration.
func (r Retention) Unreadable() Days { return max(r.FreePages+r.Backups, r.Migrated) }
