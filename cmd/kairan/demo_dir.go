package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// demoDir is where commands with --demo find the demo of this user.
func demoDir() string {
	return filepath.Join(os.TempDir(), demoName())
}

// ownDemo refuses a demo's directory that somebody else made: its name is known
// to everybody on this computer.
func ownDemo() error {
	info, err := os.Lstat(demoDir())
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if !info.IsDir() || !mine(info) {
		return fmt.Errorf("%s belongs to somebody else; remove it, or set TMPDIR to a folder of your own", demoDir())
	}
	return nil
}
