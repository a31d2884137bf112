package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os/exec"
	"strconv"
	"strings"
	"time"
)

// runBeside runs another sender, as the command of --beside names it. If the last line that
// it prints is JSON with its rate (messages a second) and its cpu (microseconds a message),
// these count: then what it needs to begin and to end is left out, as it is of Kairan.
func runBeside(ctx context.Context, command string, port, connections, messages int) (took, error) {
	words := strings.Fields(strings.NewReplacer("{port}", strconv.Itoa(port), "{connections}", strconv.Itoa(connections),
		"{messages}", strconv.Itoa(messages)).Replace(command))
	if len(words) == 0 {
		return took{}, errors.New("--beside: give a command")
	}
	c := exec.CommandContext(ctx, words[0], words[1:]...)
	began := time.Now()
	out, err := c.Output()
	if err != nil {
		var exit *exec.ExitError
		if errors.As(err, &exit) {
			err = fmt.Errorf("%w: %.200s", err, exit.Stderr)
		}
		return took{}, errors.Join(fmt.Errorf("%s failed: %w", words[0], err), ctx.Err())
	}
	t := took{Messages: messages, Elapsed: time.Since(began), CPU: c.ProcessState.UserTime() + c.ProcessState.SystemTime()}
	lines := bytes.Split(bytes.TrimSpace(out), []byte("\n"))
	var own struct{ Rate, CPU float64 }
	if json.Unmarshal(lines[len(lines)-1], &own) == nil && own.Rate > 0 && own.CPU > 0 {
		t.Elapsed = time.Duration(float64(messages) / own.Rate * float64(time.Second))
		t.CPU = time.Duration(own.CPU * float64(messages) * float64(time.Microsecond))
	}
	return t, nil
}
