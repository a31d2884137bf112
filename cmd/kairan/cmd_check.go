package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"runtime"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"example.jp/kairan/cmd/internal/config"
	"example.jp/kairan/cmd/internal/control"
	"example.jp/kairan/cmd/internal/service"
	"example.jp/kairan/deliver"
	"example.jp/kairan/store/seal"
	"example.jp/kairan/subscribe"
	"example.jp/kairan/templates"
)

func (a *app) checkCommand() *cobra.Command {
	var noRelay, effective bool
	var keyCopy, message, dns string
	c := &cobra.Command{
		Use:  "check",
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if effective {
				cfg, err := a.config()
				if err != nil {
					return err
				}
				a.say("%s", cfg.Echo())
				return nil
			}
			if c.Flags().Changed("key-copy") {
				return a.showKeyCopy(keyCopy)
			}
			if c.Flags().Changed("message") {
				return a.checkMessage(c.Context(), message, dns)
			}
			return a.check(c.Context(), noRelay, dns)
		},
	}
	a.jsonFlag(c)
	c.Flags().BoolVar(&noRelay, "no-relay", false, "")
	c.Flags().StringVar(&keyCopy, "key-copy", "", "")
	c.Flags().StringVar(&message, "message", "", "")
	c.Flags().StringVar(&dns, "dns", "", "")
	c.Flags().BoolVar(&effective, "effective", false, "")
	return c
}

func (a *app) check(ctx context.Context, noRelay bool, dns string) error {
	c := checkup{app: a}
	var cfg *config.Config
	c.do("configuration", func() (_ string, err error) {
		if cfg, err = a.config(); err != nil {
			return "", err
		}
		return fmt.Sprintf("%s: %s, %s", cfg.Path, deliver.Count(len(cfg.Offices), "office"), deliver.Count(len(cfg.Lists), "list")), nil
	})
	c.do("templates", func() (string, error) {
		_, err := templates.New()
		return "", err
	})
	if cfg != nil {
		c.installation(ctx, cfg, noRelay, dns)
	}
	return c.result()
}

// installation checks what a configuration names.
func (c *checkup) installation(ctx context.Context, cfg *config.Config, noRelay bool, dns string) {
	if said := unsupported(runtime.GOOS, seal.GuardsFiles); said != "" {
		c.do("system", func() (string, error) { return "", errWarned(said) })
	}
	c.do("names", func() (string, error) { return checkNames(cfg) })
	c.do("accounts", func() (string, error) { return checkAccounts(ctx, cfg) })
	c.do("limits", func() (string, error) { return checkLimits(cfg.Limits) })
	c.do("files", func() (string, error) { return "", errors.Join(cfg.CheckFiles(), control.CheckReplaceable(cfg.Socket)) })
	var keysErr error
	c.do("keys", func() (string, error) {
		keys, err := service.Keys(cfg.Keys)
		if keysErr = err; err != nil {
			return "", err
		}
		defer keys.Wipe()
		if service.KeysUnfinished(keys) {
			return "", errWarned("a change of keys was cut off: the old data key still opens what it did; stop the service and run: kairan keys rotate")
		}
		found, err := checkKeyCopy(cfg, keys.Fingerprint())
		return found + keyGuard(), err
	})
	var seen service.Examined
	c.do("database", func() (string, error) {
		if keysErr != nil {
			return "", errSkipped("it needs the keys")
		}
		return c.app.checkDatabase(ctx, cfg, &seen)
	})
	if err := checkErasure(cfg, seen, c.app.now()); err != nil {
		c.do("erasure", func() (string, error) { return "", err })
	}
	c.do("fields", func() (string, error) { return checkFields(cfg, seen.Slots) })
	c.do("ports", func() (string, error) { return checkPorts(cfg) })
	c.do("journal", func() (string, error) { return checkJournal(cfg) })
	if len(seen.Late) > 0 {
		c.do("forgetting", func() (string, error) { return "", errWarned(strings.Join(seen.Late, ";\n")) })
	}
	c.do("backups", func() (string, error) { return checkBackups(cfg, seen.Backups, c.app.now()) })
	for n, r := range cfg.Relays() {
		c.do("relay", func() (string, error) {
			if noRelay {
				return "", errSkipped(net.JoinHostPort(r.Host, strconv.Itoa(r.Port)) + ", because of --no-relay")
			}
			says, err := checkRelay(ctx, cfg, r)
			return checkedRelay(cfg, n, says), err
		})
	}
	if cfg.Relay.Rest != (subscribe.Hours{}) { // else that one takes mail at any hour
		c.do("rest", func() (string, error) { return checkRest(cfg) })
	}
	for _, id := range cfg.Order {
		if l := cfg.Lists[id]; l.Feed != nil {
			c.do("feed", func() (string, error) { return checkFeed(ctx, l, c.app.reach) })
		}
	}
	c.do("bounces", func() (string, error) { return checkBounces(cfg) })
	c.checkOrigin(ctx, cfg, dns)
}

// checkBounces says whether what a relay reports later is read.
func checkBounces(cfg *config.Config) (string, error) {
	if cfg.Delimiter == "" {
		return "", errWarned("nothing that comes back is read: a relay that queues takes mail for an address that is gone, and it stays on its list; set `delimiter` in [bounce], and see what kairan init --print postfix prints")
	}
	return "each mail says by its return path whose it was", nil
}
