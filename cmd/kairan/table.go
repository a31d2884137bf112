package main

import (
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"

	"example.jp/kairan/cmd/internal/manual"
)

// rows are a table: its head first.
type rows [][]string

// printTable prints for people on a terminal, within its width, and one line a
// row with tabs between the cells for whatever reads a pipe.
func (a *app) printTable(r rows) {
	if !a.terminal() {
		for _, cells := range r {
			a.say("%s\n", strings.Join(oneLine(cells), "\t"))
		}
		return
	}
	a.say("%s\n", r.drawn(columns(a.std.out)))
}

// oneLine takes out of cells what would divide them.
func oneLine(cells []string) []string {
	out := make([]string, len(cells))
	for n, c := range cells {
		out[n] = strings.Join(strings.Fields(c), " ")
	}
	return out
}

const (
	usualWidth = 80 // of a terminal
	leastWidth = 6  // of a column: a longer one is broken within words
)

// para breaks a sentence for a terminal between its words, and for a pipe not at all.
// One with a command in it is left to the terminal, which joins it again when it
// is pasted.
func (a *app) para(s string) string {
	if !a.terminal() || strings.Contains(s, a.program+" ") {
		return s
	}
	if a.words().Lang == manual.Japanese {
		if strings.Contains(s, "://") { // an address would be broken behind a slash
			return s
		}
		return strings.Join(manual.Fold(s, columns(a.std.out)), "\n")
	}
	return wrapped(s, columns(a.std.out))
}

// narrow makes ambiguous characters count as one column, or the borders of tables
// break under a Japanese locale. It is of the whole process, and set before all else.
func narrow() { text.OverrideRuneWidthEastAsianWidth(false) }

// drawn is the one style of table, no wider than so many columns: the widest of
// its own give way first, and their text goes on in the next line.
func (r rows) drawn(width int) string {
	columns := make([]int, len(r[0]))
	for _, cells := range r {
		for n, c := range oneLine(cells) {
			columns[n] = max(columns[n], text.StringWidth(c))
		}
	}
	total := 3*len(columns) + 1 // borders, and a space at both sides
	for _, c := range columns {
		total += c
	}
	for ; total > width; total-- {
		widest := 0
		for n := range columns {
			if columns[n] > columns[widest] {
				widest = n
			}
		}
		if columns[widest] <= leastWidth {
			break
		}
		columns[widest]--
	}
	t := table.NewWriter()
	t.SetStyle(table.StyleLight)
	t.Style().Format.Header = text.FormatDefault
	configs := make([]table.ColumnConfig, len(columns))
	for n, c := range columns {
		configs[n] = table.ColumnConfig{Number: n + 1, WidthMax: c, WidthMaxEnforcer: wrapped}
	}
	t.SetColumnConfigs(configs)
	for n, cells := range r {
		row := make(table.Row, len(cells))
		for k, c := range oneLine(cells) {
			row[k] = c
		}
		if n == 0 {
			t.AppendHeader(row)
		} else {
			t.AppendRow(row)
		}
	}
	return t.Render()
}

// wrapped breaks at spaces where it can, and within a word that is too long. It
// counts columns, of which a kana takes two.
func wrapped(s string, width int) string {
	var lines []string
	line, used := "", 0
	for word := range strings.SplitSeq(s, " ") {
		n := text.StringWidth(word)
		if used > 0 && used+1+n <= width {
			line, used = line+" "+word, used+1+n
			continue
		}
		if line != "" {
			lines = append(lines, line)
		}
		line, used = "", 0
		for _, r := range word {
			if c := text.RuneWidth(r); used+c > width {
				lines = append(lines, line)
				line, used = string(r), c
			} else {
				line, used = line+string(r), used+c
			}
		}
	}
	return strings.Join(append(lines, line), "\n")
}
