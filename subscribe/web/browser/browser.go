package browser

import (
	"context"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/chromedp"
)

// Browser is a running Chromium with a new profile.
type Browser struct {
	ctx   context.Context
	agent string // what it calls itself, without "Headless"
}

// Start starts Chromium for a test and its subtests. Without Chromium the test is
// skipped, or fails where CI is set, since there nothing may go unlooked at.
func Start(t testing.TB) *Browser {
	t.Helper()
	program := installed(t)
	options := []chromedp.ExecAllocatorOption{chromedp.ExecPath(program), chromedp.Headless, chromedp.NoFirstRun, chromedp.NoSandbox, chromedp.DisableGPU}
	for name, value := range map[string]any{
		"disable-quic": true, "disable-background-networking": true, "disable-component-update": true, "disable-sync": true,
		"disable-default-apps": true, "disable-dev-shm-usage": true, "disable-extensions": true, "disable-breakpad": true,
		"disable-renderer-backgrounding": true, "disable-background-timer-throttling": true, "force-color-profile": "srgb",
		"hide-scrollbars": true, "lang": "en",
		// Nobody listens there. Loopback is never asked of a proxy, all else is.
		"proxy-server": "http://127.0.0.1:9",
	} {
		options = append(options, chromedp.Flag(name, value))
	}
	ctx, stop := chromedp.NewExecAllocator(context.Background(), options...)
	t.Cleanup(stop)
	ctx, cancel := chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	if err := chromedp.Do(ctx); err != nil {
		t.Fatalf("chromium does not start: %v", err)
	}
	version, err := chromedp.CallBrowser(ctx, browser.GetVersion, cdp.Empty{})
	if err != nil {
		t.Fatal(err)
	}
	return &Browser{ctx, strings.Replace(version.UserAgent, "HeadlessChrome", "Chrome", 1)}
}

// installed is the path of Chromium, by the names that it has.
func installed(t testing.TB) string {
	t.Helper()
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	if os.Getenv("CI") != "" {
		t.Fatal("chromium is not installed; in CI the pages must be looked at")
	}
	t.Skip("chromium is not installed, so nobody looks at the pages")
	return ""
}
