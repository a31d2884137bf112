package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/url"
	"time"

	"github.com/spf13/cobra"

	"example.jp/kairan/store"
	"example.jp/kairan/subscribe"
)

func leaveCommand(std streams) *cobra.Command {
	o := visitOptions{}
	c := &cobra.Command{
		Use: "leave", Args: cobra.NoArgs,
		Short: "How long leaving by one click takes while an issue goes out and backups are made",
		Long: `While an issue goes out at full speed and backups are made, readers leave by one
click. Their answers are timed, those during a backup also by themselves. Whoever had the answer before being
claimed must not have a copy, by the sink's record.`,
		RunE: func(c *cobra.Command, _ []string) error { return leave(c.Context(), o, std) },
	}
	o.flags(c)
	c.Flags().DurationVar(&o.backupEvery, "backup-every", time.Second, "from the start of one backup to that of the next (0: at once; negative: no backups)")
	return c
}

// leaveReport is what one call says. Its JSON is for scripts: keys are added,
// never changed.
type leaveReport struct {
	Readers           int       `json:"readers"`
	Connections       int       `json:"connections"`
	Posts             int       `json:"posts"`
	MessagesPerSecond float64   `json:"messages_per_second"` // of the issue, meanwhile
	Answer            quantiles `json:"answer_ms"`
	DuringBackup      int       `json:"posts_during_backup"`
	AnswerMeanwhile   quantiles `json:"answer_during_backup_ms"`
	Before            int       `json:"claimed_before"` // the POST
	During            int       `json:"claimed_during"` // the POST: the copy may come after the answer
	After             int       `json:"claimed_after"`  // the answer: a broken promise
	Withdrawn         int       `json:"withdrawn"`      // and without a copy
	Backups           int       `json:"backups"`
	Backup            quantiles `json:"backup_ms"`
	BytesBefore       int64     `json:"database_bytes_before"`
	BytesAfter        int64     `json:"database_bytes_after"`
	FsyncMicros       float64   `json:"fsync_us"`
}

func leave(ctx context.Context, o visitOptions, std streams) error {
	s, err := o.receive(ctx, std, o.leavers, 0)
	if err != nil {
		return err
	}
	r := leaveReport{
		Readers: o.readers, Connections: o.connections[0], Posts: o.posts, MessagesPerSecond: s.rate(),
		Backups: len(s.served.Backups), BytesBefore: s.served.Before, BytesAfter: s.served.After, FsyncMicros: micros(s.fsync),
	}
	r.sort(s)
	_, r.Answer = s.answers()
	if r.Backups > 0 {
		r.DuringBackup, r.AnswerMeanwhile = s.answers(s.served.Backups...)
		var times []time.Duration
		for _, b := range s.served.Backups {
			times = append(times, b.To.Sub(b.From))
		}
		r.Backup = quantilesOf(times)
	}
	if r.After > 0 {
		return fmt.Errorf("%d of %d readers were claimed after they had the answer, and have a copy", r.After, r.Posts)
	}
	if o.json {
		return printOne(std.out, r)
	}
	r.print(std)
	return nil
}

// leavers draws who leaves, and makes their links.
func (o *visitOptions) leavers(ctx context.Context, w *world, _ string) (visits []visit, err error) {
	s, keys, err := w.open(store.Options{})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	tokens := subscribe.Tokens{Keys: keys, Lists: w.lists}
	who := rand.Perm(o.readers)[:o.posts]
	return visits, s.Update(ctx, func(tx subscribe.Tx) error {
		visits = visits[:0]
		for _, n := range who {
			e, err := w.reader(n, tx.Now())
			if err != nil {
				return err
			}
			stored, err := tx.ByAddress(listID, e.Address)
			if err != nil {
				return err
			}
			if stored == nil {
				return fmt.Errorf("readers of %s have left in an earlier call; give another --dir", w.dir)
			}
			link := tokens.MintLeave(w.list, stored.ID)
			visits = append(visits, visit{path: "/leave/" + link.Reveal(), form: url.Values{"List-Unsubscribe": {"One-Click"}}, reader: recipient(n)})
		}
		return nil
	})
}

// sort says of each who left when the claim was. That the claimed ones have a
// copy, and the others none, has been held against the sink's record.
func (r *leaveReport) sort(s *seen) {
	for _, v := range s.visits {
		c, was := s.claims[v.reader]
		switch {
		case !was:
			r.Withdrawn++
		case c.asked > v.answered.UnixNano():
			r.After++
		case c.done < v.asked.UnixNano():
			r.Before++
		default:
			r.During++
		}
	}
}

func (r *leaveReport) print(std streams) {
	fmt.Fprintf(std.out, "%s readers left while an issue to %s readers went out over %d connections at %s messages a second; an fsync here: %s µs\n",
		thousands(r.Posts), thousands(r.Readers), r.Connections, thousands(int(r.MessagesPerSecond)), fixed(r.FsyncMicros, 0))
	t := newTable(std.out, "Milliseconds", "p50", "p90", "p99", "Most")
	t.AppendRow(r.Answer.row("the answer"))
	if r.Backups > 0 {
		t.AppendRow(r.AnswerMeanwhile.row(fmt.Sprintf("the answer to the %s during a backup", thousands(r.DuringBackup))))
		t.AppendRow(r.Backup.row("a backup"))
	}
	t.Render()
	t = newTable(std.out, "Claimed before the POST", "during it", "after the answer", "Not claimed, no copy", "Backups", "Database before", "after", "MiB")
	mib := func(n int64) string { return fixed(float64(n)/(1<<20), 1) }
	t.AppendRow([]any{r.Before, r.During, r.After, r.Withdrawn, r.Backups, mib(r.BytesBefore), mib(r.BytesAfter), "+" + mib(r.BytesAfter-r.BytesBefore)})
	t.Render()
}
