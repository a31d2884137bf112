package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	gomail "github.com/wneessen/go-mail"
	"golang.org/x/sync/errgroup"

	"example.jp/kairan/cmd/internal/sink"
)

// goMailSpec is a run of go-mail's own Send.
type goMailSpec struct {
	Dir                         string // of the world; its issue is sent
	Port, Connections, Messages int
}

// runGoMail sends as programs over go-mail do: each connection is a client of
// its own that stays open, each message is built anew, Send sends it. The texts
// are those of the issue.
func runGoMail(ctx context.Context, spec goMailSpec, std streams) error {
	w, err := newWorld(spec.Dir)
	if err != nil {
		return err
	}
	text, err := w.manuscript()
	if err != nil {
		return err
	}
	m, err := w.sample(text)
	if err != nil {
		return err
	}
	l, err := letterOf(m.Data)
	if err != nil {
		return err
	}
	cpu, err := cpuTime()
	if err != nil {
		return err
	}
	began := time.Now()
	each := max(1, spec.Messages/spec.Connections)
	var all errgroup.Group
	for i := range spec.Connections {
		all.Go(func() error { return l.send(ctx, spec.Port, i*each, each) })
	}
	sent := all.Wait()
	after, err := cpuTime()
	if err := errors.Join(sent, err); err != nil {
		return err
	}
	return json.NewEncoder(std.out).Encode(took{Messages: each * spec.Connections, Elapsed: time.Since(began), CPU: after - cpu})
}

// letter is the issue as go-mail is given it.
type letter struct {
	sink.Parts
	replyTo string
}

// letterOf takes the sample copy apart again.
func letterOf(data []byte) (l letter, err error) {
	if l.Parts, err = (sink.Mail{Data: data}).Parts(); err == nil && (!strings.Contains(l.Text, sampleName) || !strings.Contains(l.HTML, sampleLeave)) {
		err = errors.New("the sample copy of the issue does not read as expected")
	}
	l.replyTo = l.Header.Get("Reply-To")
	return l, err
}

// send sends so many messages over one connection.
func (l letter) send(ctx context.Context, port, from, messages int) (err error) {
	c, err := gomail.NewClient("127.0.0.1", gomail.WithPort(port), gomail.WithTLSPolicy(gomail.NoTLS),
		gomail.WithHELO("gomail.example.jp"), gomail.WithTimeout(time.Minute))
	if err != nil {
		return err
	}
	if err := c.DialWithContext(ctx); err != nil {
		return fmt.Errorf("go-mail: %w", err)
	}
	defer func() { err = errors.Join(err, c.Close()) }()
	for n := from; n < from+messages && ctx.Err() == nil; n++ {
		m, err := l.message(n)
		if err != nil {
			return err
		}
		if err := c.Send(m); err != nil {
			return errors.New("go-mail: a message did not go out") // its own words hold the address
		}
	}
	return ctx.Err()
}

func (l letter) message(n int) (*gomail.Msg, error) {
	leave := strings.Replace(sampleLeave, "SAMPLE-SAMPLE", fmt.Sprintf("%013d", n), 1)
	fill := strings.NewReplacer(sampleName, readerName(n), sampleLeave, leave)
	m := gomail.NewMsg(gomail.WithEncoding(gomail.EncodingB64), gomail.WithNoDefaultUserAgent())
	err := errors.Join(m.From(l.From), m.ReplyTo(l.replyTo), m.To(recipient(n)), m.EnvelopeFrom("bounce@office.example.jp"))
	m.Subject(l.Subject)
	m.SetDate()
	m.SetMessageIDWithValue(fmt.Sprintf("%d@office.example.jp", n))
	m.SetGenHeader(gomail.HeaderListUnsubscribe, "<"+leave+">")
	m.SetGenHeader(gomail.HeaderListUnsubscribePost, "List-Unsubscribe=One-Click")
	m.SetBodyString(gomail.TypeTextPlain, fill.Replace(l.Text))
	m.AddAlternativeString(gomail.TypeTextHTML, fill.Replace(l.HTML))
	return m, err
}
