package main

import (
	"context"
	"fmt"
	"io"
	"sync/atomic"
	"time"

	"github.com/spf13/cobra"

	"example.jp/kairan/cmd/internal/exit"
	"example.jp/kairan/cmd/internal/service"
	"example.jp/kairan/deliver"
	"example.jp/kairan/deliver/relaylog"
)

func (a *app) relayLogCommand() *cobra.Command {
	var zone string
	c := &cobra.Command{Use: "relay-log", Args: cobra.NoArgs}
	c.Flags().StringVar(&zone, "zone", "", "")
	a.jsonFlag(c)
	c.RunE = func(c *cobra.Command, _ []string) error {
		in := time.Local
		if zone != "" {
			var err error
			if in, err = time.LoadLocation(zone); err != nil {
				return exit.Usagef("--zone: there is no zone %q; write one such as Asia/Tokyo or UTC", zone)
			}
		}
		if a.asks() {
			return exit.Usagef("give the relay's log on standard input: kairan relay-log < /var/log/mail.log")
		}
		return a.with("", func(cl *client) error { return a.relayLog(c.Context(), cl, in) })
	}
	return c
}

// heardAtOnce is how many words go to the service together, in one commit.
const heardAtOnce = 4096

// relayLog reads the log on standard input, and hands what it says to the service.
func (a *app) relayLog(ctx context.Context, cl *client, zone *time.Location) error {
	reading, err := service.RelayLogBegin.Call(ctx, cl, struct{}{})
	if err != nil {
		return err
	}
	batch := service.HeardWords{Reading: reading}
	send := func() error {
		if len(batch.Words) == 0 {
			return nil
		}
		_, err := service.RelayLogTake.Call(ctx, cl, batch)
		batch.Words = batch.Words[:0]
		return err
	}
	in := &measured{r: a.std.in}
	done := a.eachSecond(ctx, func(context.Context) string { return deliver.Thousands(int(in.n.Load()>>20)) + " MB read" })
	log, err := relaylog.Read(ctx, in, relaylog.Options{Now: a.now(), Zone: zone}, func(h deliver.Heard) error {
		if batch.Words = append(batch.Words, h); len(batch.Words) < heardAtOnce {
			return nil
		}
		return send()
	})
	if err == nil {
		err = send()
	}
	done()
	if err != nil {
		return err
	}
	issues, err := service.RelayLogEnd.Call(ctx, cl, service.WholeLog{Reading: reading, Sources: log.Sources, Last: log.Last})
	if err != nil {
		return err
	}
	if a.json {
		return a.printJSON(struct {
			Lines  int                  `json:"lines"`
			Told   int                  `json:"told"` // lines that tell of a message
			Last   time.Time            `json:"last,omitzero"`
			Issues []service.HeardIssue `json:"issues"`
		}{log.Lines, log.Told, log.Last, issues})
	}
	a.printHeard(log, issues)
	return nil
}

func (a *app) printHeard(log relaylog.Log, issues []service.HeardIssue) {
	if log.Told == 0 {
		a.say("%s\n", a.para(fmt.Sprintf("%s read, and none tells of a message; is it the log of a Postfix (syslog, or journalctl -o export, short or json)?", deliver.Count(log.Lines, "line"))))
		return
	}
	a.say("%s read, the last of %s\n", deliver.Count(log.Lines, "line"), stamp(log.Last))
	if len(issues) == 0 {
		a.say("%s\n", a.para("nothing in it is of an issue whose copies are still told apart"))
		return
	}
	t := rows{{"Issue", "Delivered", "Queued", "Bounced", "Nothing said"}}
	for _, i := range issues {
		s := i.Said
		t = append(t, []string{i.Issue, deliver.Thousands(s.Delivered), deliver.Thousands(s.Queued), deliver.Thousands(s.Bounced), deliver.Thousands(s.Nothing)})
	}
	a.printTable(t)
	for _, i := range issues {
		for _, x := range []struct {
			n    int
			what string
		}{
			{i.Accepted, "accepted: the relay had taken them"},
			{i.Again, "not taken by the relay: they go out"},
			{i.GivenUp, "not taken by the relay, and given up: the issue has expired, or was cancelled"},
			{i.Left, "still uncertain: " + i.Why},
		} {
			if x.n > 0 {
				a.say("%s\n", a.para(fmt.Sprintf("%s: of the uncertain, %s %s", i.Issue, deliver.Thousands(x.n), x.what)))
			}
		}
	}
}

// relaySaid is what the relay's log said last of an issue's copies.
func relaySaid(i service.Issue) string {
	s := i.Said
	if s == (deliver.Said{}) {
		return ""
	}
	line := fmt.Sprintf("By the relay's log, as of %s: delivered %s, still queued %s, bounced %s, nothing said of %s",
		clock(s.AsOf, i.Zone), deliver.Thousands(s.Delivered), deliver.Thousands(s.Queued), deliver.Thousands(s.Bounced), deliver.Thousands(s.Nothing))
	if !i.SaidUntil.IsZero() {
		line += "; kept until " + i.SaidUntil.Format(time.DateOnly)
	}
	return remark(line)
}

// measured counts what is read.
type measured struct {
	r io.Reader
	n atomic.Int64
}

func (c *measured) Read(b []byte) (int, error) {
	n, err := c.r.Read(b)
	c.n.Add(int64(n))
	return n, err
}
