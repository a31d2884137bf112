package main

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"example.jp/kairan/cmd/internal/exit"
	"example.jp/kairan/deliver"
	"example.jp/kairan/deliver/compose/enclosure"
	"example.jp/kairan/deliver/compose/finding"
	"example.jp/kairan/deliver/compose/source"
	"example.jp/kairan/deliver/phrase"
)

// readManuscript reads an issue and the files that its text names from the folder in
// which it lies, or from another; or, where path is "-", from standard input. Of a file
// that cannot be read it says why; that is then among what is found in the text.
func (a *app) readManuscript(ctx context.Context, path, folder string) (m deliver.Manuscript, err error) {
	if path == "-" {
		return a.manuscriptFrom(ctx, folder)
	}
	if m.Source, err = a.readSource(path); err != nil {
		return m, err
	}
	m.Files, err = readFiles(cmp.Or(folder, filepath.Dir(path)), source.Names(ctx, m.Source))
	return m, err
}

// readFiles reads what a text names from a folder.
func readFiles(folder string, names []source.Named) (all []deliver.File, err error) {
	if len(names) == 0 {
		return nil, nil
	}
	root, err := os.OpenRoot(folder)
	if err != nil {
		return nil, exit.Usagef("%w", err)
	}
	defer root.Close()
	left := deliver.MostEnclosed
	for _, n := range names {
		data, err := readBeside(root, n.Name, left)
		left -= len(data)
		all = append(all, given(n.Name, data, err))
	}
	return all, nil
}

// given is a file as it was read, or why it could not be.
func given(name string, data []byte, fault error) deliver.File {
	if fault == nil {
		return deliver.File{Name: name, Data: data}
	}
	words := phrase.Of(fault)
	return deliver.File{Name: name, Fault: words.EN, FaultJA: words.JA}
}

// readBeside reads a file of a folder, and nothing else: no path, no link, no device, and
// no more than so many octets.
func readBeside(root *os.Root, name string, most int) ([]byte, error) {
	if err := enclosure.CheckName(name); err != nil {
		return nil, phrase.Say("%q cannot be sent: %v", finding.Clip(name), err)
	}
	there, info, err := lookUp(root, name)
	folder := any(root.Name())
	if folder == "." {
		folder = phrase.Key("this folder")
	}
	switch {
	case errors.Is(err, fs.ErrNotExist) && there != name:
		return nil, otherCapitals(there, name)
	case errors.Is(err, fs.ErrNotExist):
		return nil, phrase.Say("there is no file %s in %s; put it there, or correct its name", finding.Clip(name), folder)
	case err != nil:
		return nil, phrase.Say("%s cannot be read: %v", finding.Clip(name), err)
	case info.Mode().Type() == fs.ModeSymlink:
		return nil, phrase.Say("%s is a link to another file, and links are not followed; put the file itself into %s", finding.Clip(name), folder)
	case !info.Mode().IsRegular():
		return nil, phrase.Say("%s is no file; put the file itself into %s", finding.Clip(name), folder)
	}
	f, err := root.Open(there)
	if err != nil {
		return nil, phrase.Say("%s cannot be read: %v", finding.Clip(name), err)
	}
	defer f.Close()
	if opened, err := f.Stat(); err != nil || !os.SameFile(info, opened) {
		return nil, phrase.Say("%s has just been replaced; try again", finding.Clip(name))
	}
	var b bytes.Buffer
	n, err := io.Copy(&b, io.LimitReader(f, int64(most)+1))
	if err != nil {
		return nil, phrase.Say("%s cannot be read: %v", finding.Clip(name), err)
	}
	if n > int64(most) {
		return nil, phrase.Say("with %s the files have more than %d MB together; make them smaller, or put them on the web and link to them", finding.Clip(name), deliver.MostEnclosed>>20)
	}
	return b.Bytes(), nil
}

// lookUp finds a file by its name; some computers store が as two characters. If there is
// none, there may be the name of one that has other capitals.
func lookUp(root *os.Root, name string) (there string, info fs.FileInfo, err error) {
	info, err = root.Lstat(name)
	if !errors.Is(err, fs.ErrNotExist) {
		return name, info, err
	}
	all, fault := fs.ReadDir(root.FS(), ".")
	if fault != nil {
		return name, nil, fault
	}
	for _, e := range all {
		if enclosure.Name(e.Name()) == name {
			info, err = root.Lstat(e.Name())
			return e.Name(), info, err
		}
		if strings.EqualFold(enclosure.Name(e.Name()), name) {
			there = e.Name()
		}
	}
	return cmp.Or(there, name), nil, err
}

// operands are the name of an issue, if one is given, and the file that it is in.
func operands(args []string, list, slug string) (name, file string, err error) {
	file = args[len(args)-1]
	if len(args) == 1 {
		if file == "-" && (list == "" || slug == "") {
			return "", "", exit.Usagef("standard input has no name: say which issue it is, as in LIST/SLUG -")
		}
		name, err = issueOf(file, list, slug)
		return name, file, err
	}
	if list != "" || slug != "" {
		return "", "", exit.Usagef("%s says already which issue it is; leave out --list and --slug", args[0])
	}
	if _, err := deliver.ParseIssueName(args[0]); err != nil {
		return "", "", exit.Usagef("%w", err)
	}
	return args[0], file, nil
}

// issueOf is the name of the issue in a file, unless it is given.
func issueOf(file, list, slug string) (name string, err error) {
	if list == "" {
		abs, err := filepath.Abs(file)
		if err != nil {
			return "", err
		}
		list = filepath.Base(filepath.Dir(abs))
	}
	return list + "/" + cmp.Or(slug, strings.TrimSuffix(filepath.Base(file), ".md")), nil
}

// readSource reads the text of an issue.
func (a *app) readSource(path string) ([]byte, error) {
	if a.forced {
		return nil, exit.Refusedf("this key uses no file of the server; send the text by standard input: - in place of %s", path)
	}
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, exit.Usagef("there is no file %s", path)
	} else if err != nil {
		return nil, exit.Usagef("%w", err)
	}
	defer f.Close()
	return readBounded(f, path)
}
