package roster

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
	"unicode"

	"example.jp/kairan/subscribe"
)

// longestLine is how many octets a line has at most. A quotation mark that is opened and
// never closed would make one line of all that follows.
const longestLine = 1 << 20

// Line is one line that was read.
type Line struct {
	N        int    // of the line in the file; the first is 1
	Fault    string // what is wrong with it, in words that hold nothing of it; "": nothing
	Standing Standing
	Address  string            // without the name that may stand beside it
	Fields   map[string]string // storable, by id
	Language string
	Given    time.Time // when the reader agreed; zero: not said
}

// Reader reads the lines of a file.
type Reader struct {
	Columns []Column
	list    *subscribe.List
	lists   subscribe.Lists
	from    Program
	beside  bool
	next    func() (record []string, line int, err error)
	options map[string]map[string]string // of a field: ids by plain label
}

// NewReader reads the header. What is written into the file is read as l declares it.
func NewReader(file io.Reader, e Encoding, lists subscribe.Lists, l *subscribe.List, m Mapping) (*Reader, error) {
	bound := &bounded{from: text(file, e), left: longestLine}
	in := bufio.NewReaderSize(bound, 64<<10)
	head, err := in.Peek(32 << 10)
	if len(head) == 0 {
		return nil, errors.Join(errEmpty, skipEOF(err))
	}
	first, _, _ := strings.Cut(string(head), "\n")
	r := &Reader{list: l, lists: lists, from: m.From, beside: m.Beside, options: optionsOf(l)}
	if m.From == Mailman && strings.Contains(first, "@") {
		r.Columns, r.next = []Column{{Name: "member", As: Email}}, members(in)
		return r, nil
	}
	table := csv.NewReader(in)
	table.FieldsPerRecord, table.ReuseRecord, table.Comma = -1, true, comma(first)
	r.next = func() ([]string, int, error) {
		bound.left = longestLine
		record, err := table.Read()
		return record, lineOf(table, record, err), err
	}
	header, _, err := r.next()
	if err != nil {
		return nil, fmt.Errorf("the first line, which names the columns, cannot be read: %s", words(err))
	}
	header = slices.Clone(header)
	for _, name := range header {
		if strings.Contains(name, "@") {
			return nil, errors.New("the first line holds an address, and should name the columns: write a header such as email,name")
		}
		if strings.ContainsRune(name, encodingFault) {
			return nil, fmt.Errorf("the first line cannot be read as %s: save the file as CSV in UTF-8", e)
		}
	}
	r.Columns, err = m.columns(l, header)
	return r, err
}

// comma is what parts the columns: whatever the header has most of.
func comma(header string) rune {
	best := ','
	for _, c := range "\t;" {
		if strings.Count(header, string(c)) > strings.Count(header, string(best)) {
			best = c
		}
	}
	return best
}

// members reads one member a line, as mail programs show them.
func members(in *bufio.Reader) func() ([]string, int, error) {
	scan, n := bufio.NewScanner(in), 0
	scan.Buffer(nil, longestLine)
	return func() ([]string, int, error) {
		for scan.Scan() {
			if n++; strings.TrimSpace(scan.Text()) != "" {
				return []string{scan.Text()}, n, nil
			}
		}
		if err := scan.Err(); err != nil {
			return nil, n + 1, errLong
		}
		return nil, n, io.EOF
	}
}

var errLong = errors.New("the line is longer than a megabyte: a quotation mark may be opened there and not closed")

// bounded ends with [errLong] where a line is too long.
type bounded struct {
	from io.Reader
	left int // octets that may still be read for the line
}

func (b *bounded) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, errLong
	}
	n, err := b.from.Read(p)
	b.left -= n
	return n, err
}

func lineOf(table *csv.Reader, record []string, err error) int {
	if fault, ok := errors.AsType[*csv.ParseError](err); ok {
		return fault.StartLine
	}
	if len(record) == 0 {
		return 0
	}
	n, _ := table.FieldPos(0)
	return n
}

func words(err error) string {
	if fault, ok := errors.AsType[*csv.ParseError](err); ok {
		if errors.Is(fault.Err, csv.ErrQuote) || errors.Is(fault.Err, csv.ErrBareQuote) {
			return "a quotation mark stands where none may"
		}
		err = fault.Err
	}
	return err.Error()
}

// Next reads a line; [io.EOF] after the last. Any other error ends the file: what is wrong
// with one line is its Fault.
func (r *Reader) Next() (Line, error) {
	record, n, err := r.next()
	switch {
	case errors.As(err, new(*csv.ParseError)) && !errors.Is(err, errLong):
		return Line{N: n, Fault: words(err)}, nil
	case errors.Is(err, io.EOF):
		return Line{}, err
	case err != nil:
		return Line{}, fmt.Errorf("after line %d: %w", n, err)
	}
	line := Line{N: n}
	line.Fault = r.fill(&line, record)
	return line, nil
}

// fill reads the columns of a line, and says what is wrong with them.
func (r *Reader) fill(line *Line, record []string) (fault string) {
	if len(record) != len(r.Columns) && (len(record) != len(r.Columns)+1 || record[len(record)-1] != "") {
		return fmt.Sprintf("it has %d columns, and the first line %d", len(record), len(r.Columns))
	}
	value := func(as string) string {
		for i, c := range r.Columns {
			if c.As == as {
				return strings.TrimFunc(record[i], unicode.IsSpace)
			}
		}
		return ""
	}
	line.Address = value(Email)
	if strings.ContainsRune(line.Address, encodingFault) {
		return "the address cannot be read in this encoding"
	}
	address, err := r.lists.ReadAddress(line.Address)
	if err != nil {
		return wordsOfAddress(err)
	}
	line.Address = address.Clear()
	if r.beside {
		return ""
	}
	if line.Standing, fault = r.from.standingOf(value); fault != "" || line.Standing != Welcome {
		return fault
	}
	line.Language, line.Given = value(Language), instantOf(value(given))
	raw := map[string]string{}
	for i, c := range r.Columns {
		f, ok := r.list.Field(c.As)
		if !ok {
			continue
		}
		typed := strings.TrimFunc(record[i], unicode.IsSpace)
		if strings.ContainsRune(typed, encodingFault) {
			return fmt.Sprintf("%s cannot be read in this encoding", f.ID)
		}
		if id, ok := r.options[f.ID][plain(typed)]; ok {
			typed = id
		}
		raw[f.ID] = typed
	}
	fields, err := r.list.Arriving(raw)
	if err != nil {
		return wordsOfFields(err)
	}
	line.Fields = fields
	return ""
}

// optionsOf are the choices of each field by what a file may call them: the id, the label
// in either language, and a prefecture also without 都, 府 or 県.
func optionsOf(l *subscribe.List) map[string]map[string]string {
	all := map[string]map[string]string{}
	for _, f := range l.Fields {
		for _, c := range f.Options() {
			if all[f.ID] == nil {
				all[f.ID] = map[string]string{}
			}
			names := []string{c.ID, c.Label.JA, c.Label.EN}
			if f.Kind == subscribe.KindPrefecture {
				names = append(names, strings.TrimLeft(c.ID, "0"), short(c.Label.JA))
			}
			for _, name := range names {
				if _, taken := all[f.ID][plain(name)]; !taken {
					all[f.ID][plain(name)] = c.ID
				}
			}
		}
	}
	return all
}

// short is the name of a prefecture without 都, 府 or 県.
func short(name string) string {
	for _, end := range []string{"都", "府", "県"} {
		if s, ok := strings.CutSuffix(name, end); ok {
			return s
		}
	}
	return name
}
