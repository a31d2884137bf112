package service

import (
	"context"
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/coreos/go-systemd/v22/daemon"
	"golang.org/x/sync/errgroup"

	"example.jp/kairan/cmd/internal/control"
	"example.jp/kairan/deliver/cron"
	"example.jp/kairan/deliver/engine"
	"example.jp/kairan/subscribe/web"
)

// listeners are opened before anything is taken in, so that a port or a socket
// that is taken stops the start.
type listeners struct{ public, admin, control net.Listener }

func (s *Service) listen() (l listeners, err error) {
	if l.public, err = ListenOn("public", s.Config.Listen.Public); err != nil {
		return l, err
	}
	if l.admin, err = ListenOn("admin", s.Config.Listen.Admin); err != nil {
		return l, errors.Join(err, l.close())
	}
	if l.control, err = control.Listen(s.Config.Socket, s.Config.SocketGroup); err != nil {
		return l, errors.Join(err, l.close())
	}
	return l, nil
}

// ListenOn opens the port of a key of [listen].
func ListenOn(key, addr string) (net.Listener, error) {
	l, err := net.Listen("tcp", addr)
	if op, is := errors.AsType[*net.OpError](err); is {
		err = op.Err // the rest is said here
	}
	if err != nil {
		return nil, fmt.Errorf("listen.%s: cannot listen on %s: %w; stop what uses it, or write another", key, addr, err)
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

// Serve runs every worker until ctx ends. Stopping is ordered: no more taken in,
// no more claimed, what is in flight finished; the caller closes the [Service].
func (s *Service) Serve(ctx context.Context) error {
	s.editor.Serving, s.since = true, s.now()
	if err := s.adopt(ctx); err != nil {
		if ctx.Err() != nil { // stopped before anything began
			return nil
		}
		return err
	}
	s.beginBackups(ctx)
	s.judgeBounces(ctx)
	from, err := s.site()
	if err != nil {
		return err
	}
	site, err := web.New(from)
	if err != nil {
		return err
	}
	l, err := s.listen()
	if err != nil {
		return err
	}
	work, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	g, work := errgroup.WithContext(work)
	ready := make(chan struct{})
	g.Go(func() error { return ignoreClosed(site.Listener(l.public)) })
	admin, commands := s.adminServer(ready), Verbs.Server(s, s.Config.Sending.MaxAttachments)
	g.Go(func() error { return ignoreClosed(admin.Serve(l.admin)) })
	g.Go(func() error { return ignoreClosed(commands.Serve(l.control)) })
	s.lookOut()
	s.readHour(engine.NoticeSums{})
	workers := s.work(work)
	close(ready)
	_, _ = daemon.SdNotify(false, daemon.SdNotifyReady)
	s.sayState()
	if why := s.heldWhy(); why != "" {
		s.log.Warn("Held", "why", "nothing goes out: "+why)
	}
	s.log.Info("Ready", "public", l.public.Addr(), "admin", l.admin.Addr(), "control", s.Config.Socket)

	var broken error
	select {
	case <-ctx.Done():
	case <-work.Done(): // a listener failed
	case <-s.Store.Broken():
		broken = s.Store.LeavingFault()
		s.log.Error("DiskFailed", "err", broken)
	}
	_, _ = daemon.SdNotify(false, daemon.SdNotifyStopping)
	s.log.Info("Stopping")
	_ = site.ShutdownWithTimeout(5 * time.Second) // lets requests that have begun end
	_ = l.public.Close()                          // a shutdown before Fiber has begun to listen is lost on it
	_ = commands.Close()
	cancel()
	workers()
	_ = admin.Close()
	err = errors.Join(g.Wait(), broken)
	s.log.Info("Stopped")
	return err
}

// work starts the background workers, and returns the function that waits for
// them after ctx has ended. The ticks and the intake go on after a panic, and say so:
// all of them as TickFault.
// A panic in a connection to the relay ends the process, since nobody knows what
// it was holding: it is started again, and the books settle what was in flight.
func (s *Service) work(ctx context.Context) (wait func()) {
	var g errgroup.Group
	tick := cron.Tick{Every: time.Second, Do: s.scheduler.Tick, Fault: func(err error) { s.log.Error("TickFault", "err", err) }}
	sweep := cron.Tick{Every: 10 * time.Minute, Do: s.sweep, Fault: func(err error) { s.log.Error("TickFault", "err", err) }}
	night := cron.Tick{Every: 10 * time.Minute, Do: s.night, Fault: func(err error) { s.log.Error("TickFault", "err", err) }}
	erase := cron.Tick{Every: 10 * time.Second, Do: s.eraseOnTime, Fault: func(err error) { s.log.Error("TickFault", "err", err) }}
	sums := cron.Tick{Every: time.Hour, Do: s.everyHour, Fault: func(err error) { s.log.Error("TickFault", "err", err) }}
	meter := cron.Tick{Every: 5 * time.Second, Do: s.editor.Measure, Fault: func(err error) { s.log.Error("TickFault", "err", err) }}
	watch := cron.Tick{Every: lookEvery, Do: func(context.Context) { s.lookOut() }, Fault: func(err error) { s.log.Error("TickFault", "err", err) }}
	tell := cron.Tick{Every: lookEvery, Do: s.tellAlarms, Fault: func(err error) { s.log.Error("TickFault", "err", err) }}
	rehearse := cron.Tick{Every: lookEvery, Do: s.editor.Rehearse, Fault: func(err error) { s.log.Error("TickFault", "err", err) }}
	feeds := cron.Tick{Every: time.Second, Do: s.feeds.Tick, Fault: func(err error) { s.log.Error("TickFault", "err", err) }}
	visits := cron.Tick{Every: lookEvery, Do: s.visitPages, Fault: func(err error) { s.log.Error("TickFault", "err", err) }}
	for _, run := range []func(context.Context) error{s.intake.Run, s.afterRelease(s.engine.Run), s.afterRelease(tick.Run), s.afterRelease(feeds.Run), sweep.Run, night.Run, erase.Run, sums.Run, meter.Run, rehearse.Run, watch.Run, tell.Run, visits.Run} {
		g.Go(func() error { return run(ctx) })
	}
	return func() {
		if err := g.Wait(); err != nil {
			s.log.Error("WorkerFault", "err", err)
		}
		s.everyHour(ctx)
		s.keepRequests(context.WithoutCancel(ctx))
	}
}

// sweep forgets what may be kept no longer.
func (s *Service) sweep(ctx context.Context) {
	s.sweepBackups(ctx)
	s.keepRequests(ctx)
	if !s.examined { // once, so that damage is said before it is met
		_, err := s.Store.Examine(ctx)
		if s.examined = err == nil; err != nil && ctx.Err() == nil {
			s.log.Error("ExamineFault", "err", err)
		}
	}
	s.judgeBounces(ctx)
	for _, sweep := range []func(context.Context) (int, error){s.Store.SweepNotices, s.Store.SweepTallies} {
		if _, err := sweep(ctx); err != nil && ctx.Err() == nil {
			s.log.Error("SweepFault", "err", err)
		}
	}
}

func ignoreClosed(err error) error {
	if errors.Is(err, net.ErrClosed) || err != nil && err.Error() == "http: Server closed" {
		return nil
	}
	return err
}
