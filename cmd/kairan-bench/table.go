package main

import (
	"io"
	"strconv"
	"sync"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"
)

// narrow has borders count as narrow, which break under a Japanese locale otherwise. It is said
// once, since the library keeps it for all tables without a lock.
var narrow = sync.OnceFunc(func() { text.OverrideRuneWidthEastAsianWidth(false) })

func newTable(w io.Writer, head ...any) table.Writer {
	narrow()
	t := table.NewWriter()
	t.SetOutputMirror(w)
	t.SetStyle(table.StyleLight)
	t.Style().Format.Header = text.FormatDefault
	t.AppendHeader(head)
	return t
}

func fixed(x float64, digits int) string { return strconv.FormatFloat(x, 'f', digits, 64) }

// perMessage is in microseconds.
func perMessage(d time.Duration, messages int) float64 { return micros(d) / float64(messages) }

func micros(d time.Duration) float64 { return float64(d) / float64(time.Microsecond) }
