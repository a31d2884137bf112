package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"example.jp/kairan/cmd/internal/exit"
	"example.jp/kairan/cmd/internal/service"
	"example.jp/kairan/deliver"
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
				return exit.Usagef("a backup is not for a terminal; send it on, as in: kairan backup - | ssh HOST 'cat > kairan.db', or give a file's name")
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
		return 0, exit.Refusedf("%s exists already; choose another name, so that no backup is lost", path)
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".kairan-backup-*")
	if err != nil {
		return 0, exit.Usagef("%w", err)
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
	from, err := service.Backup.Call(c.Context(), cl, struct{}{})
	if err != nil {
		return 0, err
	}
	defer func() { _ = from.Close() }()
	n, err := io.Copy(to, from)
	if err == nil && n != from.Size {
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		return n, fmt.Errorf("the backup is not whole: %w; do not keep it, and make another", err)
	}
	return n, nil
}
