package engine

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"example.jp/kairan/deliver"
)

// TestLogsHoldNoWordOfARelay: neither the log, nor a timeline, nor why the relay is
// held, whatever the relay says at any stage.
func TestLogsHoldNoWordOfARelay(t *testing.T) {
	t.Parallel()
	for stage := deliver.StageDial; stage <= deliver.StageDot; stage++ {
		for _, code := range []int{421, 450, 452, 454, 530, 535, 550, 552, 554} {
			for _, enhanced := range []string{"", fmt.Sprintf("%d.1.1", code/100), fmt.Sprintf("%d.7.1", code/100), fmt.Sprintf("%d.9.9", code/100)} {
				t.Run(fmt.Sprint(stage, " ", code, " ", enhanced), func(t *testing.T) {
					bubble(t, func(t *testing.T) {
						logsHoldNoWord(t, deliver.Judge(stage, code, enhanced, "hanako... host mx.abe-law.example said no"))
					})
				})
			}
		}
	}
}

func logsHoldNoWord(t *testing.T, said deliver.Result) {
	w := newWorld(t, 2)
	w.paused = func(run deliver.IssueName, why string, _ bool) { w.Remark(run, why) }
	w.notices = []deliver.QueuedNotice{queued(1)}
	if said.Stage < deliver.StageMail {
		w.dial = func(int) error { return &deliver.Refusal{Result: said} }
	} else {
		w.send = func(context.Context, *conn, string) deliver.Result { return said }
	}
	w.add("a/1", 5)
	stop := w.run()
	time.Sleep(time.Minute)
	_, why, _ := w.e.NoRelay()
	stop()
	all := w.log.String() + why + strings.Join(w.told(), "\n")
	if !strings.Contains(all, fmt.Sprint(said.Code)) {
		t.Error("the code is not said")
	}
	if strings.Contains(all, "hanako") || strings.Contains(all, "abe-law") {
		t.Error(all)
	}
}
