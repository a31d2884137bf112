package main

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"example.jp/kairan/deliver"
)

// folder is a folder with an issue that names files, and with files.
func folder(t *testing.T, names string, files map[string]string) (issue string) {
	t.Helper()
	dir := t.TempDir()
	issue = filepath.Join(dir, "autumn.md")
	err := os.WriteFile(issue, []byte("+++\nsubject = \"x\"\nattachments = ["+names+"]\n+++\nx\n"), 0o600)
	for name, content := range files {
		err = errors.Join(err, os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600))
	}
	if err != nil {
		t.Fatal(err)
	}
	return issue
}

// TestReadManuscript: what the text names is read, whichever way this computer writes its
// name, and nothing else is.
func TestReadManuscript(t *testing.T) {
	t.Parallel()
	a := &app{std: streams{in: strings.NewReader("")}}
	issue := folder(t, `"が.pdf", "b.pdf"`, map[string]string{"か\u3099.pdf": "one", "b.pdf": "two", "c.pdf": "three"})
	m, err := a.readManuscript(t.Context(), issue, "")
	if err != nil || len(m.Files) != 2 || m.Files[0].Name != "が.pdf" || string(m.Files[0].Data) != "one" || string(m.Files[1].Data) != "two" {
		t.Fatalf("%v, %v", m.Files, err)
	}
	elsewhere := filepath.Dir(folder(t, "", map[string]string{"が.pdf": "other", "b.pdf": "another"}))
	if m, err := a.readManuscript(t.Context(), issue, elsewhere); err != nil || string(m.Files[0].Data) != "other" {
		t.Errorf("%v, %v", m.Files, err)
	}
	if m, err := a.readManuscript(t.Context(), folder(t, "", nil), "/nowhere"); err != nil || len(m.Files) != 0 {
		t.Errorf("a text without files: %v, %v", m.Files, err)
	}
	if _, err := a.readManuscript(t.Context(), issue, filepath.Join(elsewhere, "nowhere")); err == nil {
		t.Error("a folder that is not there")
	}
}

// TestReadsNamesOnly: no path, no link and no device that a text names is opened.
func TestReadsNamesOnly(t *testing.T) {
	t.Parallel()
	a := &app{}
	issue := folder(t, `"../secret.pdf", "/etc/hosts", "link.pdf", "away.pdf", "inner.pdf", "folder", "none.pdf", "good.pdf"`, map[string]string{"good.pdf": "good"})
	dir := filepath.Dir(issue)
	secret := filepath.Join(filepath.Dir(dir), "secret.pdf")
	err := errors.Join(os.WriteFile(secret, []byte("secret"), 0o600), os.Symlink(secret, filepath.Join(dir, "away.pdf")), os.Symlink("../secret.pdf", filepath.Join(dir, "link.pdf")),
		os.Symlink("good.pdf", filepath.Join(dir, "inner.pdf")), os.Mkdir(filepath.Join(dir, "folder"), 0o700))
	if err != nil {
		t.Skip(err)
	}
	m, err := a.readManuscript(t.Context(), issue, "")
	if err != nil || len(m.Files) != 8 || string(m.Files[7].Data) != "good" {
		t.Fatalf("%v, %v", m.Files, err)
	}
	for i, want := range []string{
		`"../secret.pdf" cannot be sent: a path is not read`, `"/etc/hosts" cannot be sent: a path is not read`, "link.pdf is a link to another file", "away.pdf is a link to another file",
		"inner.pdf is a link to another file", "folder is no file", "there is no file none.pdf in " + dir,
	} {
		if f := m.Files[i]; len(f.Data) > 0 || !strings.HasPrefix(f.Fault, want) {
			t.Errorf("%+v, want %s", f, want)
		}
	}
}

// TestReadsNoMoreThanGoesOut: a file that is too large is not read to its end.
func TestReadsNoMoreThanGoesOut(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("files with holes are not for it")
	}
	issue := folder(t, `"a.pdf", "b.pdf"`, map[string]string{"a.pdf": "", "b.pdf": ""})
	for name, size := range map[string]int64{"a.pdf": deliver.MostEnclosed - 1, "b.pdf": 1 << 40} {
		if err := os.Truncate(filepath.Join(filepath.Dir(issue), name), size); err != nil {
			t.Skip(err)
		}
	}
	m, err := new(app).readManuscript(t.Context(), issue, "")
	if err != nil || len(m.Files) != 2 || m.Files[0].Fault != "" || m.Files[1].Data != nil || !strings.Contains(m.Files[1].Fault, "with b.pdf the files have more than 20 MB together") {
		t.Errorf("%d files, %v", len(m.Files), err)
	}
}
