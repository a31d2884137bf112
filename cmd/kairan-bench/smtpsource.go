package main

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strconv"
	"time"
)

// smtpSource finds Postfix's load generator, which most systems keep out of the
// path; "" if it is not installed.
func smtpSource() string {
	for _, name := range []string{"smtp-source", "/usr/sbin/smtp-source", "/usr/lib/postfix/sbin/smtp-source"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	return ""
}

// runSource sends with smtp-source at its best: -d keeps the connections, -l
// makes the message once in memory (-F would read a file's lines), and no
// counter is shown. size is the size of a whole message.
func runSource(ctx context.Context, path string, port, connections, messages, size int) (took, error) {
	const headers = 150 // what it writes before the payload, about
	c := exec.CommandContext(ctx, path, "-4", "-d", "-s", strconv.Itoa(connections), "-m", strconv.Itoa(messages),
		"-l", strconv.Itoa(max(80, size-headers)), "-M", "source.example.jp",
		"-f", "bounce@office.example.jp", "-t", "reader@r00.example.jp", "127.0.0.1:"+strconv.Itoa(port))
	began := time.Now()
	out, err := c.CombinedOutput()
	if err != nil {
		return took{}, errors.Join(fmt.Errorf("smtp-source failed: %w: %.200s", err, out), ctx.Err())
	}
	return took{Messages: messages, Elapsed: time.Since(began), CPU: c.ProcessState.UserTime() + c.ProcessState.SystemTime()}, nil
}
