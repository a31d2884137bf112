package main

import (
	"bytes"
	"cmp"
	"errors"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"filippo.io/age"
	bolt "go.etcd.io/bbolt"

	"example.jp/kairan/cmd/internal/agefile"
	"example.jp/kairan/cmd/internal/crowd"
	"example.jp/kairan/cmd/internal/custody"
	"example.jp/kairan/subscribe"
)

// newArchive is a town whose Centre has a custodian. No server runs yet.
func newArchive(t *testing.T) (w *town, custodian *age.X25519Identity) {
	t.Helper()
	custodian, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	return foundTown(t, rand.Uint64(), "offices.ajc.custodians", `["`+custodian.Recipient().String()+`"]`), custodian
}

// oneOfEach is one of each standing.
func oneOfEach() map[standing]int {
	of := map[standing]int{}
	for _, at := range standings {
		of[at] = 1
	}
	return of
}

// damageLast flips a bit in the record of the last entry.
func (w *town) damageLast() {
	w.t.Helper()
	db, err := bolt.Open(w.file("data/kairan.db"), 0o600, nil)
	if err != nil {
		w.t.Fatal(err)
	}
	err = db.Update(func(b *bolt.Tx) error {
		entries := b.Bucket([]byte("lists")).Bucket([]byte(townList)).Bucket([]byte("entries"))
		k, v := entries.Cursor().Last()
		v = bytes.Clone(v)
		v[len(v)/2] ^= 4
		return entries.Put(bytes.Clone(k), v)
	})
	if err := errors.Join(err, db.Close()); err != nil {
		w.t.Fatal(err)
	}
}

// readExport is an export as an identity reads it: its entries, and how many marks it has.
func readExport(t *testing.T, file []byte, by *age.X25519Identity) (entries []custody.Entry, marks int) {
	t.Helper()
	r, err := agefile.Reader(bytes.NewReader(file), strings.NewReader(by.String()))
	if err != nil {
		t.Fatal(err)
	}
	plain, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	in, err := custody.NewReader(bytes.NewReader(plain))
	for err == nil {
		var e *custody.Entry
		if e, _, err = in.Next(); err == nil {
			entries = append(entries, *e)
		}
	}
	if !errors.Is(err, io.EOF) {
		t.Fatal(err)
	}
	return entries, bytes.Count(plain, []byte(`{"mark":`))
}

// logged is when a line of the log was written, which a command shows where no server runs.
var logged = regexp.MustCompile(`time=\S+`)

// TestExportsTellNothing: of whoever an export is about, the program says the same, and
// the file is as long; nothing in it is readable but by the custodian, who finds what is
// held; whether a server runs or not.
func TestExportsTellNothing(t *testing.T) {
	t.Parallel()
	const unreadable standing = "unreadable"
	w, custodian := newArchive(t)
	other, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	w.settleAll(oneOfEach())
	lost, err := w.settle("subscribed")
	if err = errors.Join(err, w.db.Close()); err != nil {
		t.Fatal(err)
	}
	w.free[unreadable] = []*towner{lost}
	w.damageLast()
	if w.server, err = w.start(); err != nil {
		t.Fatal(err)
	}
	want := map[standing]struct {
		state string // of its one entry; "": none
		marks int
	}{
		"unknown": {}, "asked": {}, "subscribed": {"active", 0}, "left": {"ended", 1}, "moved": {"", 1},
		"blocked": {"ended", 2}, "suspended": {"suspended", 1}, "on two lists": {"active", 0}, unreadable: {"unreadable", 0},
	}
	first, size, asked := "", 0, 0
	for _, how := range []string{"with a server", "without"} {
		for _, at := range append([]standing{unreadable}, standings...) {
			o := w.free[at][0]
			said := w.runCommand(o.address+"\n", "custody", "export", "--subject", "-", "--office", "ajc", "--to", "The Commission", "--reason", "Art. 76", "--case", "2026-17", "-o", "subject.age")
			file, err := os.ReadFile(w.file("subject.age"))
			if err = errors.Join(err, os.Remove(w.file("subject.age"))); err != nil {
				t.Fatalf("%v: %s", err, said)
			}
			w.secrets.record("an export", string(file))
			said = logged.ReplaceAllString(said, "time")
			if asked++; at == unreadable {
				first = said
			}
			size = cmp.Or(size, len(file))
			if said != first || len(file) != size {
				t.Errorf("%s, of who is %s: %d octets, and %s\nof who is %s: %d, and %s", how, at, len(file), said, unreadable, size, first)
			}
			if _, err := agefile.Reader(bytes.NewReader(file), strings.NewReader(other.String())); err == nil {
				t.Error("somebody else opens it")
			}
			entries, marks := readExport(t, file, custodian)
			state := ""
			for _, e := range entries {
				state += e.State
				if alive := e.State == "active" || e.State == "suspended"; alive != (e.Address == o.address) {
					t.Errorf("of who is %s the address is not what is held", at)
				}
			}
			if state != want[at].state || marks != want[at].marks {
				t.Errorf("of who is %s: %q, %d marks; want %+v", at, state, marks, want[at])
			}
		}
		if w.server != nil {
			if err := w.halt(syscall.SIGTERM); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, args := range [][]string{{"custody", "ls", "--json"}, {"audit", "show", "--json"}} {
		if n := strings.Count(w.runCommand("", args...), "The Commission"); n != asked {
			t.Errorf("kairan %v has %d of %d exports", args, n, asked)
		}
	}
}

// TestExportThatIsKilled: an export that does not come to its end leaves nothing readable
// behind, and is no whole one.
func TestExportThatIsKilled(t *testing.T) {
	t.Parallel()
	w, custodian := newArchive(t)
	var all []*subscribe.Subscriber
	for range 3000 {
		e, err := crowd.Reader(w.cfg.Lists[townList], w.newAddress(), subscribe.Fields{"name": w.name(), "organisation": w.name()}, w.now())
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, e)
	}
	if err := w.db.Seed(t.Context(), all); err != nil {
		t.Fatal(err)
	}
	w.open()
	for _, whom := range []string{"client", "server"} {
		r, to, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		c := exec.Command(program, "custody", "export", "--list", townList, "--to", "x", "--reason", "y", "--case", "z")
		c.Env = append(os.Environ(), "KAIRAN_CONFIG="+w.file("kairan.toml"), clockEnv+"="+w.file("clock"))
		c.Dir, c.Stdout = w.work, to
		if err := errors.Join(c.Start(), to.Close()); err != nil {
			t.Fatal(err)
		}
		begin := make([]byte, 1000)
		if _, err := io.ReadFull(r, begin); err != nil { // it has begun, and waits for us
			t.Fatal(err)
		}
		if whom == "client" {
			err = c.Process.Kill()
		} else {
			err = w.halt(syscall.SIGKILL)
		}
		rest, _ := io.ReadAll(r)
		if killed := c.Wait(); killed == nil {
			t.Errorf("the %s was killed (%v), and the export ended well", whom, err)
		}
		part := append(begin, rest...)
		w.secrets.record("a part of an export", string(part))
		if in, err := agefile.Reader(bytes.NewReader(part), strings.NewReader(custodian.String())); err == nil {
			if _, err := io.ReadAll(in); err == nil {
				t.Errorf("the %s was killed, and what is there is taken for whole", whom)
			}
		}
	}
	err := filepath.WalkDir(w.work, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		b, err := os.ReadFile(path)
		w.secrets.record("the file "+d.Name(), string(b))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if w.server, err = w.start(); err != nil {
		t.Fatal(err)
	}
}
