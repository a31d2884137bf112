package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"example.jp/kairan/cmd/internal/exit"
)

// surrounding is what one of the programs around Kairan needs: files under the names
// that they have in place.
type surrounding struct {
	files []string
	// place are the commands that put them there, with DIR for where they lie.
	place string
}

// surroundings are what `--print` knows.
func surroundings() map[string]surrounding {
	return map[string]surrounding{
		"systemd": {[]string{"kairan.service"}, `cp DIR/kairan.service /etc/systemd/system/
systemctl daemon-reload && systemctl enable --now kairan`},
		"nginx": {[]string{"kairan.conf"}, `cp DIR/kairan.conf /etc/nginx/conf.d/
nginx -t && systemctl reload nginx`},
		"postfix": {[]string{"main.cf", "master.cf", "kairan_transport"}, `cp --backup DIR/main.cf DIR/kairan_transport /etc/postfix/
grep -q '^carrier ' /etc/postfix/master.cf || cat DIR/master.cf >> /etc/postfix/master.cf
postfix check && systemctl restart postfix`},
	}
}

// print prints what a program needs, or writes it into dir.
func (a *app) print(what, dir string) error {
	s, ok := surroundings()[what]
	if !ok {
		return exit.Usagef("--print %q: there is systemd, nginx and postfix, and accessibility", what)
	}
	texts := make([][]byte, len(s.files))
	for i, name := range s.files {
		var err error
		if texts[i], err = printed.ReadFile("printed/" + name); err != nil {
			return err
		}
	}
	if dir == "" {
		for i, text := range texts {
			if i > 0 {
				a.say("\n# ---------------------------------------------------------------------------\n\n")
			}
			a.say("%s", text)
		}
		return nil
	}
	return a.writeSurrounding(s, texts, dir)
}

// writeSurrounding writes the files, all or none.
func (a *app) writeSurrounding(s surrounding, texts [][]byte, dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	var written []string
	for i, name := range s.files {
		path := filepath.Join(dir, name)
		if err := writeNew(path, texts[i]); err != nil {
			for _, w := range written {
				err = errors.Join(err, os.Remove(w))
			}
			return fmt.Errorf("%w; nothing is ever overwritten, and no file was left behind", err)
		}
		written = append(written, path)
	}
	a.say("Wrote\n  %s\n\nPut your names into it, where the comments say so. Then, as root:\n", strings.Join(written, "\n  "))
	for line := range strings.SplitSeq(strings.ReplaceAll(s.place, "DIR", dir), "\n") {
		a.say("  %s\n", line)
	}
	return nil
}
