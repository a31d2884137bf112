package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"runtime"
	"time"

	"github.com/coreos/go-systemd/v22/daemon"
	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"example.jp/kairan/cmd/internal/control"
	"example.jp/kairan/deliver/cron"
	"example.jp/kairan/store/seal"
	"example.jp/kairan/subscribe/web"
)

const serveName = "serve"

func (a *app) serveCommand() *cobra.Command {
	trust := false
	serve := &cobra.Command{
		Use:   serveName,
		Short: "Run the service until SIGTERM or SIGINT",
		Long: `Run the service until SIGTERM or SIGINT, which let what is on the wire end within
` + "`grace`" + ` of [sending]. A second Ctrl-C ends it at once. SIGHUP does nothing: the
relay's password and authority are read again each time, and a changed configuration
needs a restart. The log goes to standard error, and nothing ends when nobody reads it.

Exit codes: 0 stopped, 1 failed, 3 the state refuses the start, 78 the configuration
or the command line is wrong. Only after 0, 3 and 78 is there no use in starting it
again as it is.`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			cfg, err := a.config()
			if err != nil {
				return err
			}
			if err := cfg.CheckFiles(); err != nil {
				return err
			}
			log := slog.New(slog.NewTextHandler(a.std.err, nil))
			defer heed(log)()
			b := thisBuild()
			log.Info("Starting", "version", b.Version, "commit", b.commit(), "go", b.Go,
				"config", cfg.Path, "effective", "kairan check --effective")
			if said := unsupported(runtime.GOOS, seal.GuardsFiles); said != "" {
				log.Warn("Unsupported", "why", said)
			}
			h, err := openService(cfg, "kairan serve", a.now, log)
			if err != nil {
				return err
			}
			if trust {
				if err := h.store.TrustClock(c.Context()); err != nil {
					return errors.Join(err, h.store.Close())
				}
			}
			return errors.Join(h.serve(c.Context()), h.store.Close())
		},
	}
	serve.Flags().BoolVar(&trust, "trust-clock", false, "the clock is right, although the last commit is from later: let issues start")
	return serve
}

// listeners are opened before anything is taken in, so that a port or a socket
// that is taken stops the start.
type listeners struct{ public, admin, control net.Listener }

func (h *service) listen() (l listeners, err error) {
	for _, x := range []struct {
		addr string
		into *net.Listener
	}{{h.cfg.Listen.Public, &l.public}, {h.cfg.Listen.Admin, &l.admin}} {
		if *x.into, err = net.Listen("tcp", x.addr); err != nil {
			return l, errors.Join(fmt.Errorf("cannot listen on %s: %w; stop what uses it, or change [listen]", x.addr, err), l.close())
		}
	}
	if l.control, err = control.Listen(h.cfg.Socket, h.cfg.SocketGroup); err != nil {
		return l, errors.Join(err, l.close())
	}
	return l, nil
}

func (l listeners) close() error {
	var errs []error
	for _, x := range []net.Listener{l.public, l.admin, l.control} {
		if x != nil {
			errs = append(errs, x.Close())
		}
	}
	return errors.Join(errs...)
}

// serve runs every worker until ctx ends. Stopping is ordered: no more taken in,
// no more claimed, what is in flight finished; the caller closes the store.
func (h *service) serve(ctx context.Context) error {
	h.editor.Serving = true
	if err := h.adopt(ctx); err != nil {
		if ctx.Err() != nil { // stopped before anything began
			return nil
		}
		return err
	}
	site, err := web.New(web.Site{
		Desk: h.desk, Links: h.tokens, Lists: h.cfg.Lists, Order: h.cfg.Order, Templates: h.templates,
		TrustedProxies: h.cfg.Listen.TrustedProxies, Log: h.log, Now: h.now,
	})
	if err != nil {
		return err
	}
	l, err := h.listen()
	if err != nil {
		return err
	}
	work, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	g, work := errgroup.WithContext(work)
	ready := make(chan struct{})
	g.Go(func() error { return ignoreClosed(site.Listener(l.public)) })
	admin, commands := h.adminServer(ready), verbs.Server(h)
	g.Go(func() error { return ignoreClosed(admin.Serve(l.admin)) })
	g.Go(func() error { return ignoreClosed(commands.Serve(l.control)) })
	workers := h.work(work)
	close(ready)
	_, _ = daemon.SdNotify(false, daemon.SdNotifyReady)
	if why := h.heldWhy(); why != "" {
		h.log.Warn("Held", "why", "nothing goes out: "+why)
	}
	h.log.Info("Ready", "public", l.public.Addr(), "admin", l.admin.Addr(), "control", h.cfg.Socket)

	select {
	case <-ctx.Done():
	case <-work.Done(): // a listener failed
	}
	_, _ = daemon.SdNotify(false, daemon.SdNotifyStopping)
	h.log.Info("Stopping")
	_ = site.ShutdownWithTimeout(5 * time.Second) // lets requests that have begun end
	_ = l.public.Close()                          // a shutdown before Fiber has begun to listen is lost on it
	_ = commands.Close()
	cancel()
	workers()
	_ = admin.Close()
	err = g.Wait()
	h.log.Info("Stopped")
	return err
}

// work starts the background workers, and returns the function that waits for
// them after ctx has ended. The tick and the intake go on after a panic, and say so.
// A panic in a connection to the relay ends the process, since nobody knows what
// it was holding: it is started again, and the books settle what was in flight.
func (h *service) work(ctx context.Context) (wait func()) {
	var g errgroup.Group
	tick := cron.Tick{Every: time.Second, Do: h.scheduler.Tick, Fault: func(err error) { h.log.Error("TickFault", "err", err) }}
	sweep := cron.Tick{Every: 10 * time.Minute, Do: h.sweep, Fault: func(err error) { h.log.Error("TickFault", "err", err) }}
	meter := cron.Tick{Every: 5 * time.Second, Do: h.editor.Measure, Fault: func(err error) { h.log.Error("TickFault", "err", err) }}
	for _, run := range []func(context.Context) error{h.intake.Run, h.afterRelease(h.engine.Run), h.afterRelease(tick.Run), sweep.Run, meter.Run} {
		g.Go(func() error { return run(ctx) })
	}
	return func() {
		if err := g.Wait(); err != nil {
			h.log.Error("WorkerFault", "err", err)
		}
	}
}

// sweep forgets what may be kept no longer.
func (h *service) sweep(ctx context.Context) {
	if !h.examined { // once, so that damage is said before it is met
		_, err := h.store.Examine(ctx)
		if h.examined = err == nil; err != nil && ctx.Err() == nil {
			h.log.Error("ExamineFault", "err", err)
		}
	}
	for _, sweep := range []func(context.Context) (int, error){h.store.SweepNotices, h.store.SweepTallies} {
		if _, err := sweep(ctx); err != nil && ctx.Err() == nil {
			h.log.Error("SweepFault", "err", err)
		}
	}
}

func ignoreClosed(err error) error {
	if errors.Is(err, net.ErrClosed) || err != nil && err.Error() == "http: Server closed" {
		return nil
	}
	return err
}
