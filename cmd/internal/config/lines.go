package config

import (
	"bytes"
	"cmp"
	"iter"
	"regexp"
	"slices"
	"sort"
	"strconv"

	"github.com/pelletier/go-toml/v2/unstable"
)

// place is where a key first stands in the file.
type place struct{ line, offset int }

// places maps every key path of a file to its place; [join] and [item] make
// the paths.
type places map[string]place

var bareKey = regexp.MustCompile(`^[A-Za-z0-9_-]+$`)

// join is the path of key in the table at path.
func join(path, key string) string {
	if !bareKey.MatchString(key) {
		key = strconv.Quote(key)
	}
	if path == "" {
		return key
	}
	return path + "." + key
}

// item is the path of the n-th element of the array at path, from 1.
func item(path string, n int) string { return path + "[" + strconv.Itoa(n) + "]" }

// sorted is the keys of the table at path in the order of the file.
func (p places) sorted(path string, keys iter.Seq[string]) []string {
	return slices.SortedFunc(keys, func(a, b string) int {
		return cmp.Or(cmp.Compare(p[join(path, a)].offset, p[join(path, b)].offset), cmp.Compare(a, b))
	})
}

// locate finds every key of source, which toml.Unmarshal has accepted.
func locate(source []byte) places {
	l := locator{at: places{}, count: map[string]int{}}
	for i, b := range source {
		if b == '\n' {
			l.newlines = append(l.newlines, i)
		}
	}
	l.parser.Reset(slices.Clip(bytes.Clone(source)))
	table := ""
	for l.parser.NextExpression() {
		switch e := l.parser.Expression(); e.Kind {
		case unstable.Table, unstable.ArrayTable:
			table = l.header(e)
		case unstable.KeyValue:
			l.keyValue(table, e)
		}
	}
	return l.at
}

type locator struct {
	parser   unstable.Parser
	newlines []int
	at       places
	count    map[string]int // elements so far of each array of tables
}

func (l *locator) note(path string, raw unstable.Range) {
	if _, known := l.at[path]; !known {
		offset := int(raw.Offset)
		l.at[path] = place{sort.SearchInts(l.newlines, offset) + 1, offset}
	}
}

// header notes [a.b] or [[a.b]] and returns the path of the table it opens.
func (l *locator) header(e *unstable.Node) (path string) {
	for it := e.Key(); it.Next(); {
		k := it.Node()
		path = join(path, string(k.Data))
		l.note(path, k.Raw)
		if e.Kind == unstable.ArrayTable && it.IsLast() {
			l.count[path]++
		}
		if n := l.count[path]; n > 0 { // [a.b] below [[a]] means the last a
			path = item(path, n)
			l.note(path, k.Raw)
		}
	}
	return path
}

func (l *locator) keyValue(path string, e *unstable.Node) {
	var raw unstable.Range
	for it := e.Key(); it.Next(); {
		k := it.Node()
		raw = k.Raw
		path = join(path, string(k.Data))
		l.note(path, raw)
	}
	l.value(path, e.Value(), raw)
}

// value notes what lies inside an inline table or an array; what carries no
// position of its own has that of its owner.
func (l *locator) value(path string, v *unstable.Node, owner unstable.Range) {
	switch v.Kind {
	case unstable.InlineTable:
		for it := v.Children(); it.Next(); {
			l.keyValue(path, it.Node())
		}
	case unstable.Array:
		n := 0
		for it := v.Children(); it.Next(); {
			n++
			raw := it.Node().Raw
			if raw.Length == 0 {
				raw = owner
			}
			l.note(item(path, n), raw)
			l.value(item(path, n), it.Node(), raw)
		}
	}
}
