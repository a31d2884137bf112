package main

import (
	"errors"
	"log/slog"
	"runtime"

	"github.com/spf13/cobra"

	"example.jp/kairan/cmd/internal/service"
	"example.jp/kairan/store/seal"
)

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
			h, err := service.Open(cfg, "kairan serve", a.now, log)
			if err != nil {
				return err
			}
			if trust {
				if err := h.Store.TrustClock(c.Context()); err != nil {
					return errors.Join(err, h.Close())
				}
			}
			return errors.Join(h.Serve(c.Context()), h.Close())
		},
	}
	serve.Flags().BoolVar(&trust, "trust-clock", false, "the clock is right, although the last commit is from later: let issues start")
	return serve
}
