package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"example.jp/kairan/subscribe"
)

// pagesOptions are the flags of `kairan-bench pages`.
type pagesOptions struct {
	connections, runs int
	during            time.Duration
	only              string // what is measured; "": all
	cpuProfile        string
	json              bool
}

func pagesCommand(std streams) *cobra.Command {
	o := pagesOptions{}
	c := &cobra.Command{
		Use: "pages", Args: cobra.NoArgs,
		Short: "Measure the public pages and sign-ups, beside what bounds them",
		Long: `Ask the real service, over its real store, for its pages over connections that stay
open, and sign up with addresses that differ, its ceilings out of the way. Beside it, in
turns, are asked: nginx, if it is installed, for the same pages as files; and the same
handlers with no store behind them, their ceilings in memory. What asks runs on the same
cores. CPU is what an answer takes of all processors, in microseconds.`,
		RunE: func(c *cobra.Command, _ []string) error { return o.measure(c.Context(), std) },
	}
	f := c.Flags()
	f.IntVar(&o.connections, "connections", 32, "over how many connections")
	f.IntVar(&o.runs, "runs", 5, "how often each is asked, in turns; the median counts")
	f.DurationVar(&o.during, "for", 2*time.Second, "how long each time")
	f.StringVar(&o.only, "only", "", "measure \"pages\" alone, or \"sign-ups\"")
	f.StringVar(&o.cpuProfile, "cpuprofile", "", "write CPU profiles of the service to files with this beginning")
	f.BoolVar(&o.json, "json", false, "print JSON")
	return c
}

// What may be measured alone.
const (
	onlyPages   = "pages"
	onlySignUps = "sign-ups"
)

// pagesReport is what was measured: of each, beside what bounds it.
type pagesReport struct {
	Command string        `json:"command"`
	Runs    int           `json:"runs"`
	Fsync   float64       `json:"fsync_us"` // of the disk, between the turns of sign-ups; 0: there were none
	Pages   []pagesResult `json:"pages"`
}

// pagesResult are answers a second, by the median; the ratio is the median of those of each
// turn.
type pagesResult struct {
	What      string  `json:"what"`
	Octets    int     `json:"octets"` // of the page; 0: not known
	Kairan    float64 `json:"kairan_per_second"`
	KairanCPU float64 `json:"kairan_cpu_us"`
	Beside    string  `json:"beside"`
	Bound     float64 `json:"beside_per_second"`
	BoundCPU  float64 `json:"beside_cpu_us"` // 0: not known
	Ratio     float64 `json:"ratio"`

	kairan, bound []answered
}

// answered is how fast a site answered, and the microseconds of all processors that an
// answer took it.
type answered struct{ PerSecond, CPU float64 }

func (a answered) perSecond() float64 { return a.PerSecond }
func (a answered) cpu() float64       { return a.CPU }

func (o pagesOptions) measure(ctx context.Context, std streams) (err error) {
	if !slices.Contains([]string{"", onlyPages, onlySignUps}, o.only) {
		return fmt.Errorf("--only %q: give %q or %q", o.only, onlyPages, onlySignUps)
	}
	if o.connections < 1 || o.connections > 1000 || o.runs < 1 || o.during <= 0 {
		return errors.New("give 1 to 1000 --connections, 1 or more --runs, and time --for them")
	}
	dir, err := os.MkdirTemp("", "kairan-bench-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	if err := os.Chmod(dir, 0o711); err != nil { // nginx's workers may have another account
		return err
	}
	relay, err := startRelay(relaySpec{}, std.err)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, relay.end()) }()
	m := &pagesMeasured{pagesOptions: o, dir: dir, relay: relay.Port, std: std}
	report := pagesReport{Runs: o.runs,
		Command: fmt.Sprintf("kairan-bench pages --connections %d --runs %d --for %s", o.connections, o.runs, o.during)}
	if o.only != onlySignUps {
		if report.Pages, err = m.pages(ctx); err != nil {
			return err
		}
	}
	if o.only != onlyPages {
		signUps, fsync, err := m.signUps(ctx)
		if err != nil {
			return err
		}
		report.Pages, report.Fsync = append(report.Pages, signUps), fsync
	}
	for i := range report.Pages {
		report.Pages[i].sumUp()
	}
	if o.json {
		e := json.NewEncoder(std.out)
		e.SetIndent("", "  ")
		return e.Encode(report)
	}
	report.print(std.out)
	return nil
}

// pagesMeasured is one measurement.
type pagesMeasured struct {
	pagesOptions
	dir   string
	relay int
	std   streams
}

// startSite starts a site in a folder of its own.
func (m *pagesMeasured) startSite(ctx context.Context, name string, spec siteSpec) (up siteUp, end func() error, err error) {
	if m.cpuProfile != "" {
		spec.CPUProfile = m.cpuProfile + name + ".pprof"
	}
	spec.Dir = filepath.Join(m.dir, name)
	if err := os.Mkdir(spec.Dir, 0o700); err != nil {
		return up, nil, err
	}
	c, err := start(ctx, "site", spec, m.std.err)
	if err != nil {
		return up, nil, err
	}
	end = func() error { return errors.Join(c.Process.Signal(syscall.SIGTERM), c.end()) }
	if up, err = hear[siteUp](c); err != nil {
		return up, nil, errors.Join(err, c.end())
	}
	return up, end, nil
}

// ask is a request that a browser makes.
func ask(method, path, body string) []byte {
	head := method + " " + path + " HTTP/1.1\r\nHost: magazine.office.example.jp\r\n" +
		"User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0\r\nAccept: text/html,application/xhtml+xml\r\nAccept-Language: ja,en-US;q=0.7,en;q=0.3\r\n"
	if body != "" {
		head += fmt.Sprintf("Content-Type: application/x-www-form-urlencoded\r\nContent-Length: %d\r\n", len(body))
	}
	return []byte(head + "\r\n" + body)
}

// pages measures pages that are the same for everybody.
func (m *pagesMeasured) pages(ctx context.Context) (all []pagesResult, err error) {
	site, end, err := m.startSite(ctx, "site", siteSpec{Port: m.relay, Issue: true})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, end()) }()
	paths := []string{"/lists/" + listID, subscribe.ArchivePath(listID), site.Issue}
	files := map[string][]byte{}
	for i, what := range []string{"form", "archive", "issue"} {
		page, err := fetch(ctx, "http://"+site.Public+paths[i])
		if err != nil {
			return nil, err
		}
		files[what+".html"] = page
		all = append(all, pagesResult{What: what, Octets: len(page), Beside: "nginx"})
	}
	beside := ""
	if nginxPath() != "" {
		var stop func() error
		if beside, stop, err = startNginx(ctx, m.dir, files, m.std.err); err != nil {
			return nil, err
		}
		defer func() { err = errors.Join(err, stop()) }()
	}
	for range m.runs {
		for i := range all {
			r := &all[i]
			if err := m.turn(&r.kairan, site.Public, site.PID, ask(http.MethodGet, paths[i], "")); err != nil {
				return nil, err
			}
			if beside == "" {
				continue
			}
			if err := m.turn(&r.bound, beside, 0, ask(http.MethodGet, "/"+r.What+".html", "")); err != nil {
				return nil, err
			}
		}
	}
	return all, nil
}

// turn asks for one thing, for a while.
func (m *pagesMeasured) turn(into *[]answered, at string, pid int, request []byte) error {
	addr, err := netip.ParseAddrPort(at)
	if err != nil {
		return err
	}
	n, err := load(addr, pid, m.connections, m.during, func() []byte { return request })
	*into = append(*into, n)
	return err
}

// signUps measures them, each turn before a new store: what the one before has to do for
// those who came is nobody else's. fsync is what the disk takes for one meanwhile, in
// microseconds: it bounds them.
func (m *pagesMeasured) signUps(ctx context.Context) (r pagesResult, fsync float64, err error) {
	r = pagesResult{What: "sign-up", Beside: "the same handler with no store"}
	var fsyncs []float64
	for n := range m.runs {
		took, err := fsyncTime(m.dir)
		if err != nil {
			return r, 0, err
		}
		fsyncs = append(fsyncs, took)
		for _, x := range []struct {
			name string
			spec siteSpec
			into *[]answered
		}{{"stored", siteSpec{Port: m.relay}, &r.kairan}, {"alone", siteSpec{}, &r.bound}} {
			if err := m.signUp(ctx, fmt.Sprintf("%s-%d", x.name, n), x.spec, x.into); err != nil {
				return r, 0, err
			}
		}
	}
	return r, medianOf(fsyncs, itself), nil
}

func (m *pagesMeasured) signUp(ctx context.Context, name string, spec siteSpec, into *[]answered) (err error) {
	site, end, err := m.startSite(ctx, name, spec)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, end()) }()
	at, err := netip.ParseAddrPort(site.Public)
	if err != nil {
		return err
	}
	const first, digits = "visitor-", "00000000"
	request := ask(http.MethodPost, "/lists/"+listID, "lang=ja&email="+first+digits+"%40example.org&website=")
	number := strings.Index(string(request), first+digits) + len(first)
	n, err := load(at, site.PID, m.connections, m.during, func() []byte {
		for i := number + len(digits) - 1; ; i-- { // the next address
			if request[i]++; request[i] <= '9' {
				return request
			}
			request[i] = '0'
		}
	})
	*into = append(*into, n)
	return err
}

// fetch is a page as it comes.
func fetch(ctx context.Context, url string) ([]byte, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	page, err := io.ReadAll(res.Body)
	if err == nil && res.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s", url, res.Status)
	}
	return page, err
}

// lengthOf is how long an answer is that begins so; 0: it cannot be known yet.
func lengthOf(answer []byte) (int, error) {
	head, _, ok := bytes.Cut(answer, []byte("\r\n\r\n"))
	if !ok {
		return 0, nil
	}
	_, rest, _ := bytes.Cut(head, []byte("\r\nContent-Length: "))
	digits, _, _ := bytes.Cut(rest, []byte("\r\n"))
	n, err := strconv.Atoi(string(digits))
	if err != nil {
		return 0, fmt.Errorf("an answer does not say how long it is: %q", head)
	}
	return len(head) + len("\r\n\r\n") + n, nil
}

func (r *pagesResult) sumUp() {
	if len(r.bound) > 0 {
		ratios := make([]float64, len(r.bound))
		for i := range ratios {
			ratios[i] = r.kairan[i].PerSecond / r.bound[i].PerSecond
		}
		r.Bound, r.BoundCPU = medianOf(r.bound, answered.perSecond), medianOf(r.bound, answered.cpu)
		r.Ratio = medianOf(ratios, itself)
	}
	r.Kairan, r.KairanCPU = medianOf(r.kairan, answered.perSecond), medianOf(r.kairan, answered.cpu)
}

func itself(x float64) float64 { return x }

func (r pagesReport) print(w io.Writer) {
	t := newTable(w, "answers a second", "octets", "Kairan", "CPU", "beside", "", "CPU", "ratio")
	for _, p := range r.Pages {
		row := []any{p.What, fmt.Sprint(p.Octets), fixed(p.Kairan, 0), fixed(p.KairanCPU, 0), p.Beside, fixed(p.Bound, 0), fixed(p.BoundCPU, 0), fixed(p.Ratio, 2)}
		if p.Octets == 0 {
			row[1] = ""
		}
		if p.BoundCPU == 0 {
			row[6] = ""
		}
		if p.Bound == 0 {
			row[5], row[7] = "", "not installed"
		}
		t.AppendRow(row)
	}
	caption := fmt.Sprintf("%s: medians of %d turns", r.Command, r.Runs)
	if r.Fsync > 0 {
		caption += fmt.Sprintf("; an fsync here takes %s µs", fixed(r.Fsync, 0))
	}
	t.SetCaption("%s", caption)
	t.Render()
}
