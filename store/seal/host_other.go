//go:build !unix

package seal

import (
	"fmt"
	"os"
)

// openFlags open the key file.
const openFlags = os.O_RDONLY

// GuardsFiles says whether this operating system tells whose the key file is and
// who may read it, so that [Load] can refuse one that is open to others.
const GuardsFiles = false

// checkAccess can only tell that the key file is one: there are no modes here,
// and whoever installs Kairan must see to who may read it.
func checkAccess(f *os.File, path string) error {
	info, err := f.Stat()
	if err != nil {
		return fmt.Errorf("examining the key file: %w", err)
	}
	return judgeKind(path, info.Mode())
}

// syncDir does nothing: a directory cannot be synced here, and a name in it is
// on the disk when the call that makes it returns.
func syncDir(string) error { return nil }

// keepOwner does nothing: access lists are taken over from the folder.
func keepOwner(os.FileInfo, *os.File) error { return nil }
