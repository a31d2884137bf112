package compose

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"example.jp/kairan/deliver"
	"example.jp/kairan/deliver/compose/composetest"
	"example.jp/kairan/deliver/compose/finding"
	"example.jp/kairan/deliver/compose/lint"
	"example.jp/kairan/subscribe"
)

var writeTables = flag.Bool("labelled", false, "write the tables of the labelled texts anew")

// TestLabelled measures what the checks miss, and what they say for nothing, over texts
// whose findings were written down by hand; see testdata/labelled/README.md. The table of
// each set changes only by intent.
func TestLabelled(t *testing.T) {
	for _, set := range []string{"first", "held-out", "after"} {
		t.Run(set, func(t *testing.T) {
			m := measure{rules: map[finding.Rule]*tally{}}
			for _, text := range readLabelled(t, set) {
				m.add(t, text)
			}
			path, table := composetest.Testdata(t, "labelled", set, "table.tsv"), m.table()
			if *writeTables {
				if err := os.WriteFile(path, []byte(table), 0o666); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			t.Logf("misses and false alarms:\n%s\n%s", table, strings.Join(m.faults, "\n"))
			if string(want) != table {
				t.Errorf("%s differs. If the checks are better for it, write it anew with -labelled. It was\n%s", path, want)
			}
		})
	}
}

// alike are groups of rules that may say the same of a line, each in its words.
var alike = [][]finding.Rule{
	{"emphasis", "printed", "lost-mark", "mark", "code"},
	{"heading", "mark", "printed", "sign"},
	{"list", "list-number", "sign", "mark", "line-breaks", "columns"},
	{"indent", "columns", "line-breaks", "code"},
	{"lost", "lost-mark", "text-part", "html", "reference", "cells", "note"},
	{"reference", "note", "printed", "link"},
	{"table", "cells", "printed"},
	{"character", "invisible", "nfd"},
	{"link", "file", "image", "attachments"},
	{"lang", "keep-breaks", "expires", "preheader", "attachments", "subject", "front-matter"},
	{"slot", "placeholder", "slot-in-link", "printed"},
	{"picture-only", "alt", "empty"},
}

// labelled is a text with what must be found in it.
type labelled struct {
	at       string // FILE:LINE
	list     *subscribe.List
	source   string
	first    int // the lines that were put before it
	files    []deliver.File
	expected []expected
}

// expected is one finding: of one of the rules, at a line, or at any.
type expected struct {
	rules []finding.Rule
	line  int // 0: any
}

func (e expected) meets(f finding.Finding) bool {
	if e.line != 0 && e.line != f.Line {
		return false
	}
	return slices.Contains(e.rules, f.Rule) || slices.ContainsFunc(alike, func(group []finding.Rule) bool {
		return slices.Contains(group, f.Rule) && slices.ContainsFunc(e.rules, func(r finding.Rule) bool { return slices.Contains(group, r) })
	})
}

// measure counts, by rule.
type measure struct {
	texts, silent int // all of them, and those that are to be silent
	wrong         int // texts with a miss or a false alarm
	rules         map[finding.Rule]*tally
	faults        []string
}

type tally struct{ expected, found, alarms int }

func (m *measure) of(r finding.Rule) *tally {
	if m.rules[r] == nil {
		m.rules[r] = &tally{}
	}
	return m.rules[r]
}

// add looks at one text.
func (m *measure) add(t *testing.T, text labelled) {
	due := time.Date(2026, 12, 1, 9, 0, 0, 0, text.list.Zone)
	found := allFindings(t, text, due)
	m.texts++
	if len(text.expected) == 0 {
		m.silent++
	}
	said := len(m.faults)
	for _, e := range text.expected {
		m.of(e.rules[0]).expected++
		if slices.ContainsFunc(found, e.meets) {
			m.of(e.rules[0]).found++
			continue
		}
		m.faults = append(m.faults, fmt.Sprintf("%s: missed %s", text.at, e.rules[0]))
	}
	for _, f := range found {
		if !slices.ContainsFunc(text.expected, func(e expected) bool { return e.meets(f) }) {
			m.of(f.Rule).alarms++
			m.faults = append(m.faults, fmt.Sprintf("%s: false alarm of %s: %s", text.at, f.Rule, f))
		}
	}
	if len(m.faults) > said {
		m.wrong++
	}
}

// allFindings is all that an editor is told of a text at schedule.
func allFindings(t *testing.T, text labelled, due time.Time) finding.List {
	t.Helper()
	m := deliver.Manuscript{Source: []byte(text.source), Files: text.files}
	compiled, draft, err := (&Compiler{Templates: set()}).Compile(context.Background(), text.list, "autumn", m, due)
	found, is := errors.AsType[finding.List](err)
	if err != nil && !is {
		t.Fatalf("%s: %v", text.at, err)
	}
	i := lint.Issue{Draft: draft, Now: due}
	if err == nil {
		found, i.HTML = draft.Findings, compiled.HTML.Size()
	}
	if draft != nil {
		found = append(slices.Clone(found), lint.Check(i)...)
	}
	found = slices.Clone(found.Sorted())
	for i := range found {
		found[i].Line -= text.first
	}
	return found
}

// table is what was counted, a rule a line.
func (m *measure) table() string {
	var b strings.Builder
	sum := tally{}
	fmt.Fprintln(&b, "rule\texpected\tfound\tmissed\tfalse alarms")
	for _, about := range finding.Rules() {
		n, is := m.rules[about.Rule]
		if !is {
			continue
		}
		fmt.Fprintf(&b, "%s\t%d\t%d\t%d\t%d\n", about.Rule, n.expected, n.found, n.expected-n.found, n.alarms)
		sum = tally{sum.expected + n.expected, sum.found + n.found, sum.alarms + n.alarms}
	}
	fmt.Fprintf(&b, "all\t%d\t%d\t%d\t%d\n", sum.expected, sum.found, sum.expected-sum.found, sum.alarms)
	fmt.Fprintf(&b, "texts\t%d, of which %d are to be silent; %d with a miss or a false alarm\n", m.texts, m.silent, m.wrong)
	return b.String()
}

// readLabelled reads the texts of a set.
func readLabelled(t *testing.T, set string) (all []labelled) {
	t.Helper()
	paths, err := filepath.Glob(composetest.Testdata(t, "labelled", set, "*.txt"))
	if err != nil || len(paths) == 0 {
		t.Fatal(set, err)
	}
	list := composetest.Centre(t)
	for _, path := range paths {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		line := 1
		for i, part := range strings.Split("\n"+string(b), "\n%% ") {
			if i > 0 {
				label, text, _ := strings.Cut(part, "\n")
				all = append(all, newLabelled(t, fmt.Sprintf("%s:%d", filepath.Base(path), line), list, label, text))
			}
			line += strings.Count(part, "\n") + min(i, 1)
		}
	}
	return all
}

var codePoint = regexp.MustCompile(`<U\+([0-9A-F]{4,5})>`)

// newLabelled is a text with its label, as "weekday@1 lost|html@3 [map.png]".
func newLabelled(t *testing.T, at string, list *subscribe.List, label, text string) labelled {
	t.Helper()
	text = codePoint.ReplaceAllStringFunc(text, func(s string) string {
		n, _ := strconv.ParseInt(s[3:len(s)-1], 16, 32)
		return string(rune(n))
	})
	l := labelled{at: at, list: list, source: text}
	if !strings.HasPrefix(text, "+++\n") && !strings.HasPrefix(text, "---\n") {
		front := "+++\nsubject = \"お知らせ\"\n+++\n"
		if strings.Contains(at, ".en.") {
			front = "+++\nsubject = \"News of the month\"\nlang = \"en\"\n+++\n"
		}
		l.source, l.first = front+text, strings.Count(front, "\n")
	}
	label, files, _ := strings.Cut(strings.TrimSuffix(label, "]"), "[")
	for name := range strings.FieldsSeq(files) {
		data := composetest.PDF(1000)
		if filepath.Ext(name) == ".png" {
			data = composetest.PNG(t, 40, 20)
		}
		l.files = append(l.files, deliver.File{Name: name, Data: data})
	}
	for field := range strings.FieldsSeq(label) {
		if field == "none" {
			continue
		}
		rules, at, _ := strings.Cut(field, "@")
		e := expected{}
		e.line, _ = strconv.Atoi(at)
		for r := range strings.SplitSeq(rules, "|") {
			if !slices.ContainsFunc(finding.Rules(), func(a finding.About) bool { return a.Rule == finding.Rule(r) }) {
				t.Fatalf("%s: %s is no rule", l.at, r)
			}
			e.rules = append(e.rules, finding.Rule(r))
		}
		if at == "" || at != "*" && e.line == 0 {
			t.Fatalf("%s: %s has no line", l.at, field)
		}
		l.expected = append(l.expected, e)
	}
	slices.SortFunc(l.expected, func(a, b expected) int { return cmp.Compare(a.line, b.line) })
	return l
}
