package seal

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"time"
)

// PartPattern names a key file that is not whole yet, or not yet in its place, for
// os.CreateTemp. One that is left over was never used, and holds keys: remove it.
const PartPattern = ".kairan-keys-*"

const (
	header  = "kairan-keys 1"
	maxFile = 1 << 20 // bytes; far more than any number of rotations fills

	preamble = header + "\n" +
		"# The keys of this Kairan installation. Whoever holds this file and the database\n" +
		"# can read every reader's entry; without this file nobody can, ever again.\n" +
		"# Keep a copy in a safe place, apart from the database and its backups.\n"
)

// Load reads the key file at path. It refuses a file that others than its owner may read
// or write, or that belongs to another account than the caller's (root may read any;
// where not [GuardsFiles], that is not looked at), and every fault in its text, by line.
// For a missing file errors.Is(err, fs.ErrNotExist) holds.
func Load(path string) (*Keyring, error) {
	f, err := os.OpenFile(path, openFlags, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("there is no key file: %w; put back its copy, "+
			"or, if nothing is stored yet, make one with \"kairan init\"", err)
	}
	if err != nil {
		return nil, fmt.Errorf("the key file cannot be read: %w; "+
			"it must belong to the account that runs kairan, with mode 0600", err)
	}
	defer f.Close()
	if err := checkAccess(f, path); err != nil {
		return nil, err
	}
	return Read(path, f)
}

// Read reads a key file from r, whoever else may read it; for a copy that is only
// looked at. Errors call it name.
func Read(name string, r io.Reader) (*Keyring, error) {
	text, err := io.ReadAll(io.LimitReader(r, maxFile+1))
	defer clear(text)
	if err != nil {
		return nil, fmt.Errorf("reading the key file: %w", err)
	}
	if len(text) > maxFile {
		return nil, fmt.Errorf("%s: is larger than 1 MiB; name the key file, not another one", name)
	}
	keys, err := parse(name, text)
	if err != nil {
		return nil, err
	}
	return newKeyring(keys)
}

// judge decides whether a file of this mode and owner may be used by caller.
func judge(path string, mode fs.FileMode, owner, caller int) error {
	if err := judgeKind(path, mode); err != nil {
		return err
	}
	switch {
	case mode.Perm()&0o077 != 0:
		return fmt.Errorf("%s: others may read or change this key file (mode %04o); "+
			"run \"chmod 600\" on it and consider who may have read it", path, mode.Perm())
	case caller != 0 && owner != caller:
		return fmt.Errorf("%s: this key file belongs to uid %d, but kairan runs as uid %d; "+
			"run \"chown %d\" on it, or start kairan as its owner", path, owner, caller, caller)
	}
	return nil
}

func judgeKind(path string, mode fs.FileMode) error {
	if !mode.IsRegular() {
		return fmt.Errorf("%s: is not an ordinary file; name the key file itself", path)
	}
	return nil
}

// parse reads the text of a key file. No error repeats what stands in the file:
// a word out of place may be a key.
func parse(path string, text []byte) (map[Use][]key, error) {
	keys := make(map[Use][]key)
	n := 0
	for line := range bytes.Lines(text) {
		n++
		if n == 1 {
			if fault := checkHeader(line); fault != "" {
				return nil, faultAt(path, n, fault)
			}
			continue
		}
		line, _, _ = bytes.Cut(line, []byte("#"))
		words := bytes.Fields(line)
		if len(words) == 0 {
			continue
		}
		use, ky, fault := parseKey(words)
		if fault == "" {
			fault = refuse(keys, use, ky)
		}
		if fault != "" {
			return nil, faultAt(path, n, fault)
		}
		keys[use] = append(keys[use], ky)
	}
	if n == 0 {
		return nil, faultAt(path, 1, "the file is empty; put back its copy")
	}
	for _, use := range uses() {
		if len(keys[use]) == 0 {
			return nil, faultAt(path, n, "the file ends without a key for "+use+"; put back the complete file from its copy")
		}
	}
	return keys, nil
}

func faultAt(path string, line int, fault string) error {
	return fmt.Errorf("%s:%d: %s", path, line, fault)
}

func checkHeader(line []byte) string {
	line = bytes.TrimRight(line, " \t\r\n")
	if string(line) == header {
		return ""
	}
	if version, ok := bytes.CutPrefix(line, []byte("kairan-keys ")); ok {
		if v, err := strconv.ParseUint(string(version), 10, 16); err == nil && v > 1 {
			return "this key file has format " + strconv.FormatUint(v, 10) +
				", but this kairan knows format 1 only; run the newer kairan that wrote it"
		}
	}
	return "the first line must be \"" + header + "\"; name the key file, or put back its copy"
}

// parseKey reads the words of one line and returns the fault, if any.
func parseKey(words [][]byte) (use Use, ky key, fault string) {
	if len(words) != 4 {
		return "", key{}, fmt.Sprintf("this line has %d words instead of 4; "+
			"write use, id, time of creation and key, and begin comments with #", len(words))
	}
	for _, u := range uses() {
		if string(words[0]) == u {
			use = u
		}
	}
	if use == "" {
		return "", key{}, "the first word is not a use of keys; write data, index, mark, leave or mail"
	}
	id, err := strconv.ParseUint(string(words[1]), 10, 16)
	if err != nil || id == 0 {
		return "", key{}, "the second word is not a key id; write a whole number from 1 to 65535"
	}
	created, err := time.Parse(time.RFC3339, string(words[2]))
	if err != nil {
		return "", key{}, "the third word is not a time of creation; write it like 2026-11-21T09:00:00Z"
	}
	buf := make([]byte, base64.StdEncoding.DecodedLen(len(words[3])))
	size, err := base64.StdEncoding.Strict().Decode(buf, words[3])
	if err != nil || size != keySize {
		clear(buf)
		return "", key{}, "the fourth word is not a key (base64 of 32 bytes, 44 characters); put back this line from the copy of the file"
	}
	return use, key{id: uint16(id), created: created, secret: buf[:keySize]}, ""
}

// refuse says why a key may not stand beside those before it.
func refuse(keys map[Use][]key, use Use, ky key) string {
	for _, other := range keys[use] {
		if other.id == ky.id {
			return fmt.Sprintf("key id %d of %s is already taken further up; give each key of a use its own id", ky.id, use)
		}
	}
	if isSingle(use) && len(keys[use]) > 0 {
		return "this is a second key for " + use + "; a keyed index cannot have two keys, " +
			"since what was stored under one is not found under the other: keep the key that the database was made with"
	}
	if holds(keys, ky.secret) {
		return "this key stands further up already; each key must be random and used once, so put back this line from the copy of the file"
	}
	return ""
}

// text returns the key file.
func (r *ring) text() ([]byte, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.wiped {
		return nil, errWiped
	}
	if len(r.keys) == 0 {
		return nil, unknownUse("")
	}
	// Room for all, so that no half-filled copy stays behind in memory.
	count := 0
	for _, keys := range r.keys {
		count += len(keys)
	}
	out := make([]byte, 0, len(preamble)+count*128)
	out = append(out, preamble...)
	for _, use := range uses() {
		for _, ky := range r.keys[use] {
			out = append(out, use...)
			out = append(out, ' ')
			out = strconv.AppendUint(out, uint64(ky.id), 10)
			out = append(out, ' ')
			out = ky.created.AppendFormat(out, time.RFC3339)
			out = append(out, ' ')
			out = base64.StdEncoding.AppendEncode(out, ky.secret)
			out = append(out, '\n')
		}
	}
	return out, nil
}

// Write stores the keys at path with mode 0600: the whole file, on the disk, or
// none. It never overwrites: errors.Is(err, fs.ErrExist) then holds. The directory
// must exist.
func (k *Keyring) Write(path string) error {
	text, err := k.ring().text()
	if err != nil {
		return err
	}
	defer clear(text)
	dir := filepath.Dir(path)
	temp, err := os.CreateTemp(dir, PartPattern) // O_EXCL, mode 0600
	if err != nil {
		return fmt.Errorf("writing the key file: %w; make its directory first, "+
			"writable for the account that runs kairan", err)
	}
	defer os.Remove(temp.Name())
	_, err = temp.Write(text)
	err = errors.Join(err, temp.Chmod(0o600), temp.Sync())
	if err = errors.Join(err, temp.Close()); err != nil {
		return fmt.Errorf("writing the key file: %w; nothing was kept", err)
	}
	// A link, unlike a rename, fails if the name is taken: O_EXCL for a whole file.
	if err := os.Link(temp.Name(), path); err != nil {
		if errors.Is(err, fs.ErrExist) {
			return fmt.Errorf("%s: there is a file already, and keys are never overwritten (%w); "+
				"use that file, or name another", path, fs.ErrExist)
		}
		return fmt.Errorf("putting the key file in its place: %w; "+
			"keep it on a file system with hard links", err)
	}
	if err := os.Remove(temp.Name()); err != nil {
		return fmt.Errorf("the key file is written, but a copy is left over: %w; remove it by hand", err)
	}
	if err := syncDir(dir); err != nil {
		return fmt.Errorf("the key file is written, but might not outlast a power failure: %w; "+
			"check the disk, remove the file and try again", err)
	}
	return nil
}
