package main

import (
	"context"
	"fmt"
	"net/url"
	"time"

	"github.com/spf13/cobra"
)

func noticeCommand(std streams) *cobra.Command {
	o := visitOptions{backupEvery: -1}
	c := &cobra.Command{
		Use: "notice", Args: cobra.NoArgs,
		Short: "How long a confirmation mail takes while an issue goes out",
		Long: `While an issue goes out at full speed, addresses sign up at the public site. Each
is timed from its POST until the sink has taken the confirmation for it. The 99th
percentile is to be under one second.`,
		RunE: func(c *cobra.Command, _ []string) error { return notice(c.Context(), o, std) },
	}
	o.flags(c)
	return c
}

// noticeReport is what one call says. Its JSON is for scripts: keys are added,
// never changed.
type noticeReport struct {
	Readers           int       `json:"readers"`
	Connections       int       `json:"connections"`
	Posts             int       `json:"posts"`
	MessagesPerSecond float64   `json:"messages_per_second"` // of the issue, meanwhile
	Answer            quantiles `json:"answer_ms"`           // from the POST to the page
	Relay             quantiles `json:"relay_ms"`            // from the POST until the sink has the mail
	AnonMiBPeak       float64   `json:"anon_mib_peak"`       // of the sender and the site together
	FsyncMicros       float64   `json:"fsync_us"`
}

func notice(ctx context.Context, o visitOptions, std streams) error {
	signUps := func(_ context.Context, _ *world, run string) (visits []visit, err error) {
		for n := range o.posts {
			to := fmt.Sprintf("visitor-%d-%s@v%02d.example.org", n, run, n%50)
			visits = append(visits, visit{path: "/lists/" + listID, form: url.Values{"email": {to}, "lang": {"en"}}, reader: to})
		}
		return visits, nil
	}
	s, err := o.receive(ctx, std, signUps, o.posts)
	if err != nil {
		return err
	}
	var times []time.Duration
	for n, v := range s.visits {
		mails := s.copies[v.reader]
		if len(mails) != 1 {
			return fmt.Errorf("sign-up %d has %d confirmations", n, len(mails))
		}
		times = append(times, time.Unix(0, mails[0].at).Sub(v.asked))
	}
	_, answers := s.answers()
	r := noticeReport{o.readers, o.connections[0], o.posts, s.rate(), answers, quantilesOf(times), float64(s.served.AnonPeak) / (1 << 20), micros(s.fsync)}
	if o.json {
		return printOne(std.out, r)
	}
	fmt.Fprintf(std.out, "%s sign-ups while an issue to %s readers went out over %d connections at %s messages a second,\nin at most %s MiB of anonymous memory, the site's included; an fsync here: %s µs\n",
		thousands(r.Posts), thousands(r.Readers), r.Connections, thousands(int(r.MessagesPerSecond)), fixed(r.AnonMiBPeak, 1), fixed(r.FsyncMicros, 0))
	t := newTable(std.out, "Milliseconds from the POST until", "p50", "p90", "p99", "Most")
	t.AppendRow(r.Answer.row("the page is there"))
	t.AppendRow(r.Relay.row("the relay has the mail (p99 to be under 1,000)"))
	t.Render()
	return nil
}
