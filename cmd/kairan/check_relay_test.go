package main

import (
	"bufio"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"example.jp/kairan/cmd/internal/config"
	"example.jp/kairan/cmd/internal/control"
	"example.jp/kairan/cmd/internal/exit"
	"example.jp/kairan/subscribe"
)

// picky is a relay that answers some commands, by how they begin, in its own way.
type picky struct {
	mu    sync.Mutex
	heard []string
	says  map[string]string
}

func (p *picky) start(t *testing.T) (port string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go p.serve(c)
		}
	}()
	return portOf(l)
}

func (p *picky) serve(c net.Conn) {
	defer c.Close()
	fmt.Fprint(c, "220 relay.example ESMTP\r\n")
	for lines := bufio.NewScanner(c); lines.Scan(); {
		fmt.Fprintf(c, "%s\r\n", p.answer(lines.Text()))
		if lines.Text() == "QUIT" {
			return
		}
	}
}

func (p *picky) answer(line string) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.heard = append(p.heard, line)
	for begin, say := range p.says {
		if strings.HasPrefix(line, begin) {
			return say
		}
	}
	return "250 ok"
}

// TestCheckAsksTheRelayForEachList: a login alone says little. What a relay
// answers to each list's return path, and to a recipient of the office's own, is
// told by list and in the relay's words; nothing is sent.
func TestCheckAsksTheRelayForEachList(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		says map[string]string
		want []string
		not  []string
	}{
		"MAIL is put off": {
			map[string]string{"MAIL": "451 4.3.0 Temporary lookup failure"},
			[]string{"FAILED", "does not take mail for 6 of 6 lists", "whats-new: at MAIL, with its return path: 451 4.3.0 Temporary lookup failure"}, nil,
		},
		"one return path is refused": {
			map[string]string{"MAIL FROM:<bounce@sf.example.org>": "553 5.7.1 Sender not owned by this login"},
			[]string{"FAILED", "for 1 of 6 lists", "japanifornia: at MAIL", "553 5.7.1 Sender not owned"}, []string{"ajc-press:", "whats-new:"},
		},
		"relaying is denied": {
			map[string]string{"RCPT": "554 5.7.1 Relay access denied"},
			[]string{"FAILED", "ajc-press: at RCPT, to its first tester or contact: 554 5.7.1 Relay access denied"}, nil,
		},
		"what readers' mails come back to is refused": {
			map[string]string{"MAIL FROM:<bounce+" + strings.Repeat("a", subscribe.ReturnLength) + "@": "550 5.1.8 Sender address rejected"},
			[]string{"FAILED", "for 6 of 6 lists", "ajc-press: at MAIL, with its return path: 550 5.1.8"}, nil,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := installed(t)
			if strings.HasPrefix(name, "what readers") {
				edit(t, path, "[limits]", "[bounce]\ndelimiter = \"+\"\n\n[limits]")
			}
			p := &picky{says: c.says}
			edit(t, path, "\nport = ", "\nport = "+p.start(t)+" # ")
			code, out, errs := typed(t, "-c", path, "check")
			got := lines(t, out)["relay"]
			for _, want := range c.want {
				if code != exit.Failed || !strings.Contains(got, want) {
					t.Errorf("exit %d, no %q:\n%s%s", code, want, out, errs)
				}
			}
			for _, not := range c.not {
				if strings.Contains(got, not) {
					t.Errorf("%q is told:\n%s", not, out)
				}
			}
			if strings.Contains(out+errs, "@") {
				t.Errorf("an address is shown:\n%s%s", out, errs)
			}
			p.mu.Lock()
			defer p.mu.Unlock()
			for _, line := range p.heard {
				if strings.HasPrefix(line, "DATA") {
					t.Errorf("check began to send: %q", p.heard)
				}
			}
		})
	}
}

// TestCheckSeesATakenPort: somebody else has it, and no server of ours runs.
func TestCheckSeesATakenPort(t *testing.T) {
	t.Parallel()
	path := installed(t)
	cfg, err := config.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := checkPorts(cfg); err != nil || !strings.Contains(got, cfg.Listen.Public) {
		t.Errorf("%q, %v", got, err)
	}
	taken, err := net.Listen("tcp", cfg.Listen.Admin)
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	code, out, _ := typed(t, "-c", path, "check", "--no-relay")
	if got := lines(t, out)["ports"]; code != exit.Failed || !strings.HasPrefix(got, "FAILED listen.admin: cannot listen on "+cfg.Listen.Admin) || strings.Contains(got, "listen.public") {
		t.Errorf("exit %d: %s", code, got)
	}
	server, err := control.Listen(cfg.Socket, cfg.SocketGroup)
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	if got, err := checkPorts(cfg); err != nil || !strings.Contains(got, "a server is running") {
		t.Errorf("our own server has it: %q, %v", got, err)
	}
}

// TestCheckNoticesTheSample: what `init` wrote is all a warning; one's own names
// are none.
func TestCheckNoticesTheSample(t *testing.T) {
	t.Parallel()
	dir := shortDir(t)
	if code, _, errs := typed(t, "init", dir); code != exit.Done {
		t.Fatal(errs)
	}
	path := filepath.Join(dir, "kairan.toml")
	_, out, _ := typed(t, "-c", path, "check", "--no-relay")
	if got := lines(t, out)["names"]; !strings.HasPrefix(got, "warning") || !strings.Contains(got, "[relay], [offices.mofa], [offices.sf]") || !strings.Contains(got, "and 5 more") {
		t.Errorf("names: %s", got)
	}
	source, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	own := strings.NewReplacer("example.jp", "city.test", "example.org", "city.test").Replace(string(source))
	if err := os.WriteFile(path, []byte(own), 0o600); err != nil {
		t.Fatal(err)
	}
	_, out, _ = typed(t, "-c", path, "check", "--no-relay")
	if got := lines(t, out)["names"]; got != "ok" {
		t.Errorf("names of one's own: %s", got)
	}
}

func TestForExamples(t *testing.T) {
	t.Parallel()
	for host, want := range map[string]bool{
		"example.jp": true, "magazine.mofa.example.jp.": true, "Mail.EXAMPLE.org": true, "relay.example": true, "x.example.net": true,
		"myexample.jp": false, "example.co.jp": false, "localhost": false, "": false, "mofa.go.jp": false,
	} {
		if forExamples(host) != want {
			t.Errorf("%q: %v", host, !want)
		}
	}
}
