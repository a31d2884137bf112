package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/netip"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"example.jp/kairan/cmd/internal/control"
	"example.jp/kairan/cmd/internal/service"
	"example.jp/kairan/deliver"
	"example.jp/kairan/subscribe"
)

// keepOptions are the flags of `kairan-bench keep`.
type keepOptions struct {
	readers int
	every   time.Duration
	before  time.Duration
	dir     string
}

func keepCommand(std streams) *cobra.Command {
	o := keepOptions{}
	c := &cobra.Command{
		Use: "keep", Args: cobra.NoArgs,
		Short: "Do the chores of the night while readers leave and sign up",
		Long: `Compact the database and make a backup, encrypted, while readers leave and sign up
one after the other, and print what each took, and how long those readers waited:
before it, and meanwhile.`,
		RunE: func(c *cobra.Command, _ []string) error { return keep(c.Context(), o, std) },
	}
	c.Flags().IntVar(&o.readers, "readers", 100_000, "how many readers")
	c.Flags().DurationVar(&o.every, "every", 10*time.Millisecond, "between two leavings, and between two sign-ups; they do not wait for each other")
	c.Flags().DurationVar(&o.before, "before", 5*time.Second, "for how long visits are made alone, to compare with")
	c.Flags().StringVar(&o.dir, "dir", "", "where the database lies, kept for the next call (\"\": a temporary folder)")
	return c
}

// nobody is a recipient whose identity was thrown away.
const nobody = "age1tm4ut39vgjaq3dn82yc564an7cs8y7gqzavp5y4vadsudpvzn98s8lyqtf"

// keeping is an installation whose chores are measured.
type keeping struct {
	keepOptions
	service *service.Service
	desk    *subscribe.Desk
	left    int // readers who have left
	asked   int // who have signed up
}

func keep(ctx context.Context, o keepOptions, std streams) (err error) {
	dir := o.dir
	if dir == "" {
		if dir, err = os.MkdirTemp("", "kairan-bench-"); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	}
	w, err := makeWorld(ctx, dir, o.readers, 10_000, 0)
	if err != nil {
		return err
	}
	folder := filepath.Join(dir, "backups")
	w.cfg.Backup.Folder, w.cfg.Backup.Recipients = folder, []string{nobody}
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return err
	}
	s, err := service.Open(w.cfg, "kairan-bench", time.Now, slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	k := &keeping{keepOptions: o, service: s, desk: &subscribe.Desk{
		Store: s.Store, Lists: w.cfg.Lists, Now: time.Now, Limits: subscribe.Limits{Intake: 1 << 30, PerHour: 1 << 30, PerNetworkHour: 1 << 30},
	}}
	client := &control.Client[service.Service]{Local: s}
	if err := k.measure(ctx, std.out, "compaction", func(ctx context.Context) (string, error) {
		done, err := s.Store.Compact(ctx, nil)
		return fmt.Sprintf("%s KB of %s, nothing written for %d ms,", deliver.Thousands(int(done.After>>10)), deliver.Thousands(int(done.Before>>10)), done.Pause.Milliseconds()), err
	}); err != nil {
		return err
	}
	return k.measure(ctx, std.out, "backup", func(ctx context.Context) (string, error) {
		made, err := service.BackupInFolder.Call(ctx, client, struct{}{})
		return fmt.Sprintf("%s KB", deliver.Thousands(int(made.Octets>>10))), err
	})
}

// measure does a chore while readers come and go, after a time in which they do alone.
func (k *keeping) measure(ctx context.Context, out io.Writer, name string, chore func(context.Context) (string, error)) error {
	pause := func(ctx context.Context) (string, error) {
		select {
		case <-ctx.Done():
		case <-time.After(k.before):
		}
		return "", ctx.Err()
	}
	t := newTable(out, name, "P50 (ms)", "P90", "P99", "Longest")
	for _, x := range []struct {
		when string
		do   func(context.Context) (string, error)
	}{{"before", pause}, {"meanwhile", chore}} {
		m, err := startMeter(k.service.Store)
		if err != nil {
			return err
		}
		leaving, joining, result, err := k.during(ctx, m, x.do)
		sent, fault := m.stop()
		if err := errors.Join(err, fault); err != nil {
			return err
		}
		t.AppendRow(quantilesOf(leaving).row(fmt.Sprintf("%d leavings %s", len(leaving), x.when)))
		t.AppendRow(quantilesOf(joining).row(fmt.Sprintf("%d sign-ups %s", len(joining), x.when)))
		if x.when == "meanwhile" {
			t.SetCaption("%s: %s in %.1f s, %.1f s of CPU with the visits, at most %d MiB of anonymous memory; the database has %s KB", name, result, sent.Elapsed.Seconds(), sent.CPU.Seconds(), sent.AnonPeak>>20,
				deliver.Thousands(int(sizeOf(filepath.Join(k.service.Config.Data, "kairan.db"))>>10)))
		}
	}
	t.Render()
	return nil
}

func sizeOf(path string) int64 {
	info, err := os.Stat(path)
	if err != nil {
		return 0
	}
	return info.Size()
}

// during makes visits for as long as do takes.
func (k *keeping) during(ctx context.Context, m *meter, do func(context.Context) (string, error)) (leaving, joining []time.Duration, result string, err error) {
	visits, stop := context.WithCancel(ctx)
	var all errgroup.Group
	all.Go(func() (err error) { leaving, err = k.visit(visits, k.leave, m.look); return err })
	all.Go(func() (err error) { joining, err = k.visit(visits, k.join, nil); return err })
	result, err = do(ctx)
	stop()
	return leaving, joining, result, errors.Join(err, all.Wait())
}

// visit makes one visit after the other, and measures how long each waits. One that is
// due while the one before waits is made at once.
func (k *keeping) visit(ctx context.Context, one func(context.Context) error, look func() error) (waits []time.Duration, err error) {
	tick := time.NewTicker(k.every)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return waits, nil
		case <-tick.C:
		}
		began := time.Now()
		if err := one(context.WithoutCancel(ctx)); err != nil {
			return nil, err
		}
		waits = append(waits, time.Since(began))
		if look != nil {
			if err := look(); err != nil {
				return nil, err
			}
		}
	}
}

// leave is the commit of a leaving.
func (k *keeping) leave(ctx context.Context) error {
	k.left++
	to, err := subscribe.ParseAddress(recipient(k.left))
	if err != nil {
		return err
	}
	return k.service.Store.Update(ctx, func(tx subscribe.Tx) error {
		e, err := tx.ByAddress(listID, to)
		if err != nil || e == nil {
			return err
		}
		tx.SetMark(listID, to, e.End(subscribe.MarkLeft, tx.Now()))
		tx.Put(e)
		return nil
	})
}

// join is a request to sign up, which is answered when it is on disk.
func (k *keeping) join(ctx context.Context) error {
	k.asked++
	to, err := subscribe.ParseAddress(fmt.Sprintf("visitor-%d-%d@v%02d.example.org", k.asked, time.Now().UnixNano(), k.asked%50))
	if err != nil {
		return err
	}
	return k.desk.AskJoin(ctx, subscribe.Ask{List: listID, Address: to, Lang: subscribe.English, From: netip.IPv6Loopback()})
}
