// Package browser has tests use our pages as people do, in Chromium: they find a
// control by its role and by the name that is read out for it, type with keys, press,
// and read what the page says. Only tests import it.
//
// It promises:
//
//   - Nothing leaves this computer: whatever is not on loopback is not reached, and a page
//     that asks for it fails the test. So does one that offends against its own policy.
//   - Each tab is a visitor of its own: no cache, cookie or setting is shared.
//   - Nothing waits for a time: an action ends when the page that follows it has loaded.
//   - A test that fails leaves a picture of each of its tabs among its artifacts
//     (go test -artifacts).
package browser
