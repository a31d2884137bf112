package main

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"example.jp/kairan/cmd/internal/backups"
	"example.jp/kairan/cmd/internal/config"
	"example.jp/kairan/cmd/internal/service"
)

// checkBackups says how backups are made, and warns where one may be missing on the day
// that it is needed. known is nil while there is no database.
func checkBackups(cfg *config.Config, known *service.Backups, now time.Time) (string, error) {
	var doubts []string
	b := cfg.Backup
	if known == nil {
		known = &service.Backups{}
		if b.Folder != "" {
			if err := backups.Folder(b.Folder).Check(); err != nil {
				known.Fault = err.Error()
			}
		}
	}
	if known.Fault != "" {
		return "", errors.New(known.Fault)
	}
	if b.Folder == "" {
		doubts = append(doubts, "no `folder` is set in [backup], so the service makes none by itself")
	}
	if len(b.Recipients) == 0 {
		doubts = append(doubts, "nobody is in `recipients` of [backup], so whoever has a backup and the key file can read it, as this machine can; make an identity elsewhere with age-keygen")
	}
	if doubts = append(doubts, known.Doubts(b, now)...); len(doubts) > 0 {
		return "", errWarned(strings.Join(doubts, ";\n"))
	}
	day := func(at time.Time) string {
		if at.IsZero() {
			return "not yet"
		}
		return at.In(time.Local).Format(time.DateOnly)
	}
	return fmt.Sprintf("%s, every %s, kept for %s; the last: %s; verified: %s",
		b.Folder, b.Every, cfg.Retention.Backups, day(known.Made), day(known.Verified)), nil
}
