package main

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"example.jp/kairan/cmd/internal/config"
	"example.jp/kairan/cmd/internal/control"
	"example.jp/kairan/cmd/internal/crowd"
	"example.jp/kairan/cmd/internal/exit"
	"example.jp/kairan/cmd/internal/service"
	"example.jp/kairan/cmd/internal/sink"
	"example.jp/kairan/deliver"
	"example.jp/kairan/store/seal"
	"example.jp/kairan/subscribe"
)

//go:embed demo/autumn.md
var demoIssue []byte

const (
	demoReaders = 1000
	demoDomain  = "made-up.example"
	demoHost    = "localhost"
)

func (a *app) demoCommand() *cobra.Command {
	var port int
	var listen string
	c := &cobra.Command{
		Use:  "demo",
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if listen != demoHost && net.ParseIP(listen) == nil {
				return exit.Usagef("--listen %s: write an address of this computer, such as 0.0.0.0 for all of them", listen)
			}
			ports := demoPorts{host: listen, public: 8080, mailbox: 8025, admin: 8081}
			if listen != demoHost { // whoever publishes ports has said which
				ports.strict = true
			}
			if c.Flags().Changed("port") {
				if port < 1 || port > 65533 {
					return exit.Usagef("--port %d: write a number from 1 to 65533; the mailbox and the health checks take the two that follow", port)
				}
				ports = demoPorts{host: listen, public: port, mailbox: port + 1, admin: port + 2, strict: true}
			}
			ctx, stop := signal.NotifyContext(c.Context(), syscall.SIGHUP) // sent when its terminal is gone
			defer stop()
			d, err := a.newDemo(ctx, ports)
			if err != nil {
				return err
			}
			return errors.Join(d.run(ctx, a), d.remove())
		},
	}
	c.Flags().StringVar(&listen, "listen", demoHost, "")
	c.Flags().IntVar(&port, "port", 0, "")
	return c
}

// demoPorts are where the demo listens. Of ports that nobody chose, one that is
// taken is replaced by any other. Links say localhost all the same: outside of a
// container whose ports are published, that is where it is.
type demoPorts struct {
	host                   string // of pages and mailbox; the health checks stay on this computer
	public, mailbox, admin int
	strict                 bool
}

// demo is a whole installation in a temporary directory, with its own relay.
type demo struct {
	dir       string
	service   *service.Service
	sink      *sink.Sink
	mailbox   net.Listener
	log       *os.File
	strict    bool     // no other port than the one that was asked for
	said      []string // about ports that were taken
	publicURL string
	mailURL   string
}

func (a *app) newDemo(ctx context.Context, ports demoPorts) (_ *demo, err error) {
	d := &demo{dir: demoDir(), strict: ports.strict}
	if err := d.makeDir(); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, d.remove())
		}
	}()
	if d.log, err = os.OpenFile(filepath.Join(d.dir, "log"), os.O_CREATE|os.O_WRONLY|os.O_EXCL, 0o600); err != nil {
		return nil, err
	}
	d.sink, err = sink.Start(sink.Options{Record: true, Judge: demoJudge, IsMadeUp: madeUp, Delay: 20 * time.Millisecond})
	if err != nil {
		return nil, err
	}
	if d.mailbox, err = d.port("mailbox", ports.host, ports.mailbox); err != nil {
		return nil, err
	}
	public, err := d.port("sign-up pages", ports.host, ports.public)
	if err != nil {
		return nil, err
	}
	admin, err := d.port("health checks", demoHost, ports.admin)
	if err != nil {
		return nil, err
	}
	d.publicURL, d.mailURL = "http://localhost:"+portOf(public), "http://localhost:"+portOf(d.mailbox)
	cfg, err := d.configure(public, admin)
	if err != nil {
		return nil, err
	}
	if err := seal.Generate(a.now()).Write(cfg.Keys); err != nil {
		return nil, err
	}
	d.service, err = service.Open(cfg, "kairan demo", a.now, slog.New(slog.NewTextHandler(d.log, nil)))
	if err != nil {
		return nil, err
	}
	return d, d.populate(ctx, a.now())
}

// makeDir makes the demo's directory, and takes over one that a killed demo
// left behind. One that somebody else made is refused.
func (d *demo) makeDir() error {
	if err := ownDemo(); err != nil {
		return err
	}
	socket := filepath.Join(d.dir, "kairan.sock")
	if len(socket) > config.MaxSocket {
		return exit.Refusedf("the folder for temporary files, %s, has too long a name: the demo's socket would have %d octets, and this operating system allows %d; set TMPDIR to a shorter one",
			os.TempDir(), len(socket), config.MaxSocket)
	}
	if answers, _ := control.Answers(socket); answers {
		return exit.Refusedf("a demo is running already on this computer; use it, or stop it with Ctrl-C in its terminal")
	}
	if err := os.RemoveAll(d.dir); err != nil {
		return err
	}
	return os.Mkdir(d.dir, 0o700)
}

// port listens on a port of this computer; on any if that one is taken, unless
// it was asked for.
func (d *demo) port(what, host string, want int) (net.Listener, error) {
	l, err := net.Listen("tcp", net.JoinHostPort(host, strconv.Itoa(want)))
	if err == nil {
		return l, nil
	}
	if d.strict {
		return nil, exit.Refusedf("the %s cannot be on port %d of this computer: %w; choose another with --port", what, want, err)
	}
	if l, err = net.Listen("tcp", net.JoinHostPort(host, "0")); err != nil {
		return nil, fmt.Errorf("no port can be opened on this computer for the %s: %w", what, err)
	}
	d.said = append(d.said, fmt.Sprintf("Port %d is taken; the %s are on port %s.", want, what, portOf(l)))
	return l, nil
}

func portOf(l net.Listener) string {
	_, port, _ := net.SplitHostPort(l.Addr().String())
	return port
}

// configure writes the demo's configuration. The listeners only kept the ports
// until here.
func (d *demo) configure(public, admin net.Listener) (*config.Config, error) {
	relay, err := netip.ParseAddrPort(d.sink.Addr())
	if err != nil {
		return nil, err
	}
	source := config.DemoSource(d.dir, d.publicURL, public.Addr().String(), admin.Addr().String(), relay.Addr().String(), int(relay.Port()))
	if err := errors.Join(public.Close(), admin.Close()); err != nil {
		return nil, err
	}
	path := filepath.Join(d.dir, "kairan.toml")
	if err := os.WriteFile(path, source, 0o600); err != nil {
		return nil, err
	}
	return config.Load(path)
}

// populate adds the made-up readers and a first issue.
func (d *demo) populate(ctx context.Context, now time.Time) error {
	who := func(n int) (string, subscribe.Fields) { return fmt.Sprintf("reader-%04d@%s", n+1, demoDomain), nil }
	if err := crowd.Seed(ctx, d.service.Store, d.service.Config.Lists["japanifornia"], demoReaders, now, who); err != nil {
		return err
	}
	_, err := service.IssueAdd.Call(control.WithActor(ctx, deliver.Self), &client{Local: d.service}, service.Source{Issue: "japanifornia/autumn", Source: demoIssue})
	return err
}

func madeUp(address string) bool { return strings.HasSuffix(address, "@"+demoDomain) }

// demoJudge is a relay as they are: of the made-up readers some are unknown, and
// some are put off at first.
func demoJudge(rcpt string, attempt int) string {
	var n int
	if _, err := fmt.Sscanf(rcpt, "reader-%d@", &n); err != nil {
		return "" // an address that is not made up is accepted
	}
	switch {
	case n%97 == 0:
		return "550 5.1.1 no such mailbox"
	case n%41 == 0 && attempt == 1:
		return "451 4.2.0 try again later"
	}
	return ""
}

func (d *demo) run(ctx context.Context, a *app) error {
	box := &http.Server{Handler: sink.Mailbox(d.sink), ReadHeaderTimeout: 5 * time.Second}
	go func() { _ = box.Serve(d.mailbox) }()
	defer box.Close()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	failed := make(chan error, 1)
	go func() {
		failed <- d.service.Serve(ctx)
		cancel()
	}()
	a.say("%s", d.banner(a.self()))
	<-ctx.Done()
	a.say("\nStopping, and deleting everything.\n")
	return <-failed
}

func (d *demo) banner(kairan string) string {
	var said string
	for _, s := range d.said {
		said += "  " + s + "\n"
	}
	return fmt.Sprintf(`Kairan demo. No mail leaves this computer. Ctrl-C deletes everything.
  Sign up   %[1]s/
  Mailbox   %[2]s/
  Lists     japanifornia (1,000 made-up readers), whats-new, ajc-newsletter,
            ajc-press, ajc-event, cabinet-magazine
%[4]s1. Open %[1]s/lists/japanifornia and enter you@example.com
2. In the mailbox, follow the link and press Confirm
3. In a second terminal, in the same folder:
   %[3]s --demo issue schedule japanifornia/autumn --now
4. %[3]s --demo issue status japanifornia/autumn
5. In the issue: view it in your browser, correct your entry, then leave
`, d.publicURL, d.mailURL, kairan, said)
}

func (d *demo) remove() error {
	var errs []error
	if d.service != nil {
		errs = append(errs, d.service.Close())
	}
	if d.sink != nil {
		errs = append(errs, d.sink.Close())
	}
	if d.mailbox != nil {
		_ = d.mailbox.Close()
	}
	if d.log != nil {
		errs = append(errs, d.log.Close())
	}
	return errors.Join(append(errs, os.RemoveAll(d.dir))...)
}
