package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"os"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"example.jp/kairan/cmd/internal/config"
	"example.jp/kairan/cmd/internal/control"
	"example.jp/kairan/cmd/internal/exit"
	"example.jp/kairan/deliver"
	"example.jp/kairan/store/seal"
	"example.jp/kairan/subscribe"
	"example.jp/kairan/templates"
)

func (a *app) checkCommand() *cobra.Command {
	var noRelay, effective bool
	var keyCopy string
	c := &cobra.Command{
		Use:   "check",
		Short: "Say everything that would keep the service from working",
		Long: `Check the configuration, the files that it names, the keys, the templates, the
database, the ports, and whether the relay would take a mail of each list; none is
sent. Every check runs, and each that fails says what to do. Run it as the account
of the service:  sudo -u kairan kairan check

Exit codes: 0 all is well, 1 something failed, 2 the configuration is wrong, 3 the
state refuses the start.

With --effective nothing is checked but the configuration, which is printed as it
is in effect, defaults filled in, without testers and logins.`,
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
			return a.check(c.Context(), noRelay)
		},
	}
	c.Flags().BoolVar(&noRelay, "no-relay", false, "do not ask the relay")
	c.Flags().StringVar(&keyCopy, "key-copy", "", "only compare this copy of the key file (- for standard input) with the one in use, and remember that it exists")
	c.Flags().BoolVar(&effective, "effective", false, "only print the configuration with its defaults, as TOML")
	return c
}

// errSkipped is the result of a check that another one's failure leaves nothing
// to check for. It is no failure of its own.
type errSkipped string

func (e errSkipped) Error() string { return string(e) }

// errWarned is the result of a check that found what should be otherwise, but works.
type errWarned string

func (e errWarned) Error() string { return string(e) }

// checkup prints a line a check and remembers the gravest failure.
type checkup struct {
	app           *app
	total, failed int
	code          int
}

// do runs one check: what it found, or why it failed and what to do.
func (c *checkup) do(name string, check func() (string, error)) {
	found, err := check()
	var skipped errSkipped
	var warned errWarned
	state := "ok"
	c.total++
	switch {
	case errors.As(err, &skipped):
		state, found = "skipped", err.Error()
	case errors.As(err, &warned):
		state, found = "warning", err.Error()
	case err != nil:
		state, found = "FAILED", err.Error()
		c.failed++
		c.code = graver(c.code, exit.Code(err))
	}
	found = strings.ReplaceAll(found, "\n", "\n"+strings.Repeat(" ", 24))
	c.app.say("%s\n", strings.TrimRight(fmt.Sprintf("%-8s%-16s%s", state, name, c.app.hint(found)), " "))
}

// graver is the code to end with: a wrong configuration before a state that
// refuses, and that before anything else.
func graver(a, b int) int {
	for _, code := range []int{exitUsage, exitRefused, exitFailed} {
		if a == code || b == code {
			return code
		}
	}
	return exitDone
}

func (a *app) check(ctx context.Context, noRelay bool) error {
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
		c.installation(ctx, cfg, noRelay)
	}
	if c.failed > 0 {
		return &exit.Error{Code: c.code, Err: fmt.Errorf("%d of %s failed", c.failed, deliver.Count(c.total, "check"))}
	}
	return nil
}

// installation checks what a configuration names.
func (c *checkup) installation(ctx context.Context, cfg *config.Config, noRelay bool) {
	if said := unsupported(runtime.GOOS, seal.GuardsFiles); said != "" {
		c.do("system", func() (string, error) { return "", errWarned(said) })
	}
	c.do("names", func() (string, error) { return checkNames(cfg) })
	c.do("limits", func() (string, error) { return checkLimits(cfg.Limits) })
	c.do("files", func() (string, error) { return "", errors.Join(cfg.CheckFiles(), control.Replaceable(cfg.Socket)) })
	var keysErr error
	c.do("keys", func() (string, error) {
		keys, err := loadKeys(cfg.Keys)
		if keysErr = err; err != nil {
			return "", err
		}
		defer keys.Wipe()
		found, err := checkKeyCopy(cfg, keys.Fingerprint())
		return found + keyGuard(), err
	})
	c.do("database", func() (string, error) {
		if keysErr != nil {
			return "", errSkipped("it needs the keys")
		}
		return c.app.checkDatabase(ctx, cfg)
	})
	c.do("ports", func() (string, error) { return checkPorts(cfg) })
	c.do("journal", func() (string, error) { return checkJournal(cfg) })
	for _, r := range append([]config.Relay{cfg.Relay}, cfg.Fallback...) {
		c.do("relay", func() (string, error) {
			if noRelay {
				return "", errSkipped(net.JoinHostPort(r.Host, strconv.Itoa(r.Port)) + ", because of --no-relay")
			}
			return checkRelay(ctx, cfg, r)
		})
	}
}

// checkDatabase opens the store and compares the declarations, unless a server
// has it open. What does not exist yet is not made.
func (a *app) checkDatabase(ctx context.Context, cfg *config.Config) (string, error) {
	if answers, err := control.Answers(cfg.Socket); answers {
		return askServer(ctx, cfg)
	} else if err != nil {
		return "", fmt.Errorf("the control socket cannot be asked whether a server runs: %w; run this as the service's account, or as a member of the socket's group", err)
	}
	entries, err := os.ReadDir(cfg.Data)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "none yet; the first start makes " + cfg.Data, nil
	case err != nil:
		return "", fmt.Errorf("the data directory: %w; it must belong to the service's account, and this must run as that account", err)
	case len(entries) == 0:
		return "none yet; the first start makes it in " + cfg.Data, nil
	}
	h, err := openService(cfg, "kairan check", a.now, slog.New(slog.DiscardHandler))
	if err != nil {
		return "", err
	}
	broken, err := h.promises()
	held := h.editor.MayGoOut()
	apart, fault := h.store.Examine(ctx)
	if err = errors.Join(err, fault, h.store.JournalFault(), h.store.Close()); err != nil {
		return "", err
	}
	if apart.Sum() > 0 {
		return "", setApart(cfg, apart.String())
	}
	if held != nil {
		return "", held
	}
	if len(broken) > 0 {
		return "", refuseBroken(broken)
	}
	return cfg.Data, nil
}

func setApart(cfg *config.Config, what string) error {
	return fmt.Errorf("%s is damaged: these cannot be read, and are set apart: %s; everything else works on, leaving too. Look at the disk. The last backup has them (kairan restore FILE); without it, those readers can sign up again", cfg.Data, what)
}

// examineOut is what a running server finds in its database.
type examineOut struct {
	Apart  string    `json:"apart,omitempty"`   // records that cannot be read, by kind
	CopyOf time.Time `json:"copy_of,omitzero"`  // nothing goes out until it is released
	Fault  string    `json:"journal,omitempty"` // why the journal cannot be written

	Declared []subscribe.Declaration `json:"declared,omitempty"` // at its last start
	Readers  map[string]int          `json:"readers,omitempty"`  // of each of those lists
}

// examine is what `kairan check` asks a server that has the database open.
func (h *service) examine(ctx context.Context, _ struct{}) (out examineOut, err error) {
	apart, err := h.store.Examine(ctx)
	if err != nil {
		return out, err
	}
	if apart.Sum() > 0 {
		out.Apart = apart.String()
	}
	if hold := h.store.Held(); hold != nil {
		out.CopyOf = hold.CopyOf
	}
	if fault := h.store.JournalFault(); fault != nil {
		out.Fault = fault.Error()
	}
	out.Readers = map[string]int{}
	if out.Declared, err = h.store.Declared(); err != nil {
		return out, err
	}
	for _, d := range out.Declared {
		if out.Readers[d.List], err = h.store.Count(d.List); err != nil {
			return out, err
		}
	}
	return out, nil
}

// askServer checks the database of a running server. In an upgrade that is the
// older one, which is restarted only if the check goes well.
func askServer(ctx context.Context, cfg *config.Config) (string, error) {
	found, err := examine.Call(ctx, control.Over[service](cfg.Socket), struct{}{})
	// The file may have been edited since the server read it.
	broken, _ := brokenBy(cfg.Lists, found.Declared, func(list string) (int, error) { return found.Readers[list], nil })
	switch {
	case errors.Is(err, control.ErrNoVerb):
		return "a server of an older version is running and has it open (" + cfg.Socket + ")", nil
	case err != nil:
		return "", err
	case found.Fault != "":
		return "", errors.New(found.Fault)
	case found.Apart != "":
		return "", setApart(cfg, found.Apart)
	case !found.CopyOf.IsZero():
		return "", refused("a server is running, and nothing goes out: the database is a copy of %s; see: kairan restore", onDate(found.CopyOf))
	case len(broken) > 0:
		return "", refuseBroken(broken)
	}
	return "a server is running and has it open (" + cfg.Socket + ")", nil
}

// refuseBroken says which promises, and what settles them.
func refuseBroken(broken []promise) error {
	lines := make([]string, len(broken))
	for i, p := range broken {
		lines[i] = "\n  " + p.String()
	}
	return refused("the configuration no longer keeps what readers were promised:%s\nPut the old declaration back, or settle it with: kairan list apply", strings.Join(lines, ""))
}

// healthzCommand asks the running service's /healthz, for places without a shell
// and curl, such as the container image.
func (a *app) healthzCommand() *cobra.Command {
	return &cobra.Command{
		Use:    "healthz",
		Short:  "Ask the running service whether it is healthy",
		Hidden: true,
		Args:   cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			cfg, err := a.config()
			if err != nil {
				return err
			}
			return a.healthz(c.Context(), cfg.Listen.Admin)
		},
	}
}

func (a *app) healthz(ctx context.Context, admin string) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+admin+"/healthz", nil)
	if err != nil {
		return err
	}
	direct := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}} // no proxy from the environment
	answer, err := direct.Do(r)
	if err != nil {
		return fmt.Errorf("the service does not answer: %w", err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(io.LimitReader(answer.Body, 1<<10))
	if err != nil {
		return fmt.Errorf("the service does not answer: %w", err)
	}
	said := strings.TrimSpace(string(text))
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("the service is not healthy: %s", said)
	}
	a.say("%s\n", said)
	return nil
}
