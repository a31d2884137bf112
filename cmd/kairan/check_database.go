package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	"example.jp/kairan/cmd/internal/config"
	"example.jp/kairan/cmd/internal/control"
	"example.jp/kairan/cmd/internal/exit"
	"example.jp/kairan/cmd/internal/service"
)

// checkDatabase has the database examined by the server that runs, or opens it. What
// does not exist yet is not made. seen is what was found in it.
func (a *app) checkDatabase(ctx context.Context, cfg *config.Config, seen *service.Examined) (string, error) {
	defer a.waiting(ctx)()
	if answers, err := control.Answers(cfg.Socket); answers {
		return a.askServer(ctx, cfg, seen)
	} else if err != nil {
		return "", fmt.Errorf("the control socket cannot be asked whether a server runs: %w; run this as the service's account, or as a member of the socket's group", err)
	}
	entries, err := os.ReadDir(cfg.Data)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "none yet; the first start makes " + cfg.Data, nil
	case err != nil:
		return "", fmt.Errorf("the data directory: %w; it must belong to the service's account, and this must run as that account", err)
	case len(entries) == 0:
		return "none yet; the first start makes it in " + cfg.Data, nil
	}
	if journalThere(cfg) != nil { // opened, it would get a new one there, and a check changes nothing
		return "", errSkipped("it needs its journal")
	}
	s, err := service.Open(cfg, "kairan check", a.now, slog.New(slog.DiscardHandler))
	if err != nil {
		return "", err
	}
	held := s.RefuseIfHeld()
	found, err := service.Examine.Call(ctx, &client{Local: s}, struct{}{})
	if err = errors.Join(err, s.Close()); err != nil {
		return "", err
	}
	*seen = found
	return cfg.Data, against(cfg, found, a.now(), held)
}

// hasDatabase says whether a database lies in the data directory.
func hasDatabase(cfg *config.Config) bool {
	_, err := os.Stat(filepath.Join(cfg.Data, "kairan.db"))
	return err == nil
}

// journalThere says that a database has no journal where that should lie.
func journalThere(cfg *config.Config) error {
	if _, err := os.Stat(cfg.Journal); !errors.Is(err, fs.ErrNotExist) || !hasDatabase(cfg) {
		return nil
	}
	return fmt.Errorf("there is no folder %s, where the journal of this database should lie: look how `journal` is written, or put the old folder there; "+
		"if it is lost, the next start makes it anew from the database, and nothing goes out then before you have said what becomes of who left", cfg.Journal)
}

// askServer asks the server that has it open. In an upgrade that is the older one,
// which is restarted only if the check goes well.
func (a *app) askServer(ctx context.Context, cfg *config.Config, seen *service.Examined) (string, error) {
	found, err := service.Examine.Call(ctx, control.Over[service.Service](cfg.Socket), struct{}{})
	if errors.Is(err, control.ErrNoVerb) {
		return "a server of an older version is running and has it open (" + cfg.Socket + ")", nil
	} else if err != nil {
		return "", err
	}
	*seen = found
	var held error
	if !found.CopyOf.IsZero() {
		held = exit.Refusedf("a server is running, and nothing goes out: the database is a copy of %s; see: kairan restore", service.Date(found.CopyOf))
	}
	return "a server is running and has it open (" + cfg.Socket + ")", against(cfg, found, a.now(), held)
}

// afterMarks says what it takes where marks are among what is set apart.
func afterMarks(apart string) string {
	if !strings.Contains(apart, "mark") {
		return ""
	}
	return ", and those whose mark is among them when you have said so: kairan subscriber unblock"
}

// against is what speaks against a database, the gravest first.
func against(cfg *config.Config, found service.Examined, now time.Time, held error) error {
	switch {
	case found.Fault != "":
		return errors.New(found.Fault)
	case found.Apart != "":
		return fmt.Errorf("%s is damaged: these cannot be read, and are set apart: %s; everything else works on, leaving too. Look at the disk. The last backup has them (kairan restore FILE); without it, those readers can sign up again%s", cfg.Data, found.Apart, afterMarks(found.Apart))
	case held != nil:
		return held
	}
	// The file may have been edited since a server read it.
	broken, err := service.BrokenBy(cfg.Lists, found.Declared, now, func(list string) (int, bool, error) { return found.Readers[list], found.Holds[list], nil })
	return errors.Join(err, service.Refusal(broken))
}
