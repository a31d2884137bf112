package viewer

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestInABrowser: the page's own script works under its policy, and a mail's does not.
func TestInABrowser(t *testing.T) {
	t.Parallel()
	chromium := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			chromium = path
		}
	}
	if chromium == "" && os.Getenv("CI") != "" {
		t.Fatal("chromium is not installed; in CI the preview must be looked at")
	}
	if chromium == "" {
		t.Skip("chromium is not installed, so nobody looks at the preview")
	}
	p, _, stop := running(t)
	defer func() { _ = stop() }()
	v := sample()
	v.HTML = `<html><head></head><body><script>parent.document.body.id = "ran"</script><p style="height: 1234px" onclick="1">` +
		`<img src="data:," onerror="parent.document.body.id = 'ran'"></p></body></html>`
	p.Show(v)
	out, err := exec.CommandContext(t.Context(), chromium, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
		"--disable-background-networking", "--disable-component-update", "--disable-sync", "--user-data-dir="+filepath.Join(t.TempDir(), "profile"),
		"--timeout=3000", "--dump-dom", p.URL()).Output()
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`id="tab-mail"[^>]* aria-selected="true"`, `id="tab-text"[^>]* aria-selected="false"`, `<section[^>]* id="source"[^>]* hidden=""`,
		`<iframe class="screen" title="(Phone|スマートフォン)"[^>]* style="height: 12\d\dpx;"`, `<pre [^>]*data-fold="72"[^>]* style="--fold: 72ch;"`,
	} {
		if !regexp.MustCompile(want).Match(out) {
			t.Errorf("no %s in\n%s", want, out)
		}
	}
	if strings.Contains(string(out), `id="ran"`) {
		t.Error("a script of the mail ran")
	}
}
