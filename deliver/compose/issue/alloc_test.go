//go:build !race

// Under -race sync.Pool drops items at random, so allocations say nothing there.

package issue_test

import (
	"testing"

	"example.jp/kairan/deliver/compose/composetest"
	"example.jp/kairan/deliver/compose/issue"
)

// Not parallel: AllocsPerRun counts the allocations of the whole process.
func TestSplicingAllocatesNothing(t *testing.T) {
	for _, lang := range []string{"ja", "en"} {
		issued := compiled(t, composetest.Centre(t), composetest.Bilingual(lang))
		if lang == "en" {
			issued.Delimiter = "+"
			issued.Files = []issue.File{{Name: "a.pdf", Type: "application/pdf", Data: composetest.PDF(1 << 20)}}
		}
		s := spliced(t, issued)
		p := reader(t)
		dst := make([]byte, 0, 64<<10)
		got := testing.AllocsPerRun(200, func() {
			c := s.Begin()
			defer c.End()
			c.ID = p.ID
			c.Leave, c.Correct = append(c.Leave, p.LeaveURL...), append(c.Correct, p.CorrectURL...)
			for i, id := range s.Fields() {
				c.Fields[i] = append(c.Fields[i], p.Fields[id]...)
			}
			c.Return, c.LeaveByMail = append(c.Return, p.Return...), append(c.LeaveByMail, p.LeaveByMail...)
			c.Address(p.To) // the one allocation of a copy
			if _, err := c.Append(dst); err != nil {
				t.Fatal(err)
			}
		})
		if got > 1 {
			t.Errorf("a copy of the issue in %q allocates %v times", lang, got)
		}
	}
}
