package main

import (
	"encoding/json"
	"os/exec"
	"runtime"
	"strings"
	"testing"
)

// TestImport: an import is measured beside a plain read of the same file.
func TestImport(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		t.Skip("an import is measured on Linux")
	}
	code, out, errs := bench(t, "import", "--json", "--lines", "2500")
	if code != 0 {
		t.Fatalf("exit %d: %s", code, errs)
	}
	var r importReport
	if err := json.Unmarshal([]byte(out), &r); err != nil {
		t.Fatalf("%v in %s", err, out)
	}
	if len(r.Took) != 3 || r.Lines != 2500 || r.Octets < 2500*30 || !strings.Contains(r.Command, "import --lines 2500") {
		t.Fatalf("%+v", r)
	}
	kairan, plain, sqlite := r.Took[0], r.Took[1], r.Took[2]
	if kairan.CPU <= 0 || kairan.PeakMiB <= 0 || kairan.Service <= 0 || kairan.ServiceMiB <= 0 || kairan.Seconds < plain.Seconds || plain.Seconds <= 0 {
		t.Errorf("%+v", r.Took)
	}
	if _, err := exec.LookPath("sqlite3"); (err == nil) != (sqlite.Seconds > 0) {
		t.Errorf("sqlite3: %+v, %v", sqlite, err)
	}
}

func TestImportFlags(t *testing.T) {
	t.Parallel()
	for _, lines := range []string{"0", "9000001"} {
		if code, _, errs := bench(t, "import", "--lines", lines); code != 1 || !strings.Contains(errs, "--lines") {
			t.Errorf("%s: exit %d, %q", lines, code, errs)
		}
	}
}

func TestImportTable(t *testing.T) {
	t.Parallel()
	r := importReport{Command: "kairan-bench import", Lines: 1000, Octets: 4000, Took: []importResult{{What: "kairan", Seconds: 2, CPU: 1, PeakMiB: 3, Service: 4, ServiceMiB: 5}, {What: "sqlite3 .import"}}}
	var b strings.Builder
	r.print(&b)
	for _, want := range []string{"│ 500 ", "not installed", "4,000 octets"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no %q in\n%s", want, b.String())
		}
	}
}
