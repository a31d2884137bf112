package exit

import (
	"errors"
	"fmt"
	"testing"

	"example.jp/kairan/cmd/internal/config"
	"example.jp/kairan/deliver"
	"example.jp/kairan/deliver/compose/finding"
	"example.jp/kairan/deliver/editor"
	"example.jp/kairan/store"
	"example.jp/kairan/subscribe"
)

// TestCode: whatever it is wrapped in; of two, what was asked for comes before the
// state that would not have done it either.
func TestCode(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		err  error
		want int
	}{
		{nil, Done},
		{errors.New("the disk is gone"), Failed},
		{Usagef("x"), Usage}, {Refusedf("x"), Refused}, {&Error{Code: Config, Err: errors.New("x")}, Config},
		{editor.Misuse{EN: "x"}, Usage}, {deliver.ErrNoIssue, Usage}, {subscribe.ErrList, Usage}, {&deliver.DueError{}, Usage},
		{finding.List{{Line: 1, Text: "x"}}, Usage}, {config.Faults{{}}, Usage},
		{editor.Refused{EN: "x"}, Refused}, {&deliver.StateError{}, Refused}, {&store.Refusal{}, Refused}, {&store.Damage{}, Refused},
		{errors.Join(editor.Misuse{EN: "x"}, editor.Refused{EN: "y"}), Usage},
	} {
		if got := Code(c.err); got != c.want {
			t.Errorf("%v: %d, want %d", c.err, got, c.want)
		}
		if c.err == nil {
			continue
		}
		if got := Code(fmt.Errorf("so: %w", c.err)); got != c.want {
			t.Errorf("%v, wrapped: %d, want %d", c.err, got, c.want)
		}
	}
}
