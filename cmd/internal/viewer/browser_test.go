package viewer

import (
	"regexp"
	"strings"
	"sync"
	"testing"

	"example.jp/kairan/subscribe/web/browser"
)

// TestInABrowser: the page's own script works under its policy, and a mail's does not.
func TestInABrowser(t *testing.T) {
	t.Parallel()
	chromium := browser.Start(t)
	p, _, ended := running(t)
	stop := sync.OnceValue(ended)
	defer func() { _ = stop() }()
	v := sample()
	v.HTML = `<html><head></head><body><script>parent.document.body.id = "ran"</script><p style="height: 1234px" onclick="1">` +
		`<img src="data:," onerror="parent.document.body.id = 'ran'"></p></body></html>`
	p.Show(v)
	tab := chromium.Open(t, browser.Desktop)
	tab.Go(p.URL())
	for _, want := range []string{
		`id="tab-mail"[^>]* aria-selected="true"`, `id="tab-text"[^>]* aria-selected="false"`, `<section[^>]* id="source"[^>]* hidden=""`,
		`<iframe class="screen" title="(Phone|スマートフォン)"[^>]* style="height: 12\d\dpx;"`, `<pre [^>]*data-fold="72"[^>]* style="--fold: 72ch;"`,
	} {
		if !regexp.MustCompile(want).MatchString(tab.Page.HTML) {
			t.Errorf("no %s in\n%s", want, tab.Page.HTML)
		}
	}
	if strings.Contains(tab.Page.HTML, `id="ran"`) {
		t.Error("a script of the mail ran")
	}
	if faults := strings.Join(tab.Faults(), "\n"); !strings.Contains(faults, "Blocked script execution") {
		t.Errorf("the browser says nothing of the mail's script: %q", faults)
	}
	// What changes while the server ends is not shown, and is no fault of the page's.
	_ = stop()
	browser.Eval[bool](tab, "refresh().then(() => true)")
	if faults := tab.Faults(); len(faults) > 0 {
		t.Errorf("a view that cannot be had any more: %q", faults)
	}
}
