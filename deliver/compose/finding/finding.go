package finding

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"example.jp/kairan/deliver/phrase"
)

// Finding is one thing that an editor has to know about an issue before it goes out.
type Finding struct {
	Line  int    `json:"line,omitempty"` // of the file, from 1; 0: of no line
	Rule  Rule   `json:"rule"`
	Level Level  `json:"level"`
	Text  string `json:"text"` // what is wrong, why it matters, what to write instead
	JA    string `json:"text_ja"`
}

// Rule names a check, in lower case and with hyphens, as "link-host". Its name stays,
// since scripts look for it.
type Rule string

// Level is what a finding does.
type Level string

// An Error is of what cannot be sent: no issue is added or scheduled with one. A
// Warning is of what can be sent, and is probably not meant: it is shown, and asked
// about.
const (
	Error   Level = "error"
	Warning Level = "warning"
)

// List is what was found. As an error it is what keeps an issue from being sent.
type List []Finding

// Fail adds an error, up to [Max] of them. What it says is as of [phrase.Say].
func (l *List) Fail(line int, rule Rule, format string, args ...any) {
	l.add(line, rule, Error, format, args)
}

// Warn adds a warning, likewise.
func (l *List) Warn(line int, rule Rule, format string, args ...any) {
	l.add(line, rule, Warning, format, args)
}

// Max is how many findings of a level are kept, so that what is wrong on each of a
// hundred thousand lines is not said as often.
const Max = 100

func (l *List) add(line int, rule Rule, level Level, format string, args []any) {
	kept := 0
	for _, f := range *l {
		if f.Level == level {
			kept++
		}
	}
	switch {
	case kept < Max:
		says := phrase.Say(format, args...)
		*l = append(*l, Finding{line, rule, level, says.EN, says.JA})
	case kept == Max:
		says := phrase.Say("from here on there is more than can be listed; mend what is said before it, and try again")
		*l = append(*l, Finding{line, "more", level, says.EN, says.JA})
	}
}

// Error says in words what keeps the issue from being sent, a line each; if nothing does,
// all of it.
func (l List) Error() string { return l.Words().EN }

// Words are the same in both languages.
func (l List) Words() (w phrase.Words) {
	if e := l.Of(Error); len(e) > 0 {
		l = e
	}
	for n, f := range l {
		if n > 0 {
			w.EN, w.JA = w.EN+"\n", w.JA+"\n"
		}
		says := f.Words()
		w.EN, w.JA = w.EN+says.EN, w.JA+says.In("ja")
	}
	return w
}

// Err is the list as an error, [List.Bounded], if there is an error in it, or nil. The
// warnings are in it for who mends a text, and not among its words.
func (l List) Err() error {
	if len(l.Of(Error)) > 0 {
		return l.Bounded()
	}
	return nil
}

// Of are the findings of a level.
func (l List) Of(level Level) (of List) {
	for _, f := range l {
		if f.Level == level {
			of = append(of, f)
		}
	}
	return of
}

// Sorted are the findings by line, errors first within one, and each once.
func (l List) Sorted() List {
	sorted := slices.Clone(l)
	slices.SortStableFunc(sorted, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Level, b.Level)) // "error" comes before "warning"
	})
	return slices.Compact(sorted)
}

// maxAlike is how many findings of one rule are shown.
const maxAlike = 10

// Bounded is the list with at most so many findings of one rule and level as are read;
// of the rest the last says how many there are.
func (l List) Bounded() (bounded List) {
	type kind struct {
		rule  Rule
		level Level
	}
	shown, more := map[kind]int{}, map[kind]int{}
	for _, f := range l {
		k := kind{f.Rule, f.Level}
		if shown[k] == maxAlike {
			more[k]++
			continue
		}
		shown[k]++
		bounded = append(bounded, f)
	}
	for n := len(bounded) - 1; n >= 0; n-- {
		f := &bounded[n]
		k := kind{f.Rule, f.Level}
		if more[k] > 0 {
			f.Text += fmt.Sprintf(" (and %d more like this)", more[k])
			f.JA += fmt.Sprintf("（ほかに、同様の箇所が%dあります）", more[k])
			more[k] = 0
		}
	}
	return bounded
}

// Lines are the findings in words.
func (l List) Lines() (lines []string) {
	for _, f := range l {
		lines = append(lines, f.String())
	}
	return lines
}

// String is the finding in English, with its line.
func (f Finding) String() string { return f.Words().EN }

// In is the finding without its line in a language, "ja" or another.
func (f Finding) In(lang string) string { return phrase.Words{EN: f.Text, JA: f.JA}.In(lang) }

// Words is the finding with its line.
func (f Finding) Words() phrase.Words {
	if f.Line == 0 {
		return phrase.Words{EN: f.Text, JA: f.JA}
	}
	w := phrase.Words{EN: fmt.Sprintf("line %d: %s", f.Line, f.Text)}
	if f.JA != "" { // an older server says nothing in Japanese
		w.JA = fmt.Sprintf("%d行目: %s", f.Line, f.JA)
	}
	return w
}

// Clip keeps a quotation in a finding short, and one that might be an address out of it.
func Clip(s string) string {
	if strings.ContainsAny(s, "@＠") {
		return "…"
	}
	s = strings.Map(func(r rune) rune {
		if r >= '\U0010F000' { // the mark of a slot, whose name is not known here
			return '…'
		}
		return r
	}, s)
	if r := []rune(s); len(r) > 60 {
		return string(r[:60]) + "…"
	}
	return s
}
