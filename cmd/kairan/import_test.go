package main

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"example.jp/kairan/cmd/internal/custody"
	"example.jp/kairan/subscribe"
)

// TestImportTellsNothing: whoever an import brings, the program says the same, and only who
// is new here comes in.
func TestImportTellsNothing(t *testing.T) {
	t.Parallel()
	w, _ := newArchive(t)
	w.settleAll(oneOfEach())
	w.open()
	first, table := "", ""
	for _, at := range standings {
		o := w.free[at][0]
		e := custody.EntryOf(o.entry)
		e.State, e.Address = "active", o.address
		var b bytes.Buffer
		out, err := custody.NewWriter(&b, custody.Header{Made: w.now(), Scope: custody.OfList, Lists: []custody.List{custody.ListOf(w.cfg.Lists[townList])}})
		if err = errors.Join(err, out.Entry(e), out.Close()); err != nil {
			t.Fatal(err)
		}
		said := w.runCommand(b.String(), "subscriber", "import", townList, "-")
		if first == "" {
			first = said
		}
		if said != first || !strings.HasPrefix(said, "done: 1 entry read\n") {
			t.Errorf("of who is %s: %s\nbefore: %s", at, said, first)
		}
		w.write("one.csv", "email,備考\n"+o.address+",x\nnobody,x\n")
		said = ""
		for _, more := range [][]string{{"--dry-run"}, {"--consent", "file 17"}, {"--consent", "file 17", "--confirm", "--json"}} {
			said += w.runCommand("", append([]string{"subscriber", "import", townList, "one.csv", "--ignore", "備考"}, more...)...)
		}
		table = cmp.Or(table, said)
		if said != table || !strings.Contains(said, "line 3: the address is none\n") {
			t.Errorf("of a file with who is %s: %s\nbefore: %s", at, said, table)
		}
	}
	if err := w.halt(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	var err error
	if _, w.db, err = w.openStore(); err != nil {
		t.Fatal(err)
	}
	for _, at := range standings {
		var e *subscribe.Subscriber
		err = errors.Join(err, w.db.Update(t.Context(), func(tx subscribe.Tx) (err error) {
			e, err = tx.ByAddress(townList, w.free[at][0].entry.Address)
			return err
		}))
		on := at != "left" && at != "moved" && at != "blocked" && at != "suspended"
		if (e != nil) != on {
			t.Errorf("who is %s is on the list: %v", at, e != nil)
		}
	}
	if err = errors.Join(err, w.db.Close()); err != nil {
		t.Error(fmt.Errorf("the store: %w", err))
	}
}

// TestImportThatIsKilled: the service is killed in the middle of an import. What was taken
// is there, and the same file again makes it whole, with nobody in it twice.
func TestImportThatIsKilled(t *testing.T) {
	t.Parallel()
	const all = 10_000
	w, _ := newArchive(t)
	w.settleAll(oneOfEach())
	w.open()
	var b strings.Builder
	b.WriteString("email\n")
	for i := range all {
		fmt.Fprintf(&b, "imported-%d@readers.example\n", i)
	}
	w.write("all.csv", b.String())
	before := w.readers()
	c := exec.Command(program, "subscriber", "import", townList, "all.csv", "--consent", "file 17")
	c.Env = append(os.Environ(), "KAIRAN_CONFIG="+w.file("kairan.toml"), clockEnv+"="+w.file("clock"))
	c.Dir = w.work
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	if !await(func() bool { return w.readers() > before }) {
		t.Fatal("nobody comes in")
	}
	if err := w.halt(syscall.SIGKILL); err == nil {
		t.Log("the service ended well")
	}
	if err := c.Wait(); err == nil {
		t.Error("the service was killed, and the import ended well")
	}
	var err error
	if w.server, err = w.start(); err != nil {
		t.Fatal(err)
	}
	if n := w.readers(); n <= before || n >= before+all {
		t.Errorf("%d readers after the kill, %d before", n, before)
	}
	for range 2 {
		w.runCommand("", "subscriber", "import", townList, "all.csv", "--consent", "file 17")
		if n := w.readers(); n != before+all {
			t.Errorf("%d readers, want %d", n, before+all)
		}
	}
}

// TestImportThatIsStopped: whoever stops the command is told that what was read is done, and
// not that the server fails.
func TestImportThatIsStopped(t *testing.T) {
	t.Parallel()
	w, _ := newArchive(t)
	w.settleAll(oneOfEach())
	w.open()
	for n, signal := range []os.Signal{os.Interrupt, syscall.SIGTERM} {
		var b, said strings.Builder
		b.WriteString("email\n")
		for i := range 30_000 { // of which each thousand takes a fifth of a second
			fmt.Fprintf(&b, "imported-%d-%d@readers.example\n", n, i)
		}
		w.write("all.csv", b.String())
		c := exec.Command(program, "subscriber", "import", townList, "all.csv", "--consent", "file 17")
		c.Env = append(os.Environ(), "KAIRAN_CONFIG="+w.file("kairan.toml"), clockEnv+"="+w.file("clock"))
		c.Dir, c.Stderr = w.work, &said
		before := w.readers()
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		if !await(func() bool { return w.readers() > before }) {
			t.Fatal("nobody comes in")
		}
		if err := c.Process.Signal(signal); err != nil {
			t.Fatal(err)
		}
		if err := c.Wait(); err == nil || !strings.HasPrefix(said.String(), "kairan: the import was stopped (") || !strings.HasSuffix(said.String(), " received); what was read so far is done, and the same file may be given again\n") {
			t.Errorf("%v: %v, %s", signal, err, said.String())
		}
	}
}

var readersShown = regexp.MustCompile(`"readers": (\d+)`)

// readers is how many the list has.
func (w *town) readers() (n int) {
	if m := readersShown.FindStringSubmatch(w.runCommand("", "list", "show", townList, "--json")); m != nil {
		n, _ = strconv.Atoi(m[1])
	}
	return n
}
