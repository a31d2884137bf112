package main

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
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
)

// readManuscript reads an issue and the files that its text names from the folder in
// which it lies, or from another. path may be "-", standard input, which has no folder.
// Of a file that cannot be read it says why; that is then among what is found in the
// text.
func (a *app) readManuscript(ctx context.Context, path, folder string) (m deliver.Manuscript, err error) {
	if m.Source, err = a.readSource(path); err != nil {
		return m, err
	}
	names := source.Names(ctx, m.Source)
	if len(names) == 0 {
		return m, nil
	}
	if folder == "" {
		if path == "-" {
			return m, exit.Usagef("the text names files, such as %s in line %d, and text from standard input lies in no folder: say where they are with --files FOLDER", finding.Clip(names[0].Name), names[0].Line)
		}
		folder = filepath.Dir(path)
	}
	root, err := os.OpenRoot(folder)
	if err != nil {
		return m, exit.Usagef("%w", err)
	}
	defer root.Close()
	left := deliver.MostEnclosed
	for _, n := range names {
		data, err := readBeside(root, n.Name, left)
		f := deliver.File{Name: n.Name, Data: data}
		if err != nil {
			f.Fault = err.Error()
		}
		left -= len(data)
		m.Files = append(m.Files, f)
	}
	return m, nil
}

// readBeside reads a file of a folder, and nothing else: no path, no link, no device, and
// no more than so many octets.
func readBeside(root *os.Root, name string, most int) ([]byte, error) {
	if err := enclosure.CheckName(name); err != nil {
		return nil, fmt.Errorf("%q cannot be sent: %w", finding.Clip(name), err)
	}
	there, info, err := lookUp(root, name)
	folder := root.Name()
	if folder == "." {
		folder = "this folder"
	}
	switch {
	case errors.Is(err, fs.ErrNotExist) && there != name:
		return nil, fmt.Errorf("the file is called %s, not %s; write its name with the same capitals", finding.Clip(there), finding.Clip(name))
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("there is no file %s in %s; put it there, or correct its name", finding.Clip(name), folder)
	case err != nil:
		return nil, fmt.Errorf("%s cannot be read: %w", finding.Clip(name), err)
	case info.Mode().Type() == fs.ModeSymlink:
		return nil, fmt.Errorf("%s is a link to another file, and links are not followed; put the file itself into %s", finding.Clip(name), folder)
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("%s is no file; put the file itself into %s", finding.Clip(name), folder)
	}
	f, err := root.Open(there)
	if err != nil {
		return nil, fmt.Errorf("%s cannot be read: %w", finding.Clip(name), err)
	}
	defer f.Close()
	if opened, err := f.Stat(); err != nil || !os.SameFile(info, opened) {
		return nil, fmt.Errorf("%s has just been replaced; try again", finding.Clip(name))
	}
	var b bytes.Buffer
	n, err := io.Copy(&b, io.LimitReader(f, int64(most)+1))
	if err != nil {
		return nil, fmt.Errorf("%s cannot be read: %w", finding.Clip(name), err)
	}
	if n > int64(most) {
		return nil, fmt.Errorf("with %s the files have more than %d MB together; make them smaller, or put them on the web and link to them", finding.Clip(name), deliver.MostEnclosed>>20)
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

// readSource reads the text of an issue; "-" is standard input.
func (a *app) readSource(path string) ([]byte, error) {
	in := a.std.in
	if path != "-" {
		f, err := os.Open(path)
		if errors.Is(err, fs.ErrNotExist) {
			return nil, exit.Usagef("there is no file %s", path)
		} else if err != nil {
			return nil, exit.Usagef("%w", err)
		}
		defer f.Close()
		in = f
	}
	b, err := io.ReadAll(io.LimitReader(in, source.MaxSource+1))
	if err == nil && len(b) > source.MaxSource {
		return nil, exit.Usagef("%s is larger than %d KB; an issue is text, and pictures and attachments lie beside it", path, source.MaxSource>>10)
	}
	return b, err
}
