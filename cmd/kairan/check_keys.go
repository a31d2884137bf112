package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"example.jp/kairan/cmd/internal/config"
	"example.jp/kairan/cmd/internal/exit"
	"example.jp/kairan/cmd/internal/service"
	"example.jp/kairan/store/seal"
)

// A lost key file loses every reader, so `check` wants to have seen a second copy
// of it once. What it remembers is the fingerprint of the keys in that copy, and
// when it was shown: in the journal's folder, which outlives the database.

func keyCopyFile(cfg *config.Config) string { return filepath.Join(cfg.Journal, "key-copy") }

const keyCopyForm = "kairan-key-copy 1\nfingerprint %s\nshown %s\n"

// showKeyCopy compares a copy of the key file with the one in use, and remembers
// that it was shown. path is a file, or - for standard input.
func (a *app) showKeyCopy(path string) error {
	cfg, err := a.config()
	if err != nil {
		return err
	}
	keys, err := service.Keys(cfg.Keys)
	if err != nil {
		return err
	}
	defer keys.Wipe()
	from := a.std.in
	if path != "-" {
		if sameFile(path, cfg.Keys) {
			return exit.Refusedf("%s is the key file itself; show a copy that lies in another place", path)
		}
		f, err := os.Open(path)
		if err != nil {
			return exit.Usagef("the copy of the key file: %w", err)
		}
		defer f.Close()
		from = f
	}
	shown, err := seal.Read(path, from)
	if err != nil {
		return exit.Refusedf("this is no copy that could be used: %w", err)
	}
	defer shown.Wipe()
	if shown.Fingerprint() != keys.Fingerprint() && shown.Check(seal.Index) == keys.Check(seal.Index) {
		return exit.Refusedf("this copy is outdated: it is from before the data key was changed, and does not open what is sealed now; destroy it, and make a new copy of %s", cfg.Keys)
	}
	if shown.Fingerprint() != keys.Fingerprint() {
		return exit.Refusedf("this is a copy of other keys: its fingerprint is %s, and that of %s is %s. Keep both until `kairan check` finds nothing wrong with the database: it opens with one of them. Then make a new copy of that one",
			shown.Fingerprint(), cfg.Keys, keys.Fingerprint())
	}
	if err := os.MkdirAll(cfg.Journal, 0o700); err != nil {
		return err
	}
	text := fmt.Sprintf(keyCopyForm, keys.Fingerprint(), a.now().UTC().Format(time.RFC3339))
	if err := os.WriteFile(keyCopyFile(cfg), []byte(text), 0o600); err != nil {
		return err
	}
	a.say("It is a whole copy of %s (fingerprint %s). Keep it away from the backups.\n", cfg.Keys, keys.Fingerprint())
	return nil
}

func sameFile(a, b string) bool {
	x, err := os.Stat(a)
	y, fault := os.Stat(b)
	return err == nil && fault == nil && os.SameFile(x, y)
}

// checkKeyCopy says when a copy of these keys was shown last, or warns.
func checkKeyCopy(cfg *config.Config, fingerprint string) (string, error) {
	here := cfg.Keys + ", fingerprint " + fingerprint
	text, err := os.ReadFile(keyCopyFile(cfg))
	if err != nil && !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, fs.ErrPermission) {
		return "", fmt.Errorf("what is known of a copy of the key file: %w", err)
	}
	var of, at string
	_, _ = fmt.Sscanf(string(text), keyCopyForm, &of, &at)
	when, fault := time.Parse(time.RFC3339, at)
	const show = "without it every reader is lost; make a copy elsewhere, away from the backups, and show it:\n  kairan check --key-copy FILE"
	switch {
	case err != nil || fault != nil:
		return "", errWarned(here + "; nobody has shown a copy of it, and " + show)
	case of != fingerprint:
		return "", errWarned(here + "; the copy that was shown on " + service.Date(when) + " is outdated, or of other keys; and " + show)
	}
	return here + "; a copy was shown on " + when.In(time.Local).Format(time.DateOnly), nil
}
