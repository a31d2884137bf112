package service

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"
	"unicode"
)

// alarmPatience is how long the alarm command may take.
const alarmPatience = 30 * time.Second

// runAlarm runs the operator's command, without a shell. It has the alarm in its
// environment and as a line on its input, and nothing of our own environment but PATH: a
// child that had NOTIFY_SOCKET could speak to systemd for us.
func runAlarm(ctx context.Context, command []string, x told, patience time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	c := exec.CommandContext(ctx, command[0], command[1:]...) // #nosec G204 -- the configuration says it, and who may write that reads every entry anyway
	c.WaitDelay = time.Second                                 // for children of its own that keep the pipe open
	endWhole(c)
	c.Dir = os.TempDir()
	c.Env = []string{
		"PATH=" + os.Getenv("PATH"), "KAIRAN_ALARM=" + x.Name, "KAIRAN_ALARM_NEWS=" + string(x.news), "KAIRAN_ALARM_OF=" + x.Of,
		"KAIRAN_ALARM_WHY=" + oneLine(x.Why), "KAIRAN_ALARM_HINT=" + x.Hint, "KAIRAN_ALARM_SINCE=" + x.Since.Format(time.RFC3339),
	}
	c.Stdin = strings.NewReader(x.line() + "\n")
	var said clipped
	c.Stdout, c.Stderr = &said, &said
	err := c.Run()
	switch {
	case errors.Is(err, exec.ErrWaitDelay): // it ended well, and left a child behind
		return nil
	case err != nil && errors.Is(ctx.Err(), context.DeadlineExceeded):
		return fmt.Errorf("it took longer than %s, and was ended", patience)
	case err != nil:
		return fmt.Errorf("%w%s", err, said.words())
	}
	return nil
}

// line is an alarm as one line.
func (x told) line() string {
	return fmt.Sprintf("%s: %s: %s, since %s; %s", x.news, x.Name, oneLine(x.Why), x.Since.Format(time.RFC3339), x.Hint)
}

// oneLine is a text without line breaks.
func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// clipped keeps the beginning of what a command says.
type clipped struct{ text []byte }

func (c *clipped) Write(b []byte) (int, error) {
	const most = 300
	c.text = append(c.text, b[:min(len(b), most-len(c.text))]...)
	return len(b), nil
}

// words are what was said, for the log; "" if nothing was.
func (c *clipped) words() string {
	clean := strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return ' '
	}, string(c.text))
	if clean = oneLine(clean); clean == "" {
		return ""
	}
	return ": " + clean
}
