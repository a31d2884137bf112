package main

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"example.jp/kairan/cmd/internal/config"
	"example.jp/kairan/cmd/internal/exit"
)

// shortDir is a folder whose name leaves room for a socket's, also where the
// folder for temporary files has a long one.
func shortDir(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "k")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

func TestServiceIsSupportedOnLinux(t *testing.T) {
	t.Parallel()
	if said := unsupported("linux", true); said != "" {
		t.Errorf("on Linux: %s", said)
	}
	if said := unsupported("darwin", true); !strings.Contains(said, "supported on Linux, and this is darwin") || strings.Contains(said, "key file") {
		t.Errorf("on macOS: %s", said)
	}
	if said := unsupported("windows", false); !strings.Contains(said, "supported on Linux") || !strings.Contains(said, "key file") {
		t.Errorf("on Windows: %s", said)
	}
}

// TestDefaultSocketsAreShort: sun_path of macOS has 104 octets with the NUL, and its
// folder for temporary files has a name of 48.
func TestDefaultSocketsAreShort(t *testing.T) {
	t.Parallel()
	const macOS = "/var/folders/zz/zyxvpxvq6csfxvn_n0000000000000/T"
	for _, path := range []string{
		filepath.Join(macOS, "kairan-demo-4294967294", "kairan.sock"),
		filepath.Join("/Users/a-name-of-twenty-one/Documents/kairan-of-our-office", "data", "kairan.sock"),
		"/run/kairan/kairan.sock",
	} {
		if len(path) > 103 {
			t.Errorf("%s has %d octets", path, len(path))
		}
	}
	if got := filepath.Base(demoDir()); len(got) > len("kairan-demo-4294967294") {
		t.Errorf("the demo's folder is called %s", got)
	}
}

// TestDemoSaysThatItsFolderIsTooLong: a socket cannot be made in it, and the
// system's own words ("invalid argument") help nobody.
func TestDemoSaysThatItsFolderIsTooLong(t *testing.T) {
	long := filepath.Join(t.TempDir(), strings.Repeat("x", config.MaxSocket))
	t.Setenv("TMPDIR", long)
	t.Setenv("TMP", long)
	code, _, errs := typed(t, "demo")
	if code != exit.Refused || !strings.Contains(errs, "TMPDIR") || !strings.Contains(errs, fmt.Sprintf("allows %d", config.MaxSocket)) {
		t.Errorf("exit %d: %s", code, errs)
	}
}

// TestDemoPort: who chooses a port gets that port or a refusal.
func TestDemoPort(t *testing.T) {
	dir := shortDir(t)
	t.Setenv("TMPDIR", dir)
	t.Setenv("TMP", dir)
	for _, port := range []string{"0", "65534", "-1"} {
		if code, _, errs := typed(t, "demo", "--port", port); code != exit.Usage || !strings.Contains(errs, "--port") {
			t.Errorf("--port %s: exit %d, %s", port, code, errs)
		}
	}
	taken, err := net.Listen("tcp", "localhost:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	n, err := strconv.Atoi(portOf(taken))
	if err != nil {
		t.Fatal(err)
	}
	a := &app{now: time.Now}
	if d, err := a.newDemo(t.Context(), demoPorts{host: demoHost, public: n, strict: true}); err == nil || exit.Code(err) != exit.Refused || !strings.Contains(err.Error(), "another with --port") {
		t.Errorf("%v, %v", d, err)
	}
	d, err := a.newDemo(t.Context(), demoPorts{host: demoHost, public: n})
	if err != nil {
		t.Fatal(err)
	}
	defer d.remove()
	if len(d.said) != 1 || strings.HasSuffix(d.publicURL, ":"+portOf(taken)) {
		t.Errorf("%q on %s", d.said, d.publicURL)
	}
}

// TestDemoListens: in a container, published ports lead to no loopback address. The
// health checks stay there.
func TestDemoListens(t *testing.T) {
	dir := shortDir(t)
	t.Setenv("TMPDIR", dir)
	t.Setenv("TMP", dir)
	if code, _, errs := typed(t, "demo", "--listen", "everywhere"); code != exit.Usage || !strings.Contains(errs, "0.0.0.0") {
		t.Errorf("exit %d: %s", code, errs)
	}
	d, err := (&app{now: time.Now}).newDemo(t.Context(), demoPorts{host: "0.0.0.0"})
	if err != nil {
		t.Fatal(err)
	}
	defer d.remove()
	listen := d.service.Config.Listen
	for what, addr := range map[string]string{"pages": listen.Public, "mailbox": d.mailbox.Addr().String()} {
		if host, _, err := net.SplitHostPort(addr); err != nil || !net.ParseIP(host).IsUnspecified() {
			t.Errorf("the %s listen on %s, %v", what, addr, err)
		}
	}
	if host, _, err := net.SplitHostPort(listen.Admin); err != nil || !net.ParseIP(host).IsLoopback() {
		t.Errorf("the health checks listen on %s, %v", listen.Admin, err)
	}
	if !strings.HasPrefix(d.publicURL, "http://localhost:") {
		t.Errorf("links lead to %s", d.publicURL)
	}
}
