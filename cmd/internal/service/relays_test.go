package service

import (
	"crypto/tls"
	"encoding/pem"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"example.jp/kairan/cmd/internal/config"
	"example.jp/kairan/cmd/internal/sink"
	"example.jp/kairan/deliver"
)

// TestRenewedAuthority: a relay whose certificate is by another authority is
// refused, and taken as soon as the file is replaced. No restart lies between.
func TestRenewedAuthority(t *testing.T) {
	t.Parallel()
	old, _, err := sink.SelfSigned("127.0.0.1")
	if err != nil {
		t.Fatal(err)
	}
	renewed, _, err := sink.SelfSigned("127.0.0.1")
	if err != nil {
		t.Fatal(err)
	}
	s, err := sink.Start(sink.Options{TLS: &tls.Config{Certificates: []tls.Certificate{renewed}}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	host, port, err := net.SplitHostPort(s.Addr())
	if err != nil {
		t.Fatal(err)
	}
	number, err := strconv.Atoi(port)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "ca.pem")
	transport, err := Relay(config.Relay{Host: host, Port: number, TLS: config.TLSStart, CAFile: file, Hello: "kairan.example.jp"})
	if err != nil {
		t.Fatal(err)
	}
	inPEM := func(c tls.Certificate) string {
		return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Certificate[0]}))
	}
	for _, step := range []struct{ name, content, refusal string }{
		{"no file", "", "ca_file: open " + file},
		{"another authority", inPEM(old), "certificate"},
		{"renewed", inPEM(renewed), ""},
		{"both", inPEM(old) + inPEM(renewed), ""},
		{"not PEM", "half a file", "holds no PEM certificate"},
		{"mended", inPEM(renewed), ""},
	} {
		if step.content != "" {
			if err := os.WriteFile(file, []byte(step.content), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		_, err := transport.Try(t.Context(), []deliver.Trial{{}})
		if (err != nil) != (step.refusal != "") || err != nil && !strings.Contains(err.Error(), step.refusal) {
			t.Errorf("%s: %v", step.name, err)
		}
	}
}

// TestRelayNames: no two relays have one name, or an alarm and a metric would be of both.
func TestRelayNames(t *testing.T) {
	t.Parallel()
	cfg := &config.Config{Relay: config.Relay{Host: "a.example.jp", Port: 25}}
	for _, port := range []int{587, 587, 465} {
		cfg.Fallback = append(cfg.Fallback, config.Relay{Host: "b.example.jp", Port: port})
	}
	if got := strings.Join(relayNames(cfg), " "); got != "a.example.jp b.example.jp:587 b.example.jp:587#2 b.example.jp:465" {
		t.Error(got)
	}
}
