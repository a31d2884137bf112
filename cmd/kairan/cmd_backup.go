package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"
)

func (a *app) backupCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "backup FILE",
		Short: "Write a consistent copy of the database, sealed, without the keys",
		Long: `Writes a consistent copy of the database while the service runs. The copy is
sealed as the database is, and useless without the key file: keep a copy of that
elsewhere, never beside the backups. An existing file is not overwritten.`,
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return a.with("", func(cl *client) error {
				n, err := writeBackup(c, cl, args[0])
				if err != nil {
					return err
				}
				a.say("%s: %s KB; keep the key file elsewhere\n", args[0], thousands(int(n>>10)))
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
	r, err := cl.post(c.Context(), "backup", bytes.NewReader(nil))
	if err != nil {
		return 0, err
	}
	defer r.Body.Close()
	f, err := os.CreateTemp(filepath.Dir(path), ".kairan-backup-*")
	if err != nil {
		return 0, usage("%w", err)
	}
	defer func() { _ = os.Remove(f.Name()) }()
	n, err = io.Copy(f, r.Body)
	if err == nil && r.ContentLength >= 0 && n != r.ContentLength {
		err = io.ErrUnexpectedEOF
	}
	if err == nil {
		err = f.Sync()
	}
	if err := errors.Join(err, f.Close()); err != nil {
		return 0, fmt.Errorf("the backup could not be written to %s: %w; nothing was left behind", path, err)
	}
	return n, os.Rename(f.Name(), path)
}
