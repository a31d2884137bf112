package main

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"example.jp/kairan/cmd/internal/config"
	"example.jp/kairan/cmd/internal/exit"
	"example.jp/kairan/cmd/internal/sink"
)

// tool is the path of a program, or the test does not run. CI installs them all
// and fails if a test is skipped.
func tool(t *testing.T, name string) string {
	t.Helper()
	for _, name := range []string{name, "/usr/sbin/" + name} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	t.Skipf("%s is not installed, so what is printed for it was not tried", name)
	return ""
}

// snippet is what `init --print` prints.
func snippet(t *testing.T, what string) string {
	t.Helper()
	code, out, errs := typed(t, "init", "--print", what)
	if code != exit.Done || errs != "" {
		t.Fatalf("exit %d: %s", code, errs)
	}
	return out
}

// swap replaces every occurrence, and wants at least one.
func swap(t *testing.T, text, from, to string) string {
	t.Helper()
	if !strings.Contains(text, from) {
		t.Fatalf("%q is not in what is printed", from)
	}
	return strings.ReplaceAll(text, from, to)
}

func TestSystemdUnitAgreesWithTheProgram(t *testing.T) {
	t.Parallel()
	unit := map[string]string{}
	for line := range strings.Lines(snippet(t, "systemd")) {
		if key, value, ok := strings.Cut(strings.TrimSpace(line), "="); ok && !strings.HasPrefix(key, "#") {
			unit[key] = value
		}
	}
	cfg, err := config.Parse("kairan.toml", config.Sample())
	if err != nil {
		t.Fatal(err)
	}
	stop, err := strconv.Atoi(unit["TimeoutStopSec"])
	if err != nil || time.Duration(stop)*time.Second < cfg.Sending.Grace+10*time.Second {
		t.Errorf("TimeoutStopSec=%s leaves no room for a grace of %v", unit["TimeoutStopSec"], cfg.Sending.Grace)
	}
	for key, want := range map[string]string{
		"Type": "notify", "User": serviceUser, "LimitCORE": "0", "UMask": "0077",
		"RestartPreventExitStatus": fmt.Sprintf("%d %d", exit.Config, exit.Refused),
		"StateDirectory":           filepath.Base(cfg.Data) + " " + filepath.Base(cfg.Journal), "StateDirectoryMode": "0700",
		"ReadWritePaths":   "-/var/backups/kairan",
		"RuntimeDirectory": filepath.Base(filepath.Dir(cfg.Socket)), "RuntimeDirectoryMode": "0755",
		"NoNewPrivileges": "yes", "ProtectSystem": "strict", "MemoryDenyWriteExecute": "yes", "PrivateTmp": "yes",
		"SystemCallFilter": "@system-service",
	} {
		if unit[key] != want {
			t.Errorf("%s=%s, want %s", key, unit[key], want)
		}
	}
	if _, ok := unit["PrivateUsers"]; ok {
		t.Error("PrivateUsers= hides who gave a command (SO_PEERCRED)")
	}
	if command := strings.Fields(unit["ExecStart"]); len(command) != 2 || command[1] != "serve" {
		t.Errorf("ExecStart=%s", unit["ExecStart"])
	}
}

// TestSystemdStartsAgainAfterAPanic: Go ends with 2, which is no code that keeps
// systemd from starting the service again; the handbook names those that are.
func TestSystemdStartsAgainAfterAPanic(t *testing.T) {
	t.Parallel()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c := exec.Command(self)
	c.Args, c.Env = []string{panicker}, append(os.Environ(), "GOTRACEBACK=none")
	_ = c.Run()
	code := c.ProcessState.ExitCode()
	never := regexp.MustCompile(`(?m)^RestartPreventExitStatus=(.*)$`).FindStringSubmatch(snippet(t, "systemd"))
	if never == nil || slices.Contains(strings.Fields(never[1]), strconv.Itoa(code)) {
		t.Errorf("a panic exits with %d, and systemd does not start again after %q", code, never)
	}
	if want := fmt.Sprintf("`serve` exits with %d", exit.Config); !strings.Contains(page(t, operating), want) {
		t.Errorf("the handbook does not say %q", want)
	}
}

func TestSystemdAcceptsTheUnit(t *testing.T) {
	t.Parallel()
	analyze := tool(t, "systemd-analyze")
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "kairan.service")
	unit := swap(t, snippet(t, "systemd"), "/usr/local/bin/kairan", self)
	if err := os.WriteFile(path, []byte(unit), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.CommandContext(t.Context(), analyze, "verify", "--man=no", path).CombinedOutput()
	if err != nil || bytes.Contains(out, []byte("kairan.service")) {
		t.Errorf("%v\n%s", err, out)
	}
}

const leaked = "QWxsVG9rZW5zQXJlU2VjcmV0" // stands for a token

// front is a running nginx with the printed server blocks.
type front struct {
	http, https string // host:port
	dir         string
	roots       *x509.CertPool
	stop        func()
}

func startNginx(t *testing.T, upstream string) front {
	t.Helper()
	bin := tool(t, "nginx")
	dir := t.TempDir()
	at := portsOn(t, ownHost(), 2)
	f := front{http: at[0], https: at[1], dir: dir}
	f.roots = certificate(t, dir)
	text := snippet(t, "nginx")
	text = regexp.MustCompile(`(?m)^\s*listen \[::\].*\n`).ReplaceAllString(text, "")
	text = swap(t, text, "listen 80;", "listen "+f.http+";")
	text = swap(t, text, "listen 443 ssl;", "listen "+f.https+" ssl;")
	text = swap(t, text, "/etc/letsencrypt/live/magazine.example.jp", dir)
	text = swap(t, text, "/var/log/nginx", dir)
	text = swap(t, text, "http://127.0.0.1:8080", upstream)
	account := ""
	if os.Geteuid() == 0 {
		account = "user root;\n"
	}
	conf := account + `daemon off; master_process off; pid nginx.pid;
error_log stderr crit;
events {}
http {
gzip on; gzip_min_length 20; # as Debian's own nginx.conf has it
client_body_temp_path t1; proxy_temp_path t2; fastcgi_temp_path t3; uwsgi_temp_path t4; scgi_temp_path t5;
` + text + "}\n"
	path := filepath.Join(dir, "nginx.conf")
	if err := os.WriteFile(path, []byte(conf), 0o600); err != nil {
		t.Fatal(err)
	}
	var said bytes.Buffer
	cmd := exec.Command(bin, "-p", dir, "-c", path, "-e", "stderr")
	cmd.Stderr = &said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	stopped := false
	f.stop = func() {
		if !stopped {
			stopped = true
			_ = cmd.Process.Signal(syscall.SIGQUIT) // finishes, and so logs, what it has
			<-ended
		}
	}
	t.Cleanup(f.stop)
	for began := time.Now(); time.Since(began) < patience; {
		if c, err := net.DialTimeout("tcp", f.https, time.Second); err == nil {
			_ = c.Close()
			return f
		}
		select {
		case err := <-ended:
			stopped = true
			t.Fatalf("nginx refuses what is printed: %v\n%s", err, said.String())
		case <-time.After(50 * time.Millisecond):
		}
	}
	t.Fatalf("nginx does not answer\n%s", said.String())
	return f
}

// certificate writes the files that the snippet names, and returns who trusts them.
func certificate(t *testing.T, dir string) *x509.CertPool {
	t.Helper()
	made, roots, err := sink.SelfSigned("magazine.example.jp")
	if err != nil {
		t.Fatal(err)
	}
	key, err := x509.MarshalPKCS8PrivateKey(made.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	for name, block := range map[string]*pem.Block{
		"fullchain.pem": {Type: "CERTIFICATE", Bytes: made.Certificate[0]},
		"privkey.pem":   {Type: "PRIVATE KEY", Bytes: key},
	} {
		if err := os.WriteFile(filepath.Join(dir, name), pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return roots
}

// ask sends a request as it is written, and follows no redirect.
func (f front) ask(t *testing.T, method, url, body string) (status int, location, text string) {
	t.Helper()
	answer := f.answer(t, method, url, body)
	read, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, answer.Header.Get("Location"), string(read)
}

func (f front) trust() *tls.Config {
	return &tls.Config{RootCAs: f.roots, ServerName: "magazine.example.jp"}
}

// answer is ask with the headers of the answer.
func (f front) answer(t *testing.T, method, url, body string) *http.Response {
	t.Helper()
	c := &http.Client{
		Transport:     &http.Transport{TLSClientConfig: f.trust(), DisableKeepAlives: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	r, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Host = "magazine.example.jp"
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("X-Real-IP", "203.0.113.9")
	r.Header.Set("X-Forwarded-For", "203.0.113.9")
	r.Header.Set("Forwarded", "for=203.0.113.9")
	r.Header.Set("Referer", "https://magazine.example.jp/confirm/"+leaked)
	answer, err := c.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = answer.Body.Close() })
	return answer
}

func TestNginxServesAndKeepsTokensOutOfItsLogs(t *testing.T) {
	t.Parallel()
	upstream := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		fmt.Fprintf(w, "%s %s host=%s real=%s fwd=%s%s body=%d", r.Method, r.RequestURI, r.Host,
			r.Header.Get("X-Real-IP"), r.Header.Get("X-Forwarded-For"), r.Header.Get("Forwarded"), len(body))
	}))
	defer upstream.Close()
	f := startNginx(t, upstream.URL)

	for _, c := range []struct{ method, path, logged string }{
		{"GET", "/", "GET / 200"},
		{"GET", "/lists/whats-new?lang=en&email=you@example.com", "GET /lists/whats-new 200"},
		{"POST", "/lists/whats-new", "POST /lists/whats-new 200"},
		{"POST", "/correct", "POST /correct 200"},
		{"GET", "/confirm/" + leaked, "GET /confirm/- 200"},
		{"POST", "/leave/" + leaked, "POST /leave/- 200"},
		{"GET", "/correct/" + leaked + "?x=" + leaked, "GET /correct/- 200"},
		{"GET", "/block/" + leaked + "/", "GET /block/- 200"},
		{"GET", "/confirm//" + leaked, "GET /confirm/- 200"},
		{"GET", "//confirm/" + leaked, "GET (other) 200"},
		{"GET", "/%63onfirm/" + leaked, "GET (other) 200"},
		{"GET", "/you@example.com", "GET (other) 200"},
	} {
		body := strings.Repeat("x", 20<<10)
		want := fmt.Sprintf("%s %s host=magazine.example.jp real=127.0.0.1 fwd= body=%d", c.method, c.path, len(body))
		if status, location, text := f.ask(t, c.method, "https://"+f.https+c.path, body); status != 200 || location != "" || text != want {
			t.Errorf("%s %s: %d %s\n got %q\nwant %q", c.method, c.path, status, location, text, want)
		}
	}
	if status, _, _ := f.ask(t, "POST", "https://"+f.https+"/correct/"+leaked, strings.Repeat("x", 33<<10)); status != 413 {
		t.Errorf("a body of 33 KiB: %d, want 413", status)
	}
	if status, _, text := f.ask(t, "POST", "https://"+f.https+"/leave/"+leaked, strings.Repeat("x", 250<<10)); status != 200 || !strings.HasSuffix(text, "body=256000") {
		t.Errorf("leaving with a body of 250 KiB: %d %s", status, text)
	}
	upstream.Close()
	f.ask(t, "GET", "https://"+f.https+"/confirm/"+leaked, "")
	f.stop()
	log := logs(t, f.dir)
	for _, want := range []string{
		"GET / 200", "GET /lists/whats-new 200", "POST /correct 200", "GET /confirm/- 200", "POST /leave/- 200", "GET /correct/- 200",
		"GET /block/- 200", "GET (other) 200", "POST /correct/- 413", "GET /confirm/- 503",
	} {
		if !strings.Contains(log, want) {
			t.Errorf("the access log lacks %q", want)
		}
	}
	for _, never := range []string{leaked, "@", "127.0.0.1", "203.0.113.9", "?"} {
		if strings.Contains(log, never) {
			t.Errorf("the logs hold %q:\n%s", never, log)
		}
	}
}

// TestNginxWhileKairanIsDown: visitors see a page in both languages, and a mail
// program that posts is asked to try again, not sent elsewhere; what Kairan itself
// answers passes as it is.
func TestNginxWhileKairanIsDown(t *testing.T) {
	t.Parallel()
	upstream := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		http.Error(w, "of Kairan", http.StatusServiceUnavailable)
	}))
	defer upstream.Close()
	f := startNginx(t, upstream.URL)
	if status, _, text := f.ask(t, "GET", "https://"+f.https+"/", ""); status != 503 || text != "of Kairan\n" {
		t.Errorf("a 503 of Kairan's own: %d %q", status, text)
	}
	upstream.Close()
	for _, c := range []struct{ method, path string }{
		{"GET", "/"}, {"GET", "/confirm/" + leaked}, {"POST", "/leave/" + leaked}, {"POST", "/lists/whats-new"}, {"HEAD", "/leave/" + leaked},
	} {
		a := f.answer(t, c.method, "https://"+f.https+c.path, "List-Unsubscribe=One-Click")
		if a.StatusCode != http.StatusServiceUnavailable || a.Header.Get("Location") != "" || a.Header.Get("Retry-After") != "300" ||
			a.Header.Get("Cache-Control") != "no-store" || a.Header.Get("Content-Type") != "text/html; charset=utf-8" {
			t.Errorf("%s %s: %d %v", c.method, c.path, a.StatusCode, a.Header)
		}
		text, err := io.ReadAll(a.Body)
		if err != nil {
			t.Fatal(err)
		}
		for _, says := range []string{"ただいまご利用いただけません", "Temporarily unavailable", "contact@magazine.example.jp", "リンクは、そのまま", "</html>"} {
			if c.method != "HEAD" && !bytes.Contains(text, []byte(says)) {
				t.Errorf("%s %s does not say %q", c.method, c.path, says)
			}
		}
		if bytes.Contains(text, []byte("nginx")) || bytes.Contains(text, []byte(leaked)) {
			t.Errorf("%s %s: %s", c.method, c.path, text)
		}
	}
}

// TestNginxRedirectsPeopleOnly: a POST to a leave link must never meet a redirect
// (RFC 8058 §3.1), so http has none for it, nor for any other POST.
func TestNginxRedirectsPeopleOnly(t *testing.T) {
	t.Parallel()
	f := startNginx(t, "http://127.0.0.1:1")
	for _, c := range []struct {
		method, path string
		status       int
		location     string
	}{
		{"GET", "/lists/whats-new?lang=en", 301, "https://magazine.example.jp/lists/whats-new?lang=en"},
		{"GET", "/confirm/" + leaked, 301, "https://magazine.example.jp/confirm/" + leaked},
		{"POST", "/lists/whats-new", 404, ""},
		{"POST", "/leave/" + leaked, 404, ""},
		{"GET", "/leave/" + leaked, 404, ""},
	} {
		status, location, _ := f.ask(t, c.method, "http://"+f.http+c.path, "")
		if status != c.status || location != c.location {
			t.Errorf("%s %s: %d %q, want %d %q", c.method, c.path, status, location, c.status, c.location)
		}
	}
	f.stop()
	if log := logs(t, f.dir); strings.Contains(log, leaked) || !strings.Contains(log, "GET /confirm/- 301") {
		t.Errorf("the logs:\n%s", log)
	}
}

func logs(t *testing.T, dir string) string {
	t.Helper()
	var all []byte
	for _, name := range []string{"kairan-access.log", "kairan-error.log"} {
		b, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, b...)
	}
	return string(all)
}
