package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"example.jp/kairan/cmd/internal/agefile"
	"example.jp/kairan/cmd/internal/exit"
	"example.jp/kairan/cmd/internal/service"
	"example.jp/kairan/deliver"
)

func (a *app) backupCommand() *cobra.Command {
	c := &cobra.Command{Use: "backup [FILE|-]", Args: cobra.MaximumNArgs(1)}
	a.jsonFlag(c)
	c.RunE = func(c *cobra.Command, args []string) error {
		to := ""
		if len(args) == 1 {
			to = args[0]
		}
		switch {
		case to == "-" && a.terminal():
			return exit.Usagef("a backup is not for a terminal; send it on, as in: kairan backup - | ssh HOST 'cat > kairan.age', or give a file's name")
		case to != "" && a.json:
			return exit.Usagef("--json is for a backup into the folder of [backup]; leave it out")
		}
		return a.with("", func(cl *client) error { return a.backup(c.Context(), cl, to) })
	}
	return c
}

// backup writes one to a file, to standard output (-), or into the folder ("").
func (a *app) backup(ctx context.Context, cl *client, to string) (err error) {
	out, made := a.std.out, service.MadeBackup{File: to}
	done := a.showProgress(ctx, cl)
	switch to {
	case "":
		made, err = service.BackupInFolder.Call(ctx, cl, struct{}{})
	case "-":
		made.File, out = "standard output", a.std.err
		made.Octets, err = copyBackup(ctx, cl, a.std.out, &made.Encrypted)
	default:
		made.Octets, err = writeBackup(ctx, cl, to, &made.Encrypted)
	}
	done()
	if err == nil && to != "" {
		_, err = service.NoteBackup.Call(ctx, cl, service.BackupNote{})
	}
	switch {
	case err != nil:
		return err
	case a.json:
		return a.printJSON(made)
	}
	fmt.Fprintf(out, "%s: %s KB; keep the key file elsewhere\n", made.File, deliver.Thousands(int(made.Octets>>10)))
	if !made.Encrypted {
		fmt.Fprintf(out, "%s\n", a.para("It is encrypted to nobody: whoever has it and the key file can read it. Name `recipients` in [backup], whose identities lie elsewhere."))
	}
	return nil
}

// showProgress shows on a terminal how far a copy is, until it is told to end.
func (a *app) showProgress(ctx context.Context, cl *client) (end func()) {
	return a.eachSecond(ctx, func(ctx context.Context) string {
		p, err := service.BackupProgress.Call(ctx, cl, struct{}{})
		if err != nil || p.Of == 0 || p.Octets == 0 {
			return ""
		}
		did, of := int(min(p.Octets, p.Of)), int(p.Of)
		return fmt.Sprintf("%s %3d%%", bar(did, of, 40), percent(did, of))
	})
}

// writeWhole writes under another name and renames, so that a file with the final
// name is always whole.
func writeWhole(path, what string, write func(io.Writer) (int64, error)) (n int64, err error) {
	if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
		return 0, exit.Refusedf("%s exists already; choose another name, so that no %s is lost", path, what)
	}
	f, err := os.CreateTemp(filepath.Dir(path), partOf(what))
	if err != nil {
		return 0, exit.Usagef("%w", err)
	}
	defer func() { _ = os.Remove(f.Name()) }()
	if n, err = write(f); err != nil {
		return 0, errors.Join(err, f.Close())
	}
	if err := errors.Join(f.Sync(), f.Close()); err != nil {
		return 0, fmt.Errorf("the %s could not be written to %s: %w; nothing was left behind", what, path, err)
	}
	return n, os.Rename(f.Name(), path)
}

// partOf names what is not whole yet, for os.CreateTemp.
func partOf(what string) string { return ".kairan-" + what + "-*" }

// writeBackup writes one to a file.
func writeBackup(ctx context.Context, cl *client, path string, encrypted *bool) (n int64, err error) {
	n, err = writeWhole(path, "backup", func(w io.Writer) (int64, error) { return copyBackup(ctx, cl, w, encrypted) })
	if err != nil {
		return n, err
	}
	left, _ := filepath.Glob(filepath.Join(filepath.Dir(path), partOf("backup"))) // of commands that were killed: one backup is made at a time
	for _, part := range left {
		_ = os.Remove(part)
	}
	return n, nil
}

// copyBackup hands on what the server sends, sees whether that is encrypted, and fails unless
// it was all of it.
func copyBackup(ctx context.Context, cl *client, to io.Writer, encrypted *bool) (int64, error) {
	from, err := service.Backup.Call(ctx, cl, struct{}{})
	if err != nil {
		return 0, err
	}
	buffered := bufio.NewReaderSize(from.Reader, 1<<16)
	head, _ := buffered.Peek(agefile.HeadLen)
	from.Reader, *encrypted = buffered, agefile.Is(head)
	n, err := copyWhole(to, from)
	if err != nil {
		return n, fmt.Errorf("the backup is not whole: %w; do not keep it, and make another", err)
	}
	return n, nil
}
