package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"

	"github.com/spf13/cobra"

	"example.jp/kairan/cmd/internal/config"
	"example.jp/kairan/cmd/internal/exit"
	"example.jp/kairan/cmd/internal/mirror"
	"example.jp/kairan/cmd/internal/service"
	"example.jp/kairan/deliver"
)

func (a *app) archiveCommand() *cobra.Command {
	c := &cobra.Command{Use: "archive"}
	c.AddCommand(a.archiveExportCommand())
	return c
}

func (a *app) archiveExportCommand() *cobra.Command {
	var of []string
	c := &cobra.Command{Use: "export DIR", Args: cobra.ExactArgs(1)}
	c.Flags().StringSliceVar(&of, "list", nil, "")
	a.jsonFlag(c)
	c.RunE = func(c *cobra.Command, args []string) error { return a.exportArchive(c.Context(), args[0], of) }
	return c
}

// exportArchive writes the archives of these lists, or of all, into a folder.
func (a *app) exportArchive(ctx context.Context, dir string, of []string) error {
	cfg, err := a.config()
	if err != nil {
		return err
	}
	m := mirror.Mirror{Others: len(of) > 0}
	for _, id := range of {
		if cfg.Lists[id] == nil {
			return a.noList(ctx, cfg, id)
		}
	}
	if m.Lists, err = archivesOf(cfg, of); err != nil {
		return err
	}
	return a.with("", func(cl *client) error {
		var files atomic.Int64
		m.Ask = func(ctx context.Context, list, path string) (mirror.Page, error) {
			page, err := service.ArchivePage.Call(ctx, cl, service.PageOf{List: list, Path: path})
			return mirror.Page(page), err
		}
		m.Wrote = func(string) { files.Add(1) }
		done := a.eachSecond(ctx, func(context.Context) string {
			return fmt.Sprintf("%s files", deliver.Thousands(int(files.Load())))
		})
		r, err := m.Write(ctx, dir)
		done()
		switch foreign := (*mirror.Foreign)(nil); {
		case errors.As(err, new(*mirror.NoFolder)):
			return exit.Usagef("%w", err)
		case errors.As(err, &foreign):
			return exit.Refusedf("%w", err)
		case err != nil:
			return fmt.Errorf("%s is not complete: %w", dir, err)
		case a.json:
			return a.printJSON(r)
		}
		a.say("%s: %s files written, %s removed, %s as they were\n", r.Folder, deliver.Thousands(len(r.Written)), deliver.Thousands(len(r.Removed)), deliver.Thousands(r.Unchanged))
		for _, list := range r.Lists {
			a.say("%s: begins at %s/lists/%s/issues/index.html\n", list, strings.TrimSuffix(r.Folder, "/"), list)
		}
		if len(r.Lists) == 0 {
			a.say("no list has an archive; give one archive = \"public\" in the configuration\n")
		}
		return nil
	})
}

// archivesOf are the lists that have an archive: those that are named, or all.
func archivesOf(cfg *config.Config, named []string) (out []mirror.List, err error) {
	for _, id := range named {
		if !cfg.Lists[id].Archived {
			return nil, exit.Refusedf("list %s has no archive; give it archive = \"public\" in the configuration", id)
		}
	}
	if named == nil {
		named = cfg.Order
	}
	for _, id := range named {
		if l := cfg.Lists[id]; l.Archived {
			out = append(out, mirror.List{ID: id, Lang: string(l.Language), Base: l.Office.BaseURL})
		}
	}
	return out, nil
}
