package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"example.jp/kairan/cmd/internal/control"
	"example.jp/kairan/deliver"
	"example.jp/kairan/store"
)

func (a *app) backupCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "backup FILE|-",
		Short: "Write a consistent copy of the database, sealed, without the keys",
		Long: `Writes a consistent copy of the database while the service runs. The copy is
sealed as the database is, and useless without the key file: keep a copy of that
elsewhere, never beside the backups. An existing file is not overwritten. With -
the copy goes to standard output: look at the exit code before you rely on it.`,
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if args[0] == "-" && a.terminal() {
				return usage("a backup is not for a terminal; send it on, as in: kairan backup - | ssh HOST 'cat > kairan.db', or give a file's name")
			}
			return a.with("", func(cl *client) error {
				if args[0] == "-" {
					n, err := copyBackup(c, cl, a.std.out)
					if err == nil {
						fmt.Fprintf(a.std.err, "standard output: %s KB; keep the key file elsewhere\n", deliver.Thousands(int(n>>10)))
					}
					return err
				}
				n, err := writeBackup(c, cl, args[0])
				if err != nil {
					return err
				}
				a.say("%s: %s KB; keep the key file elsewhere\n", args[0], deliver.Thousands(int(n>>10)))
				return nil
			})
		},
	}
}

// writeBackup writes under another name and renames, so that a file with the
// backup's name is always whole.
func writeBackup(c *cobra.Command, cl *client, path string) (n int64, err error) {
	if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
		return 0, refused("%s exists already; choose another name, so that no backup is lost", path)
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".kairan-backup-*")
	if err != nil {
		return 0, usage("%w", err)
	}
	defer func() { _ = os.Remove(f.Name()) }()
	if n, err = copyBackup(c, cl, f); err != nil {
		return 0, errors.Join(err, f.Close())
	}
	if err := errors.Join(f.Sync(), f.Close()); err != nil {
		return 0, fmt.Errorf("the backup could not be written to %s: %w; nothing was left behind", path, err)
	}
	return n, os.Rename(f.Name(), path)
}

// copyBackup hands on what the server sends, and fails unless it was all of it.
func copyBackup(c *cobra.Command, cl *client, to io.Writer) (int64, error) {
	from, err := backup.Call(c.Context(), cl, struct{}{})
	if err != nil {
		return 0, err
	}
	defer from.Close()
	n, err := io.Copy(to, from)
	if err == nil && n != from.Size {
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		return n, fmt.Errorf("the backup is not whole: %w; do not keep it, and make another", err)
	}
	return n, nil
}

// backup answers with a copy that lies on the local disk, so that a slow client
// does not hold pages of the database.
func (h *service) backup(_ context.Context, _ struct{}) (*control.Octets, error) {
	if !h.backingUp.TryLock() {
		return nil, refused("another backup is being made; try again when it is done")
	}
	f, err := os.CreateTemp(h.cfg.Data, store.BackupPattern)
	if err != nil {
		h.backingUp.Unlock()
		return nil, err
	}
	done := func() error {
		defer h.backingUp.Unlock()
		return errors.Join(f.Close(), os.Remove(f.Name()))
	}
	var size int64
	if err = h.store.Backup(f); err == nil {
		size, err = f.Seek(0, io.SeekEnd)
	}
	if err == nil {
		_, err = f.Seek(0, io.SeekStart)
	}
	if err != nil {
		return nil, errors.Join(err, done())
	}
	return &control.Octets{Reader: f, Size: size, Close: done}, nil
}
