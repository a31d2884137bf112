package service

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"example.jp/kairan/cmd/internal/config"
	"example.jp/kairan/deliver"
	"example.jp/kairan/subscribe"
)

// Backups are what is known of backups.
type Backups struct {
	Since    time.Time `json:"since,omitzero"`    // the service runs
	Made     time.Time `json:"made,omitzero"`     // the last good one; zero: there was none
	Verified time.Time `json:"verified,omitzero"` // one was, last
	Missing  bool      `json:"missing,omitempty"` // some were put into the folder, and none lies there
	// Rekeyed is when the data key was changed, if none was made since: those from before can
	// be read by nobody; zero: else.
	Rekeyed time.Time `json:"data_key_changed,omitzero"`
	Fault   string    `json:"fault,omitempty"` // why none can be put there
}

// serving is the name under which the first start is noted: until so long after it nobody
// misses a backup.
const serving = "serve"

// knownBackups looks them up.
func (s *Service) knownBackups() (b Backups, err error) {
	var err2, err3 error
	b.Since, err = s.lastDone(serving)
	b.Verified, err2 = s.lastDone(verified)
	b.Made, err3 = s.lastDone(backupChore, handBackup)
	err = errors.Join(err, err2, err3)
	if since := dataKeySince(s.keys); !b.Made.IsZero() && b.Made.Before(since) {
		b.Rekeyed = since
	}
	if s.Config.Backup.Folder == "" {
		return b, err
	}
	all, fault := s.backupFolder().All()
	if fault = errors.Join(s.backupFolder().Check(), fault); fault != nil {
		b.Fault = fault.Error()
	}
	b.Missing = fault == nil && len(all) == 0 && !b.Made.IsZero()
	return b, err
}

// Doubts are what is amiss with backups, the gravest first.
func (b Backups) Doubts(c config.Backup, now time.Time) []string {
	all := b.unmade(c, now)
	if old := b.unverified(c, now); old != "" {
		all = append(all, old)
	}
	return all
}

// unmade are what is amiss with making them.
func (b Backups) unmade(c config.Backup, now time.Time) (all []string) {
	if b.Fault != "" {
		all = append(all, "no backup can be made: "+firstLine(b.Fault))
	}
	if b.Missing {
		all = append(all, "no backup lies in "+c.Folder)
	}
	if !b.Rekeyed.IsZero() {
		return append(all, fmt.Sprintf("the data key was changed on %s, and nobody can read the backups from before: make one (kairan backup)", b.Rekeyed.In(time.Local).Format(time.DateOnly)))
	}
	if old := b.tooOld(b.Made, c.WarnAfter, now, "the last good backup was made", "no backup has ever been made"); old != "" {
		all = append(all, old)
	}
	return all
}

// unverified says that none was verified for long; "": one was.
func (b Backups) unverified(c config.Backup, now time.Time) string {
	return b.tooOld(b.Verified, c.VerifyWarn, now, "a backup was last verified", "no backup has ever been verified (kairan restore --verify FILE)")
}

// tooOld says since when something was not done; "": since not long. 0 after: never.
func (b Backups) tooOld(last time.Time, after subscribe.Days, now time.Time, what, never string) string {
	switch {
	case after == 0 || last.IsZero() && b.Since.IsZero():
	case last.IsZero() && b.Since.Before(after.Before(now)):
		return never
	case !last.IsZero() && last.Before(after.Before(now)):
		return fmt.Sprintf("%s on %s, %s ago", what, last.In(time.Local).Format(time.DateOnly), deliver.Count(int(now.Sub(last)/(24*time.Hour)), "day"))
	}
	return ""
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return line
}

// doubts are what is amiss with backups and with forgetting, for the alarms; "": nothing.
type doubts struct{ backup, unverified, late string }

// sweepBackups deletes the backups that are too old, and looks at what there is.
func (s *Service) sweepBackups(ctx context.Context) {
	if s.Config.Backup.Folder != "" {
		s.forgetBackups(ctx)
	}
	s.lookAtBackups()
}

// lookAtBackups remembers what is amiss with them, and with what else was to be done in time.
func (s *Service) lookAtBackups() {
	b, err := s.knownBackups()
	if err != nil {
		s.log.Error("BackupFault", "err", err)
		return
	}
	late, err := s.lateChores()
	if err != nil {
		s.log.Error("ChoreFault", "err", err)
	}
	c, now := s.Config.Backup, s.now()
	s.doubts.Store(&doubts{strings.Join(b.unmade(c, now), "; "), b.unverified(c, now), strings.Join(late, "; ")})
}

// forgetBackups keeps the promise that no copy can be read after that time, unless the
// clock is not to be believed: one that is far ahead would delete them all.
func (s *Service) forgetBackups(ctx context.Context) {
	if wrong, _ := s.scheduler.Clock(); wrong {
		return
	}
	keep, folder := s.Config.Retention.Backups, s.backupFolder()
	err := folder.Redate(s.now())
	gone, fault := folder.Forget(keep.Before(s.now()))
	if err = errors.Join(err, fault); err != nil {
		s.log.Error("BackupFault", "err", err)
	}
	for _, x := range gone {
		s.log.Info("BackupDeleted", "file", x.Name, "keep", keep)
		if err := s.note(ctx, deliver.Deed{By: byItself, What: "backup forget", Result: deliver.WasDone}); err != nil {
			s.log.Error("AuditFault", "err", err)
		}
	}
}

// beginBackups notes the first start, and looks at what there is.
func (s *Service) beginBackups(ctx context.Context) {
	if first, err := s.Store.LastDone(serving); err == nil && first.IsZero() {
		s.mustNoteDone(ctx, serving, s.now())
	}
	s.sweepBackups(ctx)
}
