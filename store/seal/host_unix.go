//go:build unix

package seal

import (
	"errors"
	"fmt"
	"os"
	"syscall"
)

// openFlags open the key file. Without O_NONBLOCK a named pipe would hold up the
// start.
const openFlags = os.O_RDONLY | syscall.O_NONBLOCK

// GuardsFiles says whether this operating system tells whose the key file is and
// who may read it, so that [Load] can refuse one that is open to others.
const GuardsFiles = true

func checkAccess(f *os.File, path string) error {
	info, err := f.Stat()
	if err != nil {
		return fmt.Errorf("examining the key file: %w", err)
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return fmt.Errorf("%s: the owner of the key file cannot be told; keep it on a local file system", path)
	}
	return judge(path, info.Mode(), int(stat.Uid), os.Geteuid())
}

// syncDir makes a name in dir outlast a power cut.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// keepOwner gives a file to whom another belongs, if that is not so already.
func keepOwner(of os.FileInfo, f *os.File) error {
	want, ok := of.Sys().(*syscall.Stat_t)
	info, err := f.Stat()
	if err != nil || !ok {
		return err
	}
	if have, ok := info.Sys().(*syscall.Stat_t); ok && have.Uid == want.Uid && have.Gid == want.Gid {
		return nil
	}
	return f.Chown(int(want.Uid), int(want.Gid))
}
