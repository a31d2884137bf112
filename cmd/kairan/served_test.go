package main

import (
	"bytes"
	"io"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"example.jp/kairan/cmd/internal/config"
	"example.jp/kairan/cmd/internal/control"
	"example.jp/kairan/cmd/internal/crowd"
	"example.jp/kairan/cmd/internal/service"
	"example.jp/kairan/deliver"
	"example.jp/kairan/store/seal"
	"example.jp/kairan/subscribe"
)

// served is an installation whose server is a process of its own, which can be
// ended in any way.
type served struct {
	t      *testing.T
	config string
	clock  string // file with the offset of the server's clock
	socket string
	client *client
	server *exec.Cmd
	log    bytes.Buffer
}

// servedIn is one in this folder, where its configuration is still to be written.
func servedIn(t *testing.T, dir string) served {
	t.Helper()
	return served{t: t, config: filepath.Join(dir, "kairan.toml"), clock: filepath.Join(dir, "clock")}
}

// seed stores the readers and the issue before any server runs.
func (k *served) seed(issue string, source []byte, readers int, address func(n int) string) {
	k.t.Helper()
	cfg, err := config.Load(k.config)
	if err != nil {
		k.t.Fatal(err)
	}
	k.socket, k.client = cfg.Socket, control.Over[service.Service](cfg.Socket)
	if err := seal.Generate(time.Now()).Write(cfg.Keys); err != nil {
		k.t.Fatal(err)
	}
	h, err := service.Open(cfg, "kill test", time.Now, slog.New(slog.NewTextHandler(io.Discard, nil)))
	if err != nil {
		k.t.Fatal(err)
	}
	defer h.Close()
	who := func(n int) (string, subscribe.Fields) { return address(n), nil }
	list, _, _ := strings.Cut(issue, "/")
	if err := crowd.Seed(k.t.Context(), h.Store, cfg.Lists[list], readers, time.Now(), who); err != nil {
		k.t.Fatal(err)
	}
	ctx := control.WithActor(k.t.Context(), deliver.Self)
	if _, err := service.IssueAdd.Call(ctx, &client{Local: h}, service.Source{Issue: issue, Source: source}); err != nil {
		k.t.Fatal(err)
	}
}

// start starts a server and waits until it answers.
func (k *served) start() {
	k.t.Helper()
	k.log.Reset()
	k.launch(&k.log)
}

func (k *served) launch(log io.Writer) {
	k.t.Helper()
	self, err := os.Executable()
	if err != nil {
		k.t.Fatal(err)
	}
	k.server = exec.Command(self, "-c", k.config, "serve")
	k.server.Args[0] = program
	k.server.Env = append(os.Environ(), clockEnv+"="+k.clock)
	k.server.Stdout, k.server.Stderr = log, log
	k.t.Cleanup(func() {
		if k.server != nil {
			_ = k.server.Process.Kill()
			_ = k.server.Wait()
		}
	})
	if err := k.server.Start(); err != nil {
		k.t.Fatal(err)
	}
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		if c, err := net.Dial("unix", k.socket); err == nil {
			_ = c.Close()
			return
		}
		if time.Now().After(deadline) {
			k.end(syscall.SIGKILL)
			k.t.Fatalf("the server does not answer:\n%s", &k.log)
		}
	}
}

// end ends the server by a signal; on SIGTERM it must stop in order.
func (k *served) end(sig syscall.Signal) {
	k.t.Helper()
	server := k.server
	k.server = nil
	_ = server.Process.Signal(sig)
	err := server.Wait()
	if sig == syscall.SIGTERM && err != nil {
		k.t.Errorf("the server stopped with %v:\n%s", err, &k.log)
	}
	if s, ok := server.ProcessState.Sys().(syscall.WaitStatus); sig == syscall.SIGKILL && !(ok && s.Signaled()) {
		k.t.Fatalf("the server was not killed but had ended, %v:\n%s", err, &k.log)
	}
}
