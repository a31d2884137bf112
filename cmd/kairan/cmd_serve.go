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
		Use:  serveName,
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
			if a.reach != nil {
				h.ReachFeeds(a.reach)
			}
			if trust {
				if err := h.Store.TrustClock(c.Context()); err != nil {
					return errors.Join(err, h.Close())
				}
			}
			return errors.Join(h.Serve(c.Context()), h.Close())
		},
	}
	serve.Flags().BoolVar(&trust, "trust-clock", false, "")
	return serve
}
