package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"time"

	"example.jp/kairan/cmd/internal/config"
	"example.jp/kairan/cmd/internal/control"
	"example.jp/kairan/cmd/internal/service"
	"example.jp/kairan/deliver"
)

// probeTimeout is how long `check` waits for the relay.
const probeTimeout = 30 * time.Second

// checkRelay logs in at a relay and asks it about every list, as far as that goes
// without sending anything. No reader is in what it answers, so it is told in the
// relay's own words.
func checkRelay(ctx context.Context, cfg *config.Config, r config.Relay) (string, error) {
	where := net.JoinHostPort(r.Host, strconv.Itoa(r.Port))
	transport, err := service.Relay(r)
	if err != nil {
		return "", fmt.Errorf("%s: %w", where, err)
	}
	ctx, cancel := context.WithTimeout(ctx, probeTimeout)
	defer cancel()
	trials := make([]deliver.Trial, len(cfg.Order))
	for n, id := range cfg.Order {
		trials[n] = deliver.TrialOf(cfg.Lists[id])
	}
	results, err := transport.Try(ctx, trials)
	if err != nil {
		return "", fmt.Errorf("%s: %w; check [relay], and that this machine may reach it", where, deliver.Disclose(err))
	}
	var refused []string
	for n, refusal := range results {
		if refusal != nil {
			refused = append(refused, fmt.Sprintf("\n%s: %s", cfg.Order[n], sayTrial(refusal.Result)))
		}
	}
	if len(refused) > 0 {
		return "", fmt.Errorf("%s lets us log in, but does not take mail for %d of %s:%s\nsettle it with whoever runs the relay, or correct `return_path` of the list",
			where, len(refused), deliver.Count(len(results), "list"), strings.Join(refused, ""))
	}
	return fmt.Sprintf("%s takes mail from us, for %s", where, deliver.Count(len(results), "list")), nil
}

// sayTrial says at which command a relay refused, and what it said.
func sayTrial(r deliver.Result) string {
	stage := cmp.Or(map[deliver.Stage]string{
		deliver.StageMail: "at MAIL, with its return path", deliver.StageRcpt: "at RCPT, to its first tester or contact",
	}[r.Stage], "at "+r.Stage.String())
	if r.Code == 0 {
		return stage + ": " + r.Text
	}
	return stage + ": " + r.Disclose()
}

// checkPorts tries to listen where the service will. A running server has both.
func checkPorts(cfg *config.Config) (string, error) {
	if answers, _ := control.Answers(cfg.Socket); answers {
		return "a server is running and has them", nil
	}
	var faults []error
	for _, x := range []struct{ key, addr string }{{"public", cfg.Listen.Public}, {"admin", cfg.Listen.Admin}} {
		l, err := service.ListenOn(x.key, x.addr)
		if err != nil {
			faults = append(faults, err)
			continue
		}
		_ = l.Close()
	}
	return cfg.Listen.Public + ", " + cfg.Listen.Admin, errors.Join(faults...)
}
