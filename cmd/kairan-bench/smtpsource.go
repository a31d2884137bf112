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

// smtpSource sends with smtp-source at its best: -d keeps the connections, -l
// makes the message once in memory (-F would read a file's lines), and no
// counter is shown.
func (c *comparison) smtpSource(ctx context.Context) (took, error) {
	const headers = 150 // what it writes before the payload, about
	messages := c.o.readers
	p := exec.CommandContext(ctx, smtpSource(), "-4", "-d", "-s", strconv.Itoa(c.connections), "-m", strconv.Itoa(messages),
		"-l", strconv.Itoa(max(80, len(c.sample)-headers)), "-M", "source.example.jp",
		"-f", "bounce@office.example.jp", "-t", "reader@r00.example.jp", "127.0.0.1:"+strconv.Itoa(c.relay.Port))
	began := time.Now()
	out, err := p.CombinedOutput()
	if err != nil {
		return took{}, errors.Join(fmt.Errorf("smtp-source failed: %w: %.200s", err, out), ctx.Err())
	}
	return took{Messages: messages, Elapsed: time.Since(began), CPU: p.ProcessState.UserTime() + p.ProcessState.SystemTime()}, nil
}
