package config

import (
	"bytes"
	"crypto/x509"
	"errors"
	"io"
	"io/fs"
	"os"
	"os/user"
)

// CheckFiles judges, before a start and in `kairan check`, what the
// configuration names on this machine: the relay's password file and
// authorities, the logos, and the socket's group. The error is [Faults]. The data
// directory and the key file are judged by those who open them.
func (c *Config) CheckFiles() error {
	r := &reader{file: c.Path, at: c.at}
	(&table{r: r, path: "relay", line: 1}).relayFiles(c.Relay)
	for n, f := range c.Fallback {
		(&table{r: r, path: item("fallback_relays", n+1), line: 1}).relayFiles(f)
	}
	if command := c.Alarms.Command; len(command) > 0 {
		(&table{r: r, path: "alarms", line: 1}).runnable("command", command[0])
	}
	top := &table{r: r, line: 1}
	if c.SocketGroup != "" {
		if _, err := user.LookupGroup(c.SocketGroup); err != nil {
			top.fault("socket_group", "no group %s on this machine; write one of /etc/group, or delete the line", quote(c.SocketGroup))
		}
	}
	c.pictures(r)
	return r.faults.err()
}

func (t *table) relayFiles(r Relay) {
	if r.PasswordFile != "" {
		t.passwordFile("password_file", r.PasswordFile)
	}
	if r.CAFile != "" {
		t.authorities("ca_file", r.CAFile)
	}
}

// passwordFile wants a file with a password that only its owner can read.
// systemd hands credentials over with an access list, which looks like the
// right of a group; its own directory is closed to others.
func (t *table) passwordFile(key, path string) {
	content, info, ok := t.content(key, path)
	if !ok {
		return
	}
	open := info.Mode().Perm() & othersMay
	if creds := os.Getenv("CREDENTIALS_DIRECTORY"); creds != "" && within(creds, path) {
		open &= 0o037
	}
	switch {
	case open != 0:
		t.fault(key, "others than its owner may use %s (mode %04o); run: chmod 0400 %s", path, info.Mode().Perm(), path)
	case len(bytes.TrimSpace(content)) == 0:
		t.fault(key, "%s is empty; write the relay's password into it", path)
	}
}

func (t *table) authorities(key, path string) {
	content, _, ok := t.content(key, path)
	if ok && !x509.NewCertPool().AppendCertsFromPEM(content) {
		t.fault(key, "%s holds no certificate; write the path of a file of PEM certificates, or delete the line to use the system's", path)
	}
}

// content reads a small regular file, or says why that cannot be done.
func (t *table) content(key, path string) ([]byte, fs.FileInfo, bool) {
	info, err := os.Stat(path)
	if err == nil && !info.Mode().IsRegular() {
		t.fault(key, "%s is not a file; write the path of one", path)
		return nil, nil, false
	}
	var content []byte
	if err == nil {
		content, err = readSmall(path)
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		t.fault(key, "there is no %s; create it, or write the path of a file that exists", path)
	case errors.Is(err, fs.ErrPermission):
		t.fault(key, "%s may not be read by this user; run: chown it to the user that the service runs as", path)
	case err != nil:
		t.fault(key, "%s cannot be read (%v); write the path of a file that can", path, err)
	}
	return content, info, err == nil
}

func readSmall(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, 1<<20))
}
