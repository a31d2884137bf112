package disk

import (
	"fmt"
	"io/fs"
	"os"
)

// Refusal is a file or folder that is not used although nothing in it is broken:
// somebody else holds or owns it, or it belongs with another key file or another
// program.
type Refusal struct {
	Text  string // says what to do
	InUse bool   // another process has it open
	Other bool   // it is another account's
}

func (r *Refusal) Error() string { return r.Text }

// Refuse returns a [Refusal] with this text.
func Refuse(format string, args ...any) error { return &Refusal{Text: fmt.Sprintf(format, args...)} }

// CheckOwner refuses what belongs to another account than the caller's, or what
// others may write. A backup that root has put back is the usual case. mode is the
// one that the refusal advises; what names the kind of file to people.
func CheckOwner(what, path string, info fs.FileInfo, mode string) error {
	if uid, yes := otherOwner(info); yes {
		return &Refusal{Other: true, Text: fmt.Sprintf("the %s %s belongs to uid %d, and this is uid %d; run as its owner (for example with sudo -u), so that no file in it changes hands, or give it to the account of the service with chown", what, path, uid, os.Geteuid())}
	}
	if othersWrite(info) {
		return Refuse("the %s %s can be written by others (mode %04o); run: chmod %s %s", what, path, info.Mode().Perm(), mode, path)
	}
	return nil
}

// CheckAlone refuses besides what others may read or enter.
func CheckAlone(what, path string, info fs.FileInfo, mode string) error {
	if err := CheckOwner(what, path, info, mode); err != nil {
		return err
	}
	if othersRead(info) {
		return Refuse("the %s %s can be read by others (mode %04o); run: chmod %s %s", what, path, info.Mode().Perm(), mode, path)
	}
	return nil
}
