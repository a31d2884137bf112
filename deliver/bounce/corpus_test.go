package bounce

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"example.jp/kairan/subscribe"
)

const corpus = "../../testdata/bounce"

// sample is a mail that came back, and what it is to be.
type sample struct {
	file, what, status, why string
	mail                    []byte
}

// samples are all of the corpus; each file must have its line, and each line its file.
func samples(t testing.TB) (all []sample) {
	t.Helper()
	f, err := os.Open(filepath.Join(corpus, "expected.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r := csv.NewReader(f)
	r.Comma, r.Comment, r.LazyQuotes = '\t', '#', true
	rows, err := r.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, row := range rows {
		mail, err := os.ReadFile(filepath.Join(corpus, row[0]))
		if err != nil {
			t.Fatal(err)
		}
		seen[row[0]] = true
		all = append(all, sample{row[0], row[1], row[2], row[3], mail})
	}
	files, err := filepath.Glob(filepath.Join(corpus, "*.eml"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		if !seen[filepath.Base(name)] {
			t.Errorf("%s has no line in expected.tsv", name)
		}
	}
	return all
}

// TestCorpus: each of the samples is what stands beside it.
func TestCorpus(t *testing.T) {
	t.Parallel()
	all := samples(t)
	if len(all) < 60 {
		t.Errorf("there are only %d samples", len(all))
	}
	for _, s := range all {
		m := Read(bytes.NewReader(s.mail))
		what, status := string(m.Is), m.Enhanced
		if what == "" {
			what = "nothing"
		}
		if m.Code != 0 {
			status += fmt.Sprintf("/%d", m.Code)
		}
		if status == "" {
			status = "-"
		}
		if what != s.what || status != s.status {
			t.Errorf("%s (%s): %s %s, want %s %s", s.file, s.why, what, status, s.what, s.status)
		}
		if m.Is != Nothing && len(m.Token("")) != subscribe.ReturnLength {
			t.Errorf("%s: no token is found in the address that it came to", s.file)
		}
	}
}
