package main

import (
	"log/slog"
	"os"
	"os/signal"
	"sync"
	"syscall"
)

// heed keeps SIGHUP and SIGPIPE from ending a service, and logs a SIGHUP and a second
// SIGTERM; [runWithSignals] takes the first. There is nothing to reload, and a log that
// nobody reads any more is lost. The function returned gives the signals back.
func heed(log *slog.Logger) (release func()) {
	signals := make(chan os.Signal, 8)
	signal.Notify(signals, syscall.SIGHUP, syscall.SIGPIPE, syscall.SIGTERM)
	var wg sync.WaitGroup
	wg.Go(func() {
		stops := 0
		for s := range signals {
			switch s {
			case syscall.SIGHUP:
				log.Info("Hangup", "what", "goes on as it is; the relay's password and authority are read again each time, a changed configuration needs a restart")
			case syscall.SIGTERM:
				if stops++; stops > 1 {
					log.Warn("StoppingAlready", "what", "what is on the wire has until `grace` of [sending] to end; after a SIGKILL those readers would get the message once more")
				}
			}
		}
	})
	return func() {
		signal.Stop(signals)
		close(signals)
		wg.Wait()
	}
}
